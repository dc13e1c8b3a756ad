"""Who may come in. Django's login requirement passes REST views by, so these classes are all there is."""

from typing import TYPE_CHECKING, cast

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from clinic.actors import Actor
from clinic.roles import Role

if TYPE_CHECKING:
    from rest_framework.views import APIView  # whose module loads this one, by name in the settings

NOBODY: frozenset[Role] = frozenset()


def actor_of(request: Request) -> Actor:
    """The actor that the middleware found, for a request that a permission class has let in."""
    return cast(Actor, request._request.actor)  # type: ignore[attr-defined]


class RolePermission(BasePermission):
    """A view declares ``read_roles`` and ``write_roles``. One that declares none lets nobody in."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not request.user.is_authenticated:
            return False
        if request.method not in view.allowed_methods:
            return True  # nothing answers to it: let the framework say 405
        return actor_of(request).has_role(roles_for(view, request.method or ""))


class IsStaffOfClinic(BasePermission):
    """Any role in any clinic: for what describes the software and not its data."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return bool(request.user.is_authenticated and actor_of(request).role)


def roles_for(view: "APIView", method: str) -> frozenset[Role]:
    declared = "read_roles" if method in SAFE_METHODS else "write_roles"
    roles: frozenset[Role] = getattr(view, declared, NOBODY)
    return roles
