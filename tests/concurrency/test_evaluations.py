"""Two presses at the same moment: one draft, one evaluation, one amendment."""

from datetime import date

import pytest
from django.db import IntegrityError
from django.db.models import QuerySet

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from clinic.roles import Role
from patients import actions
from patients.models import Evaluation, EvaluationDraft, EvaluationStatus, Foot, Patient
from tests import factories
from tests.concurrency.test_claim import THREADS, at_once, one_connection_for_each_thread

__all__ = ["one_connection_for_each_thread"]  # a fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ENTRY = actions.EvaluationEntry(examined_on=date(2026, 1, 5), feet={Foot.LEFT: {"heel_raises": 3}})
MARK = actions.DraftMark(1, "")


def start(priya: User, margaret: Patient) -> EvaluationDraft:
    return actions.start_draft(actor=Actor.staff(priya), patient=margaret, now=clock.now())


def sign(priya: User, draft: EvaluationDraft) -> Evaluation:
    how = {"actor": Actor.staff(priya), "draft": draft, "mark": MARK, "entry": ENTRY}
    return actions.sign_evaluation(**how, now=clock.now())  # type: ignore[arg-type]


def test_one_draft_is_started(priya: User, margaret: Patient) -> None:
    drafts = at_once(lambda: start(priya, margaret))
    assert {draft.pk for draft in drafts} == {EvaluationDraft.objects.get().pk}
    assert AuditEntry.objects.filter(verb="evaluation_draft.started").count() == 1


def test_one_evaluation_is_signed(priya: User, margaret: Patient) -> None:
    draft = start(priya, margaret)
    signed = at_once(lambda: sign(priya, draft))
    assert {evaluation.pk for evaluation in signed} == {Evaluation.objects.get().pk}
    assert AuditEntry.objects.filter(verb="evaluation.signed").count() == 1


def test_without_the_lock_several_are_signed(
    priya: User, margaret: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = start(priya, margaret)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **options: self)
    assert len({evaluation.pk for evaluation in at_once(lambda: sign(priya, draft))}) > 1


def test_one_of_many_amendments_wins(priya: User, margaret: Patient) -> None:
    first = factories.make_evaluation(priya, margaret)
    clinic = priya.membership.clinic  # type: ignore[union-attr]
    authors = [
        factories.make_staff(clinic, Role.PRACTITIONER, f"Paul{number} Grey") for number in range(THREADS)
    ]
    drafts = [
        actions.start_draft(actor=Actor.staff(author), patient=margaret, now=clock.now(), amends=first)
        for author in authors
    ]

    def amend() -> str:
        author, draft = waiting.pop()
        try:
            sign(author, draft)
        except Refused as refused:
            return refused.code
        except IntegrityError:
            return "broken"
        return "signed"

    waiting = list(zip(authors, drafts, strict=True))
    assert sorted(at_once(amend)) == ["amended"] * (THREADS - 1) + ["signed"]
    first.refresh_from_db()
    assert first.status == EvaluationStatus.AMENDED
    assert Evaluation.objects.filter(amends=first).count() == 1
