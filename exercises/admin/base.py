"""What the pages of exercises and of routines share: tags as boxes, publishing and retiring as actions and buttons."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, ManyToManyField, QuerySet, URLField
from django.db.models import Field as ModelField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from clinic.adminsite import AuditedAdmin, actor_of
from clinic.errors import Refused
from clinic.roles import CURATES
from exercises.forms.lines import LinesField
from patients.models import FindingType

WIDE = 100  # characters: longer columns get a wide field


class CatalogueAdmin(AuditedAdmin):
    roles = CURATES
    superuser_too = True
    actions: tuple[str, ...] = ("publish", "retire")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The shared catalogue and the own clinic's; a superuser who curates nowhere has the shared one."""
        rows: Any = super().get_queryset(request)
        actor = actor_of(request)
        reach: QuerySet[Any] = rows.visible_to(actor) if actor.has_role(CURATES) else rows.shared()
        return reach

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        own = tuple(super().get_readonly_fields(request, obj))
        return (*own, "slug") if obj else own  # addresses and files speak of it

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ("name",)}

    def formfield_for_dbfield(self, db_field: ModelField, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, ArrayField):
            return LinesField(column=db_field)
        if isinstance(db_field, URLField):
            kwargs["assume_scheme"] = "https"
        elif isinstance(db_field, CharField) and (db_field.max_length or 0) > WIDE:
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
    def publish(self, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
        self.carry_out(request, chosen, self.publish_one, _t("Published, signed by you: %(names)s."))
        return None

    @admin.action(description=_("Retire the selected entries"), permissions=["change"])
    def retire(self, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
        told = _t("Retired: %(names)s. Programmes that hold it go on.")
        self.carry_out(request, chosen, self.retire_one, told)
        return None

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """The buttons of the change form's template; what was typed is saved by now."""
        rows = self.get_queryset(request).filter(pk=obj.pk)
        if "_publish" in request.POST:
            self.publish(request, rows)
        elif "_retire" in request.POST:
            self.retire(request, rows)
        else:
            return super().response_change(request, obj)
        return HttpResponseRedirect(request.path)

    def carry_out(
        self,
        request: HttpRequest,
        rows: Iterable[Any],
        step: Callable[[HttpRequest, Any], None],
        told: str,
        **values: str,
    ) -> None:
        """Each row by itself: one that is refused holds no other back, and is named with its reason."""
        done = []
        for row in rows:
            try:
                step(request, row)  # an action: one transaction
            except Refused as refusal:
                messages.error(request, refusal.message)
            else:
                done.append(row.name)
        if done:
            messages.success(request, told % {"names": ", ".join(done), **values})
