"""A database that belongs to another installation sends no mail; what is asked for where nothing is configured."""

import io

import pytest
from django.core.management import call_command
from pytest_django import Settings

from clinic import clock, deployment, tasks
from clinic.mail import outbox
from clinic.models import Clinic, Deployment, OutgoingEmail
from tests.outbox_world import claim_one, make_email
from tests.sink import RunningSink

OURS, THEIRS = "riverside-production", "riverside-staging"


@pytest.fixture
def guarded(settings: Settings) -> None:
    settings.DEPLOYMENT_GUARD, settings.DEPLOYMENT_ID = True, OURS


belongs_to = deployment.mark


@pytest.mark.usefixtures("guarded")
def test_the_claim_itself_takes_no_row_of_another_installation(riverside: Clinic) -> None:
    make_email(riverside)
    belongs_to(THEIRS)
    assert claim_one() is None
    assert OutgoingEmail.objects.get().state == "pending"
    belongs_to(OURS)
    claim = claim_one()
    assert claim
    assert claim.object_id == "margaret"


@pytest.mark.usefixtures("guarded")
def test_a_database_without_a_key_sends_nothing(riverside: Clinic) -> None:
    make_email(riverside)
    assert claim_one() is None


def test_production_without_a_key_in_the_environment_sends_nothing(
    riverside: Clinic, settings: Settings
) -> None:
    settings.DEPLOYMENT_GUARD, settings.DEPLOYMENT_ID = True, ""
    make_email(riverside)
    belongs_to(OURS)
    assert claim_one() is None


def test_demo_and_development_need_no_key(riverside: Clinic) -> None:
    make_email(riverside)
    belongs_to(THEIRS)
    assert claim_one() is not None


@pytest.mark.usefixtures("guarded")
def test_the_worker_says_why_and_leaves_the_past_as_it_is(
    riverside: Clinic, sink: RunningSink, caplog: pytest.LogCaptureFixture
) -> None:
    make_email(
        riverside,
        state="sending",
        lease_token="9b2f0a52-9f8e-4a39-8d9d-3c5a7a0f1c11",
        lease_until=clock.now(),
    )
    make_email(riverside, "late", expires_at=clock.now())
    belongs_to(THEIRS)
    assert tasks.deliver_outbox() == 0
    assert sorted(OutgoingEmail.objects.values_list("state", flat=True)) == ["pending", "sending"]
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert "after_restore" in record.getMessage()
    belongs_to(OURS)
    make_email(riverside, "new")
    assert tasks.deliver_outbox() == 2  # the new one, and that of the dead sender once more
    assert len(sink.accepted) == 2


@pytest.mark.usefixtures("guarded")
def test_a_sender_that_knows_nothing_of_it_sends_nothing_either(riverside: Clinic, sink: RunningSink) -> None:
    make_email(riverside)
    belongs_to(THEIRS)
    assert outbox.deliver_due() == 0
    assert sink.accepted == []


@pytest.mark.usefixtures("guarded")
def test_a_database_that_lies_elsewhere_than_when_it_was_marked_sends_nothing(riverside: Clinic) -> None:
    make_email(riverside)
    belongs_to(OURS)
    server, database, table = Deployment.objects.get().place.split("/")
    for moved in (f"1/{database}/{table}", f"{server}/1/{table}", f"{server}/{database}/1"):
        Deployment.objects.update(place=moved)
        assert claim_one() is None
    belongs_to(OURS)
    assert claim_one() is not None


class TestMarking:
    def said(self, **options: bool) -> str:
        out = io.StringIO()
        call_command("mark_deployment", stdout=out, stderr=out, **options)
        return out.getvalue()

    @pytest.mark.django_db
    def test_a_new_database_becomes_ours_and_stays_so(self, guarded: None) -> None:
        assert "marked as this installation's" in self.said()
        assert deployment.is_ours()
        assert self.said() == "The database is this installation's.\n"

    @pytest.mark.django_db
    def test_anothers_is_left_alone_until_a_person_says_otherwise(self, guarded: None) -> None:
        belongs_to(THEIRS)
        assert "NO MAIL LEAVES" in self.said()
        assert Deployment.objects.get().key == THEIRS
        self.said(in_use=True)
        assert deployment.is_ours()

    def test_one_with_mails_and_no_key_waits_for_a_persons_word(
        self, guarded: None, riverside: Clinic
    ) -> None:
        make_email(riverside)
        assert "after_restore" in self.said()
        assert not Deployment.objects.exists()
        self.said(in_use=True)
        assert deployment.is_ours()

    @pytest.mark.django_db
    def test_without_a_key_in_the_environment_nothing_is_written(self) -> None:
        assert "not set" in self.said()
        assert not Deployment.objects.exists()
