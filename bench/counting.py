import time
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse


class CostMiddleware:
    """Answers with the time that the application took, and with the number of SQL statements where the request asks for
    it. The time leaves out what lies between it and the reader: the socket, the queue for a thread, the reader itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self._answer(request)
        response.headers["X-Server-Ms"] = f"{(time.perf_counter() - began) * 1000:.3f}"
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if "X-Count-Queries" not in request.headers:
            return self.get_response(request)
        count = 0

        def counted(execute: Callable[..., object], sql: str, *rest: object) -> object:
            nonlocal count
            count += not sql.startswith(("SAVEPOINT", "RELEASE SAVEPOINT"))
            return execute(sql, *rest)

        with connection.execute_wrapper(counted):
            response = self.get_response(request)
        response.headers["X-Queries"] = str(count)
        return response
