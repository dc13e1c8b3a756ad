"""Every action that writes in a patient's record asks first whether the record is open."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from patients.actions.records import open_for_writing
from tests.test_actions import ACTIONS, called_by, full_name

# Actions of these two apps that need not ask, and why. Everything else must; a new action fails until it does.
NEED_NOT_ASK = {
    "patients.actions.change_member": "It writes about staff; it counts the patients only.",
    "patients.actions.hand_over_patients": "It says who looks after records, archived ones too, and writes in none.",
    "patients.actions.take_back_hand_over": "The same holds for it.",
    "patients.actions.archive_patient": "It closes the record.",
    "patients.actions.restrict_patient": "Closing a record is always possible.",
    "patients.actions.lift_restriction": "It opens the record to its staff; what is archived stays so.",
    "patients.actions.find_restricted": "Nothing but the audit is written.",
    "patients.actions.break_glass": "An archived record can be read.",
    "patients.actions.close_opening": "Closing is always possible.",
    "exercises.actions.restrict_patient": "Closing a record is always possible.",
    "exercises.actions.lift_restriction": "It opens the record to its staff; what is archived stays so.",
    "patients.actions.check_code": "It opens nothing by itself; whoever opens asks. Codes of closed records are wrong ones.",
    "patients.actions.check_emailed_code": "The same holds for it.",
    "patients.actions.close_plan": "Closing a plan is always possible.",
    "patients.actions.close_visit": "Closing a plan is always possible.",
    "patients.actions.forget_emailed_code": "Nobody ever held it.",
    "patients.actions.mint_emailed_code": "Its letter asks before it mints one; a closed record's codes open nothing.",
    "patients.actions.revoke_code": "Closing a plan is always possible.",
    "patients.actions.revoke_device": "Closing a plan is always possible.",
    "patients.actions.revoke_devices": "Closing a plan is always possible.",
    "exercises.actions.close_plan": "Closing a plan is always possible.",
    "exercises.actions.take_copy": "Nothing but the audit is written.",
    "exercises.actions.ask_export": "A copy writes in no record.",
    "exercises.actions.delete_records": "They are over, most of them archived.",
    "exercises.actions.delete_export": "A copy writes in no record.",
    "exercises.actions.fetch_export": "A copy writes in no record.",
    "exercises.actions.finish_export": "A copy writes in no record.",
    "exercises.actions.forget_exports": "A copy writes in no record.",
    "exercises.actions.keep_export_batch": "A copy writes in no record.",
    "exercises.actions.note_export_fault": "A copy writes in no record.",
    "exercises.actions.stop_export": "A copy writes in no record.",
    "patients.actions.forget_link": "The link never existed for anybody.",
    "patients.actions.issue_link": "Letters ask before they mint one; a closed record's links open nothing.",
    "patients.actions.issue_links": "The same for many letters at once.",
    "patients.actions.note_reading": "An archived record can be read.",
    "patients.actions.note_exported": "An archived record can be read.",
    "patients.actions.note_printed": "An archived record can be read.",
    "patients.actions.note_search": "Looking for somebody is no entry in a record.",
    "patients.actions.take_rows": "Rows of a list are no record yet.",
    "patients.actions.open_visit": "The link was found by opened_by, which leaves out closed records.",
    "patients.actions.new_version": "A questionnaire is no patient's.",
    "patients.actions.publish_questionnaire": "A questionnaire is no patient's.",
    "patients.actions.retire_questionnaire": "A questionnaire is no patient's.",
    "patients.actions.save_questionnaire": "A questionnaire is no patient's.",
    "patients.actions.save_questions": "A questionnaire is no patient's.",
    "patients.actions.write_template": "A template is no patient's.",
    "patients.actions.retire_template": "A template is no patient's.",
    "patients.actions.restore_template": "A template is no patient's.",
    "patients.actions.register_patient": "It makes the record.",
    "patients.actions.choose_row": "A list is no patient's record yet.",
    "patients.actions.confirm_import": "A list is no patient's record yet.",
    "patients.actions.discard_import": "A list is no patient's record yet.",
    "patients.actions.forget_imports": "A list is no patient's record yet.",
    "patients.actions.keep_verdicts": "A list is no patient's record yet.",
    "patients.actions.name_columns": "A list is no patient's record yet.",
    "patients.actions.note_import_fault": "A list is no patient's record yet.",
    "patients.actions.start_import": "A list is no patient's record yet.",
    "patients.actions.stop_import": "A list is no patient's record yet.",
    "patients.actions.undo_import": "It closes the records that nobody has written in.",
    "patients.actions.write_import_batch": "It makes the records.",
    "patients.actions.restore_patient": "It opens the record.",
    "patients.actions.revoke_links": "Closing a plan is always possible.",
    "patients.actions.stop_copies": "Stopping is always possible.",
    "patients.actions.stop_copies_of": "Stopping is always possible.",
    "exercises.actions.revoke_feed": "Closing a calendar is always possible.",
    "patients.actions.save_finding_codes": "The vocabulary is no patient's.",
    "patients.actions.save_finding_type": "The vocabulary is no patient's.",
    "exercises.actions.accept_proposal": "The catalogue is no patient's.",
    "exercises.actions.add_favourite": "The catalogue is no patient's.",
    "exercises.actions.ask_for_review": "The catalogue is no patient's.",
    "exercises.actions.decline_proposal": "The catalogue is no patient's.",
    "exercises.actions.end_review": "The catalogue is no patient's.",
    "exercises.actions.keep_photo": "The catalogue is no patient's.",
    "exercises.actions.propose_exercise": "The catalogue is no patient's.",
    "exercises.actions.release_restored": "It ends what is due and what opens plans, of every record.",
    "exercises.actions.remove_favourite": "The catalogue is no patient's.",
    "exercises.actions.restore_own_exercise": "The catalogue is no patient's.",
    "exercises.actions.set_alert_rule": "The clinic's rules are no patient's.",
    "exercises.actions.set_finding": "The catalogue is no patient's.",
    "exercises.actions.withdraw_proposal": "The catalogue is no patient's.",
    "exercises.actions.write_own_exercise": "The catalogue is no patient's.",
    "exercises.actions.archive_patient": "It closes the record.",
    "exercises.actions.take_back_email": "Stopping is always possible.",
    "exercises.actions.end_programme": "Stopping is always possible.",
    "exercises.actions.publish_exercise": "The catalogue is no patient's.",
    "exercises.actions.publish_routine": "The catalogue is no patient's.",
    "exercises.actions.retire_exercise": "The catalogue is no patient's.",
    "exercises.actions.restore_routine": "The catalogue is no patient's.",
    "exercises.actions.retire_routine": "The catalogue is no patient's.",
    "exercises.actions.save_exercise": "The catalogue is no patient's.",
    "exercises.actions.review_translation": "The catalogue is no patient's.",
    "exercises.actions.save_routine": "The catalogue is no patient's.",
    "exercises.actions.save_translation": "The catalogue is no patient's.",
    "exercises.actions.write_routine": "The catalogue is no patient's.",
}
OF_PATIENTS = sorted(name for name in ACTIONS if not name.startswith("clinic."))


def asks(function: Callable[..., Any], seen: set[str]) -> bool:
    seen.add(full_name(function))
    called = called_by(function)
    return open_for_writing in called or any(asks(f, seen) for f in called if full_name(f) not in seen)


@pytest.mark.parametrize("name", OF_PATIENTS)
def test_asks_or_is_written_down(name: str) -> None:
    assert asks(inspect.unwrap(ACTIONS[name]), set()) is (name not in NEED_NOT_ASK)


def test_all_are_looked_at() -> None:
    assert set(NEED_NOT_ASK) < set(OF_PATIENTS)
    assert len(OF_PATIENTS) >= 30
