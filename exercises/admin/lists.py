"""How curators narrow the list of exercises."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from exercises.models import Status
from patients.models import FindingType


class StatusFilter(admin.SimpleListFilter):
    """``review`` is the queue."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return Status.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=self.value()) if self.value() in Status.values else queryset


class ScopeFilter(admin.SimpleListFilter):
    title = _("whose")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("shared", _("shared catalogue")), ("clinic", _("my clinic’s own"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"shared", "clinic"}:
            return queryset
        return queryset.filter(clinic__isnull=self.value() == "shared")


class TagActionForm(ActionForm):
    """The tag that two of the actions speak of."""

    finding = forms.ModelChoiceField(
        label=_("Tag:"), queryset=FindingType.objects.shared(), required=False, empty_label="---------"
    )
