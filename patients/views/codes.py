"""The way to the whole plan: a printed code, or a code by e-mail. Opening these pages writes nothing."""

import time

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic import clock
from clinic.access import anonymous_allowed, for_readers
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.http import client_network
from patients import actions, browsers
from patients.access import access_of, device_of_browser, give_cookie, in_language_of, open_in
from patients.access_codes import read_emailed_code, read_printed_code
from patients.actions.tries import may_ask_for_code, may_try_code
from patients.forms.codes import OWN, AddressForm, EmailedDeviceForm, PrintedCodeForm
from patients.http import asked_in
from patients.models import EMAILED_FOR, AccessCode, EmailedCode, OpenedBy, Purpose

PAGE = ["GET", "HEAD", "POST"]
JOB = Actor.system("code page")
ANSWERED_AFTER = 0.25  # seconds: an address that is known must not take longer than one that is not


@for_readers
@require_http_methods(PAGE)
@anonymous_allowed(reason="Where a printed code leads: the code is the key.", job="code_page")
def code(request: HttpRequest) -> HttpResponse:
    """The code stays in the fragment of the address, from where the script takes it; a person presses the button."""
    if request.method != "POST":
        return _page(request, "patients/code.html", PrintedCodeForm())
    form = PrintedCodeForm(request.POST)
    if not form.is_valid():
        return _page(request, "patients/code.html", form, status=422)
    now, read = clock.now(), read_printed_code(form.cleaned_data["code"])
    locator = read.locator if read else None
    if not may_try_code(locator=locator, network=client_network(request), now=now):
        return _too_often(request, "patients/code.html", form)
    row = actions.check_code(actor=JOB, code=read, now=now)
    return _opened(request, row, OpenedBy.CODE, form) or _wrong(request, "patients/code.html", form)


@for_readers
@require_http_methods(PAGE)
@anonymous_allowed(reason="Asks for a code by e-mail; says the same for every address.", job="code_page")
def code_email(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, "patients/code_email.html", AddressForm())
    started, now, form = time.monotonic(), clock.now(), AddressForm(request.POST)
    if not form.is_valid():
        return _page(request, "patients/code_email.html", form, status=422)
    address, secret = form.cleaned_data["email"], asked_in(request)
    if not may_ask_for_code(address=address, network=client_network(request), now=now):
        return _too_often(request, "patients/code_email.html", form)
    actions.ask_codes_by_address(actor=JOB, address=address, browser_secret=secret, now=now)
    response = redirect("patients:code_enter")
    response.status_code = 303
    give_cookie(response, settings.ASKED_COOKIE_NAME, secret, int(EMAILED_FOR.total_seconds()))
    time.sleep(max(0.0, started + ANSWERED_AFTER - time.monotonic()))
    return response


@for_readers
@require_http_methods(PAGE)
@anonymous_allowed(reason="Takes the code of an e-mail, from the browser that asked for it.", job="code_page")
def code_enter(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, "patients/code_enter.html", EmailedDeviceForm())
    form = EmailedDeviceForm(request.POST)
    if not form.is_valid():
        return _page(request, "patients/code_enter.html", form, status=422)
    now = clock.now()
    if not may_try_code(locator=None, network=client_network(request), now=now):
        return _too_often(request, "patients/code_enter.html", form)
    row = actions.check_emailed_code(
        actor=JOB,
        typed=read_emailed_code(form.cleaned_data["code"]),
        purpose=Purpose.DEVICE,
        browser_secret=request.COOKIES.get(settings.ASKED_COOKIE_NAME, ""),
        now=now,
    )
    opened = _opened(request, row, OpenedBy.EMAIL, form)
    return opened or _wrong(request, "patients/code_enter.html", form)


def _opened(
    request: HttpRequest, key: AccessCode | EmailedCode | None, way: OpenedBy, form: forms.Form
) -> HttpResponse | None:
    """The plan, in this browser; None where there is nothing to open."""
    if key is None:
        return None
    patient = key.patient
    now, actor = clock.now(), Actor.patient(patient)
    browser = actions.Browser(
        label=browsers.label(request.headers.get("User-Agent", "")),
        own=form.cleaned_data["own"] == OWN,
        former=device_of_browser(request, now),
        key=key,
    )
    try:
        device, secret = actions.open_device(
            actor=actor, patient=patient, browser=browser, opened_with=way, now=now
        )
    except Refused:  # archived, or the code was ended, a moment ago
        return None
    access = access_of(request)
    if access and access.visit:
        actions.close_visit(actor=access.actor, visit=access.visit)
    response = redirect("exercises:today")
    response.status_code = 303
    open_in(response, device, secret)
    return response


def _wrong(request: HttpRequest, template: str, form: forms.Form) -> HttpResponse:
    """Mistyped, expired, revoked, locked, unknown, of another browser: one answer."""
    form.add_error(
        "code",
        _(
            "This code does not open a plan. Compare it letter by letter. If it is right, please call your clinic."
        ),
    )
    return _page(request, template, form, status=422)


def _too_often(request: HttpRequest, template: str, form: forms.Form) -> HttpResponse:
    form.add_error(None, _("That was tried too often. Wait a while, or call your clinic."))
    return _page(request, template, form, status=429)


def _page(request: HttpRequest, template: str, form: forms.Form, status: int = 200) -> HttpResponse:
    """In the language of whoever has a plan open here, else of the browser."""

    def answer() -> HttpResponse:
        return TemplateResponse(request, template, {"form": form}, status=status)

    access = access_of(request)
    response = in_language_of(access.patient, answer) if access else answer()
    response.headers["Cache-Control"] = "no-store"
    return response
