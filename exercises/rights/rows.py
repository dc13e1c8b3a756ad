"""The rows of patients as plain data, by the name of their model, and what these rows name that is no patient's.

The caller has reached the patients through ``visible_to``; nothing here asks again.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, Model, Q, QuerySet

from clinic.models import Clinic, Membership, OutgoingEmail, User
from exercises.models import ExerciseVersion, Routine
from exercises.outgoing.about import emails_for
from exercises.rights.registry import DECLARED, Declared
from patients.models import Patient, Questionnaire

Row = dict[str, Any]
Rows = dict[str, list[Row]]
HISTORY = " history"  # after the name of a model: the kept states of its rows, oldest first
VERSION = (
    *("id", "exercise_id", "number", "name", "movement", "purpose", "prepare", "steps", "breathe", "feel"),
    *("stop_rules", "alt_text", "equipment", "sources", "evidence", "published_at"),
    *("times_per_day_min", "times_per_day_max", "days_per_week_min", "days_per_week_max", "every_n_days"),
)
CLINIC = ("id", "name", "address", "phone", "time_zone")
QUESTIONNAIRE = (
    *("id", "code", "version", "language", "title", "instructions", "scoring", "stage"),
    *("source", "licence_holder", "published_at"),
)
QUESTION = ("position", "text", "lowest", "highest", "lowest_means", "highest_means")


def rows_of(patients: Collection[UUID], *, of_many: bool = False) -> Rows:
    """Every declared model, in the order of the registry, also where there is no row. ``of_many``: for a copy of a whole
    clinic, in which a row that names two patients stands once, and in which e-mails stand for themselves."""
    found: Rows = {}
    for one in DECLARED:
        if one.model is OutgoingEmail:
            if not of_many:
                found[one.label] = _read(one, _emails(patients))
            continue
        named = one.of[:1] if of_many else one.of
        found[one.label] = _read(one, _about(one.model, named, patients))
        if one.history:
            found[one.label + HISTORY] = _states(one, patients)
    return found


def own_rows(patient: Patient, now: Any) -> Rows:
    """What the patient's own page may show them, and no other column. What may still be taken back is not theirs yet."""
    found: Rows = {}
    for one in DECLARED:
        if one.own:
            rows = _read(one, _about(one.model, one.of, [patient.pk]))
            found[one.label] = [{name: row[name] for name in one.own} for row in rows if _is_theirs(row, now)]
    return found


def _is_theirs(row: Row, now: Any) -> bool:
    """Only messages can be taken back."""
    return "readable_from" not in row or (row["taken_back_at"] is None and row["readable_from"] <= now)


def _about(model: type[Model], named: Iterable[str], patients: Collection[UUID]) -> QuerySet[Any]:
    wanted = Q()
    for column in named:
        wanted |= Q(**{f"{column}__in": patients})
    return model._base_manager.filter(wanted).order_by("pk")


def _emails(patients: Collection[UUID]) -> QuerySet[Any]:
    return OutgoingEmail.objects.filter(emails_for(*patients)).order_by("pk")


def _read(one: Declared, rows: QuerySet[Any]) -> list[Row]:
    if one.more is None:
        return list(rows.values(*one.columns, **_patient(one)))
    full = rows.annotate(**_patient(one)).select_related(*one.joined).prefetch_related(*one.fetched)
    named = [*one.columns, *_patient(one)]
    return [dict(one.more(row)) | {name: getattr(row, name) for name in named} for row in full]


def _patient(one: Declared) -> dict[str, Any]:
    """Rows that name their patient by another row say whose they are."""
    path = one.of[0] if one.of else ""
    return {"patient_id": F(path)} if "__" in path else {}


