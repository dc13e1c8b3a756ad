"""What a row of an exercise's file says, read and written. A row passes the same form as the page, and is saved by the
same action: it publishes nothing, deletes nothing, and never renames a short name."""

from collections.abc import Callable, Iterable
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils.translation import gettext as _t
from import_export import resources
from import_export.formats import base_formats

from clinic.adminsite import actor_of
from exercises import actions
from exercises.actions import search_index
from exercises.admin import sheets
from exercises.doses import Range
from exercises.forms.ranges import RangeField
from exercises.models import Exercise
from exercises.version_diff import COLUMNS, RANGES

MOST_ROWS = 500  # some 15 ms each, and a worker has 30 seconds
LARGEST_NUMBER = 32_767  # of the columns
NOT_IN_FILES = {"photo"}
BOXES = {"equipment", "kit_options", "cautions", "sides", "findings"}
SWITCHES = {"barefoot", "sets_open"}
YES, NO = {"yes", "true", "1", "x"}, {"", "no", "false", "0"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


class _Guarded:
    """A cell that a spreadsheet would take for a formula gets an apostrophe, which reading takes away again."""

    separator: str

    def export_data(self, dataset: Any, **kwargs: Any) -> Any:
        rows = [[f"'{cell}" if cell.startswith(("'", *FORMULA)) else cell for cell in row] for row in dataset]
        guarded = tablib.Dataset(*rows, headers=dataset.headers)
        return super().export_data(guarded, **kwargs)  # type: ignore[misc]

    def create_dataset(self, in_stream: bytes, **kwargs: Any) -> Any:
        return sheets.read(in_stream, self.separator, _columns())


class GuardedCSV(_Guarded, base_formats.CSV):  # type: ignore[misc]
    separator = ","


class GuardedTSV(_Guarded, base_formats.TSV):  # type: ignore[misc]
    separator = "\t"


class PlainJSON(base_formats.JSON):  # type: ignore[misc]
    def create_dataset(self, in_stream: bytes, **kwargs: Any) -> Any:
        return super().create_dataset(sheets.decoded(in_stream), **kwargs)


# Those of tablib that need no further package.
FORMATS: dict[str, Callable[[], Any]] = {"csv": GuardedCSV, "tsv": GuardedTSV, "json": PlainJSON}


def _columns() -> list[str]:
    """A range is one column, such as 10-15."""
    ends = {f"{name}_max": "" for name in RANGES} | {f"{name}_min": name for name in RANGES}
    content = [ends.get(name, name) for name in COLUMNS if name not in NOT_IN_FILES]
    return ["slug", "name", *(name for name in content if name not in {"", "name"}), "findings"]


class ExerciseResource(resources.ModelResource):  # type: ignore[misc]
    class Meta:
        model = Exercise
        fields = ("slug",)
        import_id_fields = ("slug",)
        use_transactions = True
        skip_unchanged = True
        skip_diff = True  # the page says which columns change
        report_skipped = True
        store_instance = True
        clean_model_instances = False  # the form does

    def __init__(self, *, admin: Any = None, request: Any = None) -> None:
        super().__init__()
        self.admin, self.request = admin, request
        self._forms: dict[bool, Any] = {}
        self._form: Any = None

    @staticmethod
    def columns() -> list[str]:
        return _columns()

    @staticmethod
    def faults_of(dataset: Any) -> list[str]:
        """What is wrong with the file before any row is read."""
        headers, known = dataset.headers, _columns()
        faults = []
        if "slug" not in headers:
            faults.append(_t("The column slug is missing."))
        if unknown := [str(name) for name in headers if name not in known]:
            faults.append(_t("Unknown columns: %(names)s.") % {"names": ", ".join(unknown)})
        if repeated := sorted({str(name) for name in headers if headers.count(name) > 1}):
            faults.append(_t("Columns that stand twice: %(names)s.") % {"names": ", ".join(repeated)})
        if len(dataset) > MOST_ROWS:
            values = {"most": MOST_ROWS, "rows": len(dataset)}
            faults.append(_t("At most %(most)s rows; the file has %(rows)s.") % values)
        if not faults:
            slugs = [str(slug) for slug in dataset["slug"]]
            if twice := sorted({slug for slug in slugs if slugs.count(slug) > 1}):
                faults.append(_t("Rows with the same slug: %(names)s.") % {"names": ", ".join(twice)})
        return faults

    # --- out --------------------------------------------------------------------------------------------------
    def get_export_headers(self, selected_fields: Any = None) -> list[str]:
        return _columns()

    def export_resource(self, instance: Exercise, selected_fields: Any = None, **kwargs: Any) -> list[str]:
        return [_written(instance, column) for column in _columns()]

    # --- in ---------------------------------------------------------------------------------------------------
    def get_queryset(self) -> QuerySet[Any]:
        """The rows of the list, without what lists show of them."""
        rows: QuerySet[Any] = self.admin.rows_in_reach(self.request)
        return rows

    def import_instance(self, instance: Exercise, row: dict[str, Any], **kwargs: Any) -> None:
        new = instance._state.adding
        if new not in self._forms:
            obj, fields = None if new else instance, _form_fields(new)
            self._forms[new] = self.admin.get_form(self.request, obj, change=not new, fields=fields)
        form_class = self._forms[new]
        # Asking for each constraint is a query each, thirty for a row: see ``do_instance_save``.
        instance.validate_constraints = lambda exclude=None: None  # type: ignore[method-assign]
        stored = form_class(instance=instance)
        typed = {name: stored[name].value() for name in stored.fields if name != "seen"}
        faults: dict[str, list[str]] = {}
        for column, cell in row.items():
            if column == "slug" and not new:
                continue
            try:
                typed |= _read(column, "" if cell is None else cell)
            except ValidationError as fault:
                faults[column] = fault.messages
        self._form = form_class(data=typed, instance=instance)
        del self._form.fields["seen"]
        for name, messages in self._form.errors.items():
            column = _column_of(name)
            faults[column] = [*faults.get(column, []), *messages]
        if faults.pop("no_cautions", None):  # a tick of the page, which no file holds
            faults["cautions"] = [_t("Only its own page takes the last caution away.")]
        if faults:
            raise ValidationError(dict(faults))

    def skip_row(
        self, instance: Exercise, original: Any, row: Any, import_validation_errors: Any = None
    ) -> bool:
        return not (import_validation_errors or instance._state.adding or self._form.changed_data)

    def do_instance_save(self, instance: Exercise, is_create: bool) -> None:
        """Even the preview saves, and takes it back: so the database's own checks are asked once, and not row by row."""
        try:
            actions.save_exercise(actor=actor_of(self.request), exercise=instance)
        except IntegrityError as refusal:
            raise ValidationError(_told(refusal)) from refusal

    def save_m2m(self, instance: Exercise, row: Any, **kwargs: Any) -> None:
        self._form.save(commit=False)
        self._form.save_m2m()
        search_index.index([instance])  # its tags count at once

    def after_import_row(self, row: Any, row_result: Any, **kwargs: Any) -> None:
        names = dict.fromkeys(_column_of(name) for name in self._form.changed_data)
        row_result.changed = [name for name in names if name != "slug"]


def _told(refusal: IntegrityError) -> str:
    name = getattr(getattr(refusal.__cause__, "diag", None), "constraint_name", "")
    for constraint in Exercise._meta.constraints:
        if constraint.name == name:
            return str(constraint.violation_error_message)
    return _t("The database refuses this row.")


def _form_fields(new: bool) -> list[str]:
    own = [name for name in COLUMNS if name not in NOT_IN_FILES]
    return [*(["slug"] if new else []), *own, "findings"]


def _column_of(field: str) -> str:
    base, _sep, end = field.rpartition("_")
    return base if base in RANGES and end in {"min", "max"} else field


def _written(exercise: Exercise, column: str) -> str:
    if column == "findings":
        return "\n".join(sorted(finding.pk for finding in exercise.findings.all()))
    if column in RANGES:
        span = Range.of(getattr(exercise, f"{column}_min"), getattr(exercise, f"{column}_max"))
        return "" if span is None else str(span).replace("–", "-")
    value = getattr(exercise, column)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "\n".join(value)
    return "" if value is None else str(value)


def _read(column: str, cell: Any) -> dict[str, Any]:
    """The cell as the page's form would have been sent it."""
    text = (
        "\n".join(map(str, cell)) if isinstance(cell, Iterable) and not isinstance(cell, str) else str(cell)
    )
    if column in RANGES:
        span = RangeField(most=LARGEST_NUMBER).clean(text.strip())
        if span is None:
            return {f"{column}_min": "", f"{column}_max": ""}
        return {f"{column}_min": span.low, f"{column}_max": "" if span.high == span.low else span.high}
    if column in BOXES:
        return {column: [line.strip() for line in text.splitlines() if line.strip()]}
    if column in SWITCHES:
        said = text.strip().lower()
        if said not in YES | NO:
            raise ValidationError(_t("Write yes or no."))
        return {column: said in YES}
    return {column: text}
