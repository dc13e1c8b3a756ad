"""Who may come in by which address: one table of all URLs of ours, with the roles, methods and objects of each."""

from dataclasses import dataclass

from clinic.roles import (
    AUTHORS,
    CURATES,
    EDITS_CONTACT,
    KEEPS_RECORDS,
    OWNS,
    READS_AUDIT,
    READS_CATALOGUE,
    SEES_CLINICAL,
    SEES_PATIENTS,
    SEES_PROGRAMMES,
    WRITES_CLINICAL,
    Role,
)

METHODS = ("GET", "POST")
ENTERED = {
    200,
    201,
    204,
    301,
    302,
    303,
    400,
    409,
    422,
}  # let in; a form may still find fault with an empty post
ROLES = {
    "assistant": Role.ASSISTANT,
    "practitioner": Role.PRACTITIONER,
    "curator": Role.CURATOR,
    "owner": Role.OWNER,
    "auditor": Role.AUDITOR,
}
IDENTITIES = ("anonymous", "patient", *ROLES, "stranger", "superuser")


@dataclass(frozen=True)
class Door:
    """``roles`` None: open to everybody. ``about`` names the object in the address, which belongs to Riverside."""

    methods: str
    roles: frozenset[Role] | None = None
    about: str = ""
    patient: bool = False  # a patient's cookie is the key
    rung: str = "A"  # B: a device of the patient; C: and a fresh code. A link alone gets 404
    api: bool = False
    writers: frozenset[Role] | None = None  # who may post, where fewer than may look

    def expected(self, identity: str, method: str) -> set[int]:
        allowed = method in self.methods
        if self.patient:
            entered = ENTERED if identity == "patient" and self.rung == "A" else {404}
        elif self.roles is None:
            entered = ENTERED | {404}
        elif identity in {"anonymous", "patient"}:
            return {403} if self.api else {302}
        else:
            entered = self._for_staff(
                identity, self.writers if method == "POST" and self.writers else self.roles
            )
        if allowed:
            return entered
        return {403, 405} if self.api else {405}

    def _for_staff(self, identity: str, roles: frozenset[Role]) -> set[int]:
        role = None if identity == "superuser" else ROLES.get(identity, Role.PRACTITIONER)
        if role not in roles:
            return {403}
        return {404} if identity == "stranger" and self.about in OBJECTS_OF_A_CLINIC else ENTERED


OBJECTS_OF_A_CLINIC = {
    "patient",
    "two patients",
    "finding",
    "programme",
    "log",
    "merge",
    "support",
    "activity",
    "questionnaire",
    "flag",
    "screening",
    "referral",
    "evaluation",
    "draft",
    "own routine",
    "own exercise",
    "proposal",
    "alert",
    "sent message",
    "message template",
    "import",
    "import row",
    "colleague",
    "invitation",
}


def staff(methods: str, roles: frozenset[Role], about: str = "") -> Door:
    return Door(methods, roles, about)


def api(
    methods: str, roles: frozenset[Role], about: str = "", writers: frozenset[Role] | None = None
) -> Door:
    return Door(methods, roles, about, api=True, writers=writers)


