"""The history pages of a finding, of foot support and of a referral, across a merge of two records."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import User
from patients import actions
from patients.models import Patient
from tests.factories import NOON, make_finding, make_referral, make_support
from tests.record_world import merge, take_back

LATER = NOON + timedelta(days=1)


@pytest.fixture
def pages(priya: User, double: Patient) -> list[str]:
    """Two versions each, in the record that will be the duplicate."""
    actor = Actor.staff(priya)
    finding = make_finding(priya, double)
    entry = actions.FindingEntry.of(finding).but(severity="mild")
    actions.amend_finding(actor=actor, finding=finding, entry=entry, version=1, reason="", now=LATER)
    support = make_support(priya, double)
    actions.end_support(actor=actor, advice=support, now=LATER)
    referral = make_referral(priya, double)
    actions.cancel_referral(actor=actor, referral=referral, version=1, now=LATER)
    return [
        reverse("patients:finding_history", args=[finding.pk]),
        reverse("patients:support_history", args=[support.pk]),
        reverse("patients:referral_history", args=[referral.pk]),
    ]


def versions(client: Client, url: str) -> list[str]:
    page = " ".join(client.get(url).content.decode().split())
    return [
        " ".join(re.sub(r"<[^>]+>", " ", heading).split())
        for heading in re.findall(r"<h3>(Version.*?)</h3>", page)
    ]


@pytest.mark.hazard("HZ-32")
def test_a_merge_and_its_undo_add_no_version(
    as_priya: Client, priya: User, margaret: Patient, pages: list[str], double: Patient
) -> None:
    both = ["Version 2 stands now", "Version 1"]
    assert [versions(as_priya, url) for url in pages] == [both] * 3
    merged = merge(priya, margaret, double).merge
    assert [versions(as_priya, url) for url in pages] == [both] * 3
    take_back(priya, merged)
    assert [versions(as_priya, url) for url in pages] == [both] * 3


def test_each_history_says_what_was_said_first_and_what_changed(as_priya: Client, pages: list[str]) -> None:
    for url, words in zip(
        pages,
        (
            ("“Mild”, not stated before", "<dd>Clinical examination</dd>"),
            ("“Ended”, was “In use”", "<dd>Prefabricated insole</dd>"),
            ("“Not needed any more”, was “Waiting for the outcome”", "<dt>How soon</dt>"),
        ),
        strict=True,
    ):
        page = " ".join(as_priya.get(url).content.decode().split())
        for word in words:
            assert word in page
        assert page.index(words[0]) < page.index(words[1])
        assert "24 Nov 2026, 12:00 · <bdi>Priya Nair</bdi>" in page
