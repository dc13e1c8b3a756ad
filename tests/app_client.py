"""Requests of the tests run as the role that the application has in production, whom every policy binds. What tests build
and look up themselves runs as the owner of the tables.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from clinic.dev.postgres import APPLICATION
from clinic.postgres import base

_role: ContextVar[str] = ContextVar("role", default="")


class WithRole(base.Telling):
    """Changes the role where production says the setting, and as long: for a transaction."""

    def wanted(self) -> str:
        role, within = _role.get(), super().wanted()
        return f"{role}|{within}" if role else within

    def words(self, wanted: str) -> str:
        role, bar, within = wanted.rpartition("|")
        return f"SET LOCAL ROLE {role if bar else 'NONE'};{super().words(within)}"


class RequestsAsTheApplication:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with as_the_application():
            return self.get_response(request)


@contextmanager
def as_the_application() -> Iterator[None]:
    token = _role.set(APPLICATION)
    try:
        yield
    finally:
        _role.reset(token)


def install() -> None:
    base.telling = WithRole()
    settings.MIDDLEWARE = [f"{__name__}.{RequestsAsTheApplication.__name__}", *settings.MIDDLEWARE]
