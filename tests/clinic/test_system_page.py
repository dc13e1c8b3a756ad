"""The owner's page "System": lights, what waits, and what the DNS says about our e-mail."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from clinic import clock, mail_domain, tasks
from clinic.chain import heads_in
from clinic.lights import lights
from clinic.mail_domain import Finding, Verdict
from clinic.models import AuditEntry, AuditSeal, Clinic, MailDomainCheck, SchedulerBeat, User
from tests import factories
from tests.dns_stub import serving
from tests.outbox_world import make_email


@pytest.fixture
def as_olivia(olivia: User) -> Client:
    client = Client()
    client.force_login(olivia)
    return client


def page(client: Client) -> str:
    response = client.get(reverse("clinic:system"))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_each_light_says_in_words_what_it_found(as_olivia: Client) -> None:
    shown = page(as_olivia)
    assert "clock has not ticked yet" in shown
    for light in lights():
        assert light.title.replace("'", "&#x27;") in shown
    assert "not well" in shown
    now = clock.now()
    SchedulerBeat.objects.create(last_tick_at=now, materialised_until=now + timedelta(hours=48))
    assert all(light.green for light in lights() if light.name in {"tick", "planned_ahead"})
    assert f"Last tick: {now:%-d %b %Y}" in page(as_olivia)


def test_what_waits_of_the_own_clinic(as_olivia: Client, riverside: Clinic, hilltop: Clinic) -> None:
    assert "0 e-mails of your clinic wait" in page(as_olivia)
    make_email(riverside)
    make_email(hilltop, "2")
    assert "1 e-mail of your clinic waits" in page(as_olivia)


def test_the_newest_seal_stands_there_as_it_is_verified(as_olivia: Client) -> None:
    assert "Nothing was sealed yet." in page(as_olivia)
    seal = AuditSeal.objects.create(
        number=1,
        epoch=1,
        from_xid=0,
        to_xid=9,
        entries=3,
        entries_hash="a" * 64,
        previous="0" * 64,
        hash="b" * 64,
        sealed_at=clock.now(),
    )
    assert [*heads_in([page(as_olivia)])] == [seal.head]


def test_the_latest_check_stands_there_the_worst_first(as_olivia: Client) -> None:
    assert "Nothing was checked yet." in page(as_olivia)
    found = [
        Finding("SPF record", Verdict.OK, "All is there."),
        Finding(
            "DMARC policy", Verdict.MISSING, "None is there.", "Add it.", '_dmarc.clinic.example. TXT "x"'
        ),
    ]
    mail_domain.keep(found, clock.now())
    shown = page(as_olivia)
    assert shown.index("DMARC policy") < shown.index("SPF record")
    for words in ("None is there. Add it.", "_dmarc.clinic.example. TXT &quot;x&quot;", "Checked on"):
        assert words in shown


def test_the_button_has_a_worker_ask_the_dns(
    as_olivia: Client,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(tasks.check_mail_domain, "apply_async", lambda **_: sent.append("asked"))
    with django_capture_on_commit_callbacks(execute=True):
        answer = as_olivia.post(reverse("clinic:system_check"), follow=True)
    assert "The check is under way." in answer.content.decode()
    assert sent == ["asked"]
    assert AuditEntry.objects.filter(verb="clinic.mail_domain_asked").count() == 1
    settings.DEFAULT_FROM_EMAIL, settings.EMAIL_HOST = "exercises@clinic.example", "mail.clinic.example"
    with serving({("clinic.example", "TXT"): ["v=spf1 +all"]}) as stub:
        settings.DNS_SERVER = stub.server
        tasks.check_mail_domain()
    shown = page(as_olivia)
    assert "under way" not in shown
    assert "allows the whole world" in shown


def test_a_second_press_within_the_minute_is_refused(as_olivia: Client) -> None:
    as_olivia.post(reverse("clinic:system_check"))
    before = factories.count_rows()
    asked = MailDomainCheck.objects.get().asked_at
    answer = as_olivia.post(reverse("clinic:system_check"), follow=True)
    assert "It was checked a moment ago." in answer.content.decode()
    assert factories.count_rows() == before
    assert MailDomainCheck.objects.get().asked_at == asked


def test_a_check_that_nobody_finished_is_not_waited_for(as_olivia: Client) -> None:
    MailDomainCheck.objects.create(asked_at=clock.now() - timedelta(minutes=4))
    assert "under way" not in page(as_olivia)


def test_owners_alone(as_priya: Client, asha: User) -> None:
    for name in ("system", "system_check"):
        assert as_priya.post(reverse(f"clinic:{name}")).status_code in {403, 405}
    assert as_priya.get(reverse("clinic:system")).status_code == 403
    assert not MailDomainCheck.objects.exists()
