"""The vocabulary of findings: what all clinics share is read here, what a clinic adds of its own is edited here."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from clinic.adminsite import AuditedAdmin, actor_of
from clinic.roles import ADMINISTERS
from patients import actions
from patients.coding import is_snomed_id
from patients.models import CodeSystem, ExtraField, FindingCode, FindingType, Side, Site

FOOT_SIDES = {Side.LEFT, Side.RIGHT, Side.BILATERAL}


class FindingTypeForm(forms.ModelForm):
    sides = forms.MultipleChoiceField(
        label=_("Sides that can be stated"), choices=Side.choices, widget=forms.CheckboxSelectMultiple
    )
    extra_fields = forms.MultipleChoiceField(
        label=_("Further fields that apply"),
        choices=ExtraField.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = FindingType
        fields = (
            "label",
            "patient_wording",
            "group",
            "site",
            "sides",
            "extra_fields",
            "source",
            "is_offered",
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        site = given.get("site") or self.instance.site
        if site == Site.FOOT and not FOOT_SIDES.issuperset(given.get("sides", ())):
            self.add_error("sides", ValidationError(_("A foot has left, right or both."), code="sides"))
        return given


class FindingCodeForm(forms.ModelForm):
    class Meta:
        model = FindingCode
        fields = ("system", "side", "code", "verified", "source")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        code = given.get("code", "")
        if given.get("system") == CodeSystem.SNOMED and code and not is_snomed_id(code):
            problem = _(
                "%(code)s is no SNOMED CT id: its check digit does not fit. Look at the digits again."
            )
            self.add_error("code", ValidationError(problem, code="check_digit", params={"code": code}))
        return given


class CodeInline(admin.TabularInline):
    model = FindingCode
    form = FindingCodeForm
    fields = ("system", "side", "code", "verified", "source")
    extra = 1

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever may open the type

    def _is_own(self, request: HttpRequest, obj: FindingType | None = None) -> bool:
        return obj is None or obj.clinic_id == actor_of(request).clinic_id

    has_add_permission = has_change_permission = has_delete_permission = _is_own


class OwnerFilter(admin.SimpleListFilter):
    title = _("whose it is")
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("own", _("Your clinic’s own")), ("shared", _("Shared by all clinics"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[FindingType]) -> QuerySet[FindingType]:
        if self.value() is None:
            return queryset
        return queryset.filter(clinic__isnull=self.value() == "shared")


@admin.register(FindingType)
class FindingTypeAdmin(AuditedAdmin):
    roles = ADMINISTERS
    form = FindingTypeForm
    inlines = (CodeInline,)
    list_display = ("label", "patient_wording", "group", "whose", "is_offered")
    list_filter = (OwnerFilter, "site", "is_offered")
    search_fields = ("label", "patient_wording")
    ordering = ("position", "label")

    @admin.display(description=_("whose it is"))
    def whose(self, kind: FindingType) -> str:
        return _t("all clinics") if kind.clinic_id is None else _t("your clinic’s own")

    def get_queryset(self, request: HttpRequest) -> QuerySet[FindingType]:
        return FindingType.objects.visible_to(actor_of(request)).order_by(*self.ordering)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The reviewed entries change with their file only."""
        own = obj is None or obj.clinic_id == actor_of(request).clinic_id
        return own and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("site",) if obj else ()  # findings on record repeat it

    def save_model(self, request: HttpRequest, obj: FindingType, form: Any, change: bool) -> None:
        if form.changed_data or not change:
            actions.save_finding_type(actor=actor_of(request), finding_type=obj, changed=form.changed_data)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The rows that stay are the codes of the type; one action looks what is new."""
        rows = [row for formset in formsets for row in formset.forms if row.instance.code]
        codes = [row.instance for row in rows if not row.cleaned_data.get("DELETE")]
        actions.save_finding_codes(actor=actor_of(request), finding_type=form.instance, codes=codes)
        for formset in formsets:  # what Django's own entry of the change names
            formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
