"""Every constraint of this app, broken by hand: by rows that no form and no action would write.

Each case ends in an IntegrityError that names its constraint, whatever the code above allows.
"""

from collections.abc import Callable
from datetime import date

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from patients.models import (
    ConsentRecord,
    Finding,
    FindingType,
    Measure,
    PainScore,
    PlanLink,
    PlanVisit,
    Side,
    Status,
    hashed,
)
from tests.factories import NOON, make_finding, make_finding_type
from tests.patients.test_constraints_deletion import BROKEN as DELETION_BROKEN
from tests.patients.test_constraints_imports import BREAKS as IMPORT_BREAKS
from tests.patients.test_constraints_imports import COMPOSITE_KEYS as IMPORT_KEYS
from tests.patients.test_constraints_messages import BREAKS as MESSAGE_BREAKS
from tests.patients.test_constraints_messages import COMPOSITE_KEYS as MESSAGE_KEYS
from tests.patients.test_constraints_plan import BREAKS as PLAN_BREAKS
from tests.patients.test_constraints_plan import COMPOSITE_KEYS as PLAN_KEYS
from tests.patients.test_constraints_record import BREAKS as RECORD_BREAKS
from tests.patients.test_constraints_record import COMPOSITE_KEYS as RECORD_KEYS
from tests.patients.test_constraints_restriction import BREAKS as RESTRICTION_BREAKS
from tests.patients.test_constraints_restriction import COMPOSITE_KEYS as RESTRICTION_KEYS

pytestmark = pytest.mark.slow  # tries everything there is

COMPOSITE_KEYS = {
    "finding_same_clinic",
    "painscore_same_clinic",
    "consentrecord_same_clinic",
    "planlink_same_clinic",
    "planvisit_same_clinic",
    "finding_repeats_its_type",
}


class World:
    """One row of each kind, all of Riverside, and a second clinic."""

    def __init__(self, priya, margaret, hilltop):
        self.priya, self.patient, self.hilltop = priya, margaret, hilltop
        self.finding = make_finding(priya, margaret)
        self.link = PlanLink.objects.create(
            clinic_id=margaret.clinic_id,
            patient=margaret,
            scope="today",
            secret_hash=hashed("one"),
            expires_at=NOON,
        )
        self.visit = PlanVisit.objects.create(
            clinic_id=margaret.clinic_id,
            patient=margaret,
            link=self.link,
            secret_hash=hashed("two"),
            expires_at=NOON,
        )
        self.pain = PainScore.objects.create(
            clinic_id=margaret.clinic_id,
            patient=margaret,
            measure=Measure.PAIN_FOOT,
            on=NOON.date(),
            score=0,
        )
        self.consent = ConsentRecord.objects.get(patient=margaret)

    def change(self, row, **fields):
        """An UPDATE of one row, past save() and the actions."""
        type(row).objects.filter(pk=row.pk).update(**fields)

    def copy(self, row, **fields):
        """An INSERT of the same row once more, with another key."""
        values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
        values.pop(row._meta.pk.attname)
        type(row).objects.create(**values | fields)

    def second_finding(self, side, **fields):
        self.copy(self.finding, side=side, **fields)

    def back_finding(self):
        back = make_finding_type("low_back_pain", site="back", exclusive_group="back", label="Low back pain")
        return make_finding(self.priya, self.patient, back, Side.NOT_APPLICABLE)

    def insert_again(self, row):
        """Key and more are unique together; alone, the primary key would stand in the way first."""
        table = row._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey CASCADE")
        type(row).objects.bulk_create([row])


