"""The API, sent what its own description allows and what it forbids, by two people of two clinics; ids that are there among
those that are made up. Whatever comes, the answer is one that the description names, and nothing of the other clinic."""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from clinic.api.reference import document
from clinic.models import Clinic, User
from exercises.models import Programme
from patients.models import Finding, Patient
from tests import factories
from tests.pages import signed_in
from tests.security.test_strangers import fingerprint

pytestmark = [pytest.mark.slow, pytest.mark.django_db]  # makes up hundreds of requests
EXAMPLES = 3 * int(
    os.environ.get("SECURITY_EXAMPLES", "1")
)  # of each operation, allowed and forbidden ones each
DESCRIBED = [status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def there(margaret: Patient, finding: Finding, programme: Programme) -> dict[str, list[str]]:
    """Ids and short names of Riverside, by the parameter that takes them."""
    item = programme.items.get()
    log = factories.make_log(margaret, item)
    return {
        "id": [str(row.pk) for row in (margaret, finding, programme, log)],
        "slug": [item.version.exercise.slug],
        "patient": [str(margaret.pk)],
        "programme": [str(programme.pk)],
    }


def operations() -> Iterator[Any]:
    """The reminder's time is a local one; what JSON Schema calls a time has a zone."""
    words = json.dumps(document("en-gb")).replace('"format": "time"', '"pattern": "^[0-9:]{5,8}$"')
    described = schemathesis.openapi.from_dict(json.loads(words))
    for result in described.get_all_operations():
        found: Any = result
        yield found.ok()


def sent(client: Client, case: Any) -> Response:
    """As the case says it; only the transport is the test's own."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
    address = urlsplit(prepared.url or "")
    answer = client.generic(
        case.method,
        address.path,
        prepared.body or b"",
        content_type=str(prepared.headers.get("Content-Type", "application/json")),
        QUERY_STRING=address.query,
    )
    headers = {name: [value] for name, value in answer.items()}
    return Response(answer.status_code, headers, answer.content, prepared, 0.0, False)


def is_nowhere(response: Response) -> bool:
    """What cannot be an id is no address of the API at all: the page for that is the same everywhere."""
    return response.status_code == 404 and response.headers["content-type"][0].startswith("text/html")


def made_up(
    operation: Any,
    client: Client,
    there: dict[str, list[str]],
    mode: GenerationMode,
    judge: Callable[[Response], None],
) -> int:
    asked = 0

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def one(case: Any, data: st.DataObject) -> None:
        nonlocal asked
        for part in (case.path_parameters, case.query):
            for name in set(part or {}) & set(there):
                if data.draw(st.booleans()):
                    part[name] = data.draw(st.sampled_from(there[name]))
        with transaction.atomic():
            response = sent(client, case)
            transaction.set_rollback(True)
        asked += 1
        assert response.status_code < 500, case.as_curl_command()
        if not is_nowhere(response):
            case.validate_response(response, checks=DESCRIBED)
        judge(response)

    one()
    return asked


@pytest.mark.check(2, 3, 4, 21, 28)
@pytest.mark.parametrize("who", ["practitioner", "stranger"])
def test_no_request_breaks_the_api_or_shows_more_than_it_may(
    priya: User,
    hugo: User,
    riverside: Clinic,
    there: dict[str, list[str]],
    who: str,
    record_property: Any,
) -> None:
    client = signed_in(priya if who == "practitioner" else hugo)
    before = fingerprint(riverside)

    def judge(response: Response) -> None:
        if who == "stranger":
            assert b"Hale" not in response.content
            assert b"margaret" not in response.content.lower()

    fuzzed, names = 0, set()
    for operation in operations():
        names.add(operation.label)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            fuzzed += made_up(operation, client, there, mode, judge)
    record_property("fuzzed", fuzzed)
    assert len(names) == 18
    assert fuzzed > 100
    assert fingerprint(riverside) == before
