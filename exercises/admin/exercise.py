"""Exercises: the list, the form with every column, and what may be done from either."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from clinic import clock
from clinic.adminsite import actor_of
from exercises import actions, usage
from exercises.actions import search_index
from exercises.actions.catalogue import missing_for_publishing
from exercises.admin import compare, exchange, preview, retiring, reviewing
from exercises.admin.base import CatalogueAdmin
from exercises.admin.fieldsets import FIELDSETS
from exercises.admin.lists import ScopeFilter, StatusFilter, TagActionForm
from exercises.forms.curation import CuratedExerciseForm
from exercises.models import Exercise, ExerciseVersion, Status
from patients.models import FindingType

SHORT_LISTS = {"aliases", "prepare", "harder_exercises", "easier_exercises", "sources"}


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
    form = CuratedExerciseForm
    action_form = TagActionForm
    actions = ("publish", "ask_for_review", "retire", "add_tag", "remove_tag", "export_selected")
    list_display = (
        "name",
        "where_it_stands",
        "missing",
        "filed_under",
        "whose",
    )
    list_filter = (
        StatusFilter,
        ScopeFilter,
        "body_part",
        "kind",
        "position",
        ("findings", admin.RelatedOnlyFieldListFilter),
        "dose_source",
        "evidence_tag",
    )
    search_fields = ("name", "aliases", "slug")
    search_help_text = _("Name, another name, or short name.")
    readonly_fields = ("where_it_stands", "related")
    inlines = (VersionInline,)
    fieldsets = FIELDSETS
    change_list_template = "admin/exercises/exercise/change_list.html"

    class Media:
        css = {"all": ["css/curation.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = self.rows_in_reach(request)
        shown: QuerySet[Any] = rows.with_status().prefetch_related("findings")
        return shown

    def rows_in_reach(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request)

    def get_urls(self) -> list[URLPattern]:
        def page(view: Any) -> Any:
            return self.admin_site.admin_view(lambda request, **named: view(self, request, **named))

        own = [
            path("<uuid:pk>/compare/", page(compare.page), name="exercises_exercise_compare"),
            path("<uuid:pk>/preview/", page(preview.page), name="exercises_exercise_preview"),
            path("preview/<str:medium>.css", page(preview.sheet), name="exercises_exercise_sheet"),
            path("<uuid:pk>/retire/", page(retiring.page), name="exercises_exercise_retire"),
            path("<uuid:pk>/send-back/", page(reviewing.page), name="exercises_exercise_send_back"),
            path("import/", page(exchange.import_page), name="exercises_exercise_import"),
            path("export/<str:kind>/", page(exchange.export), name="exercises_exercise_export"),
        ]
        return [*own, *super().get_urls()]

    def guard(self, request: HttpRequest) -> None:
        """The site lets in whoever curates anything; these pages are for curators of exercises."""
        if not self.may_enter(request):
            raise PermissionDenied

    def one(self, request: HttpRequest, pk: UUID) -> Exercise:
        self.guard(request)
        return cast(Exercise, get_object_or_404(self.get_queryset(request), pk=pk))

    def page_context(
        self, request: HttpRequest, title: str, exercise: Exercise | None = None
    ) -> dict[str, Any]:
        shared = {"opts": self.opts, "media": self.media, "title": title, "original": exercise}
        return {**self.admin_site.each_context(request), **shared}

    # --- the list ---------------------------------------------------------------------------------------------
    @admin.display(description=_("status"), ordering="status")
    def where_it_stands(self, exercise: Any) -> str:
        words = str(Status(exercise.status).label)
        if exercise.status == Status.REVIEW and exercise.current_id is not None:
            return _t("%(status)s; an earlier text is published") % {"status": words}
        return words

    @admin.display(description=_("missing"))
    def missing(self, exercise: Exercise) -> str:
        lacks = missing_for_publishing(exercise)
        return _t("lacks: %(parts)s") % {"parts": ", ".join(lacks)} if lacks else _t("nothing")

    @admin.display(description=_("filed under"), ordering="body_part")
    def filed_under(self, exercise: Exercise) -> str:
        """One column for what the filters beside ask one by one: the list has to fit beside them."""
        said = (
            exercise.get_body_part_display(),
            exercise.get_kind_display(),
            exercise.get_position_display(),
        )
        return ", ".join(str(word) for word in said if word)

    @admin.display(description=_("whose"), ordering="clinic")
    def whose(self, exercise: Exercise) -> str:
        return _t("shared") if exercise.clinic_id is None else _t("my clinic’s own")

    # --- the form ---------------------------------------------------------------------------------------------
    @admin.display(description=_("open"))
    def related(self, exercise: Exercise) -> str:
        """Links to the harder and easier ones."""
        columns: list[Any] = [exercise.harder_exercises, exercise.easier_exercises]
        names = {name for column in columns for name in column}
        rows = Exercise.objects.filter(slug__in=names).order_by("name")
        links = [(reverse("admin:exercises_exercise_change", args=[row.pk]), row.name) for row in rows]
        return format_html_join(", ", '<a href="{}">{}</a>', links) or "-"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None:
            (use,) = usage.of([obj], actor_of(request))
            context |= {"use": use, "review": reviewing.standing(obj, actor_of(request))}
        return super().render_change_form(request, context, *args, **kwargs)

    def view_on_site(self, exercise: Exercise) -> str | None:
        if exercise.current_id is None:
            return None  # staff read what is published
        return reverse("exercises:exercise", args=[exercise.slug])

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name in SHORT_LISTS:
            field.widget.attrs["rows"] = 3
        return field

    def save_model(self, request: HttpRequest, obj: Exercise, form: Any, change: bool) -> None:
        if image := form.image():
            obj.photo = actions.keep_photo(
                actor=actor_of(request), clinic=obj.clinic, image=image, now=clock.now()
            )
        if form.changed_data:
            actions.save_exercise(actor=actor_of(request), exercise=obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Its tags count at once, not only when it is published again."""
        super().save_related(request, form, formsets, change)
        search_index.index([form.instance])

    def response_add(
        self, request: HttpRequest, obj: Exercise, post_url_continue: Any = None
    ) -> HttpResponse:
        return self._pressed(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Exercise) -> HttpResponse:
        return self._pressed(request, obj) or super().response_change(request, obj)

    def _pressed(self, request: HttpRequest, obj: Exercise) -> HttpResponse | None:
        """The buttons below the form; what was typed is saved by now."""
        rows = self.get_queryset(request).filter(pk=obj.pk)
        if "_publish" in request.POST:
            self.publish(request, rows)
        elif "_ask" in request.POST:
            self.ask_for_review(request, rows)
        elif "_preview" in request.POST:
            return HttpResponseRedirect(reverse("admin:exercises_exercise_preview", args=[obj.pk]))
        elif "_retire" in request.POST:
            return HttpResponseRedirect(reverse("admin:exercises_exercise_retire", args=[obj.pk]))
        else:
            return None
        return HttpResponseRedirect(reverse("admin:exercises_exercise_change", args=[obj.pk]))

    # --- what is done -----------------------------------------------------------------------------------------
    def publish_one(self, request: HttpRequest, row: Exercise) -> None:
        """From the list nothing was looked through: there the action asks for it, unless it was said before."""
        said = "no_cautions" in request.POST
        actions.publish_exercise(actor=actor_of(request), exercise=row, now=clock.now(), no_cautions=said)

    def retire_one(self, request: HttpRequest, row: Exercise) -> None:
        actions.retire_exercise(actor=actor_of(request), exercise=row)

    @admin.action(description=_("Retire the selected entries …"), permissions=["change"])
    def retire(self, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
        """Asks first, and says who uses them."""
        if "confirmed" not in request.POST:
            return retiring.question(self, request, list(chosen))
        return super().retire(request, chosen)

    @admin.action(description=_("Ask for a review of the selected entries"), permissions=["change"])
    def ask_for_review(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        def step(request: HttpRequest, row: Exercise) -> None:
            actions.ask_for_review(actor=actor_of(request), exercise=row, now=clock.now())

        self.carry_out(request, chosen, step, _t("Waiting for review: %(names)s."))

    @admin.action(description=_("Add the tag chosen beside"), permissions=["change"])
    def add_tag(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        self._tag(request, chosen, tagged=True)

    @admin.action(description=_("Remove the tag chosen beside"), permissions=["change"])
    def remove_tag(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        self._tag(request, chosen, tagged=False)

    def _tag(self, request: HttpRequest, chosen: QuerySet[Any], *, tagged: bool) -> None:
        finding = FindingType.objects.shared().filter(pk=request.POST.get("finding", "")).first()
        if finding is None:
            messages.error(request, _t("Choose a tag beside the action."))
            return

        def step(request: HttpRequest, row: Exercise) -> None:
            actions.set_finding(actor=actor_of(request), exercise=row, finding=finding, tagged=tagged)

        told = _t("Tagged for %(finding)s: %(names)s.")
        if not tagged:
            told = _t("No longer tagged for %(finding)s: %(names)s.")
        self.carry_out(request, chosen, step, told, finding=finding.label)

    @admin.action(description=_("Export the selected entries (CSV)"), permissions=["view"])
    def export_selected(self, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse:
        return exchange.download(chosen, "csv")
