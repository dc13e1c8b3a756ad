"""Every text that somebody can send has a limit: in forms, in the API, in lists of patients, in what a phone kept. One letter
more is refused with words, and nothing is written."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

import clinic.signin
from clinic import clock
from clinic.models import User
from exercises.forms.log import LONGEST_NOTE
from exercises.forms.photos import PhotoField
from exercises.models import Exercise, Programme
from patients.models import Patient
from tests import factories, test_access_matrix
from tests.doors import DOORS
from tests.exercises.test_exchange import exported, faults, stored, upload
from tests.pages import signed_in
from tests.patients.import_world import checked, numbers
from tests.security.filled import Forms
from tests.security.test_input import readers
from tests.security.test_source import below
from tests.security.test_strangers import taken_back

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.check(28)]  # tries everything there is
world, addresses = test_access_matrix.world, test_access_matrix.addresses  # fixtures
OURS = ("clinic.", "patients.", "exercises.")
# What is on a list, a file or a tick; each has tests of its own.
CHOSEN = (forms.ChoiceField, forms.ModelChoiceField, forms.BooleanField, forms.FileField, PhotoField)
LONG = "9" * 5_000
# A draft keeps what was typed, with its faults: the size of a request bounds it (DATA_UPLOAD_MAX_MEMORY_SIZE).
MAY_CHANGE = {
    *("django_session", "clinic_cache", "clinic_auditentry", "clinic_attempt"),
    "exercises_programmedraft",
}


# Not filled in as a person would: a link that ended, and the marks by which a window is known.
NOT_HERE = {"clinic:invitation", "version", "window", "step"}


def is_text(field: Any) -> bool:
    return isinstance(field, forms.CharField) and not isinstance(field, forms.UUIDField)


def is_plain(field: Any) -> bool:
    """Others have words of their own for what is none of theirs, such as a number or a time zone."""
    return type(field).__module__.startswith("django.")


def refusal(field: forms.Field, value: Any) -> set[str | None]:
    """The codes with which a value is refused; none: it was taken."""
    try:
        field.clean(value)
    except ValidationError as error:
        return {one.code for one in error.error_list}
    return set()


def test_every_field_of_a_form_has_a_limit() -> None:
    """What is no text has a shape that five thousand digits are none of."""
    assert clinic.signin  # others are loaded with the addresses, this one by the first sign-in
    without, taken, looked_at = [], [], 0
    for form in sorted(set(below(forms.BaseForm)), key=lambda one: f"{one.__module__}.{one.__name__}"):
        if not form.__module__.startswith(OURS):
            continue
        for name, field in getattr(form, "base_fields", {}).items():
            where = f"{form.__module__}.{form.__name__}.{name}"
            looked_at += 1
            if is_text(field):
                if field.max_length is None:
                    without.append(where)
                    continue
                codes = refusal(field, "x" * (field.max_length + 1))
                if "max_length" not in codes and (is_plain(field) or not codes):
                    taken.append(where)
            elif not isinstance(field, CHOSEN) and not refusal(field, LONG):
                taken.append(where)
    assert without == []
    assert "\n".join(taken) == ""
    assert looked_at > 300


class Noted:
    """Every form that is made while it looks on, with the fields that it has by then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[forms.BaseForm] = []
        first = forms.BaseForm.__init__

        def noting(form: forms.BaseForm, *args: Any, **kwargs: Any) -> None:
            first(form, *args, **kwargs)
            self.made.append(form)

        monkeypatch.setattr(forms.BaseForm, "__init__", noting)

    def limits(self) -> dict[str, int | None]:
        """By the names of the page's texts."""
        return {
            form.add_prefix(name): field.max_length  # type: ignore[attr-defined]
            for form in self.made
            if type(form).__module__.startswith(OURS)
            for name, field in form.fields.items()
            if is_text(field)
        }

    def refused(self) -> set[str]:
        """Names of texts of which a form said that they are too long, or none of what it asked for."""
        return {
            form.add_prefix(name)
            for form in self.made
            if form.is_bound
            for name, errors in form.errors.as_data().items()
            if name in form.fields
            and any(error.code == "max_length" or not is_plain(form.fields[name]) for error in errors)
        }


def filled(
    world: dict[str, Client], addresses: dict[str, str], noted: Noted
) -> Iterator[tuple[str, Client, str, dict[str, Any], dict[str, int | None]]]:
    """Each form of each page once: where it stands, who sends it where, filled in, and the limits of its texts."""
    seen = set()
    for name, door in DOORS.items():
        for identity in readers(door):
            noted.made.clear()
            page = world[identity].get(addresses[name])
            if name in NOT_HERE or page.streaming or "text/html" not in page.get("Content-Type", ""):
                continue
            limits = noted.limits()
            for action, fields in Forms(page.content.decode()).found:
                target = (action or addresses[name]).split("#")[0]
                mine = {one: limit for one, limit in limits.items() if one in fields and one not in NOT_HERE}
                if mine and (target, *sorted(mine)) not in seen:
                    seen.add((target, *sorted(mine)))
                    yield f"{name} -> {target}", world[identity], target, fields, mine


