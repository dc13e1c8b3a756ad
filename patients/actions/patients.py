from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import audit, replay
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import Clinic, Language
from patients.actions.records import open_for_writing
from patients.models import ConsentChange, ConsentChannel, ConsentRecord, Patient

CONTACT_FIELDS = (
    "given_name",
    "family_name",
    "date_of_birth",
    "email",
    "time_zone",
    "language",
    "note",
    "next_visit_at",
    "reference",
)
NAMED = {
    "note": gettext_lazy("how to reach the patient")
}  # as the page calls it, where the column has another name
DIGITS = 8  # of each field's part of the mark
LONGEST_MARK = DIGITS * len(CONTACT_FIELDS)


class PatientFields(TypedDict):
    given_name: str
    family_name: str
    date_of_birth: date
    email: str
    time_zone: str
    language: NotRequired[str]  # else the clinic's, or what it was
    note: str
    next_visit_at: NotRequired[datetime | None]
    reference: NotRequired[str]


@transaction.atomic
def register_patient(
    *,
    actor: Actor,
    now: datetime,
    reminders_allowed: bool,
    same_person_checked: bool = False,
    patient_id: UUID | None = None,
    **fields: Unpack[PatientFields],
) -> Patient:
    """Add a person to the actor's clinic.

    ``patient_id`` is the key of the row to be made, so that the same request sent twice makes one patient.

    Refuses a second person with the same name and date of birth (code ``duplicate``) unless somebody looked and
    ticked ``same_person_checked``. ``now`` bounds the date of birth.
    """
    if actor.clinic_id is None:
        raise Refused(_("Only staff of a clinic can add patients."), code="no_clinic")
    if patient_id and (made := Patient.objects.visible_to(actor).filter(pk=patient_id).first()):
        return made
    refuse_impossible(fields["date_of_birth"], fields["email"], reminders_allowed=reminders_allowed, now=now)
    if not same_person_checked and _is_known(actor, fields):
        raise Refused(
            _("A patient with this name and date of birth exists. Tick the box if this is another person."),
            code="duplicate",
            field="same_person_checked",
        )
    if "language" not in fields:
        fields["language"] = Clinic.objects.get(pk=actor.clinic_id).language
    patient = Patient(
        pk=patient_id or uuid4(),
        clinic_id=actor.clinic_id,
        practitioner_id=actor.user_id,
        reminders_allowed=reminders_allowed,
        **fields,
    )
    _save(patient, force_insert=True)
    audit.record(actor, "patient.registered", patient, patient_id=patient.pk)
    if reminders_allowed:
        _record_consent(actor, patient, ConsentChange.GIVEN, ConsentChannel.CLINIC)
    return patient


def refuse_impossible(born: date, email: str, *, reminders_allowed: bool, now: datetime) -> None:
    """What no new patient can be, whichever way they come."""
    _refuse_future_birth(born, now)
    _refuse_reminders_without_address(reminders_allowed, email)


@transaction.atomic
def update_contact(
    *, actor: Actor, patient: Patient, now: datetime, seen: str = "", **fields: Unpack[PatientFields]
) -> list[str]:
    """Change name, birth date, address, time zone or language; returns the names of the fields that changed.

    ``seen``: the mark of the details that the writer began with. Refuses to write over what the patient or a colleague
    changed since; an empty one asks for nothing.
    """
    _refuse_future_birth(fields["date_of_birth"], now)
    current = open_for_writing(patient.pk)
    fields.setdefault("language", current.language)
    _refuse_stale(current, fields, seen)
    _refuse_reminders_without_address(current.reminders_allowed, fields["email"])
    given = [name for name in CONTACT_FIELDS if name in fields]
    changed = [name for name in given if getattr(current, name) != fields[name]]  # type: ignore[literal-required]
    for name in given:
        setattr(patient, name, fields[name])  # type: ignore[literal-required]
    if changed:
        _save(patient, update_fields=changed)
        audit.record(actor, "patient.updated", patient, patient_id=patient.pk, changes={"fields": changed})
    return changed


def mark_of_contact(patient: Patient) -> str:
    """Changes with anything that the page of the details writes. It keeps no secret: the page shows all of it."""
    return "".join(_digest(getattr(patient, name)) for name in CONTACT_FIELDS)


