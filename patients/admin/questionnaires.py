"""Where curators enter a questionnaire for which their clinic holds a licence. We ship no text of any.

A draft is edited; a published one is only read, retired, or copied into a new version.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.db.models import CharField, QuerySet
from django.db.models import Field as ModelField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from clinic import clock
from clinic.adminsite import AuditedAdmin, actor_of
from clinic.errors import Refused
from clinic.roles import ADMINISTERS
from patients import actions
from patients.models import Questionnaire, QuestionnaireItem, TemplateStage

WIDE = 100  # characters: longer columns get a wide field


def _is_draft(questionnaire: Questionnaire | None) -> bool:
    return questionnaire is None or questionnaire.stage == TemplateStage.DRAFT


class ItemInline(admin.TabularInline):
    """The questions, in the words of the licence."""

    model = QuestionnaireItem
    fields = ("position", "text", "lowest", "highest", "lowest_means", "highest_means", "reversed")
    extra = 3

    def formfield_for_dbfield(self, db_field: ModelField, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "text":
            kwargs["widget"] = AdminTextareaWidget(attrs={"rows": 2, "cols": 28, "class": ""})
        elif isinstance(db_field, CharField):
            kwargs["widget"] = AdminTextInputWidget(attrs={"size": 10, "class": ""})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return self.extra if _is_draft(obj) else 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever may open the questionnaire

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj)

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Questionnaire)
class QuestionnaireAdmin(AuditedAdmin):
    """Each clinic's own: a superuser without a clinic finds none and adds none."""

    roles = ADMINISTERS
    actions = ("publish", "retire", "new_version")
    list_display = ("title", "version", "language", "stage", "licence_holder", "licence_expires_on")
    list_filter = ("stage", "language")
    search_fields = ("title", "code")
    inlines = (ItemInline,)
    readonly_fields = ("version", "stage", "published_by", "published_at")
    fieldsets = (
        (None, {"fields": ("title", "code", ("version", "language"), "stage", "instructions")}),
        (
            _(
                "Licence. Nothing is published without holder and reference, unless it is in the public domain."
            ),
            {
                "fields": (
                    "licence_holder",
                    "licence_reference",
                    "licence_expires_on",
                    "public_domain",
                    "source",
                )
            },
        ),
        (_("Score"), {"fields": ("scoring", "least_answered", "direction", "important_change")}),
        (_("Published"), {"fields": ("published_by", "published_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Questionnaire]:
        return Questionnaire.objects.visible_to(actor_of(request)).select_related("published_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if _is_draft(obj):
            return [*self.readonly_fields]
        return [field.name for field in Questionnaire._meta.fields if field.name not in {"id", "clinic"}]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"code": ("title",)}

    def formfield_for_dbfield(self, db_field: ModelField, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, CharField) and (db_field.max_length or 0) > WIDE and not db_field.choices:
            kwargs["widget"] = AdminTextInputWidget(attrs={"class": "vLargeTextField"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Questionnaire, form: Any, change: bool) -> None:
        if form.changed_data:
            actions.save_questionnaire(actor=actor_of(request), questionnaire=obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """All questions are written anew: two that swap their places would collide on the way."""
        formset.save(
            commit=False
        )  # sorts them into new, changed and deleted ones, which the page's history asks for
        if not formset.has_changed():  # those of a published one never count as changed
            return
        filled = [part for part in formset.forms if part.instance.pk or part.has_changed()]
        items = [part.instance for part in filled if part not in formset.deleted_forms]
        actions.save_questions(actor=actor_of(request), questionnaire=form.instance, items=items)

    @admin.action(description=_("Publish the selected drafts, in your name"), permissions=["change"])
    def publish(self, request: HttpRequest, chosen: QuerySet[Questionnaire]) -> None:
        for row in chosen:
            self._carry_out(request, row, self._publish_one, _t("“%(title)s” is published."))

    @admin.action(description=_("Retire the selected questionnaires"), permissions=["change"])
    def retire(self, request: HttpRequest, chosen: QuerySet[Questionnaire]) -> None:
        for row in chosen:
            told = _t("“%(title)s” is retired. Answers to it stay as they are.")
            self._carry_out(request, row, self._retire_one, told)

    @admin.action(description=_("Make a new version of the selected ones"), permissions=["change"])
    def new_version(self, request: HttpRequest, chosen: QuerySet[Questionnaire]) -> None:
        for row in chosen:
            told = _t(
                "There is a new draft of “%(title)s”. The published version stays until you publish it."
            )
            self._carry_out(request, row, self._copy_one, told)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """The buttons of templates/admin/patients/questionnaire/change_form.html; what was typed is saved by now."""
        rows = self.get_queryset(request).filter(pk=obj.pk)
        if "_publish" in request.POST:
            self.publish(request, rows)
        elif "_retire" in request.POST:
            self.retire(request, rows)
        elif "_new_version" in request.POST:
            self.new_version(request, rows)
            return HttpResponseRedirect(reverse("admin:patients_questionnaire_changelist"))
        else:
            return super().response_change(request, obj)
        return HttpResponseRedirect(request.path)

    def _publish_one(self, request: HttpRequest, row: Questionnaire) -> None:
        actions.publish_questionnaire(actor=actor_of(request), questionnaire=row, now=clock.now())

    def _retire_one(self, request: HttpRequest, row: Questionnaire) -> None:
        actions.retire_questionnaire(actor=actor_of(request), questionnaire=row)

    def _copy_one(self, request: HttpRequest, row: Questionnaire) -> None:
        actions.new_version(actor=actor_of(request), questionnaire=row)

    def _carry_out(
        self,
        request: HttpRequest,
        row: Questionnaire,
        step: Callable[[HttpRequest, Questionnaire], None],
        told: str,
    ) -> None:
        try:
            step(request, row)
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, told % {"title": row.title})
