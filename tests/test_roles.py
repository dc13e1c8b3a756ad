"""Who may do what: the table of roles, cell by cell, tried at every door of the staff.

Each door stands in one row of the table, as one that reads or one that writes, or in ``BESIDE`` with its reason.
"""

import itertools

import pytest
from django.test import Client

from clinic.roles import Role
from tests.doors import DOORS, ENTERED, ROLES
from tests.test_access_matrix import addresses, world

__all__ = ["addresses", "world"]  # fixtures
pytestmark = pytest.mark.slow  # tries everything there is

# "rw": reads and writes, "r": reads, "": neither.
TABLE: dict[str, dict[str, str]] = {
    "staff, clinic settings": {"owner": "rw", "auditor": "r"},
    "patients: contact, schedule": {"owner": "rw", "practitioner": "rw", "assistant": "rw"},
    "findings, notes, pain log": {"owner": "r", "practitioner": "rw"},
    "programmes": {"owner": "r", "practitioner": "rw", "assistant": "r"},
    "catalogue": {"owner": "r", "practitioner": "r", "assistant": "r", "curator": "rw"},
    "e-mail that failed": {"owner": "rw", "practitioner": "rw", "assistant": "rw"},
    "audit": {"owner": "r", "practitioner": "r", "auditor": "r"},  # practitioners: their own (test_trail)
    "restricted patient": {"practitioner": "rw"},
}
READS: dict[str, set[str]] = {
    "staff, clinic settings": {"patients:people", "patients:member", "clinic:settings"},
    "patients: contact, schedule": {
        *("patients:list", "patients:new", "patients:patient_carer", "patients:api-patient-list"),
        *("patients:api-patient-detail", "exercises:patient", "exercises:patient_edit", "exercises:record"),
        *("exercises:sheet", "exercises:access"),
    },
    "findings, notes, pain log": {
        *("patients:finding_history", "patients:support_list", "patients:support_history"),
        *("patients:outcome_list", "patients:cautions", "patients:safety", "patients:referral_history"),
        *("patients:evaluations", "patients:evaluation", "patients:api-finding-list"),
        *("patients:api-finding-detail", "exercises:api-log-list", "exercises:api-log-detail"),
        *("exercises:visit", "exercises:visit_text", "exercises:progress", "exercises:messages"),
        *("exercises:worklist", "exercises:alert"),
    },
    "programmes": {
        *("exercises:programme", "exercises:api-programme-list", "exercises:api-programme-detail"),
    },
    "catalogue": {
        *("exercises:catalogue", "exercises:exercise", "exercises:routines", "exercises:routine"),
        *("exercises:api-exercise-list", "exercises:api-exercise-detail", "exercises:api-routine-list"),
        *("exercises:api-routine-detail", "patients:api-finding-type-list", "clinic:api_reference"),
    },
    "e-mail that failed": {"exercises:outgoing"},
    "audit": {"clinic:audit"},
    "restricted patient": {"patients:break_glass"},
}
WRITES: dict[str, set[str]] = {
    "staff, clinic settings": {
        *("patients:people", "patients:member", "patients:member_close", "patients:member_open"),
        *("patients:member_second_factor", "patients:hand_over", "patients:hand_over_nobody"),
        *("patients:hand_over_undo", "patients:invitation_send", "patients:invitation_revoke"),
        *("clinic:settings", "clinic:logo_change", "clinic:system_check", "exercises:alert_rules"),
    },
    "patients: contact, schedule": {
        *("patients:new", "patients:patient_carer", "patients:api-patient-list"),
        *("exercises:patient_edit", "exercises:patient_reminders", "exercises:sheet", "exercises:access"),
    },
    "findings, notes, pain log": {
        *(
            "patients:finding_add",
            "patients:finding_edit",
            "patients:finding_close",
            "patients:finding_recur",
        ),
        *("patients:finding_reopen", "patients:support_new", "patients:support_edit", "patients:support_end"),
        *("patients:support_resume", "patients:support_in_error", "patients:support_restore"),
        *("patients:outcome_new", "patients:outcome_status", "patients:daily_measures"),
        *("patients:activity_new", "patients:activity_reword", "patients:activity_retire"),
        *("patients:activity_resume", "patients:questionnaire_fill", "patients:caution_check"),
        *("patients:screening_foot", "patients:screening_back", "patients:screening_error"),
        *("patients:screening_restore", "patients:flag_decide", "patients:referral_new"),
        *("patients:referral_edit", "patients:referral_close", "patients:referral_cancel"),
        *("patients:referral_reopen", "patients:referral_error", "patients:evaluation_new"),
        *("patients:evaluation_draft", "patients:evaluation_draft_save", "patients:evaluation_draft_discard"),
        *("patients:evaluation_draft_restore", "patients:evaluation_amend", "patients:evaluation_error"),
        *("patients:evaluation_restore", "patients:api-finding-list", "exercises:api-log-list"),
        *("exercises:message_send", "exercises:message_take_back", "exercises:message_templates"),
        *("exercises:message_template", "exercises:message_template_retire"),
        "exercises:message_template_restore",
    },
    "programmes": {
        *("exercises:assign", "exercises:programme_versions", "exercises:programme_edit"),
        *("exercises:programme_extend", "exercises:programme_end", "exercises:programme_pause"),
        *("exercises:programme_resume", "exercises:api-programme-list"),
    },
    "catalogue": {
        *("exercises:translations", "exercises:translation_review", "exercises:proposal_accept"),
        "exercises:proposal_decline",
    },
    "e-mail that failed": {
        *("exercises:outgoing_again", "exercises:outgoing_take_back", "exercises:programme_resend"),
    },
    "audit": set(),
    "restricted patient": {"patients:break_glass", "patients:opening_close"},
}
BESIDE = {  # doors that the table does not speak of, or that are open to some of a row only
    "clinic:keys": "A wish of one's own.",
    "clinic:api_schema": "How the API is called, for programs: no row of anybody's.",
    "clinic:system": "How the installation is: the owner's.",
    "exercises:usage": "How the clinic is used: the owner's.",
    "exercises:alert_rules": "What the worklist counts, for those who read it; owners change it.",
    "exercises:alert_seen": "The worklist is of owners too, who see to it that somebody acts.",
    "exercises:alert_snooze": "The same.",
    "exercises:alert_call": "The same.",
    "exercises:alert_assign": "The same.",
    "exercises:alert_close": "The same.",
    "exercises:alert_reopen": "The same.",
    "exercises:week": "An assistant types in what a patient wrote on paper, and sees these seven days.",
    "exercises:programme_revisions": "The past of a plan, with its reasons: clinical.",
    "exercises:favourite": "A mark of one's own.",
    "exercises:contact_sheet": "All drawings, for those who draw.",
    "exercises:missing_translations": "The work of curators.",
    "exercises:routine_new": "What a clinic writes for itself is no part of the shared catalogue.",
    "exercises:routine_edit": "The same.",
    "exercises:routine_sign": "The same.",
    "exercises:routine_retire": "The same.",
    "exercises:routine_restore": "The same.",
    "exercises:routine_from_programme": "The same.",
    "exercises:own": "The same.",
    "exercises:own_new": "The same.",
    "exercises:own_edit": "The same.",
    "exercises:own_retire": "The same.",
    "exercises:own_restore": "The same.",
    "exercises:propose": "The same.",
    "exercises:proposals": "The same; who may decide is in the table.",
    "exercises:proposal_withdraw": "The same.",
    "exercises:patient_archive": "Of whole records: owners and practitioners.",
    "exercises:patient_restore": "The same.",
    "exercises:merge": "The same.",
    "exercises:merge_undo": "The same.",
    "exercises:patient_restrict": "The same.",
    "exercises:restriction_lift": "The same.",
    "exercises:erase": "The same.",
    "exercises:erasure": "The same.",
    "exercises:patient_export": "The same.",
    **{
        f"exercises:clinic_export{step}": "A copy of everything: the owner's."
        for step in ("s", "", "_file", "_stop", "_delete")
    },
    "patients:break_glass_of": "The same, and says to owners who can open it; see test_break_glass.",
    "exercises:delete_records": "The same.",
    "patients:records_over": "Whose time is over: the owner's.",
    "patients:restrictions": "Who opened what: the owner's, and it names no patient.",
    **{
        f"patients:import{step}": "Of many records at once: the same."
        for step in ("", "_new", "_columns", "_choose", "_csv")
    },
    **{f"patients:import_{step}": "The same." for step in ("confirm", "stop", "discard", "undo")},
}


