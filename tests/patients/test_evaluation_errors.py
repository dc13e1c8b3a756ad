"""Evaluations entered in error, what became of their amendments, and evaluations of an archived record."""

import re

import pytest
from django.urls import reverse

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry
from clinic.roles import Role
from patients import actions
from patients.models import DraftState, Evaluation, EvaluationDraft, EvaluationStatus, Foot
from tests import factories
from tests.factories import NOON, TODAY, make_evaluation
from tests.patients.evaluation_world import act, page_of, text, verbs


@pytest.fixture
def url(margaret) -> str:
    return reverse("patients:evaluations", args=[margaret.pk])


# --- in error -------------------------------------------------------------------------------------------------
def test_entering_in_error_keeps_it_marked_and_can_be_taken_back(as_priya, priya, margaret, url):
    evaluation = make_evaluation(priya, margaret)
    response = act(as_priya, evaluation, "error", reason="wrong_patient")
    assert response["Location"] == page_of(evaluation)
    evaluation.refresh_from_db()
    assert evaluation.status == EvaluationStatus.ENTERED_IN_ERROR
    assert AuditEntry.objects.latest("pk").changes == {"reason": "wrong_patient"}
    page = text(as_priya.get(page_of(evaluation)))
    assert "Entered in error: this counts no more and stays here as it was signed." in page
    assert "10 raises" in page
    assert as_priya.get(url).context["standing"] == []
    assert act(as_priya, evaluation, "restore")["Location"] == page_of(evaluation)
    evaluation.refresh_from_db()
    assert evaluation.status == EvaluationStatus.SIGNED
    assert verbs()[-2:] == ["evaluation.entered_in_error", "evaluation.restored"]


def test_what_a_wrong_amendment_replaced_stands_again_and_can_be_amended_again(as_priya, priya, margaret):
    first = make_evaluation(priya, margaret)
    second = make_evaluation(priya, margaret, amends=first)
    warning = "Then the evaluation that this one amended stands again."
    assert warning in text(as_priya.get(page_of(second)))
    assert warning not in text(as_priya.get(page_of(make_evaluation(priya, margaret))))
    act(as_priya, second, "error", reason="other")
    assert "What it had amended stands again: look at that one too." in text(as_priya.get(page_of(second)))
    assert first in Evaluation.objects.standing()
    assert second not in Evaluation.objects.standing()
    Evaluation.objects.standing().exclude(pk=first.pk).update(status=EvaluationStatus.ENTERED_IN_ERROR)
    draft = EvaluationDraft.objects.open()
    assert act(as_priya, first, "amend")["Location"] == reverse(
        "patients:evaluation_draft", args=[draft.get().pk]
    )
    third = make_evaluation(priya, margaret, amends=first)
    assert list(Evaluation.objects.standing()) == [third]
    newer = as_priya.get(page_of(first))
    assert newer.context["amended_by"] == third
    assert f'href="{page_of(third)}"' in newer.content.decode()


def test_of_two_amendments_only_one_stands(as_priya, priya, margaret):
    first = make_evaluation(priya, margaret)
    second = make_evaluation(priya, margaret, amends=first)
    act(as_priya, second, "error", reason="other")
    act(as_priya, second, "restore")
    assert list(Evaluation.objects.standing()) == [second]
    act(as_priya, second, "error", reason="other")
    third = make_evaluation(priya, margaret, amends=first)
    before = factories.count_rows()
    refused = act(as_priya, second, "restore")
    assert (refused.status_code, factories.count_rows()) == (422, before)
    assert "What this amends has another amendment by now. Amend that one." in text(refused)
    assert list(Evaluation.objects.standing()) == [third]
    act(as_priya, third, "error", reason="other")
    act(as_priya, second, "restore")
    assert list(Evaluation.objects.standing()) == [second]


