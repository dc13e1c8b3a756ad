"""Exercises as a file and back: the page, its preview and the writing. What a row says is ``resources``' part."""

import json
from typing import Any

import tablib
from django import forms
from django.contrib import messages
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from import_export.tmp_storages import CacheStorage

from exercises.admin import sheets
from exercises.admin.resources import FORMATS, MOST_ROWS, ExerciseResource

LARGEST = 5_000_000  # bytes
SALT, KEPT_FOR = "exercises.import", 3600  # seconds between the preview and the writing


class ImportFileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV, TSV or JSON, as exported here, in UTF-8. Commas, semicolons or tabs may part the cells."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.json"}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        ending = str(file.name).rpartition(".")[2].lower()
        if ending not in FORMATS:
            raise forms.ValidationError(_t("Choose a file that ends in .csv, .tsv or .json."), code="format")
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(_t("The file is larger than 5 MB."), code="large")
        try:
            data = FORMATS[ending]().create_dataset(file.read())
        except forms.ValidationError:
            raise
        except Exception as fault:  # parsers of any kind of rubbish: each says so in its own way
            message = _t("This cannot be read as %(kind)s.") % {"kind": ending.upper()}
            raise forms.ValidationError(message, code="unreadable") from fault
        if not data.headers or not len(data):
            raise forms.ValidationError(_t("The file holds no rows."), code="empty")
        if faults := ExerciseResource.faults_of(data):
            raise forms.ValidationError(faults, code="columns")
        self.cleaned_data["dataset"] = data
        return file


def import_page(admin: Any, request: HttpRequest) -> HttpResponse:
    """Upload, look at what would change, write. Nothing is written with the first fault."""
    admin.guard(request)
    if request.method == "POST" and "confirm" in request.POST:
        return _write(admin, request)
    form = ImportFileForm(request.POST or None, request.FILES or None)
    if not form.is_valid():
        return _page(admin, request, {"form": form}, status=422 if form.errors else 200)
    result = _run(admin, request, form.cleaned_data["dataset"], dry_run=True)
    if result.has_errors() or result.has_validation_errors():
        return _page(admin, request, {"form": ImportFileForm(), "result": result}, status=422)
    storage = CacheStorage()
    dataset = form.cleaned_data["dataset"]
    storage.save(json.dumps({"rows": dataset.export("json"), "numbers": sheets.shown_numbers(dataset)}))
    ticket = signing.dumps({"file": storage.name, "user": request.user.pk}, salt=SALT)
    return _page(admin, request, {"result": result, "ticket": ticket})


def export(admin: Any, request: HttpRequest, kind: str) -> HttpResponse:
    """What the list shows under its filters, all pages of it."""
    admin.guard(request)
    if kind not in FORMATS:
        raise Http404
    return download(admin.get_changelist_instance(request).get_queryset(request), kind)


def download(rows: QuerySet[Any], kind: str) -> HttpResponse:
    file_format = FORMATS[kind]()
    data = file_format.export_data(ExerciseResource().export(rows))
    response = HttpResponse(
        data.encode("utf-8-sig" if kind == "csv" else "utf-8"), content_type=file_format.get_content_type()
    )
    name = f"exercises-{timezone.localdate().isoformat()}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _write(admin: Any, request: HttpRequest) -> HttpResponse:
    try:
        ticket = signing.loads(request.POST.get("ticket", ""), salt=SALT, max_age=KEPT_FOR)
    except signing.BadSignature:
        ticket = {}
    storage = CacheStorage(name=ticket.get("file", ""))
    stored = storage.read() if ticket.get("user") == request.user.pk else None
    if stored is None:
        messages.error(request, _t("The preview is too old. Choose the file again."))
        return HttpResponseRedirect(reverse("admin:exercises_exercise_import"))
    storage.remove()
    kept = json.loads(stored)
    dataset = tablib.Dataset().load(kept["rows"], format="json")
    dataset.shown_numbers = kept["numbers"]
    result = _run(admin, request, dataset, dry_run=False)
    if result.has_errors() or result.has_validation_errors():  # another person changed something meanwhile
        return _page(admin, request, {"form": ImportFileForm(), "result": result}, status=422)
    told = _t("Imported: %(new)s new, %(changed)s changed, %(same)s as they were. Nothing was published.")
    messages.success(request, told % _counts(result))
    return HttpResponseRedirect(reverse("admin:exercises_exercise_changelist"))


def _run(admin: Any, request: HttpRequest, dataset: Any, *, dry_run: bool) -> Any:
    resource = ExerciseResource(admin=admin, request=request)
    result = resource.import_data(dataset, dry_run=dry_run, rollback_on_validation_errors=True)
    numbers = sheets.shown_numbers(dataset)
    for row in [*result.invalid_rows, *result.error_rows]:
        row.number = numbers[row.number - 1]
    return result


def _counts(result: Any) -> dict[str, int]:
    totals = result.totals
    return {"new": totals["new"], "changed": totals["update"], "same": totals["skip"]}


def _page(admin: Any, request: HttpRequest, more: dict[str, Any], status: int = 200) -> HttpResponse:
    context = (
        admin.page_context(request, _t("Import exercises")) | {"columns": ExerciseResource.columns()} | more
    )
    context["most"] = MOST_ROWS
    if "result" in more:
        context["counts"] = _counts(more["result"])
    return TemplateResponse(request, "admin/exercises/exercise/import.html", context, status=status)
