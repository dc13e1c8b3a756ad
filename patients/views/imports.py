"""A list of patients from a file: choose it, name its columns, look at its rows, confirm, watch, take back."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.roles import KEEPS_RECORDS
from patients import actions, import_faults, import_files, import_work
from patients.actions.import_writing import can_be_undone
from patients.forms.imports import ColumnsForm, UploadForm
from patients.forms.refusals import show_refusal
from patients.models import ImportRow, ImportState, Patient, PatientImport, RowChoice, RowState

ROWS_A_PAGE = 25
IMPORTS_SHOWN = 10
LATE = timedelta(seconds=45)  # longer than a tick: perhaps no worker is there
SHOWN: dict[str, list[str]] = {
    "all": list(RowState.values),
    "ready": [RowState.READY],
    "duplicate": [RowState.DUPLICATE],
    "faulty": [RowState.FAULTY],
    "added": [RowState.WRITTEN],
    "left": [RowState.DUPLICATE, RowState.FAULTY, RowState.READY],
}


@require_http_methods(["GET", "HEAD", "POST"])
@requires(KEEPS_RECORDS)
def upload(request: StaffRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_bound and form.is_valid():
        try:
            made = actions.start_import(
                actor=request.actor,
                table=form.cleaned_data["file"],
                file_name=form.file_name,
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            return redirect("patients:import_columns", made.pk)
    earlier = PatientImport.objects.visible_to(request.actor).select_related("made_by")[:IMPORTS_SHOWN]
    context = {"form": form, "earlier": earlier}
    return TemplateResponse(request, "patients/import_new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(KEEPS_RECORDS)
def columns(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = _visible(request, pk)
    if found.confirmed_at or found.state == ImportState.DISCARDED:
        return redirect("patients:import", pk)
    form = ColumnsForm(request.POST if request.method == "POST" else None, patient_import=found)
    if form.is_bound and form.is_valid():
        try:
            named = actions.name_columns(
                actor=request.actor,
                patient_import=found,
                columns=form.chosen(),
                day_order=form.order(),
                now=clock.now(),
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            import_work.finish_if_small(named)
            return redirect("patients:import", pk)
    context = {"form": form, "importing": found, "columns": form.columns()}
    return TemplateResponse(
        request, "patients/import_columns.html", context, status=422 if form.errors else 200
    )


@require_safe
@requires(KEEPS_RECORDS)
@vary_on_headers("HX-Request")
def page(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Where the list stands. Asked by htmx it answers with the bar alone, and with a new page once it is over."""
    found, now = _visible(request, pk), clock.now()
    if found.state == ImportState.UPLOADED:
        return redirect("patients:import_columns", pk)
    context: dict[str, Any] = {"importing": found, "waits": _waits(found, now)}
    if found.is_at_work:
        context |= _progress(found)
        template = "patients/_import_progress.html" if request.htmx else "patients/import_progress.html"
        return TemplateResponse(request, template, context)
    if request.htmx:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context |= _rows(request, found) | {"may_undo": can_be_undone(found, now)}
    template = "patients/import_preview.html" if not found.confirmed_at else "patients/import_done.html"
    return TemplateResponse(request, template, context)


@require_POST
@requires(KEEPS_RECORDS)
def choose(request: StaffRequest, pk: UUID, number: int) -> HttpResponse:
    """``?as=another`` or ``leave_out``; back to the row, on the page and with the filter from which it was pressed."""
    found = _visible(request, pk)
    asked = request.GET.get("as", "")
    choice = RowChoice(asked) if asked in RowChoice.values else RowChoice.LEAVE_OUT
    try:
        actions.choose_row(actor=request.actor, patient_import=found, number=number, choice=choice)
    except Refused as refused:
        messages.error(request, refused.message)
    back = {name: request.GET[name] for name in ("show", "page") if name in request.GET}
    return redirect(f"{reverse('patients:import', args=[pk])}?{urlencode(back)}#row-{number}")