def entered(client: Client, method: str, name: str, address: str) -> bool:
    kind = "application/json" if DOORS[name].api else "application/x-www-form-urlencoded"
    status = client.generic(method, address, content_type=kind).status_code
    assert status in ENTERED | {403}, f"{method} {name}: {status}"
    return status in ENTERED


def test_each_cell_of_the_table_is_what_the_doors_say() -> None:
    """That the doors open so, and no others, test_access_matrix tries by HTTP, each of them by everybody."""
    wrong = [
        f"{role} {method} {name}"
        for row, cells in TABLE.items()
        for role in ROLES
        for letter, method, names in (("r", "GET", READS[row]), ("w", "POST", WRITES[row]))
        for name in names
        if (DOORS[name].expected(role, method) == ENTERED) != (letter in cells.get(role, ""))
    ]
    assert wrong == []


@pytest.mark.hazard("HZ-31")
@pytest.mark.django_db
def test_each_cell_of_the_table_opens_or_not(world: dict[str, Client], addresses: dict[str, str]) -> None:
    """One door that reads and one that writes for each cell."""
    wrong, asked = [], 0
    for row, cells in TABLE.items():
        for letter, method, names in (("r", "GET", READS[row]), ("w", "POST", WRITES[row])):
            for role, name in itertools.product(ROLES, sorted(names)[:1]):
                asked += 1
                if entered(world[role], method, name, addresses[name]) != (letter in cells.get(role, "")):
                    wrong.append(f"{role} {method} {name}")
    assert wrong == []
    assert asked == len(ROLES) * (2 * len(TABLE) - 1)  # nobody writes in the audit


def test_every_door_of_the_staff_stands_in_the_table() -> None:
    staff = {name for name, door in DOORS.items() if door.roles is not None and not door.patient}
    told = set().union(*READS.values(), *WRITES.values())
    assert staff - told - set(BESIDE) == set()
    assert (told | set(BESIDE)) - staff == set()
    assert (told & set(BESIDE)) == {"exercises:alert_rules"}  # read by more than the table's row
    assert set(ROLES) == {role.value for role in Role}
    assert set(TABLE) == set(READS) == set(WRITES)
