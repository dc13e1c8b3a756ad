"""Routines: what practitioners start from, signed off by a curator."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import InlineModelAdmin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Field as ModelField
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from clinic import clock
from clinic.adminsite import actor_of
from clinic.errors import Refused
from exercises import actions
from exercises.actions.routines import lock_as_seen, mark_of
from exercises.admin.base import CatalogueAdmin
from exercises.forms.exercise import SeenField
from exercises.models import PAIRS, SINGLE, Exercise, Routine, RoutineItem, RoutineStage


class Contents(InlineModelAdmin):
    """What a routine consists of."""

    extra = 1

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever may open the routine edits its contents

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


class StageInline(Contents, admin.TabularInline):
    model = RoutineStage
    fields = ("number", "name", "from_week", "to_week", "criteria")
    extra = 0

    def formfield_for_dbfield(self, db_field: ModelField, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "criteria":
            kwargs["widget"] = AdminTextareaWidget(attrs={"rows": 3, "cols": 40})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class ItemInline(Contents, admin.StackedInline):
    """Empty dose columns: as the exercise has it. All of a dose, or nothing."""

    model = RoutineItem
    fieldsets = (
        (None, {"fields": (("stage", "order", "exercise"),)}),
        (
            _("Dose of its own, how often, kit and note"),
            {
                "classes": ("collapse",),
                "fields": (
                    ("times_per_day", "days_per_week", "every_n_days"),
                    *((f"{name}_min", f"{name}_max") for name in PAIRS),
                    "sets_open",
                    SINGLE,
                    "load_note",
                    "cue",
                    ("kit", "note"),
                ),
            },
        ),
    )

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "exercise":
            kwargs["queryset"] = Exercise.objects.shared().order_by("name")  # all clinics read what is shared
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class CuratedRoutineForm(forms.ModelForm):
    seen = SeenField(required=False, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["seen"] = partial(mark_of, self.instance)  # asked for by pages alone

    def clean(self) -> None:
        super().clean()
        if self.instance._state.adding:
            return
        try:  # the row stays locked until the page's transaction has written it
            lock_as_seen(self.instance, self.cleaned_data.get("seen", ""))
        except Refused as refused:
            self.add_error(None, refused.message)


@admin.register(Routine)
class RoutineAdmin(CatalogueAdmin):
    form = CuratedRoutineForm
    change_form_template = "admin/exercises/routine/change_form.html"
    list_display = ("name", "stage", "signed_off_by", "signed_off_on")
    list_filter = ("stage", ("findings", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("signed_off_by",)
    search_fields = ("name", "slug", "basis")
    readonly_fields = ("stage", "signed_off_by", "signed_off_on")
    fields = ("name", "slug", "stage", "signed_off_by", "signed_off_on", "basis", "findings")
    inlines = (StageInline, ItemInline)
    actions = ("publish", "retire", "restore")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Routine]:
        """Clinics write their own ones on the pages of the catalogue; nobody else reads them, curators neither."""
        return super().get_queryset(request).filter(clinic=None)

    def save_model(self, request: HttpRequest, obj: Routine, form: Any, change: bool) -> None:
        if form.changed_data:
            actions.save_routine(actor=actor_of(request), routine=obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Other contents are an edit too: a published routine has to be signed off again."""
        if not form.changed_data and any(formset.has_changed() for formset in formsets):
            actions.save_routine(actor=actor_of(request), routine=form.instance)
        super().save_related(request, form, formsets, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Changed rows are made anew: two that swap their exercises would collide on the way."""
        rows = formset.save(commit=False)
        gone = [row.pk for row in (*rows, *formset.deleted_objects) if row.pk]
        formset.model.objects.filter(routine=form.instance, pk__in=gone).delete()
        for row in rows:
            row.pk, row.routine = None, form.instance
        formset.model.objects.bulk_create(rows)

    def publish_one(self, request: HttpRequest, row: Routine) -> None:
        actions.publish_routine(actor=actor_of(request), routine=row, now=clock.now())

    def retire_one(self, request: HttpRequest, row: Routine) -> None:
        actions.retire_routine(actor=actor_of(request), routine=row)

    @admin.action(description=_("Restore the selected entries"), permissions=["change"])
    def restore(self, request: HttpRequest, chosen: QuerySet[Routine]) -> None:
        def step(request: HttpRequest, row: Routine) -> None:
            actions.restore_routine(actor=actor_of(request), routine=row)

        self.carry_out(request, chosen, step, _t("Not retired any more: %(names)s."))
