"""Questions to the database that are composed once. Django takes longer to put a large question together than PostgreSQL
takes to answer it, and it is the same each time but for its values.

A question is a function that gives a queryset::

    @prepared
    def _asked(actor: Actor, patient: UUID, first: date) -> QuerySet[Patient]: ...

    rows = _asked(actor=actor, patient=patient.pk, first=first)

For each *kind* of question the function is called twice, with different stand-ins for the values. A parameter that is the
same both times belongs to the question. Where they differ, each must be its own stand-in, unchanged; from then on the
caller's value stands there. Anything else raises: what is computed from a value within the function, or read from a clock,
would stay what it was for whoever asked first.

A list is one value where the database takes an array: ``among``.

The kind is what may change the words of a question: what kind of actor asks, in which role; which values are None or empty
lists; and what is given by position (enumerations, yes or no: anything of which there are few). The function may branch on
these and must not branch on a value: while ``checked``, as in the tests, each question is composed anew and compared, once
for the same values until somebody says ``compare_again``.
"""

import copy
from collections.abc import Callable, Hashable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone, translation
from psycopg.types.json import Jsonb

from clinic.actors import Actor

Row = TypeVar("Row")
Scalar = UUID | int | str | date | datetime
Value = Actor | Scalar | list[Any] | None
OF_ACTOR = ("label", "clinic_id", "user_id", "patient_id")
STAND_INS: dict[type, Callable[[int], Scalar]] = {
    UUID: lambda n: UUID(int=n),
    int: lambda n: 20_000 + n,
    str: lambda n: f"stand-in {n}",
    date: lambda n: date(1950, 1, 1) + timedelta(days=n),
    datetime: lambda n: datetime(1950, 1, 1, tzinfo=UTC) + timedelta(days=n),
}

checked = False
_all: "list[_Prepared[Any]]" = []
_compared: set[Hashable] = set()


class NotPreparedError(TypeError):
    """This question cannot be composed once for all values."""


class _Question(NamedTuple):
    """``places``: which value stands where among the parameters."""

    rows: models.QuerySet[Any, Any]
    compiler: SQLCompiler
    sql: str
    parameters: tuple[Any, ...]
    places: Mapping[int, str]


class _Prepared(Generic[Row]):
    def __init__(self, compose: Callable[..., models.QuerySet[Any, Row]]) -> None:
        self.compose = compose
        self.known: dict[Hashable, _Question | None] = {}  # None: nothing can be found
        _all.append(self)

    def __call__(self, *kind: Hashable, **values: Value) -> list[Row]:
        given = dict(_single(values))
        key = (
            *(kind, tuple((name, *_types(value)) for name, value in given.items())),
            tuple((one.kind, one.role) if isinstance(one, Actor) else one is None for one in values.values()),
            *(timezone.get_current_timezone_name(), translation.get_language()),  # Django composes with both
        )
        if key not in self.known:
            self.known[key] = self._prepare(kind, values)
        question = self.known[key]
        if question is None:
            parameters: tuple[Any, ...] = ()
        else:
            parameters = tuple(
                given[question.places[place]] if place in question.places else parameter
                for place, parameter in enumerate(question.parameters)
            )
        if checked:
            self._check(question, parameters, key, kind, values)
        return _ask(question, parameters) if question else []

    def _prepare(self, kind: tuple[Hashable, ...], values: Mapping[str, Value]) -> _Question | None:
        first, second = (_stand_ins(values, turn) for turn in (0, 1))
        one, other = (_composed(self.compose(*kind, **each)) for each in (first, second))
        if one is None or other is None or one.sql != other.sql:
            self._compare(one, (), other)
            return None
        names = [
            (name, (value, another))
            for (name, value), (_name, another) in zip(_single(first), _single(second), strict=True)
        ]
        places: dict[int, str] = {}
        for place, pair in enumerate(zip(one.parameters, other.parameters, strict=True)):
            if _plain(pair[0]) != _plain(pair[1]):
                places[place] = self._name(names, pair)
        return one._replace(places=places)

    def _name(self, names: list[tuple[str, tuple[Any, Any]]], pair: tuple[Any, Any]) -> str:
        for name, known in names:
            # Of a subclass too: Django hands numbers over with the width of their column.
            if known == pair and isinstance(pair[0], type(known[0])):
                return name
        raise NotPreparedError(f"{self.compose.__qualname__} computes {pair[0]!r}")

    def _check(
        self,
        question: _Question | None,
        parameters: tuple[Any, ...],
        key: Hashable,
        kind: tuple[Hashable, ...],
        values: Mapping[str, Value],
    ) -> None:
        asked = (id(self), key, *((name, _hashable(value)) for name, value in _single(values)))
        if asked not in _compared:
            self._compare(question, parameters, _composed(self.compose(*kind, **values)))
            _compared.add(asked)

    def _compare(self, known: _Question | None, parameters: tuple[Any, ...], fresh: _Question | None) -> None:
        """Raises unless both are the same question, or both none."""
        if known is None and fresh is None:
            return
        of_both = [[*map(_plain, given)] for given in (parameters, fresh.parameters if fresh else ())]
        if known is None or fresh is None or known.sql != fresh.sql or of_both[0] != of_both[1]:
            raise NotPreparedError(f"{self.compose.__qualname__} reads otherwise with other values")


