"""The constraints of what opens a plan and of what patients report, broken by hand; test_constraints counts them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.models import User
from patients.models import (
    AccessCode,
    Carer,
    Device,
    EmailedCode,
    Patient,
    PlanLink,
    RaisedFlag,
    Screening,
    SignReport,
    code_hash,
    hashed,
)
from tests.factories import NOON, make_patient

pytestmark = pytest.mark.slow  # tries everything there is
LATER = NOON + timedelta(days=30)


class World:
    """One row of each kind, all of Riverside, another patient there, and a second clinic."""

    def __init__(self, priya: User, margaret: Patient, stranger: Patient) -> None:
        self.patient, self.stranger, self.hilltop = margaret, stranger, stranger.clinic
        self.other = make_patient(priya, given_name="Edith", email="edith@patients.example")
        both: dict[str, Any] = {"clinic_id": margaret.clinic_id, "patient": margaret}
        self.code = AccessCode.objects.create(
            **both,
            locator="7KM2",
            secret_hash=code_hash("ABCD1234"),
            issued_by=priya,
            issued_at=NOON,
            expires_at=LATER,
        )
        self.device = Device.objects.create(
            **both,
            secret_hash=hashed("one"),
            label="Chrome on Android",
            own=True,
            opened_with="code",
            seen_at=NOON,
            expires_at=LATER,
        )
        self.emailed = EmailedCode.objects.create(
            **both, purpose="device", browser_hash=hashed("two"), expires_at=LATER
        )
        self.carer = Carer.objects.create(**both, name="Rosa", email="rosa@carers.example", language="es")
        self.report = SignReport.objects.create(
            **both, ticked=["hot_joint_fever"], list_version=1, language="en-gb", made_at=NOON
        )
        self.flag = RaisedFlag.objects.create(
            **both,
            report=self.report,
            key="hot_joint_fever",
            level="emergency",
            text="Hot.",
            advice="Call.",
        )
        self.screening = Screening.objects.create(
            **both, region="foot", asked=["hot_joint_fever"], list_version=1, screened_by=priya
        )

    def change(self, row: Any, **fields: Any) -> None:
        """An UPDATE of one row, past save() and the actions."""
        type(row).objects.filter(pk=row.pk).update(**fields)

    def copy(self, row: Any, **fields: Any) -> None:
        """An INSERT of the same row once more, with another key."""
        values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
        values.pop(row._meta.pk.attname)
        type(row).objects.create(**values | fields)

    def insert_again(self, row: Any) -> None:
        """Key and clinic are unique together; alone, the primary key would stand in the way first."""
        table = row._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey CASCADE")
            cursor.execute(f"DROP INDEX IF EXISTS {table}_pkey")
            if row is self.carer:
                cursor.execute("DROP INDEX carer_one_a_patient")
        type(row).objects.bulk_create([row])

    def foreign_carer(self) -> None:
        """A link of ours that a carer of the other clinic would get."""
        carer = Carer.objects.create(
            clinic_id=self.stranger.clinic_id,
            patient=self.stranger,
            name="Otto",
            email="otto@carers.example",
            language="de",
        )
        PlanLink.objects.create(
            clinic_id=self.patient.clinic_id,
            patient=self.patient,
            carer=carer,
            scope="today",
            secret_hash=hashed("three"),
            expires_at=LATER,
        )

    def foreign_report(self) -> None:
        report = SignReport.objects.create(
            clinic_id=self.stranger.clinic_id,
            patient=self.stranger,
            ticked=["calf_chest"],
            list_version=1,
            language="en-gb",
            made_at=NOON,
        )
        self.copy(self.flag, report_id=report.pk)


BREAKS: dict[str, Callable[[World], object]] = {
    "patient_language_known": lambda w: w.change(w.patient, language="tlh"),
    "patient_measures_known": lambda w: w.change(w.patient, daily_measures=["pain_elbow"]),
    "access_code_locator_unique": lambda w: w.copy(w.code, patient_id=w.other.pk),
    "access_code_one_a_patient": lambda w: w.copy(w.code, locator="9999"),
    "access_code_locator_form": lambda w: w.change(w.code, locator="7KMO"),
    "access_code_holds_hash_only": lambda w: w.change(w.code, secret_hash="ABCD1234"),
    "access_code_expires_later": lambda w: w.change(w.code, expires_at=NOON),
    "device_hash_unique": lambda w: w.copy(w.device),
    "device_holds_hash_only": lambda w: w.change(w.device, secret_hash="the secret itself"),
    "device_opened_with_known": lambda w: w.change(w.device, opened_with="magic"),
    "device_revoked_at_a_time": lambda w: w.change(w.device, revoked_by=w.code.issued_by),
    "emailed_code_purpose_known": lambda w: w.change(w.emailed, purpose="fun"),
    "emailed_code_holds_hashes_only": lambda w: w.change(w.emailed, code_hash="ABCD1234"),
    "emailed_code_new_address": lambda w: w.change(w.emailed, new_email="new@patients.example"),
    "emailed_code_few_tries": lambda w: w.change(w.emailed, tries=6),
    "carer_one_a_patient": lambda w: w.copy(w.carer),
    "carer_id_clinic": lambda w: w.insert_again(w.carer),
    "carer_state_has_time": lambda w: w.change(w.carer, state="agreed"),
    "carer_language_known": lambda w: w.change(w.carer, language="tlh"),
    "carer_is_complete": lambda w: w.change(w.carer, email=""),
    "sign_report_id_clinic": lambda w: w.insert_again(w.report),
    "sign_report_language_known": lambda w: w.copy(w.report, language="tlh"),
    "sign_report_says_something": lambda w: w.copy(w.report, ticked=[]),
    "flag_once_per_report": lambda w: w.copy(w.flag),
    "flag_from_one_source": lambda w: w.copy(w.flag, screening_id=w.screening.pk),
    # composite keys of the migration of_one_patient
    "accesscode_patient_same_clinic": lambda w: w.change(w.code, clinic=w.hilltop),
    "device_patient_same_clinic": lambda w: w.change(w.device, clinic=w.hilltop),
    "emailedcode_patient_same_clinic": lambda w: w.change(w.emailed, clinic=w.hilltop),
    "carer_patient_same_clinic": lambda w: w.change(w.carer, clinic=w.hilltop),
    "planlink_carer_same_clinic": lambda w: w.foreign_carer(),
    "signreport_patient_same_clinic": lambda w: w.copy(w.report, clinic_id=w.hilltop.pk),
    "raisedflag_report_same_clinic": lambda w: w.foreign_report(),
}
COMPOSITE_KEYS = {name for name in BREAKS if "_same_" in name}


@transaction.atomic
def attempt(name: str, world: World) -> None:
    BREAKS[name](world)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the composite keys wait for the commit otherwise


@pytest.mark.hazard("HZ-30", "HZ-31")
@pytest.mark.parametrize("name", BREAKS)
def test_the_database_refuses(name: str, priya: User, margaret: Patient, heinrich: Patient) -> None:
    world = World(priya, margaret, heinrich)
    with pytest.raises(IntegrityError) as refused:
        attempt(name, world)
    cause: Any = refused.value.__cause__
    assert cause.diag.constraint_name == name


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_report_of_signs_stays_as_it_came(
    priya: User, margaret: Patient, heinrich: Patient, change: str
) -> None:
    report = World(priya, margaret, heinrich).report
    rows = SignReport.objects.filter(pk=report.pk)
    with pytest.raises(IntegrityError, match="stay as they were signed"), transaction.atomic():
        rows.update(ticked=["calf_chest"]) if change == "update" else rows._raw_delete(rows.db)
    assert rows.get().ticked == ["hot_joint_fever"]
