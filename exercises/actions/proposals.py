"""A clinic's own exercise offered to all clinics: a shared draft is made of it, and curators say yes or no."""

from datetime import datetime

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from clinic import audit, within
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.photos import Encoded
from clinic.roles import AUTHORS, CURATES
from exercises.actions.catalogue import publish_exercise, save_exercise
from exercises.actions.photos import keep_photo
from exercises.actions.short_names import short_name
from exercises.models import CONTENT_COLUMNS, Exercise, Photo, Proposal, ProposalState, Stage


@transaction.atomic
def propose_exercise(*, actor: Actor, exercise: Exercise, note: str, now: datetime) -> Proposal:
    """Offer what is published, word for word. Refuses another clinic's, an unpublished one, and a second offer.

    The copy takes along what all clinics may see: shared findings, and a copy of the photo.
    """
    locked = Exercise.objects.select_for_update(of=("self",)).select_related("current").get(pk=exercise.pk)
    if locked.clinic_id is None or locked.clinic_id != actor.clinic_id or not actor.has_role(AUTHORS):
        raise Refused(_("Only your clinic's own exercises can be proposed."), code="not_own")
    if locked.stage != Stage.PUBLISHED or locked.current is None:
        raise Refused(_("Publish the exercise before you propose it."), code="not_published")
    if locked.proposals.waiting().exists():
        raise Refused(_("It waits for review already."), code="waiting")
    content = {name: getattr(locked.current, name) for name in CONTENT_COLUMNS}
    if locked.current.photo is not None:
        content["photo"] = _shared(actor, locked.current.photo, now)
    copy = Exercise(
        slug=_free_slug(locked.current.name),
        review_asked_by_id=actor.user_id,
        review_asked_at=now,
        **content,
    )
    save_exercise(actor=actor, exercise=copy)
    copy.findings.set(locked.findings.filter(clinic=None))
    assert actor.user_id is not None  # whoever has a role is staff
    proposal = Proposal.objects.create(
        clinic_id=locked.clinic_id,
        exercise=locked,
        copy=copy,
        note=note,
        proposed_by_id=actor.user_id,
        proposed_at=now,
    )
    audit.record(actor, "exercise.proposed", proposal, changes={"version": locked.current.number})
    return proposal


@transaction.atomic
def withdraw_proposal(*, actor: Actor, proposal: Proposal, now: datetime) -> Proposal:
    """The clinic takes its offer back. Its own exercise stays as it is."""
    locked = _waiting(proposal)
    if locked.clinic_id != actor.clinic_id or not actor.has_role(AUTHORS):
        raise Refused(_("Only the clinic that proposed it can withdraw it."), code="not_own")
    _refuse_published(locked)
    return _decide(actor, locked, ProposalState.WITHDRAWN, now, "proposal.withdrawn")


@transaction.atomic
@within.every_clinic("proposals")
def accept_proposal(
    *, actor: Actor, proposal: Proposal, now: datetime, no_cautions: bool = False
) -> Proposal:
    """Publish the copy, as curators may have edited it meanwhile, in the shared catalogue. Signed by who accepts, who also
    says (``no_cautions``) that nothing speaks against it where no caution is ticked."""
    _for_curators(actor)
    locked = _waiting(proposal)
    if locked.copy.stage != Stage.PUBLISHED or locked.copy.has_unpublished_changes:
        publish_exercise(actor=actor, exercise=locked.copy, now=now, no_cautions=no_cautions)
        locked.refresh_from_db(fields=["state", "decided_by", "decided_at"])
        return locked  # publishing it accepts it
    return _decide(actor, locked, ProposalState.ACCEPTED, now, "proposal.accepted")


@transaction.atomic
@within.every_clinic("proposals")
def decline_proposal(*, actor: Actor, proposal: Proposal, answer: str, now: datetime) -> Proposal:
    _for_curators(actor)
    locked = _waiting(proposal)
    _refuse_published(locked)
    if not answer.strip():
        raise Refused(_("Say why, so that the clinic can mend it."), code="no_answer", field="answer")
    locked.answer = answer
    return _decide(actor, locked, ProposalState.DECLINED, now, "proposal.declined")


def _for_curators(actor: Actor) -> None:
    if not actor.has_role(CURATES):
        raise Refused(_("Only curators decide on proposals."), code="not_curator")


def _waiting(proposal: Proposal) -> Proposal:
    locked = (
        Proposal.objects.select_for_update(of=("self",))
        .select_related("copy", "copy__current")
        .get(pk=proposal.pk)
    )
    if locked.state != ProposalState.WAITING:
        message = _("This proposal was decided already: %(state)s.")
        raise Refused(message % {"state": locked.get_state_display()}, code="decided")
    return locked


def _refuse_published(locked: Proposal) -> None:
    """What all clinics have is not taken back by a word about the offer."""
    if Exercise.objects.select_for_update(of=("self",)).get(pk=locked.copy_id).stage == Stage.PUBLISHED:
        message = _("%(exercise)s is published in the shared catalogue already. Retire it there instead.")
        raise Refused(message % {"exercise": locked.copy.name}, code="published")


def _decide(actor: Actor, locked: Proposal, state: ProposalState, now: datetime, verb: str) -> Proposal:
    locked.state, locked.decided_by_id, locked.decided_at = state, actor.user_id, now
    locked.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    # Out of the review queue; the draft stays for whoever wants to look it up.
    Exercise.objects.filter(pk=locked.copy_id).update(review_asked_by=None, review_asked_at=None)
    audit.record(actor, verb, locked)
    return locked


def _shared(actor: Actor, photo: Photo, now: datetime) -> Photo:
    if photo.clinic_id is None:
        return photo
    image = Encoded(bytes(photo.webp), photo.width, photo.height)
    return keep_photo(actor=actor, clinic=None, image=image, now=now)


def _free_slug(name: str) -> str:
    """The plain name where it is free in the shared catalogue; a clinic's own always ends at random."""
    plain = slugify(name)[:60].strip("-")
    return (
        plain if plain and not Exercise.objects.filter(slug=plain).exists() else short_name(name, "exercise")
    )
