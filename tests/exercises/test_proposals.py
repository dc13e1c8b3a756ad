"""A clinic's exercise is offered to all clinics; curators say yes or no, once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, Clinic, User
from clinic.roles import Role
from exercises import actions
from exercises.models import Exercise, Proposal, ProposalState, Stage
from patients.cautions import flags
from patients.models import Patient
from tests import factories, uploads
from tests.exercises.own_world import own_exercise, write
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_cora(hilltop: Clinic) -> Client:
    """Curator of the other clinic."""
    return signed_in(factories.make_staff(hilltop, Role.CURATOR, "Cora Lund", email="cora@hilltop.example"))


def propose(client: Client, exercise: Exercise, note: str = "Useful on stairs.") -> Proposal:
    response = client.post(reverse("exercises:propose", args=[exercise.slug]), {"note": note})
    assert response.status_code == 302
    return Proposal.objects.get(exercise=exercise, state="waiting")


def decide(client: Client, proposal: Proposal, verb: str, **data: Any) -> Any:
    """``accept`` with the tick that no caution speaks against it."""
    data = {"no_cautions": "on"} | data if verb == "accept" else data
    return client.post(reverse(f"exercises:proposal_{verb}", args=[proposal.pk]), data, follow=True)


def declined(client: Client, proposal: Proposal, answer: str) -> Any:
    return decide(client, proposal, "decline", **{f"{proposal.pk}-answer": answer})


@pytest.fixture
def proposal(as_priya: Client, riverside: Clinic) -> Proposal:
    photo = uploads.upload(uploads.jpeg())
    mine = factories.make_finding_type("own_knot", label="Knot", clinic=riverside)
    exercise = own_exercise(as_priya, picture="", photo_first=photo, findings=["tight_calf", mine.pk])
    return propose(as_priya, exercise)


def test_a_shared_draft_is_made_of_what_is_published(proposal: Proposal, priya: User, hugo: User) -> None:
    copy, own = proposal.copy, proposal.exercise
    assert copy.content() | {"photo": None} == own.content() | {"photo": None}
    assert (copy.clinic, copy.stage, copy.slug) == (None, Stage.DRAFT, "riverside-step-tap")
    assert copy.review_asked_by == priya
    assert [finding.pk for finding in copy.findings.all()] == ["tight_calf"]
    # Of the photo a shared copy, never the clinic's own row.
    assert copy.photo is not None
    assert own.photo is not None
    assert (copy.photo.clinic, own.photo.clinic) == (None, proposal.clinic)
    assert bytes(copy.photo.webp) == bytes(own.photo.webp)
    as_hugo = signed_in(hugo)
    assert "Riverside step tap" not in text(as_hugo.get(reverse("exercises:proposals")))
    assert as_hugo.get(reverse("exercises:exercise", args=[copy.slug])).status_code == 404
    assert as_hugo.get(reverse("exercises:photo", args=[own.photo.pk])).status_code == 404


def test_the_proposer_is_told_of_the_photo(as_priya: Client) -> None:
    photo = uploads.upload(uploads.jpeg())
    exercise = own_exercise(as_priya, picture="", photo_first=photo)
    page = text(as_priya.get(reverse("exercises:propose", args=[exercise.slug])))
    assert "The photo is copied too" in page
    plain = own_exercise(as_priya)
    assert "The photo is copied too" not in text(
        as_priya.get(reverse("exercises:propose", args=[plain.slug]))
    )


def test_a_curator_accepts_and_all_clinics_have_it(
    as_priya: Client, as_cora: Client, hugo: User, proposal: Proposal
) -> None:
    page = text(as_cora.get(reverse("exercises:proposals")))
    for words in ("Riverside Podiatry", "Useful on stairs.", "Tap it with your toes.", "Accept and publish"):
        assert words in page
    assert "Withdraw" not in page
    assert "signed by you" in text(decide(as_cora, proposal, "accept"))
    proposal.refresh_from_db()
    assert proposal.state == ProposalState.ACCEPTED
    assert proposal.copy.stage == Stage.PUBLISHED
    assert proposal.copy.review_asked_at is None
    assert proposal.copy.current.published_by.name == "Cora Lund"  # type: ignore[union-attr]
    assert proposal.exercise.clinic is not None
    as_hugo = signed_in(hugo)
    page = text(as_hugo.get(reverse("exercises:catalogue")))
    assert "Riverside step tap" in page
    assert as_hugo.get(reverse("exercises:photo", args=[proposal.copy.photo_id])).status_code == 200
    assert "in the shared catalogue" in text(as_priya.get(reverse("exercises:proposals")))
    verbs = AuditEntry.objects.values_list("verb", flat=True)
    assert {"exercise.proposed", "proposal.accepted", "exercise.published"} <= set(verbs)


def test_a_curator_declines_with_a_reason(as_priya: Client, as_cora: Client, proposal: Proposal) -> None:
    before = factories.count_rows()
    empty = declined(as_cora, proposal, "")
    assert empty.status_code == 422
    assert "Say why, so that the clinic can mend it." in text(empty)
    assert factories.count_rows() == before
    declined(as_cora, proposal, "There is one like it.")
    assert "There is one like it." in text(as_priya.get(reverse("exercises:proposals")))
    proposal.refresh_from_db()
    with pytest.raises(Refused, match="withdrawn or declined"):
        actions.publish_exercise(actor=Actor.system("test"), exercise=proposal.copy, now=factories.NOON)
    again = propose(as_priya, proposal.exercise)
    assert again.copy_id != proposal.copy_id


def test_the_clinic_withdraws(as_priya: Client, proposal: Proposal) -> None:
    assert "is withdrawn" in text(decide(as_priya, proposal, "withdraw"))
    proposal.refresh_from_db()
    assert (proposal.state, proposal.copy.stage) == (ProposalState.WITHDRAWN, Stage.DRAFT)
    assert proposal.copy.review_asked_by is None


@pytest.mark.parametrize("first", ["accept", "decline", "withdraw"])
@pytest.mark.parametrize("second", ["accept", "decline", "withdraw"])
def test_what_is_decided_stays_decided(
    as_priya: Client, cora: User, proposal: Proposal, first: str, second: str
) -> None:
    as_cora = signed_in(cora)  # author and curator
    answer = {f"{proposal.pk}-answer": "No."}
    decide(as_cora, proposal, first, **answer)
    before = factories.count_rows()
    assert "was decided already" in text(decide(as_cora, proposal, second, **answer))
    assert factories.count_rows() == before


def test_one_waits_at_a_time_and_drafts_do_not(as_priya: Client, proposal: Proposal) -> None:
    before = factories.count_rows()
    address = reverse("exercises:propose", args=[proposal.exercise.slug])
    twice = as_priya.post(address, {"note": ""})
    assert twice.status_code == 422
    assert "It waits for review already." in text(twice)
    assert factories.count_rows() == before
    write(as_priya, name="Draft only")
    draft = Exercise.objects.get(name="Draft only")
    assert as_priya.get(reverse("exercises:propose", args=[draft.slug])).status_code == 404


def test_what_waits_is_not_offered_again(as_priya: Client, proposal: Proposal) -> None:
    own = proposal.exercise
    offer = reverse("exercises:propose", args=[own.slug])
    listed, read = reverse("exercises:own"), reverse("exercises:exercise", args=[own.slug])
    for page in (listed, read):
        content = text(as_priya.get(page))
        assert offer not in content
        assert "Proposed, waiting for review" in content
    asked = text(as_priya.get(offer))
    assert "It waits for review already." in asked
    assert "Propose it<" not in asked
    decide(as_priya, proposal, "withdraw")
    for page in (listed, read):
        assert offer in text(as_priya.get(page))


def test_the_twin_of_an_accepted_proposal_is_named_and_nothing_retired(
    as_priya: Client, as_cora: Client, margaret: Patient, proposal: Proposal
) -> None:
    own, copy = proposal.exercise, proposal.copy
    shared = reverse("exercises:exercise", args=[copy.slug])
    retire = reverse("exercises:own_retire", args=[own.slug])
    read = reverse("exercises:exercise", args=[own.slug])
    lists = [reverse("exercises:own"), reverse("exercises:catalogue")]
    lists.append(reverse("exercises:assign", args=[margaret.pk]) + "?tagged=all")
    for page in (*lists, read):
        assert "also in the shared catalogue" not in text(as_priya.get(page))
    decide(as_cora, proposal, "accept")
    for page in (*lists, read):
        assert text(as_priya.get(page)).count("also in the shared catalogue") == 1, page
    content = text(as_priya.get(read))
    assert f'It is in <a href="{shared}">the shared catalogue</a> too' in content
    assert retire in content
    assert reverse("exercises:propose", args=[own.slug]) not in content
    decided = text(as_priya.get(reverse("exercises:proposals")))
    assert shared in decided
    assert retire in decided
    theirs = text(as_cora.get(reverse("exercises:proposals")))
    assert shared in theirs
    assert retire not in theirs
    own.refresh_from_db()
    assert own.stage == Stage.PUBLISHED
    assert f'<a href="{shared}">the shared catalogue</a> stays' in text(as_priya.get(retire))
    as_priya.post(retire)
    own.refresh_from_db()
    assert own.stage == Stage.RETIRED
    assert retire not in text(as_priya.get(reverse("exercises:proposals")))
    # A shared one that left the catalogue again is no twin.
    actions.retire_exercise(actor=Actor.system("test"), exercise=copy)
    assert "the shared catalogue</a> too" not in text(as_priya.get(read))


def test_who_may_not(as_priya: Client, priya: User, hugo: User, as_cora: Client, proposal: Proposal) -> None:
    as_hugo = signed_in(hugo)
    before = factories.count_rows()
    assert decide(as_priya, proposal, "accept").status_code == 403
    assert decide(as_priya, proposal, "decline").status_code == 403
    assert decide(as_hugo, proposal, "withdraw").status_code == 404
    assert "Only the clinic that proposed it" in text(decide(as_cora, proposal, "withdraw"))
    for attempt in (actions.accept_proposal, actions.decline_proposal):
        more: dict[str, Any] = {"answer": "No."} if attempt is actions.decline_proposal else {}
        with pytest.raises(Refused, match="Only curators"):
            attempt(actor=Actor.staff(priya), proposal=proposal, now=factories.NOON, **more)
    with pytest.raises(Refused, match="own exercises"):
        actions.propose_exercise(
            actor=Actor.staff(hugo), exercise=proposal.exercise, note="", now=factories.NOON
        )
    assert factories.count_rows() == before


def test_an_incomplete_copy_is_not_accepted(as_cora: Client, proposal: Proposal) -> None:
    proposal.copy.findings.clear()
    before = factories.count_rows()
    assert "cannot be published without" in text(decide(as_cora, proposal, "accept"))
    proposal.refresh_from_db()
    assert proposal.state == ProposalState.WAITING
    assert factories.count_rows() == before


def test_the_oldest_waits_first_and_ten_take_as_many_queries_as_one(
    as_priya: Client, as_cora: Client, proposal: Proposal
) -> None:
    def page() -> tuple[int, str]:
        with CaptureQueriesContext(connection) as asked:
            found = text(as_cora.get(reverse("exercises:proposals")))
        return len(asked), found

    one, _page = page()
    for number in range(9):
        photo = uploads.upload(uploads.jpeg())
        propose(as_priya, own_exercise(as_priya, name=f"Tap {number}", picture="", photo_first=photo))
    ten, found = page()
    assert ten == one
    assert found.count("Accept and publish") == 10
    Proposal.objects.filter(pk=proposal.pk).update(proposed_at=factories.NOON - timedelta(days=900))
    names = [one.copy.name for one, _form in as_cora.get(reverse("exercises:proposals")).context["waiting"]]
    assert names[0] == "Riverside step tap"


def test_publishing_the_copy_in_the_admin_accepts_the_proposal(as_cora: Client, proposal: Proposal) -> None:
    Exercise.objects.filter(pk=proposal.copy_id).update(cautions=["fall_risk"])  # else the list asks to look
    chosen = {"action": "publish", "_selected_action": [proposal.copy_id]}
    as_cora.post(reverse("admin:exercises_exercise_changelist"), chosen)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.copy.stage) == (ProposalState.ACCEPTED, Stage.PUBLISHED)
    assert proposal.decided_by is not None
    assert proposal.decided_by.name == "Cora Lund"
    assert proposal.decided_at == proposal.copy.current.published_at  # type: ignore[union-attr]
    assert AuditEntry.objects.filter(verb="proposal.accepted").count() == 1


@pytest.mark.hazard("HZ-14")
def test_no_door_publishes_without_a_caution_unless_somebody_says_so(
    as_cora: Client, proposal: Proposal
) -> None:
    """As the page of the exercise asks: the list of the administration, and accepting, too."""
    assert not proposal.copy.cautions
    tick = 'name="no_cautions"'
    assert tick in as_cora.get(reverse("exercises:proposals")).content.decode()
    before = factories.count_rows()
    chosen = {"action": "publish", "_selected_action": [proposal.copy_id]}
    listed = as_cora.post(reverse("admin:exercises_exercise_changelist"), chosen, follow=True)
    accepted = decide(as_cora, proposal, "accept", no_cautions=[])
    for page in (listed, accepted):
        assert "Riverside step tap has no caution. Open it, look through the cautions" in text(page)
    assert factories.count_rows() == before
    proposal.refresh_from_db()
    assert (proposal.state, proposal.copy.stage) == (ProposalState.WAITING, Stage.DRAFT)
    Exercise.objects.filter(pk=proposal.copy_id).update(cautions=["fall_risk"])
    assert tick not in as_cora.get(reverse("exercises:proposals")).content.decode()
    decide(as_cora, proposal, "accept", no_cautions=[])
    proposal.refresh_from_db()
    assert proposal.copy.stage == Stage.PUBLISHED


def test_accepting_is_said_once(as_cora: Client, proposal: Proposal) -> None:
    decide(as_cora, proposal, "accept")
    assert AuditEntry.objects.filter(verb="proposal.accepted").count() == 1


@pytest.mark.parametrize("verb", ["withdraw", "decline"])
def test_what_is_published_already_is_not_taken_back(cora: User, proposal: Proposal, verb: str) -> None:
    """Proposals of before publishing decided them: the copy is out, and the offer still waits."""
    actions.publish_exercise(
        actor=Actor.staff(cora), exercise=proposal.copy, now=factories.NOON, no_cautions=True
    )
    Proposal.objects.update(state=ProposalState.WAITING, decided_by=None, decided_at=None)
    as_cora = signed_in(cora)
    before = factories.count_rows()
    page = text(decide(as_cora, proposal, verb, **{f"{proposal.pk}-answer": "No."}))
    assert "is published in the shared catalogue already" in page
    proposal.refresh_from_db()
    assert proposal.state == ProposalState.WAITING
    assert factories.count_rows() == before


def test_the_system_does_not_decide_on_a_proposal(proposal: Proposal) -> None:
    before = factories.count_rows()
    with pytest.raises(Refused) as refusal:
        actions.publish_exercise(actor=Actor.system("test"), exercise=proposal.copy, now=factories.NOON)
    assert refusal.value.code == "nobody"
    assert factories.count_rows() == before


def test_a_proposed_copy_is_declined_and_not_sent_back(cora: User, proposal: Proposal) -> None:
    before = factories.count_rows()
    with pytest.raises(Refused, match="Decline the proposal instead"):
        actions.end_review(actor=Actor.staff(cora), exercise=proposal.copy, reason="Too long.")
    assert factories.count_rows() == before
    proposal.copy.refresh_from_db()
    assert proposal.copy.review_asked_at is not None


@pytest.mark.hazard("HZ-14")
def test_curators_see_all_that_decides_cautions(as_priya: Client, as_cora: Client) -> None:
    exercise = own_exercise(
        as_priya,
        no_cautions="",
        cautions=["fall_risk"],
        equipment=["frozen_bottle"],
        barefoot="on",
        body_part="foot",
        reps="",
        hold_s="",
        duration_s="60",
        times_per_day="2",
    )
    propose(as_priya, exercise)
    page = text(as_cora.get(reverse("exercises:proposals")))
    for words in (flags()["fall_risk"].label, "done barefoot", "Body part", "With ", "Sides", "How often"):
        assert words in page
    assert "fall risk" not in page
    assert "published" not in page.split("For staff")[-1].split("Accept and publish")[0]
