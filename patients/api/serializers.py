"""The shape of patients and findings as JSON. Whether something may happen is for the actions to say."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from clinic.api.permissions import actor_of
from clinic.api.serializers import StrictFields, VisibleKey, Word
from clinic.text import validate_single_line
from patients.models import Finding, FindingCode, FindingType, OnsetPrecision, Patient
from patients.models.patient import OLDEST_BIRTH


class FindingCodeSerializer(serializers.ModelSerializer):
    class Meta:
        model = FindingCode
        fields = ["system", "side", "code", "verified", "source"]


class FindingTypeSerializer(serializers.ModelSerializer):
    codes = FindingCodeSerializer(many=True)

    class Meta:
        model = FindingType
        fields = [
            "key",
            "label",
            "patient_wording",
            "group",
            "site",
            "sides",
            "extra_fields",
            "exclusive_group",
            "needs_imaging",
            "position",
            "source",
            "codes",
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
            "reference",
            "time_zone",
            "language",
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
        help_text="Beginnings of words of the name, the e-mail address or the clinic's number; case and accents do not"
        " count. A date, such as 1956-03-14 or 14.3.1956, is the date of birth.",
    )
    archived = serializers.BooleanField(
        required=False, default=False, help_text="Archived patients instead of the current ones."
    )


class OfferedType(Word):
    """By its key: the shared vocabulary, and the own types of the caller's clinic, as far as they are offered."""

    def get_queryset(self) -> QuerySet[FindingType]:
        return FindingType.objects.visible_to(actor_of(self.context["request"])).offered()


class FindingSerializer(StrictFields, serializers.ModelSerializer):
    patient = VisibleKey(queryset=Patient.objects.none())
    type = OfferedType(slug_field="key", queryset=FindingType.objects.none())
    recorded_by: serializers.StringRelatedField = serializers.StringRelatedField()
    changed_by: serializers.StringRelatedField = serializers.StringRelatedField()
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
            "severity_scale",
            "flexibility",
            "origin",
            "onset_date",
            "onset_precision",
            "course",
            "status",
            "confirmed_by",
            "imaging_date",
            "note",
            "lacks_imaging",
            "recurrence_of",
            "recorded_by",
            "recorded_at",
            "version",
            "changed_by",
            "changed_at",
            "change_reason",
        ]
        read_only_fields = [
            "status",
            "recurrence_of",
            "recorded_at",
            "version",
            "changed_at",
            "change_reason",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        onset, precision = attrs.get("onset_date"), attrs.get("onset_precision", "")
        if bool(onset) != bool(precision):
            problem = _("Give the onset and how exactly it is known, or neither.")
            raise serializers.ValidationError({"onset_precision": [problem]}, code="onset")
        if onset and onset != _first_day(onset, precision):
            problem = _("Give the first day of the year or month.")
            raise serializers.ValidationError({"onset_date": [problem]}, code="onset")
        return attrs


class AmendmentSerializer(FindingSerializer):
    """Only what changes has to be sent, and the version that was read."""

    patient = VisibleKey(read_only=True)
    version = serializers.IntegerField(
        min_value=1,
        max_value=32_767,
        help_text="The one you read: somebody else's change since then is a 409.",
    )
    change_reason = serializers.CharField(
        required=False, allow_blank=True, max_length=300, validators=[validate_single_line]
    )

    class Meta(FindingSerializer.Meta):
        read_only_fields = ["status", "recurrence_of", "recorded_at", "changed_at"]

    def to_internal_value(self, data: Any) -> Any:
        """``version`` is never left out, though the other fields may be."""
        if isinstance(data, Mapping) and "version" not in data:
            raise serializers.ValidationError(
                {"version": [_("Say which version you read.")]}, code="required"
            )
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The two halves of an onset belong together, whichever of them is sent."""
        standing: Finding = self.instance  # type: ignore[assignment]
        onset = {name: getattr(standing, name) for name in ("onset_date", "onset_precision")}
        return super().validate(onset | attrs)


class PatientFilter(serializers.Serializer):
    patient = VisibleKey(queryset=Patient.objects.none(), required=False, help_text="Of this patient only.")


def _first_day(day: date, precision: str) -> date:
    if precision == OnsetPrecision.YEAR:
        return day.replace(month=1, day=1)
    return day.replace(day=1) if precision == OnsetPrecision.MONTH else day
