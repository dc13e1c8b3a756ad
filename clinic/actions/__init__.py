from clinic.actions.clinics import (
    LONGEST_MARK,
    SETTINGS,
    ClinicFields,
    add_member,
    change_member,
    create_clinic,
    remove_logo,
    show_logo,
    update_clinic,
)
from clinic.actions.invitations import (
    accept_invitation,
    invite_member,
    mint_invitation,
    revoke_invitation,
    send_invitation_again,
)
from clinic.actions.preferences import choose_keys
from clinic.actions.signins import (
    change_credentials,
    note_ended_sessions,
    note_failed_sign_in,
    note_sign_in,
    reset_second_factor,
)
from clinic.actions.system import ask_mail_domain_check

__all__ = [
    "LONGEST_MARK",
    "SETTINGS",
    "ClinicFields",
    "accept_invitation",
    "add_member",
    "ask_mail_domain_check",
    "change_credentials",
    "change_member",
    "choose_keys",
    "create_clinic",
    "invite_member",
    "mint_invitation",
    "note_ended_sessions",
    "note_failed_sign_in",
    "note_sign_in",
    "remove_logo",
    "reset_second_factor",
    "revoke_invitation",
    "send_invitation_again",
    "show_logo",
    "update_clinic",
]