DOORS: dict[str, Door] = {
    "clinic:home": Door("GET"),
    "clinic:live": Door("GET"),
    "clinic:ready": Door("GET"),
    "clinic:reminders_health": Door("GET"),
    "clinic:mailbox": Door("GET"),
    "clinic:mailbox_message": Door("GET", about="message"),
    "clinic:invitation": Door("GET POST"),
    "clinic:settings": staff("GET POST", OWNS),
    "clinic:logo_change": staff("POST", OWNS),
    "clinic:logo": Door("GET", about="logo"),
    "clinic:audit": staff("GET", READS_AUDIT),
    "patients:people": staff("GET POST", OWNS),
    "patients:member": staff("GET POST", OWNS, "colleague"),
    "patients:member_close": staff("POST", OWNS, "colleague"),
    "patients:member_open": staff("POST", OWNS, "colleague"),
    "patients:hand_over": staff("GET POST", OWNS, "colleague"),
    "patients:hand_over_nobody": staff("GET POST", OWNS),
    "patients:hand_over_undo": staff("POST", OWNS, "hand-over"),
    "patients:invitation_send": staff("POST", OWNS, "invitation"),
    "patients:invitation_revoke": staff("POST", OWNS, "invitation"),
    "exercises:usage": staff("GET", OWNS),
    "clinic:api_reference": staff("GET", READS_CATALOGUE),
    "clinic:api_schema": api("GET", READS_CATALOGUE),
    "patients:list": staff("GET", SEES_PATIENTS),
    "patients:new": staff("GET POST", EDITS_CONTACT),
    "patients:import_new": staff("GET POST", KEEPS_RECORDS),
    "patients:import": staff("GET", KEEPS_RECORDS, "import"),
    "patients:import_columns": staff("GET POST", KEEPS_RECORDS, "import"),
    "patients:import_choose": staff("POST", KEEPS_RECORDS, "import row"),
    "patients:import_csv": staff("GET", KEEPS_RECORDS, "import"),
    "patients:import_confirm": staff("POST", KEEPS_RECORDS, "import"),
    "patients:import_stop": staff("POST", KEEPS_RECORDS, "import"),
    "patients:import_discard": staff("POST", KEEPS_RECORDS, "import"),
    "patients:import_undo": staff("POST", KEEPS_RECORDS, "import"),
    "patients:finding_add": staff("POST", WRITES_CLINICAL, "patient"),
    "patients:finding_edit": staff("GET POST", WRITES_CLINICAL, "finding"),
    "patients:finding_history": staff("GET", SEES_CLINICAL, "finding"),
    "patients:finding_close": staff("POST", WRITES_CLINICAL, "finding"),
    "patients:finding_recur": staff("POST", WRITES_CLINICAL, "finding"),
    "patients:finding_reopen": staff("POST", WRITES_CLINICAL, "finding"),
    "patients:support_list": staff("GET", SEES_CLINICAL, "patient"),
    "patients:support_new": staff("GET POST", WRITES_CLINICAL, "patient"),
    "patients:support_edit": staff("GET POST", WRITES_CLINICAL, "support"),
    "patients:support_history": staff("GET", SEES_CLINICAL, "support"),
    "patients:support_end": staff("POST", WRITES_CLINICAL, "support"),
    "patients:support_resume": staff("POST", WRITES_CLINICAL, "support"),
    "patients:support_in_error": staff("POST", WRITES_CLINICAL, "support"),
    "patients:support_restore": staff("POST", WRITES_CLINICAL, "support"),
    "patients:outcome_list": staff("GET", SEES_CLINICAL, "patient"),
    "patients:outcome_new": staff("GET POST", WRITES_CLINICAL, "patient"),
    "patients:outcome_status": staff("POST", WRITES_CLINICAL, "patient"),
    "patients:daily_measures": staff("POST", WRITES_CLINICAL, "patient"),
    "patients:activity_new": staff("POST", WRITES_CLINICAL, "patient"),
    "patients:activity_reword": staff("POST", WRITES_CLINICAL, "activity"),
    "patients:activity_retire": staff("POST", WRITES_CLINICAL, "activity"),
    "patients:activity_resume": staff("POST", WRITES_CLINICAL, "activity"),
    "patients:questionnaire_fill": staff("GET POST", WRITES_CLINICAL, "questionnaire"),
    "patients:cautions": staff("GET", SEES_CLINICAL, "patient"),
    "patients:caution_check": staff("POST", WRITES_CLINICAL, "patient"),
    "patients:safety": staff("GET", SEES_CLINICAL, "patient"),
    "patients:screening_foot": staff("GET POST", WRITES_CLINICAL, "patient"),
    "patients:screening_back": staff("GET POST", WRITES_CLINICAL, "patient"),
    "patients:screening_error": staff("GET POST", WRITES_CLINICAL, "screening"),
    "patients:screening_restore": staff("POST", WRITES_CLINICAL, "screening"),
    "patients:flag_decide": staff("POST", WRITES_CLINICAL, "flag"),
    "patients:referral_new": staff("GET POST", WRITES_CLINICAL, "patient"),
    "patients:referral_edit": staff("GET POST", WRITES_CLINICAL, "referral"),
    "patients:referral_close": staff("GET POST", WRITES_CLINICAL, "referral"),
    "patients:referral_cancel": staff("POST", WRITES_CLINICAL, "referral"),
    "patients:referral_reopen": staff("POST", WRITES_CLINICAL, "referral"),
    "patients:referral_error": staff("POST", WRITES_CLINICAL, "referral"),
    "patients:referral_history": staff("GET", SEES_CLINICAL, "referral"),
    "patients:evaluations": staff("GET", SEES_CLINICAL, "patient"),
    "patients:evaluation_new": staff("POST", WRITES_CLINICAL, "patient"),
    "patients:evaluation_draft": staff("GET POST", WRITES_CLINICAL, "draft"),
    "patients:evaluation_draft_save": staff("POST", WRITES_CLINICAL, "draft"),
    "patients:evaluation_draft_discard": staff("POST", WRITES_CLINICAL, "draft"),
    "patients:evaluation_draft_restore": staff("POST", WRITES_CLINICAL, "draft"),
    "patients:evaluation": staff("GET", SEES_CLINICAL, "evaluation"),
    "patients:evaluation_amend": staff("POST", WRITES_CLINICAL, "evaluation"),
    "patients:evaluation_error": staff("POST", WRITES_CLINICAL, "evaluation"),
    "patients:evaluation_restore": staff("POST", WRITES_CLINICAL, "evaluation"),
    "patients:signs": Door("GET POST", patient=True),
    "patients:help": Door("GET", about="clinic"),
    "patients:link": Door("GET"),
    "patients:link_open": Door("POST"),
    "patients:link_match": Door("POST"),
    "patients:api-finding-type-list": api("GET", READS_CATALOGUE),
    "patients:api-patient-list": api("GET POST", SEES_PATIENTS),
    "patients:api-patient-detail": api("GET", SEES_PATIENTS, "patient"),
    "patients:api-finding-list": api("GET POST", SEES_CLINICAL, writers=WRITES_CLINICAL),
    "patients:api-finding-detail": api("GET", SEES_CLINICAL, "finding"),
    "exercises:worklist": staff("GET", SEES_CLINICAL),
    "exercises:alert_rules": Door("GET POST", SEES_CLINICAL, writers=OWNS),
    "exercises:alert": staff("GET", SEES_CLINICAL, "alert"),
    "exercises:alert_seen": staff("POST", SEES_CLINICAL, "alert"),
    "exercises:alert_snooze": staff("POST", SEES_CLINICAL, "alert"),
    "exercises:alert_call": staff("POST", SEES_CLINICAL, "alert"),
    "exercises:alert_assign": staff("POST", SEES_CLINICAL, "alert"),
    "exercises:alert_close": staff("POST", SEES_CLINICAL, "alert"),
    "exercises:alert_reopen": staff("POST", SEES_CLINICAL, "alert"),
    "exercises:patient": staff("GET", SEES_PATIENTS, "patient"),
    "exercises:patient_edit": staff("GET POST", EDITS_CONTACT, "patient"),
    "exercises:patient_reminders": staff("POST", EDITS_CONTACT, "patient"),
    "exercises:visit": staff("GET", SEES_CLINICAL, "patient"),
    "exercises:visit_text": staff("GET", SEES_CLINICAL, "patient"),
    "exercises:progress": staff("GET", SEES_CLINICAL, "patient"),
    "exercises:assign": staff("GET POST", WRITES_CLINICAL, "patient"),
    "exercises:record": staff("GET", SEES_PATIENTS, "patient"),
    "exercises:patient_archive": staff("POST", KEEPS_RECORDS, "patient"),
    "exercises:patient_restore": staff("POST", KEEPS_RECORDS, "patient"),
    "exercises:merge": staff("GET POST", KEEPS_RECORDS, "two patients"),
    "exercises:merge_undo": staff("POST", KEEPS_RECORDS, "merge"),
    "exercises:programme": staff("GET", SEES_PROGRAMMES, "programme"),
    "exercises:programme_resend": staff("POST", EDITS_CONTACT, "programme"),
    "exercises:programme_versions": staff("GET POST", WRITES_CLINICAL, "programme"),
    "exercises:routine_from_programme": staff("GET POST", SEES_CLINICAL, "programme"),
    "exercises:routines": staff("GET", READS_CATALOGUE),
    "exercises:routine_new": staff("GET POST", AUTHORS),
    "exercises:routine": staff("GET", READS_CATALOGUE, "own routine"),
    "exercises:routine_edit": staff("GET POST", AUTHORS, "own routine"),
    "exercises:routine_sign": staff("POST", WRITES_CLINICAL, "own routine"),
    "exercises:routine_retire": staff("POST", AUTHORS, "own routine"),
    "exercises:routine_restore": staff("POST", AUTHORS, "own routine"),
    "exercises:programme_edit": staff("GET POST", WRITES_CLINICAL, "programme"),
    "exercises:programme_extend": staff("GET POST", WRITES_CLINICAL, "programme"),
    "exercises:programme_revisions": staff("GET", SEES_CLINICAL, "programme"),
    "exercises:programme_end": staff("GET POST", WRITES_CLINICAL, "programme"),
    "exercises:programme_pause": staff("GET POST", WRITES_CLINICAL, "programme"),
    "exercises:programme_resume": staff("POST", WRITES_CLINICAL, "programme"),
    "exercises:catalogue": staff("GET", READS_CATALOGUE),
    "exercises:contact_sheet": staff("GET", CURATES),
    "exercises:missing_translations": staff("GET", CURATES),
    "exercises:translations": staff("GET POST", CURATES, "exercise"),
    "exercises:translation_review": staff("POST", CURATES, "exercise"),
    "exercises:own": staff("GET", AUTHORS),
    "exercises:own_new": staff("GET POST", AUTHORS),
    "exercises:own_edit": staff("GET POST", AUTHORS, "own exercise"),
    "exercises:own_retire": staff("GET POST", AUTHORS, "own exercise"),
    "exercises:own_restore": staff("POST", AUTHORS, "own exercise"),
    "exercises:propose": staff("GET POST", AUTHORS, "own exercise"),
    "exercises:proposals": staff("GET", AUTHORS),
    "exercises:proposal_withdraw": staff("POST", AUTHORS, "proposal"),
    "exercises:proposal_accept": staff("POST", CURATES, "proposal"),
    "exercises:proposal_decline": staff("POST", CURATES, "proposal"),
    "exercises:photo": Door("GET", about="photo"),  # test_photo_serving asks who gets it
    "exercises:exercise": staff("GET", READS_CATALOGUE, "exercise"),
    "exercises:favourite": staff("POST", READS_CATALOGUE, "exercise"),
    "exercises:today": Door("GET", patient=True),
    "exercises:guide": Door("GET", patient=True),
    "exercises:kept_plan": Door("GET", patient=True, rung="B"),
    "exercises:kept_guide": Door("GET", patient=True, rung="B"),
    "exercises:kept_old": Door("GET", patient=True, rung="B"),
    "exercises:worker": Door("GET"),
    "exercises:manifest": Door("GET", patient=True, rung="B"),
    "exercises:token": Door("GET", patient=True, rung="B"),
    "exercises:report": Door("PUT", about="report", patient=True, rung="B"),  # test_offline asks who may
    "exercises:log": Door("POST", patient=True),
    "exercises:earlier": Door("GET", about="day", patient=True),
    "exercises:seen": Door("POST", patient=True),
    "exercises:more": Door("GET", patient=True),
    "exercises:my_reminders": Door("GET POST", patient=True),
    "exercises:messages": staff("GET", SEES_CLINICAL, "patient"),
    "exercises:message_send": staff("POST", WRITES_CLINICAL, "patient"),
    "exercises:message_take_back": staff("POST", WRITES_CLINICAL, "sent message"),
    "exercises:message_templates": staff("GET POST", WRITES_CLINICAL),
    "exercises:message_template": staff("GET POST", WRITES_CLINICAL, "message template"),
    "exercises:message_template_retire": staff("POST", WRITES_CLINICAL, "message template"),
    "exercises:message_template_restore": staff("POST", WRITES_CLINICAL, "message template"),
    "exercises:my_messages": Door("GET POST", patient=True, rung="B"),
    "exercises:my_progress": Door("GET", patient=True, rung="B"),
    "exercises:language": Door("POST", patient=True),
    "exercises:my_calendar": Door("GET POST", patient=True, rung="B"),
    "exercises:calendar_file": Door("GET", patient=True, rung="B"),
    "exercises:feed": Door("GET", about="feed"),
    "patients:my_carer": Door("GET POST", patient=True, rung="B"),
    "patients:carer": Door("GET POST", about="carer"),
    "patients:patient_carer": staff("GET POST", EDITS_CONTACT, "patient"),
    "exercises:leave": Door("POST", patient=True),
    "exercises:not_for_me": Door("GET POST", patient=True),
    "exercises:sheet": staff("GET POST", SEES_PROGRAMMES, "patient"),
    "exercises:week": staff("GET POST", EDITS_CONTACT, "patient"),
    "exercises:my_sheet": Door("GET", patient=True, rung="B"),
    "exercises:contact": Door("GET POST", patient=True, rung="C"),
    "exercises:contact_confirm": Door("POST", patient=True, rung="B"),
    "exercises:export": Door("GET POST", patient=True, rung="C"),
    "exercises:access": staff("GET POST", EDITS_CONTACT, "patient"),
    "patients:my_help": Door("GET", patient=True),
    "patients:sign_report": Door("PUT", about="report", patient=True, rung="B"),
    "patients:code": Door("GET POST"),
    "patients:code_email": Door("GET POST"),
    "patients:code_enter": Door("GET POST"),
    "patients:device": Door("GET POST", patient=True),
    "patients:devices": Door("GET", patient=True, rung="B"),
    "patients:device_revoke": Door("POST", patient=True, rung="C"),
    "patients:confirm": Door("GET POST", patient=True, rung="B"),
    "exercises:unsubscribe": Door("GET POST", about="token"),
    "exercises:api-exercise-list": api("GET", READS_CATALOGUE),
    "exercises:api-exercise-detail": api("GET", READS_CATALOGUE, "exercise"),
    "exercises:api-routine-list": api("GET", READS_CATALOGUE),
    "exercises:api-routine-detail": api("GET", READS_CATALOGUE, "routine"),
    "exercises:api-programme-list": api("GET POST", SEES_PROGRAMMES, writers=WRITES_CLINICAL),
    "exercises:api-programme-detail": api("GET", SEES_PROGRAMMES, "programme"),
    "exercises:api-log-list": api("GET POST", SEES_CLINICAL, writers=WRITES_CLINICAL),
    "exercises:api-log-detail": api("GET", SEES_CLINICAL, "log"),
}
