"""One row of each kind of the clinical record, written past the actions: what constraint tests break."""

from typing import Any

from django.db import connection, models

from clinic.models import Clinic, User
from patients.models import (
    Activity,
    ActivityScore,
    CautionCheck,
    ChangeRating,
    Evaluation,
    EvaluationDraft,
    FindingCode,
    FootMeasures,
    Measure,
    PainScore,
    Patient,
    PatientMerge,
    Questionnaire,
    QuestionnaireItem,
    QuestionnaireResponse,
    RaisedFlag,
    Referral,
    Screening,
    SupportAdvice,
    WearEntry,
)
from tests.factories import TODAY, make_finding, make_finding_type, make_patient


class RecordWorld:
    """All of Riverside's Margaret. Nora is another patient there, with a finding and a screening of her own."""

    def __init__(self, priya: User, margaret: Patient, hilltop: Clinic) -> None:
        self.priya, self.patient, self.hilltop = priya, margaret, hilltop
        self.nora = make_patient(priya, "Nora", "Field")
        mine: dict[str, Any] = {"clinic_id": margaret.clinic_id, "patient": margaret}
        self.type = make_finding_type()
        self.code = FindingCode.objects.create(type=self.type, system="icd10", code="M72.2")
        self.finding = make_finding(priya, margaret)
        self.noras_finding = make_finding(priya, self.nora)
        self.evaluation = Evaluation.objects.create(**mine, examined_on=TODAY, signed_by=priya)
        self.foot = FootMeasures.objects.create(
            clinic_id=margaret.clinic_id, evaluation=self.evaluation, foot="left"
        )
        self.draft = EvaluationDraft.objects.create(**mine, author=priya)
        self.pain = PainScore.objects.create(**mine, measure=Measure.PAIN_FOOT, on=TODAY, score=4)
        self.activity = Activity.objects.create(**mine, words="Walking to the shop", position=1)
        self.activity_score = ActivityScore.objects.create(
            clinic_id=margaret.clinic_id, activity=self.activity, on=TODAY, score=5
        )
        self.change_rating = ChangeRating.objects.create(**mine, on=TODAY, rating=2)
        self.questionnaire = Questionnaire.objects.create(
            clinic_id=margaret.clinic_id, code="walking", title="Walking", least_answered=1
        )
        self.question = QuestionnaireItem.objects.create(
            questionnaire=self.questionnaire, position=1, text="How far?"
        )
        self.response = QuestionnaireResponse.objects.create(
            **mine, questionnaire=self.questionnaire, on=TODAY, answers={"1": 3}, recorded_by=priya
        )
        self.screening = self._screening(margaret)
        self.noras_screening = self._screening(self.nora)
        self.flag = RaisedFlag.objects.create(
            **mine,
            screening=self.screening,
            key="tendon_snap",
            level="same_day",
            text="A sudden snap",
            advice="Today",
        )
        self.cautions = CautionCheck.objects.create(
            **mine, asked=["fall_risk"], list_version=1, checked_by=priya
        )
        self.referral = Referral.objects.create(
            **mine, kind="doctor", urgency="routine", reason="x", referred_on=TODAY, referred_by=priya
        )
        self.support = SupportAdvice.objects.create(
            **mine, reason_finding=self.finding, kind="heel_cup", side="left", recommended_by=priya
        )
        self.wear = WearEntry.objects.create(**mine, advice=self.support, on=TODAY, hours=3)
        self.merge = PatientMerge.objects.create(
            clinic_id=margaret.clinic_id, kept=margaret, duplicate=self.nora, moved={}, merged_by=priya
        )

    def _screening(self, patient: Patient) -> Screening:
        return Screening.objects.create(
            clinic_id=patient.clinic_id,
            patient=patient,
            region="foot",
            asked=["tendon_snap"],
            list_version=1,
            screened_by=self.priya,
        )

    def change(self, row: models.Model, **fields: Any) -> None:
        """An UPDATE of one row, past save() and the actions."""
        type(row)._default_manager.filter(pk=row.pk).update(**fields)

    def copy(self, row: models.Model, **fields: Any) -> models.Model:
        """An INSERT of the same row once more, with another key."""
        kept = [
            field for field in row._meta.concrete_fields if not field.primary_key and field.name not in fields
        ]
        values = {field.attname: getattr(row, field.attname) for field in kept}
        return type(row)._default_manager.create(**values | fields)

    def insert_again(self, row: models.Model, name: str) -> None:
        """Key and more are unique together; alone, what else is unique would stand in the way first."""
        table = row._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('p', 'u')"
                " AND conname <> %s",
                [table, name],
            )
            for (other,) in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {other} CASCADE")
        type(row)._default_manager.bulk_create([row])
