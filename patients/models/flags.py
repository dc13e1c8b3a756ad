"""What speaks for caution with one patient's exercises, gathered in one place: the newest check, and findings that say so."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models

from patients.cautions import Flag, answers, flags, flags_of
from patients.models.caution import CautionCheck
from patients.models.finding import Finding
from patients.models.patient import Patient


@dataclass(frozen=True, slots=True)
class PatientFlags:
    """``present`` None: nobody has asked yet. ``found``: flags that an active finding of the same name sets."""

    present: frozenset[str] | None = None
    asked: frozenset[str] = frozenset()
    found: frozenset[str] = frozenset()
    keys: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", flags_of(self.present or ()) | self.found)

    @property
    def labels(self) -> list[str]:
        """What was answered with yes, in words and in the order of the list."""
        return [answer.label for key, answer in answers().items() if key in (self.present or ())]

    @property
    def by_finding(self) -> list[Flag]:
        return [flag for key, flag in flags().items() if key in self.found]

    @property
    def unasked(self) -> list[str]:
        """Answers that the list has by now and that were never put: not one of them is taken for a no."""
        return [key for key in answers() if key not in self.asked]

    @property
    def were_asked(self) -> bool:
        return not self.unasked

    @classmethod
    def of(cls, check: CautionCheck | None, findings: list[Finding]) -> "PatientFlags":
        """From rows that a page has read already. ``findings``: of whichever status."""
        found = frozenset(one.type_id for one in findings if one.status == "active") & flags().keys()
        if check is None:
            return cls(found=found)
        return cls(frozenset(check.present), frozenset(check.asked), found)


@functools.cache
def caution_columns() -> Mapping[str, Any]:
    """To annotate patients with, so that who asks something else of the row asks this with it: see ``read_flags``. The
    same for every patient, and written once."""
    about = CautionCheck.objects.filter(patient=models.OuterRef("pk")).order_by("-checked_at", "-pk")
    findings = Finding.objects.active().filter(patient=models.OuterRef("pk"), type__in=list(flags()))
    return {
        "cautions": models.Subquery(about.values(answers=_both())[:1]),
        "cautions_found": ArraySubquery(findings.order_by().values("type_id")),
    }


def _both() -> models.Func:
    """What was answered with yes and all that was asked, in one column: each subquery is felt on every page."""
    return models.Func("present", "asked", function="jsonb_build_array", output_field=models.JSONField())


def read_flags(row: Patient | Mapping[str, Any]) -> PatientFlags:
    """From a patient annotated with ``caution_columns``, or a mapping of those."""
    columns = row if isinstance(row, Mapping) else vars(row)
    present, asked = columns["cautions"] or (None, ())
    return PatientFlags(
        None if present is None else frozenset(present),
        frozenset(asked),
        frozenset(columns["cautions_found"]),
    )


def patient_flags(patient: Patient) -> PatientFlags:
    """One query."""
    return read_flags(
        Patient.objects.annotate(**caution_columns()).values(*caution_columns()).get(pk=patient.pk)
    )
