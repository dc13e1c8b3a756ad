"""Every other page that a practitioner or an owner opens, in a clinic of many years: the name of the figure, and the address.

Pages of a patient are asked of patients from all over the clinic, every third time of the full record (bench/record.py), and
pages of one thing of that record.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from django.urls import reverse

from bench import seed
from bench.load import Ask
from exercises.models import Alert

Asks = Callable[[], Iterator[Ask]]
OF_PATIENT = {
    "contact_form": "exercises:patient_edit",
    "carer_form": "patients:patient_carer",
    "record": "exercises:record",
    "plan_access": "exercises:access",
    "export_form": "exercises:patient_export",
    "sheet": "exercises:sheet",
    "week": "exercises:week",
    "summary_text": "exercises:visit_text",
    "messages": "exercises:messages",
    "supports": "patients:support_list",
    "support_form": "patients:support_new",
    "outcomes": "patients:outcome_list",
    "outcome_form": "patients:outcome_new",
    "cautions": "patients:cautions",
    "safety": "patients:safety",
    "screening_form": "patients:screening_foot",
    "screening_form_back": "patients:screening_back",
    "referral_form": "patients:referral_new",
    "evaluations": "patients:evaluations",
    "restrict_form": "exercises:patient_restrict",
    "erase_preview": "exercises:erase",
}
# Name of the figure, the address, and which key of the full record it names.
OF_RECORD = {
    "programme": ("exercises:programme", "programme"),
    "change_page": ("exercises:programme_edit", "programme"),
    "change_days": ("exercises:programme_extend", "programme"),
    "change_history": ("exercises:programme_revisions", "programme"),
    "programme_end": ("exercises:programme_end", "programme"),
    "programme_pause": ("exercises:programme_pause", "programme"),
    "programme_versions": ("exercises:programme_versions", "programme"),
    "programme_as_routine": ("exercises:routine_from_programme", "programme"),
    "finding_form": ("patients:finding_edit", "finding"),
    "finding_history": ("patients:finding_history", "finding"),
    "support_edit": ("patients:support_edit", "support"),
    "support_history": ("patients:support_history", "support"),
    "evaluation": ("patients:evaluation", "evaluation"),
    "evaluation_draft": ("patients:evaluation_draft", "draft"),
    "screening_error": ("patients:screening_error", "screening"),
    "referral_edit": ("patients:referral_edit", "referral"),
    "referral_close": ("patients:referral_close", "referral"),
    "referral_history": ("patients:referral_history", "referral"),
    "questionnaire": ("patients:questionnaire_fill", "questionnaire"),
    "merge": ("exercises:merge", "two patients"),
    "import_preview": ("patients:import", "import"),
    "import_columns": ("patients:import_columns", "import"),
    "message_template": ("exercises:message_template", "template"),
    "routine": ("exercises:routine", "routine"),
    "routine_form": ("exercises:routine_edit", "routine"),
    "exercise": ("exercises:exercise", "exercise"),
}
OF_CLINIC = {
    "alert_rules": "exercises:alert_rules",
    "patient_new": "patients:new",
    "import_new": "patients:import_new",
    "routines": "exercises:routines",
    "routine_new": "exercises:routine_new",
    "own_exercises": "exercises:own",
    "own_exercise_form": "exercises:own_new",
    "proposals": "exercises:proposals",
    "message_templates": "exercises:message_templates",
    "audit": "clinic:audit",
    "break_glass": "patients:break_glass",
}
OF_OWNER = {
    "usage": "exercises:usage",
    "exports": "exercises:clinic_exports",
    "people": "patients:people",
    "settings": "clinic:settings",
    "hand_over_nobody": "patients:hand_over_nobody",
    "restrictions": "patients:restrictions",
}
OF_COLLEAGUE = {"person": "patients:member", "hand_over": "patients:hand_over"}
NAMES = ("alert", *OF_PATIENT, *OF_RECORD, *OF_CLINIC, *OF_OWNER, *OF_COLLEAGUE)


def pages(world: seed.World, practitioner: str, owner: str) -> dict[str, Asks]:
    """``practitioner``, ``owner``: their cookies. None where the clinic has not grown."""
    keys = world.full_record
    if not keys:
        return {}
    keys["two patients"] = (keys["patient"], world.patients[0].pk)
    colleague = world.staff.staff_membership.pk
    found: dict[str, Asks] = {"alert": lambda: _alerts(world, practitioner)}
    for name, url in OF_PATIENT.items():
        found[name] = _of_patients(url, practitioner, world)
    for name, (url, key) in OF_RECORD.items():
        found[name] = _always(url, practitioner, keys[key])
    for name, url in OF_CLINIC.items():
        found[name] = _always(url, practitioner)
    for name, url in OF_OWNER.items():
        found[name] = _always(url, owner)
    for name, url in OF_COLLEAGUE.items():
        found[name] = _always(url, owner, colleague)
    return found


def _always(url: str, cookie: str, key: Any = None) -> Asks:
    arguments = list(key) if isinstance(key, tuple) else [] if key is None else [key]
    return lambda: itertools.repeat(Ask(reverse(url, args=arguments), cookie))


def _of_patients(url: str, cookie: str, world: seed.World) -> Asks:
    def asks() -> Iterator[Ask]:
        full = str(world.full_record["patient"])
        for turn, key in enumerate(itertools.cycle(spread(world))):
            yield Ask(reverse(url, args=[full if turn % 3 == 0 else key]), cookie)

    return asks


def spread(world: seed.World) -> list[str]:
    """Patients from all over the clinic: none is asked for twice in one measurement."""
    keys = world.everybody or [str(patient.pk) for patient in world.patients]
    return keys[:: max(1, len(keys) // 997)]


def _alerts(world: seed.World, cookie: str) -> Iterator[Ask]:
    keys = Alert.objects.filter(patient__practitioner=world.staff).order_by("pk").values_list("pk", flat=True)
    return itertools.cycle([Ask(reverse("exercises:alert", args=[key]), cookie) for key in keys[:300]])
