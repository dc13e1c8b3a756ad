"""The catalogue, programmes and logs. The same doors and actions as the pages."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.serializers import BaseSerializer, Serializer

from clinic import clock, roles
from clinic.actors import Actor
from clinic.api.permissions import actor_of
from clinic.api.serializers import asked
from exercises import actions
from exercises.api.serializers import (
    DaySerializer,
    ExerciseFilter,
    ExerciseSerializer,
    LogFilter,
    LogSerializer,
    ProgrammeFilter,
    ProgrammeSerializer,
    RoutineSerializer,
)
from exercises.models import DOSE_COLUMNS, Done, Exercise, ExerciseVersion, LogEntry, Programme, Routine, Way
from patients import actions as patient_actions
from patients.models import Measure, Patient


@extend_schema_view(
    list=extend_schema(
        summary="The catalogue",
        description="The filters leave out drafts, which have no published version to look into.",
        parameters=[ExerciseFilter],
    ),
    retrieve=extend_schema(summary="One exercise"),
)
class ExerciseViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    read_roles = roles.READS_CATALOGUE
    serializer_class = ExerciseSerializer
    queryset = Exercise.objects.none()
    lookup_field = "slug"
    lookup_value_converter = "slug"

    def get_queryset(self) -> QuerySet[Exercise]:
        exercises = Exercise.objects.visible_to(actor_of(self.request)).defer("search")
        exercises = exercises.select_related("current").prefetch_related("findings").order_by("name", "pk")
        if self.action != "list":
            return exercises
        wanted = asked(self, ExerciseFilter)
        if "finding" in wanted:
            wanted["findings"] = [wanted.pop("finding").pk]
        query = wanted.pop("q", "")
        found = exercises.matching(query) if query else exercises
        return found.filter(current__isnull=False).narrowed(**wanted) if wanted else found


@extend_schema_view(list=extend_schema(summary="Routines"), retrieve=extend_schema(summary="One routine"))
class RoutineViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    read_roles = roles.READS_CATALOGUE
    serializer_class = RoutineSerializer
    queryset = Routine.objects.none()
    lookup_field = "slug"
    lookup_value_converter = "slug"

    def get_queryset(self) -> QuerySet[Routine]:
        routines = Routine.objects.visible_to(actor_of(self.request))
        return routines.with_contents().prefetch_related("stages").order_by("name", "pk")


@extend_schema_view(
    list=extend_schema(
        summary="Programmes, newest first",
        description="Those of one patient are noted in the audit trail as read.",
        parameters=[ProgrammeFilter],
    ),
    retrieve=extend_schema(
        summary="One programme with its exercises",
        description="Reading is noted in the patient's audit trail.",
    ),
    create=extend_schema(
        summary="Assign a programme",
        description="The patient gets the e-mail that the plan is ready, as when it is assigned on the page.",
    ),
)
class ProgrammeViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet
):
    read_roles = roles.SEES_PROGRAMMES
    write_roles = roles.WRITES_CLINICAL
    serializer_class = ProgrammeSerializer
    queryset = Programme.objects.none()
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Programme]:
        programmes = Programme.objects.visible_to(actor_of(self.request)).with_current_items()
        programmes = programmes.select_related("routine", "assigned_by").order_by("-assigned_at", "pk")
        if self.action != "list":
            return programmes
        return programmes.filter(**_asked_and_noted(self, ProgrammeFilter, "api.programmes"))

    def get_object(self) -> Programme:
        programme: Programme = super().get_object()
        _note_reading(actor_of(self.request), programme.patient, "api.programmes")
        return programme

    def perform_create(self, serializer: BaseSerializer) -> None:
        stated = dict(serializer.validated_data)
        actor, patient = actor_of(self.request), stated.pop("patient")
        stated["stage"] = stated.pop("stage_number")
        chosen = {"programme_id": stated.pop("id")} if "id" in stated else {}
        plan = actions.ProgrammePlan(items=_item_plans(actor, stated.pop("items")), **chosen, **stated)
        made = actions.assign_programme(actor=actor, patient=patient, plan=plan, now=clock.now())
        serializer.instance = self.get_queryset().get(pk=made.pk)


@extend_schema_view(
    list=extend_schema(
        summary="What was done, newest day first",
        description="What one patient did is noted in the audit trail as read.",
        parameters=[LogFilter],
    ),
    retrieve=extend_schema(
        summary="One exercise on one day", description="Reading is noted in the patient's audit trail."
    ),
    create=extend_schema(
        summary="Record one day of a returned paper sheet",
        description="Replaces what was said of the same exercises on that day.",
    ),
)
class LogViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet
):
    read_roles = roles.SEES_CLINICAL
    write_roles = roles.WRITES_CLINICAL
    queryset = LogEntry.objects.none()
    lookup_value_converter = "uuid"

    def get_serializer_class(self) -> type[BaseSerializer]:
        return DaySerializer if self.action == "create" else LogSerializer

    def get_queryset(self) -> QuerySet[LogEntry]:
        entries = LogEntry.objects.visible_to(actor_of(self.request)).newest_first()
        if self.action != "list":
            return entries
        return entries.filter(**_asked_and_noted(self, LogFilter, "api.logs"))

    def get_object(self) -> LogEntry:
        entry: LogEntry = super().get_object()
        _note_reading(actor_of(self.request), entry.patient, "api.logs")
        return entry

    def perform_create(self, serializer: BaseSerializer) -> None:
        stated = serializer.validated_data
        patient, day = stated["patient"], stated["performed_on"]
        entry = actions.DayLog(
            performed_on=day,
            done={said["item_id"]: Done(said["done"]) for said in stated["entries"]},
            pain={Measure.PAIN_FOOT: stated.get("pain_foot"), Measure.PAIN_BACK: stated.get("pain_back")},
            way=Way.API,
        )
        actions.log_day(actor=actor_of(self.request), patient=patient, entry=entry, now=clock.now())
        stored = self.get_queryset().filter(patient=patient, performed_on=day)
        serializer.instance = {"patient": patient, "performed_on": day, "entries": stored}


def _asked_and_noted(view: viewsets.GenericViewSet, form: type[Serializer], page: str) -> dict[str, Any]:
    """The filters of a list. Who asks for one patient's rows reads that patient's record."""
    wanted = asked(view, form)
    of_one = wanted.get("patient") or (wanted["programme"].patient if "programme" in wanted else None)
    if of_one is not None:
        _note_reading(actor_of(view.request), of_one, page)
    return wanted


def _note_reading(actor: Actor, patient: Patient, page: str) -> None:
    patient_actions.note_reading(actor=actor, patient=patient, page=page)


def _item_plans(actor: Actor, items: list[dict[str, Any]]) -> list[actions.ItemPlan]:
    """One query for all versions. Only unknown ones are refused here: the action knows which are in use."""
    slugs = [item["version"]["exercise"]["slug"] for item in items]
    exercises = Exercise.objects.visible_to(actor).filter(slug__in=slugs)
    versions = ExerciseVersion.objects.filter(exercise__in=exercises).select_related("exercise")
    known = {(version.exercise.slug, version.number): version for version in versions}
    return [_item_plan(index, item, known) for index, item in enumerate(items)]


def _item_plan(
    index: int, item: dict[str, Any], known: dict[tuple[str, int], ExerciseVersion]
) -> actions.ItemPlan:
    named = item["version"]
    version = known.get((named["exercise"]["slug"], named["number"]))
    if version is None:
        problem = ErrorDetail(_("There is no such exercise in this version."), "does_not_exist")
        raise ValidationError({"items": {str(index): {"exercise": [problem]}}})
    return actions.ItemPlan(
        version=version,
        side=item["side"],
        times_per_day=item["times_per_day"],
        days_per_week=item.get("days_per_week"),
        every_n_days=item.get("every_n_days"),
        dose={name: item[name] for name in DOSE_COLUMNS if name in item},
        kit=item.get("kit", ""),
        note=item.get("note", ""),
    )
