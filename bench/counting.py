from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse


class QueryCountMiddleware:
    """Answers with the number of SQL statements where the request asks for it; costs nothing otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
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