def test_a_draft_of_an_amendment_that_came_too_late_is_refused_not_broken(
    as_priya, priya, riverside, margaret
):
    first = make_evaluation(priya, margaret)
    paul = factories.make_staff(riverside, Role.PRACTITIONER, "Paul Grey")
    late = actions.start_draft(actor=Actor.staff(paul), patient=margaret, now=NOON, amends=first)
    quicker = make_evaluation(priya, margaret, amends=first)

    def sign() -> Evaluation:
        entry = actions.EvaluationEntry(examined_on=TODAY, feet={Foot.LEFT: {"heel_raises": 1}})
        return actions.sign_evaluation(
            actor=Actor.staff(paul), draft=late, mark=actions.DraftMark(1, ""), entry=entry, now=NOON
        )

    with pytest.raises(Refused) as refused:
        sign()
    assert refused.value.code == "amended"
    assert list(Evaluation.objects.standing()) == [quicker]
    assert EvaluationDraft.objects.get(pk=late.pk).state == DraftState.OPEN
    act(as_priya, quicker, "error", reason="other")
    signed = sign()
    assert list(Evaluation.objects.standing()) == [signed]


def test_a_reason_from_the_list_is_needed(as_priya, priya, margaret):
    evaluation = make_evaluation(priya, margaret)
    before = factories.count_rows()
    for reason, message in (("", "Choose what went wrong."), ("because", "Choose one of the answers.")):
        response = act(as_priya, evaluation, "error", reason=reason)
        assert response.status_code == 422
        assert message in text(response)
    evaluation.refresh_from_db()
    assert (evaluation.status, factories.count_rows()) == (EvaluationStatus.SIGNED, before)


def test_what_does_not_stand_is_not_entered_in_error_again(as_priya, priya, margaret):
    evaluation = make_evaluation(priya, margaret)
    assert act(as_priya, evaluation, "restore").status_code == 422
    act(as_priya, evaluation, "error", reason="other")
    response = act(as_priya, evaluation, "error", reason="other")
    assert response.status_code == 422
    assert "This evaluation does not stand any more." in text(response)
    assert verbs().count("evaluation.entered_in_error") == 1


# --- archived -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", ["signed", "entered_in_error"])
def test_an_archived_record_is_read_and_offers_no_form(as_priya, priya, margaret, url, status):
    evaluation = make_evaluation(priya, margaret)
    Evaluation.objects.update(status=status)
    actions.discard_draft(
        actor=Actor.staff(priya),
        draft=actions.start_draft(actor=Actor.staff(priya), patient=margaret, now=NOON),
    )
    draft = actions.start_draft(actor=Actor.staff(priya), patient=margaret, now=NOON)
    actions.archive_patient(actor=Actor.staff(priya), patient=margaret, now=NOON, reason="Moved away.")
    draft_url = reverse("patients:evaluation_draft", args=[draft.pk])
    for address in (url, page_of(evaluation)):
        page = as_priya.get(address)
        forms = re.findall(r'<form[^>]* method="post"[^>]*>', page.content.decode())
        assert "10 raises" in text(page)
        assert [form for form in forms if "evaluation" in form] == []
        assert draft_url not in page.content.decode()
    assert as_priya.get(draft_url)["Location"] == url
    assert "your draft waits until it is restored" in text(as_priya.get(url))


def test_what_is_posted_to_an_archived_record_is_refused_and_said(as_priya, priya, margaret, url):
    draft = actions.start_draft(actor=Actor.staff(priya), patient=margaret, now=NOON)
    actions.archive_patient(actor=Actor.staff(priya), patient=margaret, now=NOON, reason="Moved away.")
    response = as_priya.post(reverse("patients:evaluation_new", args=[margaret.pk]))
    assert response["Location"] == url
    assert "This record is archived. Restore it before you write in it." in text(as_priya.get(url))
    address = reverse("patients:evaluation_draft", args=[draft.pk])
    for button in ({"leave": "1"}, {}):
        page = as_priya.post(address, {"gait_note": "Short steps", "version": "1"} | button)
        assert page.status_code == 422
        assert "This record is archived. Restore it before you write in it." in text(page)
        assert "Short steps" in page.content.decode()
    assert "gait_note" not in EvaluationDraft.objects.get().answers