def prepared(compose: Callable[..., models.QuerySet[Any, Row]]) -> Callable[..., list[Row]]:
    """See above. The rows come as a list: what is narrowed or prefetched afterwards would be another question."""
    return _Prepared(compose)


def forget() -> None:
    """Compose every question anew: for tests that change what a question says."""
    for one in _all:
        one.known.clear()
    compare_again()


def compare_again() -> None:
    """Between two tests, so that none leans on what another one compared: the clock may be another, or a setting."""
    _compared.clear()


def among(column: str, values: list[Any], field: "models.Field[Any, Any]") -> models.Func:
    """``filter(among("pk", keys, UUIDField()))``: it is one of these, however many they are."""
    array = models.Value(values, output_field=ArrayField(field))
    of = {"template": "%(expressions)s)", "arg_joiner": " = ANY("}
    return models.Func(models.F(column), array, output_field=models.BooleanField(), **of)


def give(owner: models.Model, relation: str, rows: list[Any]) -> None:
    """Leaves what Django's prefetch would: ``owner.<relation>.all()`` asks no more, and each row knows its owner."""
    field = getattr(owner._meta.get_field(relation), "field")  # noqa: B009 - of a reversed foreign key
    for row in rows:
        field.set_cached_value(row, owner)
    held: Any = getattr(owner, relation).all()
    held._result_cache, held._prefetch_done = rows, True
    vars(owner).setdefault("_prefetched_objects_cache", {})[relation] = held


def _single(values: Mapping[str, Value]) -> Iterator[tuple[str, Any]]:
    """Without those that are None, or an empty list; an actor is several."""
    for name, value in values.items():
        if isinstance(value, Actor):
            yield from _single({f"{name}.{each}": getattr(value, each) for each in OF_ACTOR})
        elif value is not None and value != []:
            yield name, value


def _plain(parameter: Any) -> Any:
    """What can be compared: two wrappings of the same JSON are not equal."""
    return parameter.obj if isinstance(parameter, Jsonb) else parameter


def _hashable(value: Any) -> Hashable:
    return tuple(value) if isinstance(value, list) else value


def _types(value: Any) -> tuple[type, ...]:
    """Of a list, what it holds too."""
    return (list, type(value[0])) if type(value) is list else (type(value),)


def _stand_ins(values: Mapping[str, Value], turn: int) -> dict[str, Value]:
    found: dict[str, Any] = {}
    for number, (name, value) in enumerate(_single(values), start=1):
        *is_list, of = _types(value)
        if of not in STAND_INS:
            raise NotPreparedError(f"{name} is no value: give it by position if there are few of its kind")
        stand_in = STAND_INS[of](2 * number + turn)
        found[name] = [stand_in] if is_list else stand_in
    return {
        name: Actor(
            kind=value.kind,
            role=value.role,
            **{each: found.get(f"{name}.{each}") for each in OF_ACTOR},  # type: ignore[arg-type]
        )
        if isinstance(value, Actor)
        else found.get(name, value)
        for name, value in values.items()
    }


def _composed(rows: models.QuerySet[Any, Any]) -> _Question | None:
    """None where Django knows without asking that there is nothing."""
    kept = vars(rows)
    given = [lookup for lookup in kept["_prefetch_related_lookups"] if not isinstance(lookup, str)]
    if given or kept["_known_related_objects"] or rows.query.select_for_update:
        raise NotPreparedError(
            "a queryset to prefetch, a lock, or rows of one object would be of whoever asked first"
        )
    compiler = rows.query.get_compiler(rows.db)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return None
    return _Question(rows, compiler, sql, tuple(parameters), {})


def _ask(question: _Question, parameters: tuple[Any, ...]) -> list[Any]:
    """With copies: threads share the question, and each has its own connection."""
    compiler = copy.copy(question.compiler)
    compiler.connection = connections[question.compiler.using or DEFAULT_DB_ALIAS]
    compiler.as_sql = lambda *_args, **_kwargs: (question.sql, parameters)  # type: ignore[method-assign]
    rows = question.rows.all()
    rows.query.get_compiler = lambda *_args, **_kwargs: compiler  # type: ignore[method-assign]
    return list(rows)
