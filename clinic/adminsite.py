"""The admin's door: allauth's sign-in, then the roles that curate. Stock pages otherwise."""

from collections.abc import Callable
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from clinic.roles import CURATES


class StaffAdminSite(AdminSite):
    site_header = _("Footwork catalogue")
    site_title = _("Footwork")
    index_title = _("Exercises and routines")

    def has_permission(self, request: HttpRequest) -> bool:
        """Curators and owners; a superuser without a clinic may curate too, and sees no patient anywhere."""
        if not request.user.is_authenticated or not request.user.is_active:
            return False
        return bool(request.user.is_superuser or request.actor.has_role(CURATES))  # type: ignore[attr-defined]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        # Django's own form knows neither throttle nor second factor.
        guarded: Callable[..., HttpResponse] = secure_admin_login(super().login)  # type: ignore[no-untyped-call]
        return guarded(request, extra_context)
