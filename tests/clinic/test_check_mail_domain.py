"""The command `check_mail_domain`, what it keeps, and its settings."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from clinic.checks import check_installation
from clinic.mail_domain import Finding, keep, latest
from clinic.models import MailDomainCheck
from tests.clinic.test_mail_domain import GOOD, MISSING, OK, with_
from tests.dns_stub import Zone, serving
from tests.moments import NOON


# --- the command ------------------------------------------------------------------------------------------------
def run(settings: Settings, zone: Zone, *args: str) -> tuple[str, int]:
    settings.DEFAULT_FROM_EMAIL = "Riverside <exercises@clinic.example>"
    settings.EMAIL_HOST, settings.DKIM_SELECTORS = "mail.clinic.example", ["s1"]
    settings.BOUNCE_DOMAIN = ""
    out = StringIO()
    with serving(zone) as stub:
        settings.DNS_SERVER = stub.server
        with pytest.raises(SystemExit) as ended:
            call_command("check_mail_domain", *args, stdout=out)
    return out.getvalue(), int(str(ended.value.code))


@pytest.mark.django_db
def test_the_command_says_it_line_by_line_and_keeps_it(settings: Settings) -> None:
    told, code = run(settings, with_(dmarc=None))
    assert code == 1
    lines = told.splitlines()
    assert lines[0] == (
        "ok           SPF record: clinic.example says which servers may send for it: "
        "v=spf1 a:mail.clinic.example -all"
    )
    (missing,) = (line for line in lines if line.startswith("missing"))
    assert missing.startswith("missing      DMARC policy: clinic.example does not say")
    assert any(line.startswith('             _dmarc.clinic.example. TXT "v=DMARC1;') for line in lines)
    row, findings = latest()
    assert row.checked_at is not None
    assert [one.check for one in findings if one.verdict == MISSING] == ["DMARC policy"]


@pytest.mark.django_db
def test_the_command_for_programs(settings: Settings) -> None:
    told, code = run(settings, GOOD, "--json")
    assert code == 0
    read: dict[str, Any] = json.loads(told)
    assert (read["domain"], read["exit_code"]) == ("clinic.example", 0)
    assert [Finding.from_json(one) for one in read["findings"]] == latest()[1]


@pytest.mark.django_db
def test_the_later_of_two_checks_stays() -> None:
    assert latest()[1] == []
    keep([Finding("SPF record", MISSING, "x")], NOON)
    keep([Finding("SPF record", OK, "y")], NOON)
    assert MailDomainCheck.objects.count() == 1
    assert latest()[1] == [Finding("SPF record", OK, "y")]


def test_nonsense_in_the_settings_is_said(settings: Settings) -> None:
    settings.MAIL_SENDING_ADDRESSES, settings.DNS_SERVER = (
        ["1.2.3.4", "mail.clinic.example"],
        "dns.example:53",
    )
    assert {one.id for one in check_installation()} >= {"footwork.E024", "footwork.E025"}
    settings.MAIL_SENDING_ADDRESSES, settings.DNS_SERVER = ["1.2.3.4", "2600::1"], "[2600::1]:53"
    assert not {one.id for one in check_installation()} & {"footwork.E024", "footwork.E025"}