BREAKS: dict[str, Callable[[World], object]] = {
    # patient
    "patient_id_clinic": lambda w: w.insert_again(w.patient),
    "patient_has_name": lambda w: w.change(w.patient, given_name=""),
    "patient_born_after_1900": lambda w: w.change(w.patient, date_of_birth=date(1899, 12, 31)),
    "patient_reminders_need_email": lambda w: w.change(w.patient, email=""),
    "patient_reference_once": lambda w: (
        w.change(w.patient, reference="RV-1042"),
        w.copy(w.patient, reference="rv-1042"),
    ),
    # consent
    "consent_change_known": lambda w: w.change(w.consent, change="perhaps"),
    "consent_channel_known": lambda w: w.change(w.consent, channel="pigeon"),
    # finding type
    "finding_type_site_known": lambda w: FindingType.objects.create(
        key="x", label="x", patient_wording="x", group="x", site="hand", exclusive_group="x", sides=["left"]
    ),
    "finding_type_rules": lambda w: w.insert_again(w.finding.type),
    # finding
    "finding_side_fits_site": lambda w: w.change(w.finding, side=Side.NOT_APPLICABLE),
    "finding_severity_known": lambda w: w.change(w.finding, severity="awful"),
    "finding_status_known": lambda w: w.change(w.finding, status="forgotten"),
    "finding_confirmation_known": lambda w: w.change(w.finding, confirmed_by="guess"),
    "finding_onset_has_precision": lambda w: w.change(w.finding, onset_date=NOON.date()),
    "finding_one_of_group_left": lambda w: w.second_finding(Side.BILATERAL),
    "finding_one_of_group_right": lambda w: (
        w.change(w.finding, side=Side.RIGHT),
        w.second_finding(Side.BILATERAL),
    ),
    "finding_one_of_group_back": lambda w: w.copy(w.back_finding()),
    # pain
    "pain_once_a_day": lambda w: w.copy(w.pain, score=5),
    "pain_measure_known": lambda w: w.change(w.pain, measure="pain_elbow"),
    "pain_from_0_to_10": lambda w: w.change(w.pain, score=11),
    # links
    "link_hash_unique": lambda w: w.copy(w.link),
    "link_scope_known": lambda w: w.change(w.link, scope="everything"),
    "link_holds_hash_only": lambda w: w.change(w.link, secret_hash="the secret itself"),
    "visit_hash_unique": lambda w: w.copy(w.visit),
    "visit_holds_hash_only": lambda w: w.change(w.visit, secret_hash="the secret itself"),
    # composite keys of the migration same_clinic
    "finding_same_clinic": lambda w: w.change(w.finding, clinic=w.hilltop),
    "painscore_same_clinic": lambda w: w.change(w.pain, clinic=w.hilltop),
    "consentrecord_same_clinic": lambda w: w.change(w.consent, clinic=w.hilltop),
    "planlink_same_clinic": lambda w: w.change(w.link, clinic=w.hilltop),
    "planvisit_same_clinic": lambda w: w.change(w.visit, clinic=w.hilltop),
    "finding_repeats_its_type": lambda w: w.change(w.finding, exclusive_group="of another type"),
}


@transaction.atomic
def attempt(name: str, world: World) -> None:
    BREAKS[name](world)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the composite keys wait for the commit otherwise


@pytest.mark.hazard("HZ-02", "HZ-21", "HZ-31")
@pytest.mark.parametrize("name", BREAKS)
def test_the_database_refuses(name, priya, margaret, hilltop):
    world = World(priya, margaret, hilltop)
    with pytest.raises(IntegrityError) as refused:
        attempt(name, world)
    assert refused.value.__cause__.diag.constraint_name == name


def test_every_constraint_of_the_app_is_broken_above():
    declared = {
        constraint.name
        for model in apps.get_app_config("patients").get_models()
        for constraint in model._meta.constraints
    }
    broken = [*BREAKS, *RECORD_BREAKS, *PLAN_BREAKS, *MESSAGE_BREAKS, *IMPORT_BREAKS, *RESTRICTION_BREAKS]
    keys = COMPOSITE_KEYS | set(RECORD_KEYS) | PLAN_KEYS | MESSAGE_KEYS | IMPORT_KEYS | RESTRICTION_KEYS
    assert {*broken, *DELETION_BROKEN} == declared | keys
    assert len(broken) == len({*broken}) == 213 + len(RESTRICTION_BREAKS)


@pytest.mark.hazard("HZ-21")
def test_what_stands_on_the_other_foot_or_was_closed_does_not_contradict(priya, margaret):
    finding = make_finding(priya, margaret, side=Side.LEFT)
    make_finding(priya, margaret, side=Side.RIGHT)
    Finding.objects.filter(pk=finding.pk).update(status=Status.RESOLVED)
    make_finding(priya, margaret, side=Side.LEFT)
    assert Finding.objects.active().about(margaret).count() == 2


@pytest.mark.hazard("HZ-23")
def test_no_pain_and_the_worst_pain_are_scores(margaret):
    for measure, score in ((Measure.PAIN_FOOT, 0), (Measure.PAIN_BACK, 10)):
        PainScore.objects.create(
            clinic_id=margaret.clinic_id, patient=margaret, measure=measure, on=NOON.date(), score=score
        )
    assert list(PainScore.objects.order_by("score").values_list("score", flat=True)) == [0, 10]
