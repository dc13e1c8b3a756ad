"""Routines: what practitioners start from, signed off by a curator."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from clinic import clock
from clinic.adminsite import actor_of
from exercises import actions
from exercises.actions.routines import LARGEST_ROUTINE
from exercises.admin.base import CatalogueAdmin
from exercises.models import Routine, RoutineItem


class ItemInline(admin.TabularInline):
    model = RoutineItem
    fields = ("exercise", "order")
    extra = 1
    max_num = LARGEST_ROUTINE

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever may open the routine edits its contents

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


@admin.register(Routine)
class RoutineAdmin(CatalogueAdmin):
    list_display = ("name", "stage", "signed_off_by", "signed_off_on")
    list_filter = ("stage", ("findings", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("signed_off_by",)
    search_fields = ("name", "slug", "basis")
    readonly_fields = ("stage", "signed_off_by", "signed_off_on")
    fields = ("name", "slug", "stage", "signed_off_by", "signed_off_on", "basis", "findings")
    inlines = (ItemInline,)

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
        items = formset.save(commit=False)
        gone = [item.pk for item in (*items, *formset.deleted_objects) if item.pk]
        form.instance.items.filter(pk__in=gone).delete()
        RoutineItem.objects.bulk_create(
            RoutineItem(routine=form.instance, exercise=item.exercise, order=item.order) for item in items
        )

    def publish_one(self, request: HttpRequest, row: Routine) -> None:
        actions.publish_routine(actor=actor_of(request), routine=row, now=clock.now())

    def retire_one(self, request: HttpRequest, row: Routine) -> None:
        actions.retire_routine(actor=actor_of(request), routine=row)