def _states(one: Declared, patients: Collection[UUID]) -> list[Row]:
    """Kept states: when each was made, why a row of the table was written (``pgh_label``), and what it said."""
    columns = [*one.columns, "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id"]
    kept = [name for name in columns if name in {f.attname for f in one.history._meta.concrete_fields}]
    # By the row, not by the state: before a merge the state named the other record.
    owners = one.model._base_manager.filter(**{f"{one.of[0]}__in": patients}).values("pk")
    rows = one.history._base_manager.filter(pgh_obj__in=owners)
    return list(rows.order_by("pgh_id").values(*kept))


# --- what the rows name ----------------------------------------------------------------------------------------


def named_by(rows: Rows, clinic: Clinic) -> Rows:
    """The clinic, and of its people, exercises, routines and questionnaires those that these rows name."""
    return {
        "clinic.Clinic": [{name: getattr(clinic, name) for name in CLINIC}],
        "clinic.User": people(_people_in(rows)),
        "exercises.ExerciseVersion": versions(_all(rows, "exercises.ProgrammeItem", "version_id")),
        "exercises.Routine": routines(_all(rows, "exercises.Programme", "routine_id")),
        "patients.Questionnaire": questionnaires(
            _all(rows, "patients.QuestionnaireResponse", "questionnaire_id")
        ),
    }


def people(keys: Collection[int]) -> list[Row]:
    """By name and role; the address they sign in with is theirs alone."""
    roles = dict(Membership.objects.filter(user__in=keys).values_list("user_id", "role"))
    users = User.objects.filter(pk__in=keys).order_by("pk").values("id", "name")
    return [{**user, "role": roles.get(user["id"], "")} for user in users]


def versions(keys: Collection[Any]) -> list[Row]:
    rows = ExerciseVersion.objects.filter(pk__in=keys).order_by("pk")
    return list(rows.values(*VERSION, slug=F("exercise__slug")))


def routines(keys: Collection[Any]) -> list[Row]:
    found = Routine.objects.filter(pk__in=keys).order_by("pk").prefetch_related("items__exercise__current")
    return [
        {
            "id": routine.pk,
            "slug": routine.slug,
            "name": routine.name,
            "basis": routine.basis,
            "stage": routine.stage,
            "items": [_line(item) for item in routine.items.order_by("stage", "order", "pk")],
        }
        for routine in found
    ]


def _line(item: Any) -> Row:
    current = item.exercise.current
    return {
        "stage": item.stage,
        "order": item.order,
        "exercise": item.exercise.slug,
        "name": current.name if current else item.exercise.name,
        "version_id": item.exercise.current_id,
        "version_number": current.number if current else None,
    }


def questionnaires(keys: Collection[Any]) -> list[Row]:
    found = Questionnaire.objects.filter(pk__in=keys).order_by("pk").prefetch_related("items")
    return [
        {name: getattr(one, name) for name in QUESTIONNAIRE}
        | {
            "items": [
                {name: getattr(item, name) for name in QUESTION}
                for item in sorted(one.items.all(), key=lambda item: item.position)
            ]
        }
        for one in found
    ]


def _people_in(rows: Rows) -> set[int]:
    """Kept states name people by the same columns."""
    found: set[int] = set()
    for one in DECLARED:
        for label in (one.label, one.label + HISTORY):
            found |= {row[name] for row in rows.get(label, []) for name in one.people if row.get(name)}
    return found


def _all(rows: Rows, label: str, column: str) -> set[Any]:
    return {row[column] for row in rows.get(label, []) if row.get(column)}


def with_names(rows: Rows, named: Sequence[Row]) -> Rows:
    """Beside each column that names somebody of the staff by number, the name."""
    names = {person["id"]: person["name"] for person in named}
    return {
        label: [_named(row, columns, names) for row in found] if (columns := _who(label)) else found
        for label, found in rows.items()
    }


def _who(label: str) -> list[str]:
    plain = label.removesuffix(HISTORY)
    return next((one.people for one in DECLARED if one.label == plain), [])


def _named(row: Row, columns: Sequence[str], names: dict[int, str]) -> Row:
    more = {column.removesuffix("_id"): names.get(row[column], "") for column in columns if row.get(column)}
    return row | more