def test_one_letter_too_many_is_refused_and_said(
    world: dict[str, Client],
    addresses: dict[str, str],
    margaret: Patient,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Any,
) -> None:
    """All texts of a form at once: each has its words, and none is written."""
    factories.confirm_device(world["patient"], factories.open_device(world["patient"], margaret))
    noted, unlimited, silent, wrote, texts = Noted(monkeypatch), set(), [], [], 0
    for place, client, target, fields, limits in filled(world, addresses, noted):
        unlimited |= {f"{place}: {name}" for name, limit in limits.items() if limit is None}
        long = {name: ["x" * (limit + 1)] for name, limit in limits.items() if limit}
        before = factories.count_rows()
        with taken_back():
            noted.made.clear()
            answer = client.post(target, fields | long)
            after = factories.count_rows()
            wrote += [
                f"{place}: {one}" for one in after if after[one] != before[one] and one not in MAY_CHANGE
            ]
        said = noted.refused()
        silent += [f"{place}: {name}, {answer.status_code}" for name in long if name not in said]
        texts += len(long)
    assert unlimited == set()
    assert wrote == []
    assert "\n".join(silent) == ""
    assert texts > 100
    record_property("fuzzed", texts)


def strings(schema: dict[str, Any], whole: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[Any]:
    """Every text of a body as the API describes it, and where in it."""
    if "$ref" in schema:
        schema = whole["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    for part in [one for word in ("allOf", "oneOf", "anyOf") for one in schema.get(word, [])]:
        yield from strings(part, whole, path)
    if schema.get("type") == "string" or "string" in (schema.get("type") or []):
        yield path, schema
    for name, one in schema.get("properties", {}).items():
        if not one.get("readOnly"):
            yield from strings(one, whole, (*path, name))
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), dict):
            yield from strings(schema[word], whole, (*path, word))


def test_every_text_of_the_api_has_a_limit(priya: User, world: dict[str, Client]) -> None:
    whole = world["practitioner"].get(reverse("clinic:api_schema")).json()
    without, looked_at = [], 0
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            for media in operation.get("requestBody", {}).get("content", {}).values():
                for where, one in strings(media["schema"], whole):
                    looked_at += 1
                    shaped = one.get("format") in {"uuid", "date", "date-time", "time"} or "enum" in one
                    if not shaped and "maxLength" not in one and "pattern" not in one:
                        without.append(f"{method} {path} {'.'.join(where)}")
    assert without == []
    assert looked_at > 20


def test_a_body_of_the_api_that_is_too_long_is_refused_field_by_field(world: dict[str, Client]) -> None:
    client = world["practitioner"]
    whole = client.get(reverse("clinic:api_schema")).json()
    before, tried = factories.count_rows(), 0
    for path, methods in whole["paths"].items():
        if "post" not in methods:
            continue
        schema = methods["post"]["requestBody"]["content"]["application/json"]["schema"]
        limits = {
            where[0]: one["maxLength"]
            for where, one in strings(schema, whole)
            if len(where) == 1 and "maxLength" in one
        }
        body = {name: "x" * (most + 1) for name, most in limits.items()}
        answer = client.post(path, body, content_type="application/json")
        assert answer.status_code == 400, path
        assert set(limits) <= set(answer.json()["errors"]), path
        tried += len(limits)
    assert tried >= 8
    after = factories.count_rows()
    assert {one for one in after if after[one] != before[one]} <= MAY_CHANGE


def test_a_cell_of_a_list_that_is_too_long_is_a_fault_of_its_row(as_priya: Client) -> None:
    good = {
        "Vorname": "Ana",
        "Name": "Quinn",
        "Geburtsdatum": "14.03.1956",
        "E-Mail": "ana@patients.example",
        "Zeitzone": "London",
        "Sprache": "Deutsch",
    }
    rows = [good | {name: "x" * 5_000} for name in good]
    lines = [[*good], *([*row.values()] for row in (good, *rows))]
    made = checked(as_priya, "".join(";".join(line) + "\n" for line in lines))
    assert numbers(made) == (1, 0, len(rows), 0)
    assert Patient.objects.count() == 0


def test_a_file_of_exercises_that_is_too_long_writes_nothing(carlos: User, toe_curls: Exercise) -> None:
    """JSON, as curators give it to one another."""
    client = signed_in(carlos)
    (row,) = json.loads(exported(client, "json"))
    texts = [name for name, value in row.items() if isinstance(value, str) and name != "id"]
    before, content = factories.count_rows(), stored()
    answer = upload(client, json.dumps([row | dict.fromkeys(texts, "x" * 9_999)]).encode(), "a.json")
    (found,) = faults(answer).values()
    assert set(texts) - set(found) <= {"video"}
    assert "ticket" not in answer.context
    after = factories.count_rows()
    assert {one for one in after if after[one] != before[one]} <= MAY_CHANGE
    assert stored() == content


def test_what_a_phone_kept_is_no_longer_than_what_its_form_takes(
    client: Client, margaret: Patient, programme: Programme
) -> None:
    now = clock.now()
    factories.open_device(client, margaret, now=now)
    item = programme.items.get().pk
    form = {"performed_on": margaret.local_day(now).isoformat(), "item": item, f"done-{item}": "done"}
    before = factories.count_rows()
    said = {"form": urlencode(form | {"note": "x" * (LONGEST_NOTE + 1)}), "made_at": now.isoformat()}
    answer = client.put(f"/today/reports/{uuid4()}/", json.dumps(said), content_type="application/json")
    assert answer.status_code == 422
    assert str(LONGEST_NOTE) in answer.json()["message"]
    after = factories.count_rows()
    assert {one for one in after if after[one] != before[one]} <= MAY_CHANGE
    said["form"] = urlencode(form | {"note": "x" * LONGEST_NOTE})
    fits = client.put(f"/today/reports/{uuid4()}/", json.dumps(said), content_type="application/json")
    assert fits.status_code == 200
