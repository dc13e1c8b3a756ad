"""Finding types, patients and findings. The same doors and actions as the pages."""

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.serializers import BaseSerializer

from clinic import clock, roles
from clinic.api.permissions import actor_of
from clinic.api.serializers import asked
from patients import actions
from patients.api.serializers import (
    AmendmentSerializer,
    FindingSerializer,
    FindingTypeSerializer,
    PatientFilter,
    PatientQuery,
    PatientSerializer,
)
from patients.models import Finding, FindingType, Patient


@extend_schema_view(list=extend_schema(summary="The vocabulary of findings"))
class FindingTypeViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    read_roles = roles.READS_CATALOGUE
    serializer_class = FindingTypeSerializer
    queryset = FindingType.objects.none()

    def get_queryset(self) -> QuerySet[FindingType]:
        kinds = FindingType.objects.visible_to(actor_of(self.request)).offered()
        return kinds.prefetch_related("codes").order_by("position", "key")


@extend_schema_view(
    list=extend_schema(
        summary="The clinic's patients by name",
        description="Current ones, unless archived ones are asked for.",
        parameters=[PatientQuery],
    ),
    retrieve=extend_schema(
        summary="One patient", description="Reading is noted in the patient's audit trail."
    ),
    create=extend_schema(summary="Register a patient"),
)
class PatientViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet
):
    read_roles = roles.SEES_PATIENTS
    write_roles = roles.EDITS_CONTACT
    serializer_class = PatientSerializer
    queryset = Patient.objects.none()
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Patient]:
        patients = Patient.objects.visible_to(actor_of(self.request)).select_related("practitioner")
        if self.action != "list":
            return patients
        wanted = asked(self, PatientQuery)
        if wanted.get("q", "").strip():
            actions.note_search(actor=actor_of(self.request), term=wanted["q"])
        chosen = patients.archived() if wanted["archived"] else patients.current()
        return chosen.matching(wanted.get("q", ""), timezone.localdate()).by_name()

    def get_object(self) -> Patient:
        patient: Patient = super().get_object()
        actions.note_reading(actor=actor_of(self.request), patient=patient, page="api.patient")
        return patient

    def perform_create(self, serializer: BaseSerializer) -> None:
        fields = {"email": "", "note": "", "reminders_allowed": False} | serializer.validated_data
        serializer.instance = actions.register_patient(
            actor=actor_of(self.request), now=clock.now(), patient_id=fields.pop("id", None), **fields
        )


@extend_schema_view(
    list=extend_schema(
        summary="Findings, newest first",
        description="Those of one patient are noted in the audit trail as read.",
        parameters=[PatientFilter],
    ),
    retrieve=extend_schema(
        summary="One finding", description="Reading is noted in the patient's audit trail."
    ),
    create=extend_schema(summary="Record a finding"),
    partial_update=extend_schema(
        summary="Amend a finding",
        description="Makes a new version; the earlier ones stay in the history.",
        request=AmendmentSerializer(partial=True),
        responses=FindingSerializer,
    ),
)
class FindingViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet,
):
    http_method_names = ["get", "post", "patch", "head", "options"]
    read_roles = roles.SEES_CLINICAL
    write_roles = roles.WRITES_CLINICAL
    serializer_class = FindingSerializer
    queryset = Finding.objects.none()
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Finding]:
        findings = Finding.objects.visible_to(actor_of(self.request)).newest_first()
        if self.action != "list":
            return findings
        wanted = asked(self, PatientFilter)
        if "patient" in wanted:
            self._note_reading(wanted["patient"])
        return findings.filter(**wanted)

    def get_object(self) -> Finding:
        finding: Finding = super().get_object()
        self._note_reading(finding.patient)
        return finding

    def get_serializer_class(self) -> type[FindingSerializer]:
        return AmendmentSerializer if self.action == "partial_update" else FindingSerializer

    def perform_create(self, serializer: BaseSerializer) -> None:
        stated = dict(serializer.validated_data)
        serializer.instance = actions.record_finding(
            actor=actor_of(self.request),
            patient=stated.pop("patient"),
            entry=actions.FindingEntry.stated(**stated),
            now=clock.now(),
        )

    def perform_update(self, serializer: BaseSerializer) -> None:
        stated = dict(serializer.validated_data)
        standing: Finding = serializer.instance  # type: ignore[assignment]  # get_object found it
        serializer.instance = actions.amend_finding(
            actor=actor_of(self.request),
            finding=standing,
            version=stated.pop("version"),
            reason=stated.pop("change_reason", ""),
            entry=actions.FindingEntry.of(standing).but(**stated),
            now=clock.now(),
        )

    def _note_reading(self, patient: Patient) -> None:
        actions.note_reading(actor=actor_of(self.request), patient=patient, page="api.findings")
