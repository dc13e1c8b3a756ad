"""Where curators edit, publish and retire. Stock admin pages; every write is an action, nothing is deleted."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, ManyToManyField, QuerySet
from django.db.models import Field as ModelField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clinic import clock
from clinic.adminsite import AuditedAdmin, actor_of
from clinic.errors import Refused
from clinic.roles import CURATES
from exercises import actions
from exercises.actions import search_index
from exercises.actions.routines import LARGEST_ROUTINE
from exercises.catalogue_files import CAUTIONS, EQUIPMENT
from exercises.forms.exercise import ExerciseForm
from exercises.forms.lines import LinesField
from exercises.models import Exercise, ExerciseVersion, Programme, Routine, RoutineItem
from patients.models import FindingType

WIDE = 100  # characters: longer columns get a wide field
KNOWN = {"equipment": EQUIPMENT, "cautions": CAUTIONS}


class CatalogueAdmin(AuditedAdmin):
    """What exercises and routines share: tags as boxes, publishing and retiring as actions and as buttons."""

    roles = CURATES
    superuser_too = True
    actions = ("publish", "retire")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        own = tuple(super().get_readonly_fields(request, obj))
        return (*own, "slug") if obj else own  # addresses and files speak of it

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ("name",)}

    def formfield_for_dbfield(self, db_field: ModelField, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, ArrayField):
            return LinesField(column=db_field, known=KNOWN.get(db_field.name))
        if isinstance(db_field, CharField) and (db_field.max_length or 0) > WIDE:
            kwargs["widget"] = AdminTextInputWidget(attrs={"class": "vLargeTextField"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = forms.CheckboxSelectMultiple
        if db_field.related_model is FindingType:
            kwargs["queryset"] = FindingType.objects.shared()  # all clinics read the catalogue
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def publish_one(self, request: HttpRequest, row: Any) -> None:
        raise NotImplementedError

    def retire_one(self, request: HttpRequest, row: Any) -> None:
        raise NotImplementedError

    @admin.action(description=_("Publish the selected entries, signed by you"), permissions=["change"])
    def publish(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        for row in chosen:
            self._carry_out(request, row, self.publish_one, _t("%(name)s is published, signed by you."))

    @admin.action(description=_("Retire the selected entries"), permissions=["change"])
    def retire(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        for row in chosen:
            self._carry_out(
                request, row, self.retire_one, _t("%(name)s is retired. Programmes that hold it go on.")
            )

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """The buttons of templates/admin/exercises/change_form.html; what was typed is saved by now."""
        rows = self.get_queryset(request).filter(pk=obj.pk)
        if "_publish" in request.POST:
            self.publish(request, rows)
        elif "_retire" in request.POST:
            self.retire(request, rows)
        else:
            return super().response_change(request, obj)
        return HttpResponseRedirect(request.path)

    def _carry_out(
        self, request: HttpRequest, row: Any, step: Callable[[HttpRequest, Any], None], told: str
    ) -> None:
        try:
            step(request, row)
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, told % {"name": row.name})


class VersionInline(admin.TabularInline):
    """What was published, by whom and when. Never edited: programmes hold these texts."""

    model = ExerciseVersion
    fields = readonly_fields = ("number", "name", "published_by", "published_at")
    verbose_name_plural = _("published versions")
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever may open the exercise

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Exercise)
class ExerciseAdmin(CatalogueAdmin):
    form = ExerciseForm
    list_display = ("name", "stage", "to_publish", "position", "dose_source")
    list_filter = ("stage", "dose_source", "position", ("findings", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("current",)
    search_fields = ("name", "slug", "movement")
    readonly_fields = ("stage", "used_by")
    inlines = (VersionInline,)
    fieldsets = (
        (None, {"fields": ("name", "slug", "stage", "used_by")}),
        (_("What patients read"), {"fields": ("movement", "steps", "stop_rules", "picture", "alt_text")}),
        (_("How it is done"), {"fields": ("position", "equipment", "cautions", "sides")}),
        (
            _("Dose. Leave empty what the source does not state."),
            {
                "fields": (
                    ("sets_min", "sets_max"),
                    ("reps_min", "reps_max"),
                    ("hold_s_min", "hold_s_max"),
                    ("duration_s_min", "duration_s_max"),
                    "cue",
                )
            },
        ),
        (_("For staff"), {"fields": ("dose_source", "evidence", "sources", "findings")}),
    )

    @admin.display(description=_("changes to publish"))
    def to_publish(self, exercise: Exercise) -> str:
        return _t("yes") if exercise.has_unpublished_changes else _t("none")

    @admin.display(description=_("used by"))
    def used_by(self, exercise: Exercise) -> str:
        running = Programme.objects.holding(exercise).count()
        return ngettext("%(n)s running programme", "%(n)s running programmes", running) % {"n": running}

    def view_on_site(self, exercise: Exercise) -> str:
        return reverse("exercises:exercise", args=[exercise.slug])

    def save_model(self, request: HttpRequest, obj: Exercise, form: Any, change: bool) -> None:
        if form.changed_data:
            actions.save_exercise(actor=actor_of(request), exercise=obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Its tags count at once, not only when it is published again."""
        super().save_related(request, form, formsets, change)
        search_index.index([form.instance])

    def publish_one(self, request: HttpRequest, row: Exercise) -> None:
        actions.publish_exercise(actor=actor_of(request), exercise=row, now=clock.now())

    def retire_one(self, request: HttpRequest, row: Exercise) -> None:
        actions.retire_exercise(actor=actor_of(request), exercise=row)


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
