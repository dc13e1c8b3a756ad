"""One patient with rows of every kind, in a clinic with others: what a page asks must not grow with their number."""

from dataclasses import dataclass
from datetime import timedelta

from clinic.actors import Actor
from clinic.models import User
from clinic.roles import Role
from exercises import actions
from exercises.actions import DayLog, RoutineLine, StagePlan
from exercises.alert_rules import Rule
from exercises.alert_triggers import Trigger
from exercises.models import Alert, Done, Exercise, Programme, Scope
from patients import actions as patient_actions
from patients.models import ConfirmedBy, Finding, Measure, Patient, RaisedFlag, Side, Status, SupportKind
from patients.red_flags import Region
from tests import factories
from tests.factories import NOON, TODAY
from tests.message_factories import make_message, make_template
from tests.pages import signed_in
from tests.patients.import_world import checked, many
from tests.restricted_world import make_erasure, make_opening, make_restriction
from tests.staff_factories import make_invitation, make_patients


@dataclass(frozen=True)
class Crowd:
    """The people, and the programme of Margaret's that runs on."""

    priya: User
    olivia: User
    carlos: User
    margaret: Patient
    programme: Programme

    def grow(self, places: range) -> None:
        """One more of everything that a page lists, for each number; none is used twice."""
        for flag in RaisedFlag.objects.undecided():  # while one waits, nothing is assigned
            factories.make_decision(self.priya, flag)
        for place in places:
            exercise = factories.make_exercise(f"crowd-{place}", name=f"Crowd {place}")
            self._catalogue(place, exercise)
            self._found(place)
            self._planned(place, exercise)
            self._said(place)
            self._clinic(place, exercise)
        for place in places:
            self._examined(place)

    def _catalogue(self, place: int, exercise: Exercise) -> None:
        actions.add_favourite(actor=Actor.staff(self.priya), exercise=exercise)
        stages = [
            StagePlan(name="First", from_week=1, to_week=2, criteria="No pain in the morning."),
            StagePlan(name="Then", from_week=3),
        ]
        for scope in (Scope.PERSONAL, Scope.CLINIC):
            lines = [RoutineLine(exercise=exercise, stage=stage) for stage in (1, 2)]
            factories.write_routine(self.priya, lines, name=f"Crowd {place}", scope=scope, stages=stages)
        factories.make_proposal(self.priya, factories.make_own_exercise(self.priya, name=f"Own {place}"))

    def _found(self, place: int) -> None:
        """Two findings that were said anew, one of them resolved; a support for the other, worn."""
        actor = Actor.staff(self.priya)
        for name in ("ache", "stiffness"):
            kind = factories.make_finding_type(f"{name}_{place}", label=f"{name.capitalize()} {place}")
            finding = factories.make_finding(self.priya, self.margaret, kind)
            entry = patient_actions.FindingEntry(
                type=kind, side=Side.RIGHT, confirmed_by=ConfirmedBy.CLINICAL
            )
            finding = patient_actions.amend_finding(
                actor=actor, finding=finding, entry=entry, version=1, reason="The other foot.", now=NOON
            )
        patient_actions.close_finding(actor=actor, finding=finding, status=Status.RESOLVED, now=NOON)
        ache = Finding.objects.get(patient=self.margaret, type=f"ache_{place}")
        kinds = [SupportKind.PREFABRICATED_INSOLE, SupportKind.HEEL_CUP]
        support = factories.make_support(self.priya, self.margaret, ache, kind=kinds[place % 2])
        factories.make_wear(self.margaret, support, 3)

    def _examined(self, place: int) -> None:
        """Signed and amended; signs of a screening and of the plan, some decided; a referral."""
        at = NOON - timedelta(days=place)
        made = factories.make_evaluation(self.priya, self.margaret, now=at)
        factories.make_evaluation(self.priya, self.margaret, now=at, amends=made, amendment_reason="Again.")
        decided = factories.make_flag(self.priya, self.margaret, "cauda_equina", region=Region.BACK, now=at)
        factories.make_decision(self.priya, decided, now=at)
        factories.make_flag(self.priya, self.margaret, now=at)
        factories.make_referral(self.priya, self.margaret, now=at)
        told = patient_actions.SignsTold(ticked=["not_better"], note="Still the same.")
        patient_actions.report_signs(
            actor=Actor.patient(self.margaret), patient=self.margaret, report=told, now=at
        )

    def _planned(self, place: int, exercise: Exercise) -> None:
        """Another programme beside, with a day of its diary; the first one said anew; one that is over."""
        actor, at = Actor.staff(self.priya), NOON - timedelta(days=place)
        over = factories.make_programme(self.priya, self.margaret, [exercise], now=at, name=f"Over {place}")
        actions.end_programme(actor=actor, programme=over, now=NOON, reason="Done.")
        beside = factories.make_programme(
            self.priya, self.margaret, [exercise], now=at, name=f"Beside {place}"
        )
        item = beside.items.get()
        entry = DayLog(
            performed_on=at.date(),
            done={item.pk: Done.PARTLY},
            note="Ached.",
            pain={Measure.PAIN_FOOT: place % 11},
        )
        actions.log_day(actor=Actor.patient(self.margaret), patient=self.margaret, entry=entry, now=at)
        seen = Programme.objects.get(pk=self.programme.pk)
        actions.extend_programme(
            actor=actor,
            programme=seen,
            ends_on=TODAY + timedelta(days=30 + place),
            why="More time.",
            seen_version=seen.version,
            now=NOON,
        )

    def _said(self, place: int) -> None:
        """At a visit, in writing, in a questionnaire."""
        day = TODAY - timedelta(days=place)
        factories.tell(self.priya, self.margaret, day, change=place % 3, pain_back_24h=place % 11)
        asked = factories.make_questionnaire(self.carlos, code=f"crowd-{place}", title=f"Crowd {place}")
        factories.answer(self.priya, self.margaret, asked, {1: 2, 2: 3, 3: 1}, day)
        at = NOON - timedelta(hours=2 + place)
        make_message(self.priya, self.margaret, f"Message {place}", now=at)
        make_template(self.priya, f"Words {place}", f"Text {place}", shared=bool(place % 2))

    def _clinic(self, place: int, exercise: Exercise) -> None:
        """Colleagues, a list of patients, more patients; one of them with a sign and alerts that somebody called about."""
        for role in (Role.PRACTITIONER, Role.OWNER):
            factories.make_staff(self.margaret.clinic, role, f"{role.value}{place} Crowd")
        make_invitation(self.olivia, f"Guest{place} Crowd")
        checked(signed_in(self.priya), many(place + 1))
        make_patients(self.priya, 20)
        person = factories.make_patient(self.priya, "Margaret", f"Hall{place}")
        for patient in (person, self.margaret):
            item = factories.make_programme(self.priya, patient, [exercise]).items.get()
            plan = {"plan": str(item.programme_id), "on": "2026-12-01"}
            found = [
                Trigger(Rule.PLAN_ENDING, TODAY, f"p{place}", plan),
                Trigger(
                    Rule.SKIPPED_FOR_PAIN, TODAY, f"s{place}", {"item": str(item.pk), "times": 3, "days": 28}
                ),
                Trigger(Rule.NEW_NOTE, TODAY, f"n{place}", {"on": TODAY.isoformat()}),
            ]
            actions.raise_alerts(actor=Actor.system("test"), patient=patient, found=found, now=NOON)
            for alert in Alert.objects.filter(patient=patient):
                actions.note_call(
                    actor=Actor.staff(self.priya), alert=alert, seen_count=alert.count, text="x", now=NOON
                )
        factories.make_flag(self.priya, person)
        closed, gone = (factories.make_patient(self.priya, name, f"Hall{place}") for name in ("Nora", "Nils"))
        make_restriction(self.olivia, closed, now=NOON)
        make_opening(self.priya, closed, now=NOON)
        make_erasure(self.priya, gone, now=NOON)
