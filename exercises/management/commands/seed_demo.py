"""Fill the demo: a fictional clinic, its staff, and fourteen records in different states, months of data in some.

Everything is made through actions, with the time of each past day given, so that the demo holds what a clinic's
database would hold. The demo's curator signs the whole catalogue. All or nothing, and only once: a second run changes
nothing, unless the catalogue's files did. Refuses outside demo mode.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from clinic import actions as clinic_actions
from clinic import clock, mail
from clinic.actors import Actor
from clinic.models import Clinic, OutgoingEmail, User
from clinic.roles import Role
from exercises import actions, reminders
from exercises.actions.succession import as_planned
from exercises.management import demo_messages, demo_visits, demo_worklist
from exercises.management import demo_story as story
from exercises.management.demo_feet import OTHER_FEET
from exercises.management.demo_heels import HEELS_AND_TENDONS, MARGARETS_RECORD
from exercises.management.demo_record import Cautions, Day
from exercises.models import (
    Done,
    Effort,
    LogEntry,
    MissReason,
    Programme,
    Reminder,
    ReminderState,
    Routine,
)
from exercises.schedule import instant, local_day
from patients import actions as patient_actions
from patients.models import FindingType, Measure, Patient

ACTOR = Actor.system("seed_demo")
PASSWORD = "one quiet step at a time"  # noqa: S105  printed for everybody who starts the demo
ROUTINE = "article-basics"
MARKS = {"d": Done.DONE, "p": Done.PARTLY, "n": Done.NOT_DONE}


class Command(BaseCommand):
    help = "Make the demo clinic, unless it is there already."

    def handle(self, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo's accounts have a public password: seed_demo runs with DEMO=1 only.")
        if not Clinic.objects.filter(name=story.CLINIC["name"]).exists():
            with transaction.atomic():
                _seed(clock.now())
        elif User.objects.filter(email=story.CURATOR, is_active=True).exists():
            _publish_catalogue()
        self.stdout.write(f"Demo accounts (password: {PASSWORD}):")
        for role, _name, email in story.STAFF:
            self.stdout.write(f"  {role.value:<12}  {email}")


def _seed(now: datetime) -> None:
    clinic = clinic_actions.create_clinic(actor=ACTOR, **story.CLINIC)
    staff = {role: _member(clinic, role, name, email) for role, name, email in story.STAFF}
    _publish_catalogue()
    routine = Routine.objects.get(slug=ROUTINE)
    walking = demo_visits.publish_questionnaire(Actor.staff(staff[Role.CURATOR]), now)
    priya = Actor.staff(staff[Role.PRACTITIONER])
    demo_messages.keep_templates(priya)
    for person in [*story.PATIENTS, *HEELS_AND_TENDONS, *OTHER_FEET]:
        patient = _live(priya, person, routine, now)
        if person is story.MARGARET:
            _seen_without_supports(patient, now - timedelta(days=6))
            demo_visits.write_record(priya, patient, MARGARETS_RECORD, now)
            demo_visits.ask(priya, patient, walking, now)
            demo_messages.write(priya, patient, now)
        if person is story.INES:
            _leave_a_plan(priya, patient, now)
        if person is story.TOM:
            demo_visits.leave_a_draft(priya, patient, now)
            demo_visits.report_and_decide(priya, patient, now)
    daytime = _patient(priya, story.daytime_patient(now), now)
    demo_visits.ask_cautions(priya, daytime, Cautions(), now)
    _programme(priya, daytime, story.plan_due_soon(now, daytime.time_zone), routine, now)
    demo_worklist.count(priya, now)


def _live(priya: Actor, person: story.Person, routine: Routine, now: datetime) -> Patient:
    patient = _patient(priya, person, now)
    if person.plan:
        demo_visits.ask_cautions(priya, patient, person.cautions, _assigned_at(patient, person.plan, now))
        _programme(priya, patient, person.plan, routine, now, person.cautions)
    demo_visits.write_record(priya, patient, person.record, now)
    if person.record.archived:
        demo_visits.archive(priya, patient, person.record.archived, now)
    return patient


def _leave_a_plan(priya: Actor, patient: Patient, now: datetime) -> None:
    """A programme that was begun and not assigned, as the page posts it."""
    slug = story.TOE_CURLS
    typed = {
        "programme_id": str(uuid4()),
        "name": "The next weeks",
        "items": slug,
        f"{slug}-reps": "10",
        f"{slug}-side": "right",
        "frequency": "1x7",
        "starts_on": local_day(now, patient.time_zone).isoformat(),
        "weeks": "6",
    }
    actions.keep_programme_draft(
        actor=priya,
        patient=patient,
        programme=None,
        data={name: [value] for name, value in typed.items()},
        seen_version=None,
        now=now,
    )


def _seen_without_supports(patient: Patient, at: datetime) -> None:
    """So that the plan has something new in it: what there is to wear."""
    programmes = Programme.objects.active().filter(patient=patient).with_items()
    shown = actions.seen.snapshot(programmes, []).get("digest", "")
    actions.note_plan_seen(actor=Actor.patient(patient), patient=patient, shown=shown, now=at)


def _member(clinic: Clinic, role: Role, name: str, email: str) -> User:
    user = clinic_actions.add_member(actor=ACTOR, clinic=clinic, email=email, name=name, role=role).user
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user


def _publish_catalogue() -> None:
    """Load what the files say and sign it off as the demo's curator; what is new in a later release too.

    Texts that somebody has edited in the demo stay theirs.
    """
    call_command("load_catalogue", publish_as=story.CURATOR, stdout=StringIO())


def _patient(priya: Actor, person: story.Person, now: datetime) -> Patient:
    patient = patient_actions.register_patient(
        actor=priya,
        now=now,
        given_name=person.given_name,
        family_name=person.family_name,
        date_of_birth=person.date_of_birth,
        email=person.email,
        time_zone=person.time_zone,
        note=person.note,
        reminders_allowed=person.reminders_allowed,
        same_person_checked=person.same_person_checked,
        next_visit_at=_next_visit(person, now),
    )
    types = FindingType.objects.in_bulk()
    for finding in person.findings:
        entry = patient_actions.FindingEntry(
            type=types[finding.key],
            side=finding.side,
            confirmed_by=finding.confirmed_by,
            severity=finding.severity,
            onset_date=finding.onset_date,
            onset_precision=finding.onset_precision,
        )
        recorded = now - timedelta(days=person.known_for)
        patient_actions.record_finding(actor=priya, patient=patient, entry=entry, now=recorded)
    return patient


def _next_visit(person: story.Person, now: datetime) -> datetime | None:
    if not person.next_visit_in:
        return None
    day = local_day(now, person.time_zone) + timedelta(days=person.next_visit_in)
    return instant(day, time(10, 30), person.time_zone)


def _assigned_at(patient: Patient, plan: story.Plan, now: datetime) -> datetime:
    first = local_day(now, patient.time_zone) - timedelta(days=plan.days_ago)
    return now if plan.days_ago == 0 else instant(first, time(10, 0), patient.time_zone)


def _programme(
    priya: Actor,
    patient: Patient,
    plan: story.Plan,
    routine: Routine,
    now: datetime,
    cautions: Cautions = Cautions(),  # noqa: B008 - nothing changes it
) -> None:
    """Assign it on its first day, live through the days since, and end it if its story ended."""
    first = local_day(now, patient.time_zone) - timedelta(days=plan.days_ago)
    programme = actions.assign_programme(
        actor=priya,
        patient=patient,
        plan=_prescription(plan, routine, first, cautions),
        now=_assigned_at(patient, plan, now),
    )
    programme = Programme.objects.with_items().select_related("patient").get(pk=programme.pk)
    for offset, said in enumerate(plan.days):
        day = first + timedelta(days=offset)
        if plan.changed and offset == plan.days_ago - plan.changed.days_ago:
            programme = _changed(priya, programme, plan.changed, day)
        _log(programme, day, said)
    if plan.ended_days_ago:
        ended = now - timedelta(days=plan.ended_days_ago)
        actions.end_programme(actor=priya, programme=programme, now=ended, reason=plan.end_reason)
    if plan.paused_for:
        actions.pause_programme(
            actor=priya,
            programme=programme,
            first_day=local_day(now, patient.time_zone),
            last_day=local_day(now, patient.time_zone) + timedelta(days=plan.paused_for - 1),
            reason="On holiday.",
            now=now,
        )
    _settle_mail(programme, plan, now)


def _prescription(
    plan: story.Plan, routine: Routine, first: date, cautions: Cautions
) -> actions.ProgrammePlan:
    exercises = {
        item.exercise.slug: item.exercise for item in routine.items.select_related("exercise__current")
    }
    chosen = [exercises[line.slug].current for line in plan.lines]
    items = [
        actions.ItemPlan(
            version=version,
            side=line.side,
            times_per_day=line.times_per_day,
            days_per_week=line.days_per_week,
            dose=version.dose_fields(),
            kit=line.kit or next(iter(version.kit_options), ""),
            note=cautions.told.get(line.slug, ""),
        )
        for line, version in zip(plan.lines, chosen, strict=True)
        if version
    ]
    return actions.ProgrammePlan(
        name=routine.name,
        routine=routine,
        items=items,
        starts_on=first,
        weeks=plan.weeks,
        reminder_time=plan.reminder_time,
        reasons=cautions.reasons,
    )


def _changed(priya: Actor, programme: Programme, changed: story.Changed, day: date) -> Programme:
    """In the morning, before anything is logged. The plan's first letter waits still: the change has none of its own."""
    items = [as_planned(item, item.version) for item in programme.current]
    items = [
        replace(item, dose=item.dose | changed.dose) if item.version.exercise.slug == changed.slug else item
        for item in items
    ]
    plan = actions.ProgrammeChange(
        name=programme.name, items=items, ends_on=programme.ends_on, why=changed.why
    )
    at = instant(day, time(10, 0), programme.patient.time_zone)
    actions.change_programme(
        actor=priya, programme=programme, plan=plan, seen_version=programme.version, now=at
    )
    return Programme.objects.with_current_items().select_related("patient").get(pk=programme.pk)


