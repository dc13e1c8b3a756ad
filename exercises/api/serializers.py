"""The shape of the catalogue, programmes and logs as JSON. Whether something may happen is for the actions to say."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clinic.api.permissions import actor_of
from clinic.api.serializers import StrictFields, VisibleKey, VisibleWord, Word
from clinic.text import validate_plain_text
from exercises import kit
from exercises.doses import phrases
from exercises.forms import MOST_ITEMS
from exercises.forms.catalogue import LONGEST_QUERY
from exercises.forms.items import ItemForm
from exercises.models import (
    CONTENT_COLUMNS,
    DOSE_COLUMNS,
    LONGEST_WEEKS,
    PAIRS,
    SINGLE,
    BodyPart,
    Difficulty,
    Exercise,
    ExerciseVersion,
    Kind,
    LogEntry,
    Position,
    Programme,
    ProgrammeItem,
    Routine,
    RoutineItem,
    RoutineStage,
    Scope,
)
from patients.models import FindingType, Patient
from patients.models.outcome import WORST_PAIN

# The page's own bounds: the API lets nothing through that nobody could type there.
MOST = {name: ItemForm.base_fields[name].most for name in PAIRS}  # type: ignore[attr-defined]
MOST_SECONDS = {name: ItemForm.base_fields[name].max_value for name in SINGLE}  # type: ignore[attr-defined]
MOST_ENTRIES = 60


class KitSerializer(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    choice = serializers.BooleanField(help_text="One of those with true is chosen; all others are needed.")


class VersionSerializer(serializers.ModelSerializer):
    dose_in_words = serializers.SerializerMethodField()
    kit = serializers.SerializerMethodField(help_text="What it is done with, with the names that staff read.")
    photo = serializers.SerializerMethodField(help_text="Address of the photo; null where there is none.")

    class Meta:
        model = ExerciseVersion
        fields = ["number", "published_at", *CONTENT_COLUMNS, "kit", "dose_in_words"]

    def get_dose_in_words(self, version: ExerciseVersion) -> list[str]:
        return phrases(version.as_dose())

    @extend_schema_field(KitSerializer(many=True))
    def get_kit(self, version: ExerciseVersion) -> list[dict[str, Any]]:
        keys = [(key, False) for key in version.equipment] + [(key, True) for key in version.kit_options]
        return [{"key": key, "name": kit.name(key), "choice": choice} for key, choice in keys]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_photo(self, version: ExerciseVersion) -> str | None:
        return reverse("exercises:photo", args=[version.photo_id]) if version.photo_id else None


class ExerciseSerializer(serializers.ModelSerializer):
    findings: serializers.SlugRelatedField = serializers.SlugRelatedField(
        slug_field="key", many=True, read_only=True
    )
    current = VersionSerializer(
        read_only=True, allow_null=True, help_text="The version in use; null for a draft."
    )

    class Meta:
        model = Exercise
        fields = ["slug", "stage", "findings", "current"]


class RoutineStageSerializer(serializers.ModelSerializer):
    class Meta:
        model = RoutineStage
        fields = ["number", "name", "from_week", "to_week", "criteria"]


class RoutineItemSerializer(serializers.ModelSerializer):
    """``dose_in_words`` is what a programme starts with: the dose stated here, else the exercise's."""

    exercise: serializers.SlugRelatedField = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    dose_in_words = serializers.ListField(
        source="dose_phrases", child=serializers.CharField(), read_only=True
    )

    class Meta:
        model = RoutineItem
        fields = [
            "exercise",
            "stage",
            "kit",
            "note",
            "times_per_day",
            "days_per_week",
            "every_n_days",
            *DOSE_COLUMNS,
            "dose_in_words",
        ]