def _digest(value: object) -> str:
    told = value.astimezone(UTC) if isinstance(value, datetime) else value
    return sha256(str(told).encode()).hexdigest()[:DIGITS]


def _refuse_stale(current: Patient, fields: PatientFields, seen: str) -> None:
    if not seen:
        return
    changed = [
        name
        for place, name in enumerate(CONTACT_FIELDS)
        if seen[place * DIGITS :][:DIGITS] != _digest(getattr(current, name))
        and fields.get(name, ...) != getattr(current, name)  # a second press finds what the first one wrote
    ]
    if changed:
        names = [str(NAMED.get(name) or Patient._meta.get_field(name).verbose_name) for name in changed]  # type: ignore[union-attr]
        message = _(
            "These details were changed meanwhile, so yours are not saved. Changed there: %(what)s. What you typed is"
            " still here: open the page in another tab and put the two together."
        )
        raise Refused(message % {"what": ", ".join(names)}, code="stale")


@transaction.atomic
def set_language(*, actor: Actor, patient: Patient, language: str) -> bool:
    """The patient reads the plan and its e-mails in this language from now on. False: it stood so already."""
    if language not in Language.values:
        raise Refused(_("Choose a language from the list."), code="language", field="language")
    current = open_for_writing(patient.pk)
    if current.language == language:
        return False
    patient.language = language
    patient.save(update_fields=["language"])
    audit.record(
        actor,
        "patient.language",
        patient,
        patient_id=patient.pk,
        changes={"from": current.language, "to": language},
    )
    return True


@transaction.atomic
def set_reminders_allowed(*, actor: Actor, patient: Patient, allowed: bool, channel: ConsentChannel) -> bool:
    """Give or withdraw consent to reminder e-mails. Returns False when it stood so already: nothing is written.

    Stopping is possible on an archived record too: old e-mails keep their stop link.
    """
    if allowed:
        locked = open_for_writing(patient.pk)
    else:
        locked = Patient.objects.select_for_update().get(pk=patient.pk)
    if locked.reminders_allowed is allowed:
        return False
    _refuse_reminders_without_address(allowed, locked.email)
    patient.reminders_allowed = allowed
    patient.save(update_fields=["reminders_allowed"])
    change = ConsentChange.GIVEN if allowed else ConsentChange.WITHDRAWN
    _record_consent(actor, patient, change, channel)
    audit.record(
        actor, f"reminders.{change.value}", patient, patient_id=patient.pk, changes={"channel": channel.value}
    )
    replay.note("reminders.allowed" if allowed else "reminders.stopped", patient.pk)
    return True


def _save(patient: Patient, **how: Any) -> None:
    try:
        with transaction.atomic():
            patient.save(**how)
    except IntegrityError as error:
        broken = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if broken == "patient_reference_once":  # an archived patient's number is taken too
            raise Refused(
                _("Another patient has this clinic number."), code="reference_taken", field="reference"
            ) from error
        if broken != "patients_patient_pkey":
            raise
        # Of another clinic, or of the same request a moment ago: who asks must not learn which.
        raise Refused(
            _("This id is taken. Try again, or choose another."), code="id_taken", field="id"
        ) from error


def _record_consent(actor: Actor, patient: Patient, change: ConsentChange, channel: ConsentChannel) -> None:
    ConsentRecord.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        change=change,
        channel=channel,
        recorded_by_id=actor.user_id,
    )


def _refuse_future_birth(born: date, now: datetime) -> None:
    if born > now.date():
        raise Refused(_("The date of birth lies in the future."), code="future", field="date_of_birth")


def _refuse_reminders_without_address(allowed: bool, email: str) -> None:
    if allowed and not email:
        raise Refused(_("Reminders need an e-mail address."), code="no_email", field="email")


def _is_known(actor: Actor, fields: PatientFields) -> bool:
    namesakes = Patient.objects.visible_to(actor).namesakes(
        given_name=fields["given_name"],
        family_name=fields["family_name"],
        date_of_birth=fields["date_of_birth"],
    )
    return namesakes.exists()
