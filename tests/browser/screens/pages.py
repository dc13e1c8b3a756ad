"""What is to be seen: one list, read from the doors. tests/test_screens.py holds it to the URLs.

A page of ours gets its picture by itself: its door says who may look and what its address is about. What is no page, and
pages of others of which one speaks for many, stand below with the reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from tests.browser.patient_world import is_for_patients
from tests.doors import DOORS, ROLES, Door

# Ours that are no pages.
NO_PAGE = {
    "clinic:live": "for machines",
    "clinic:ready": "for machines",
    "clinic:reminders_health": "for machines",
    "clinic:metrics": "for machines",
    "clinic:session": "for the page's script",
    "clinic:logo": "a picture",
    "patients:import_csv": "a file",
    "exercises:calendar_file": "a file",
    "exercises:progress": "leads on to exercises:visit",
    "exercises:feed": "a file",
    "exercises:manifest": "for the browser",
    "exercises:photo": "a picture",
    "exercises:token": "for the browser",
    "exercises:visit_text": "a file",
    "exercises:worker": "a script",
}
# allauth's that show a page, and who sees it so.
ACCOUNT = {
    "account_login": "anonymous",
    "account_signup": "anonymous",
    "account_inactive": "anonymous",
    "account_reset_password": "anonymous",
    "account_reset_password_done": "anonymous",
    "account_reset_password_from_key_done": "anonymous",
    "account_change_password": "practitioner",
    "account_logout": "practitioner",
    "account_reauthenticate": "practitioner",
    "mfa_index": "practitioner",
    "usersessions_list": "practitioner",
    "mfa_activate_totp": "practitioner",
    "mfa_list_webauthn": "practitioner",
    "mfa_add_webauthn": "practitioner",
}
WITH_APP = {  # after an authenticator app was added
    "mfa_view_recovery_codes": "assistant",
    "mfa_generate_recovery_codes": "assistant",
    "mfa_deactivate_totp": "assistant",
    "mfa_reauthenticate": "assistant",
}
NOT_SHOWN = {
    "account_start": "leads on to mfa_index",
    "account_email_closed": "leads on to mfa_index",
    "account_email": "leads on to mfa_index",
    "account_set_password": "leads on: every account has one",
    "account_confirm_email": "closed: addresses are not changed",
    "account_email_verification_sent": "closed: addresses are not changed",
    "account_confirm_login_code": "closed: nobody signs in by code",
    "account_reset_password_from_key": "taken as 'a new password', from its letter's link",
    "mfa_authenticate": "taken as 'the second step', after a password",
    "mfa_download_recovery_codes": "a file",
    "mfa_reauthenticate_webauthn": "needs a key of hardware; the page is mfa_reauthenticate's",
    "mfa_remove_webauthn": "needs a key of hardware",
    "mfa_edit_webauthn": "needs a key of hardware",
    "mfa_login_webauthn": "for the browser",
}
# Django's administration: those pages on which something is ours. The others are drawn by Django alone.
ADMIN = (
    "admin:index",
    "admin:exercises_exercise_changelist",
    "admin:exercises_exercise_add",
    "admin:exercises_routine_add",
    "admin:patients_findingtype_changelist",
    "admin:patients_findingtype_add",
    "admin:patients_questionnaire_add",
)
# The same page when it looks different.
ALSO = {
    "patients:list": {"nothing found": "?q=nobody", "archived": "?archived=1"},
    "exercises:catalogue": {"nothing found": "?q=xyzzy"},
    "exercises:routines": {"retired": "?state=retired"},
    "exercises:visit": {"twelve weeks": "?span=12"},
    "exercises:assign": {"a routine": "?routine=article-basics"},
    "patients:import": {"faulty rows": "?show=faulty"},
}
# What leads on to the patient where no record is restricted.
NOTHING_RESTRICTED = {"patients:break_glass_of"}
# And for somebody who may do less, or more.
ALSO_BY = (
    ("assistant", "patients:list"),
    ("assistant", "exercises:patient"),
    ("auditor", "clinic:audit"),
    ("curator", "exercises:catalogue"),
    ("curator", "exercises:exercise"),
)


@dataclass(frozen=True)
class Screen:
    section: str
    name: str
    who: str  # a role, "new " and a role, "anonymous", "patient"
    address: str
    content: bytes | None = None  # what was answered before; shown at the address

    @property
    def slug(self) -> str:
        words = f"{self.section} {self.name}".lower().replace(":", " ").replace("_", " ")
        return "-".join("".join(one if one.isalnum() else " " for one in words).split())


def pictured() -> dict[str, Door]:
    """The doors of ours that are pages."""
    return {name: door for name, door in DOORS.items() if is_page(name, door)}


def is_page(name: str, door: Door) -> bool:
    return "GET" in door.methods and not door.api and name not in NO_PAGE


def who_looks(door: Door) -> str:
    """The one who does it every day."""
    if door.patient:
        return "patient"
    if door.roles is None:
        return "anonymous"
    order = ("practitioner", "owner", "curator", "assistant", "auditor")
    return next(name for name in order if ROLES[name] in door.roles)


def is_of_staff(name: str) -> bool:
    return not is_for_patients(name)


def staff_screens(arguments: dict[str, list[object]]) -> Iterator[Screen]:
    """``arguments``: of each door's address."""
    for name, door in pictured().items():
        if not is_of_staff(name):
            continue
        address = reverse(name, args=arguments[name])
        yield Screen("Staff", name, who_looks(door), address)
        for what, query in ALSO.get(name, {}).items():
            yield Screen("Staff", f"{name}, {what}", who_looks(door), address + query)
    for who, name in ALSO_BY:
        yield Screen("Staff", f"{name} as {who}", who, reverse(name, args=arguments[name]))


def empty_screens(patient: object) -> Iterator[Screen]:
    """A clinic on its first day."""
    for name, door in pictured().items():
        if door.roles and door.about in ("", "patient") and name not in NOTHING_RESTRICTED:
            args = [patient] if door.about else []
            yield Screen("Nothing there yet", name, f"new {who_looks(door)}", reverse(name, args=args))


def account_screens() -> Iterator[Screen]:
    for name, who in (ACCOUNT | WITH_APP).items():
        yield Screen("Account", name, who, reverse(name))
    for name in ADMIN:
        yield Screen("Administration", name, "curator", reverse(name))
