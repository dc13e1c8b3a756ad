"""The shape of patients and findings as JSON. Whether something may happen is for the actions to say."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from clinic.api.serializers import StrictFields, VisibleKey, Word
from patients.models import Finding, FindingType, OnsetPrecision, Patient
from patients.models.patient import OLDEST_BIRTH


class FindingTypeSerializer(serializers.ModelSerializer):
    class Meta:
        model = FindingType
        fields = [
            "key",
            "label",
            "patient_wording",
            "group",
            "site",
            "exclusive_group",
            "needs_imaging",
            "position",
            "source",
        ]


class PatientSerializer(StrictFields, serializers.ModelSerializer):
    id = serializers.UUIDField(
        required=False, help_text="Chosen by you, if you like: sent twice, it makes one patient."
    )
    same_person_checked = serializers.BooleanField(
        write_only=True,
        default=False,
        help_text="You looked: this is another person with the same name and date of birth.",
    )
    practitioner: serializers.StringRelatedField = serializers.StringRelatedField()

    class Meta:
        model = Patient
        fields = [
            "id",
            "given_name",
            "family_name",
            "date_of_birth",
            "email",
            "time_zone",
            "note",
            "reminders_allowed",
            "same_person_checked",
            "practitioner",
            "created_at",
            "archived_at",
            "merged_into",
        ]

    def validate_date_of_birth(self, born: date) -> date:
        if born < OLDEST_BIRTH:
            raise serializers.ValidationError(_("Enter a date of birth after 1900."), code="too_old")
        return born


class PatientQuery(serializers.Serializer):
    q = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=100,
        help_text="Beginnings of words of the name or the e-mail address; case and accents do not count.",
    )
    archived = serializers.BooleanField(
        required=False, default=False, help_text="Archived patients instead of the current ones."
    )


class FindingSerializer(StrictFields, serializers.ModelSerializer):
    patient = VisibleKey(queryset=Patient.objects.none())
    type = Word(slug_field="key", queryset=FindingType.objects.all())
    recorded_by: serializers.StringRelatedField = serializers.StringRelatedField()
    lacks_imaging = serializers.BooleanField(
        read_only=True, help_text="Usually seen on a picture, and none is stated."
    )

    class Meta:
        model = Finding
        fields = [
            "id",
            "patient",
            "type",
            "side",
            "severity",
            "onset_date",
            "onset_precision",
            "status",
            "confirmed_by",
            "note",
            "lacks_imaging",
            "recorded_by",
            "recorded_at",
        ]
        read_only_fields = ["status", "recorded_at"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        onset, precision = attrs.get("onset_date"), attrs.get("onset_precision", "")
        if bool(onset) != bool(precision):
            problem = _("Give the onset and how exactly it is known, or neither.")
            raise serializers.ValidationError({"onset_precision": [problem]}, code="onset")
        if onset and onset != _first_day(onset, precision):
            problem = _("Give the first day of the year or month.")
            raise serializers.ValidationError({"onset_date": [problem]}, code="onset")
        return attrs


class PatientFilter(serializers.Serializer):
    patient = VisibleKey(queryset=Patient.objects.none(), required=False, help_text="Of this patient only.")


def _first_day(day: date, precision: str) -> date:
    if precision == OnsetPrecision.YEAR:
        return day.replace(month=1, day=1)
    return day.replace(day=1) if precision == OnsetPrecision.MONTH else day
