"""The admin's door: allauth's sign-in, then the roles that curate. Stock pages otherwise."""

from collections.abc import Callable
from typing import Any, ClassVar

from allauth.account.decorators import secure_admin_login
from django.contrib import messages
from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.roles import ADMINISTERS, Role


class StaffAdminSite(AdminSite):
    site_header = _("Footwork administration")
    site_title = _("Footwork")
    index_title = _("Catalogue, members, clinic")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Our own pages only: those that libraries bring know neither our roles nor the audit."""
        if admin_class is not None and issubclass(admin_class, AuditedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Curators and owners; a superuser without a clinic may curate too, and sees no patient anywhere."""
        if not request.user.is_authenticated or not request.user.is_active:
            return False
        return bool(request.user.is_superuser or actor_of(request).has_role(ADMINISTERS))

    def password_change(  # type: ignore[override]  # a redirect is no template
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # One page for passwords, throttled, behind the same gates as the rest of the account.
        return HttpResponseRedirect(reverse("account_change_password"))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        # Django's own form knows neither throttle nor second factor.
        guarded: Callable[..., HttpResponse] = secure_admin_login(super().login)  # type: ignore[no-untyped-call]
        return guarded(request, extra_context)


def actor_of(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined, no-any-return]


class AuditedAdmin(ModelAdmin):
    """Our roles instead of Django's permissions; nothing is deleted; a refusal is said in words, nothing written.

    Subclasses save through actions, in ``save_model``.
    """

    roles: ClassVar[frozenset[Role]]
    superuser_too = False

    def may_enter(self, request: HttpRequest) -> bool:
        if self.superuser_too and request.user.is_superuser:
            return True
        return actor_of(request).has_role(self.roles)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may_enter(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_enter(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_enter(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_enter(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)  # one transaction: all of it or nothing
        except Refused as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(request.get_full_path())