@require_safe
@requires(KEEPS_RECORDS)
def rows_csv(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The rows that are not to be added as they came, with what is wrong: to mend and to upload again."""
    found = _visible(request, pk)
    actions.take_rows(actor=request.actor, patient_import=found)
    show = request.GET.get("show", "faulty")
    rows = (
        found.rows.shown_to(request.actor)
        .filter(state__in=SHOWN.get(show, SHOWN["faulty"]))
        .order_by("number")
    )
    lines = [[*found.headings, _("Row"), _("What is wrong")]]
    lines += [[*row.cells, str(row.number), "; ".join(_reasons(row))] for row in rows.iterator(2_000)]
    response = HttpResponse(
        import_files.write(lines).encode("utf-8-sig"), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = (
        f'attachment; filename="rows-{"left" if show == "left" else "faulty"}.csv"'
    )
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@requires(KEEPS_RECORDS)
def confirm(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = _visible(request, pk)
    try:
        confirmed = actions.confirm_import(
            actor=request.actor, patient_import=found, seen=request.POST.get("seen", ""), now=clock.now()
        )
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        import_work.finish_if_small(confirmed)
    return redirect("patients:import", pk)


@require_POST
@requires(KEEPS_RECORDS)
def stop(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = _visible(request, pk)
    try:
        stopped = actions.stop_import(actor=request.actor, patient_import=found, now=clock.now())
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        said = ngettext(
            "Stopped. %(number)d patient was added and stays.",
            "Stopped. %(number)d patients were added and stay.",
            stopped.done,
        )
        messages.warning(request, said % {"number": stopped.done})
    return redirect("patients:import", pk)


@require_POST
@requires(KEEPS_RECORDS)
def discard(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = _visible(request, pk)
    try:
        actions.discard_import(actor=request.actor, patient_import=found, now=clock.now())
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("patients:import", pk)
    messages.success(request, _("The list was thrown away. Nobody was added."))
    return redirect("patients:import_new")


@require_POST
@requires(KEEPS_RECORDS)
def undo(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = _visible(request, pk)
    try:
        archived = actions.undo_import(actor=request.actor, patient_import=found, now=clock.now())
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _archived(archived, found.done - archived))
    return redirect("patients:import", pk)


def _visible(request: StaffRequest, pk: UUID) -> PatientImport:
    mine = PatientImport.objects.visible_to(request.actor).select_related("clinic", "made_by", "confirmed_by")
    return get_object_or_404(mine, pk=pk)


def _archived(archived: int, kept: int) -> str:
    said = ngettext("%(number)d patient was archived.", "%(number)d patients were archived.", archived) % {
        "number": archived
    }
    if kept:
        said += " " + ngettext(
            "%(number)d stays: somebody has worked with this record since.",
            "%(number)d stay: somebody has worked with these records since.",
            kept,
        ) % {"number": kept}
    return said


def _waits(found: PatientImport, now: datetime) -> bool:
    """Handed over a while ago, and no row was looked at or added since."""
    begun = found.done if found.state == ImportState.RUNNING else found.looked_at
    return bool(found.is_at_work and not begun and found.queued_at and now - found.queued_at > LATE)


def _progress(found: PatientImport) -> dict[str, Any]:
    running = found.state == ImportState.RUNNING
    whole = found.done + found.to_add if running else found.total
    part = found.done if running else found.looked_at
    return {"running": running, "part": part, "whole": whole, "percent": 100 * part // whole if whole else 0}


def _rows(request: StaffRequest, found: PatientImport) -> dict[str, Any]:
    """One page of the rows in the states that the address asks for."""
    usual = "left" if found.confirmed_at else "all"
    show = request.GET.get("show", usual)
    if show not in SHOWN:
        show = usual
    rows = found.rows.shown_to(request.actor).filter(state__in=SHOWN[show]).order_by("number")
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    mine = Patient.objects.visible_to(request.actor)
    alike = mine.in_bulk([row.alike_id for row in page.object_list if row.alike_id])
    return {
        "show": show,
        "page": page,
        "page_query": urlencode({"show": show}) + "&",
        "rows": [_row(found, row, alike) for row in page.object_list],
        "choices": _choices(found),
        "left": found.left_out + found.faulty,
        "has_rows": found.rows.exists() if not page.paginator.count else True,
    }


def _choices(found: PatientImport) -> list[tuple[str, str, int]]:
    """Filters with how many rows each shows."""
    if found.confirmed_at:
        left = found.ready + found.duplicate + found.faulty
        return [("left", _("Not added"), left), ("added", _("Added"), found.done)]
    return [
        ("all", _("All"), found.total),
        ("ready", _("Ready"), found.ready),
        ("duplicate", _("Perhaps known"), found.duplicate),
        ("faulty", _("With a fault"), found.faulty),
    ]


def _row(found: PatientImport, row: ImportRow, alike: Mapping[UUID, Patient]) -> dict[str, Any]:
    shown = [cell for cell, field in zip(row.cells, found.columns, strict=False) if field]
    return {
        "row": row,
        "alike": alike.get(row.alike_id) if row.alike_id else None,
        "said": row.said,
        "born": date.fromisoformat(row.said["date_of_birth"]) if row.said else None,
        "cells": shown,
        "faults": [(import_faults.column(fault), import_faults.reason(fault)) for fault in row.faults],
    }


def _reasons(row: ImportRow) -> list[str]:
    return [f"{import_faults.column(fault)}: {import_faults.reason(fault)}" for fault in row.faults]