def _log(programme: Programme, day: date, said: Day | None) -> None:
    """What the patient marked that evening; None: nothing at all. A mark for an exercise not due is left out."""
    if said is None:
        return
    due = {item.pk for item in programme.items_due_on(day)}
    marked = zip(programme.items.all(), said.marks, strict=True)
    done = {item.pk: MARKS[mark] for item, mark in marked if mark in MARKS and item.pk in due}
    pain = {Measure.PAIN_FOOT: said.foot, Measure.PAIN_BACK: said.back}
    patient = programme.patient
    missed = [pk for pk, answer in done.items() if answer is not Done.DONE]
    tried = [pk for pk, answer in done.items() if answer is not Done.NOT_DONE]
    entry = actions.DayLog(
        performed_on=day,
        done=done,
        reasons={pk: MissReason(said.why) for pk in missed if said.why},
        efforts={pk: Effort(said.how) for pk in tried if said.how},
        pain=pain,
        note=said.note,
    )
    evening = instant(day + timedelta(days=said.late), time(19, 30), patient.time_zone)
    actions.log_day(actor=Actor.patient(patient), patient=patient, entry=entry, now=evening)
    # In the demo's past the database's own clock would say that all was entered just now.
    LogEntry.objects.filter(report=entry.report_id).update(recorded_at=evening)


def _settle_mail(programme: Programme, plan: story.Plan, now: datetime) -> None:
    """The demo mailbox begins with letters that somebody can use: nothing about times that are over."""
    letters = OutgoingEmail.objects.filter(letter="plan_ready", object_id=str(programme.pk))
    if plan.letter:
        letters.update(not_before=now, expires_at=now + actions.programmes.PLAN_READY_FOR)
    else:
        mail.cancel(letters.values_list("pk", flat=True), reason="Part of the demo's past.")
    # Plan today's reminder now, or the first tick would plan it and send it at once although its time has passed.
    reminders.plan(programme, now)
    past = Reminder.objects.filter(programme=programme, state=ReminderState.PLANNED, due_at__lte=now)
    for day in list(past.values_list("local_date", flat=True)):
        reminders.cancel_day(programme.patient, day, "Part of the demo's past.")