class RoutineSerializer(serializers.ModelSerializer):
    findings: serializers.SlugRelatedField = serializers.SlugRelatedField(
        slug_field="key", many=True, read_only=True
    )
    scope = serializers.ChoiceField(
        choices=[scope.value for scope in Scope], read_only=True, help_text="Whose it is."
    )
    exercises = serializers.SerializerMethodField(help_text="Slugs in order, each once.")
    stages = RoutineStageSerializer(many=True, read_only=True, help_text="None: all exercises at once.")
    items = RoutineItemSerializer(many=True, read_only=True)

    class Meta:
        model = Routine
        fields = [
            "slug",
            "name",
            "scope",
            "stage",
            "basis",
            "findings",
            "exercises",
            "stages",
            "items",
            "signed_off_on",
        ]

    def get_exercises(self, routine: Routine) -> list[str]:
        return list(dict.fromkeys(item.exercise.slug for item in routine.items.all()))


class ItemSerializer(StrictFields, serializers.ModelSerializer):
    """What is not stated is null."""

    exercise = serializers.SlugField(source="version.exercise.slug", max_length=60)
    exercise_version = serializers.IntegerField(
        source="version.number",
        min_value=1,
        max_value=32767,
        help_text="The version that was shown to the practitioner. Refused when another is in use by now.",
    )
    times_per_day = serializers.IntegerField(min_value=1, max_value=12)
    days_per_week = serializers.IntegerField(
        min_value=1, max_value=7, required=False, allow_null=True, help_text="Either this or every_n_days."
    )
    every_n_days = serializers.IntegerField(min_value=1, max_value=14, required=False, allow_null=True)
    dose_in_words = serializers.ListField(
        source="dose_phrases",
        child=serializers.CharField(),
        read_only=True,
        help_text="What the patient reads.",
    )

    class Meta:
        model = ProgrammeItem
        fields = [
            "id",
            "exercise",
            "exercise_version",
            "side",
            "times_per_day",
            "days_per_week",
            "every_n_days",
            "kit",
            "note",
            *DOSE_COLUMNS,
            "dose_in_words",
        ]
        extra_kwargs = {
            "kit": {"help_text": "One of the exercise's kit_options; required where it has some."},
            "note": {"help_text": "What the patient reads beside it; some cautions ask for one."},
            **{
                f"{name}_{end}": {"min_value": 1, "max_value": most}
                for name, most in MOST.items()
                for end in ("min", "max")
            },
            **{name: {"min_value": 1, "max_value": most} for name, most in MOST_SECONDS.items()},
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in PAIRS:
            low, high = attrs.get(f"{name}_min"), attrs.get(f"{name}_max")
            if high is not None and (low is None or high < low):
                problem = _("Give a number above zero, or a range with the smaller number first.")
                raise serializers.ValidationError({f"{name}_max": [problem]}, code="range")
        if attrs.get("sets_open") and attrs.get("sets_min") is not None:
            problem = _("Give a number of sets or “as many as possible”, not both.")
            raise serializers.ValidationError({"sets_open": [problem]}, code="sets")
        if (attrs.get("days_per_week") is None) == (attrs.get("every_n_days") is None):
            problem = _("Give either days a week (1 to 7) or every how many days (1 to 14).")
            raise serializers.ValidationError({"days_per_week": [problem]}, code="frequency")
        return attrs


class KnownRoutine(VisibleWord):
    """Null where a programme comes from a colleague's personal routine."""

    def to_representation(self, value: Any) -> Any:
        return (
            super().to_representation(value) if value.is_known_to(actor_of(self.context["request"])) else None
        )


class ProgrammeSerializer(StrictFields, serializers.ModelSerializer):
    id = serializers.UUIDField(
        required=False, help_text="Chosen by you, if you like: sent twice, it makes one programme."
    )
    patient = VisibleKey(queryset=Patient.objects.none())
    routine = KnownRoutine(
        slug_field="slug", queryset=Routine.objects.none(), required=False, allow_null=True, default=None
    )
    stage = serializers.IntegerField(
        source="stage_number",
        min_value=1,
        max_value=99,
        required=False,
        allow_null=True,
        default=None,
        help_text="Of the routine's stages. Nothing goes on to the next one by itself.",
    )
    weeks = serializers.IntegerField(min_value=1, max_value=LONGEST_WEEKS, write_only=True)
    reasons = serializers.DictField(
        child=serializers.CharField(max_length=300, validators=[validate_plain_text]),
        required=False,
        write_only=True,
        help_text="By caution flag, why exercises are given in spite of it. Stored with the programme, never sent.",
    )
    items = ItemSerializer(many=True, allow_empty=False, max_length=MOST_ITEMS)  # type: ignore[call-arg]
    assigned_by: serializers.StringRelatedField = serializers.StringRelatedField()

    class Meta:
        model = Programme
        fields = [
            "id",
            "patient",
            "name",
            "routine",
            "stage",
            "stage_name",
            "starts_on",
            "weeks",
            "ends_on",
            "review_on",
            "reminder_time",
            "state",
            "version",
            "reasons",
            "items",
            "assigned_by",
            "assigned_at",
            "ended_at",
        ]
        read_only_fields = [
            "stage_name",
            "ends_on",
            "review_on",
            "state",
            "version",
            "assigned_at",
            "ended_at",
        ]


class LogSerializer(StrictFields, serializers.ModelSerializer):
    item = serializers.UUIDField(source="item_id", help_text="The exercise of the programme.")
    exercise: serializers.SlugRelatedField = serializers.SlugRelatedField(
        source="item.version.exercise", slug_field="slug", read_only=True
    )

    class Meta:
        model = LogEntry
        fields = [
            "id",
            "patient",
            "programme",
            "item",
            "exercise",
            "performed_on",
            "done",
            "plan_version",
            "recorded_at",
        ]
        read_only_fields = ["id", "patient", "programme", "performed_on", "plan_version", "recorded_at"]


class DaySerializer(StrictFields, serializers.Serializer):
    """One day on a returned paper sheet."""

    patient = VisibleKey(queryset=Patient.objects.none())
    performed_on = serializers.DateField(help_text="The patient's local day.")
    entries = LogSerializer(many=True, max_length=MOST_ENTRIES)  # type: ignore[call-arg]
    pain_foot = serializers.IntegerField(
        min_value=0, max_value=WORST_PAIN, required=False, allow_null=True, write_only=True
    )
    pain_back = serializers.IntegerField(
        min_value=0, max_value=WORST_PAIN, required=False, allow_null=True, write_only=True
    )

    def validate_entries(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({entry["item_id"] for entry in entries}) < len(entries):
            raise serializers.ValidationError(_("Name each exercise once."), code="repeated")
        return entries


class LogFilter(serializers.Serializer):
    patient = VisibleKey(queryset=Patient.objects.none(), required=False, help_text="Of this patient only.")
    programme = VisibleKey(
        queryset=Programme.objects.none(), required=False, help_text="Of this programme only."
    )


class ExerciseFilter(serializers.Serializer):
    q = serializers.CharField(
        required=False,
        max_length=LONGEST_QUERY,
        help_text="Words of the published name, other names, findings, equipment or movement; their beginning is enough."
        " The best comes first.",
    )
    finding = Word(
        slug_field="key",
        queryset=FindingType.objects.shared(),
        required=False,
        help_text="Key of a finding that it is tagged for. For filtering only.",
    )
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    body_part = serializers.ChoiceField(choices=BodyPart.choices, required=False)
    position = serializers.ChoiceField(choices=Position.choices, required=False)
    equipment = serializers.SlugField(
        required=False,
        max_length=30,
        help_text='Needs this, or may be done with it. "none": needs nothing.',
    )
    difficulty = serializers.ChoiceField(choices=Difficulty.choices, required=False)


class ProgrammeFilter(serializers.Serializer):
    patient = VisibleKey(queryset=Patient.objects.none(), required=False, help_text="Of this patient only.")
