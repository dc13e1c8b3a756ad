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

__all__ = [
    "LONGEST_MARK",
    "SETTINGS",
    "ClinicFields",
    "accept_invitation",
    "add_member",
    "change_member",
    "create_clinic",
    "invite_member",
    "mint_invitation",
    "remove_logo",
    "revoke_invitation",
    "send_invitation_again",
    "show_logo",
    "update_clinic",
]
