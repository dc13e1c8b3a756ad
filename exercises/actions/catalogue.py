from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import audit, within
from clinic.actors import Actor
from clinic.errors import Refused
from exercises import figures
from exercises.actions import search_index
from exercises.models import (
    CONTENT_COLUMNS,
    Evidence,
    Exercise,
    ExerciseVersion,
    Proposal,
    ProposalState,
    Routine,
    Stage,
)
from patients.models import FindingType

NEEDED = {
    "steps": gettext_lazy("the steps"),
    "stop_rules": gettext_lazy("the stop rules"),
    "picture": gettext_lazy("a drawing or a photo"),
    "alt_text": gettext_lazy("the picture in words"),
    "sides": gettext_lazy("the sides"),
    "body_part": gettext_lazy("the part of the body"),  # cautions ask for it, and the words for a side
    "position": gettext_lazy("the position"),  # cautions ask for it
    "sources": gettext_lazy("a source or the tag “practice-based”"),
    "findings": gettext_lazy("a finding that it is for"),
}
CLOSED = (ProposalState.WITHDRAWN, ProposalState.DECLINED)


def lacking(exercise: Exercise, *, has_findings: bool, has_picture: bool = False) -> dict[str, str]:
    """What a text still lacks before it may be published: in words, by the column that would hold it.

    ``has_picture``: one is on its way with the text.
    """
    stands: dict[str, bool] = {
        "picture": has_picture or bool(exercise.picture or exercise.photo_id),
        "sources": bool(exercise.sources) or exercise.evidence_tag == Evidence.PRACTICE,
        "findings": has_findings,
    }
    return {
        name: str(words)
        for name, words in NEEDED.items()
        if not (stands[name] if name in stands else getattr(exercise, name))
    }


# The text alone: an instance may hold the stage, the version in use and the search as they were when it was read, and
# what was retired meanwhile must not come back.
WRITTEN = ["slug", *CONTENT_COLUMNS]


def missing_for_publishing(exercise: Exercise) -> list[str]:
    """What a stored text still lacks before it may be published, in words."""
    return list(lacking(exercise, has_findings=bool(exercise.findings.all())).values())


@transaction.atomic
def save_exercise(*, actor: Actor, exercise: Exercise) -> Exercise:
    """Keep a curator's text. Nothing that patients see changes before it is published."""
    created = exercise._state.adding
    exercise.save(update_fields=None if created else WRITTEN)
    audit.record(actor, "exercise.created" if created else "exercise.edited", exercise)
    return exercise


@transaction.atomic
@within.every_clinic("proposals")  # publishing may answer another clinic's
def publish_exercise(
    *, actor: Actor, exercise: Exercise, now: datetime, no_cautions: bool = False
) -> ExerciseVersion:
    """Make the text the version that new programmes get. The publishing person signs it off.

    Refuses an incomplete text and one that is published as it stands, and a text without a caution unless somebody
    says that none speaks against it: now (``no_cautions``), or when it was published so before. Running programmes keep
    theirs. A proposal that waits for it is accepted by that.
    """
    # Before the exercise, as whoever decides on a proposal locks them.
    waiting = Proposal.objects.select_for_update(of=("self",)).filter(copy=exercise.pk).waiting().first()
    locked = Exercise.objects.select_for_update(of=("self",)).select_related("current").get(pk=exercise.pk)
    if missing := missing_for_publishing(locked):
        message = _("%(exercise)s cannot be published without %(missing)s.")
        raise Refused(message % {"exercise": locked.name, "missing": ", ".join(missing)}, code="incomplete")
    if waiting is not None and actor.user_id is None:
        raise Refused(_("A person has to decide on a proposal."), code="nobody")
    if locked.picture and locked.picture not in figures.slugs():
        message = _("%(exercise)s: there is no picture “%(picture)s”. Known are: %(known)s.")
        values = {"exercise": locked.name, "picture": locked.picture, "known": ", ".join(figures.slugs())}
        raise Refused(message % values, code="picture")
    if locked.stage == Stage.PUBLISHED and not locked.has_unpublished_changes:
        raise Refused(
            _("%(exercise)s is published as it stands.") % {"exercise": locked.name}, code="unchanged"
        )
    if Proposal.objects.filter(copy=locked, state__in=CLOSED).exists():
        message = _("%(exercise)s was proposed by a clinic, and withdrawn or declined.")
        raise Refused(message % {"exercise": locked.name}, code="proposal_closed")
    said_before = locked.current is not None and not locked.current.cautions
    if not (locked.cautions or no_cautions or said_before):
        message = _(
            "%(exercise)s has no caution. Open it, look through the cautions, and tick there that none speaks against it."
        )
        raise Refused(message % {"exercise": locked.name}, code="cautions_unsaid", field="no_cautions")
    newest = locked.versions.order_by("-number").first()
    version = ExerciseVersion.objects.create(
        exercise=locked,
        number=newest.number + 1 if newest else 1,
        published_by_id=actor.user_id,
        published_at=now,
        **locked.content(),
    )
    locked.current, locked.stage = version, Stage.PUBLISHED
    locked.review_asked_by = locked.review_asked_at = None  # answered by publishing
    locked.save(update_fields=["current", "stage", "review_asked_by", "review_asked_at"])
    exercise.current, exercise.stage = version, Stage.PUBLISHED
    exercise.review_asked_by = exercise.review_asked_at = None
    search_index.index([locked])
    audit.record(actor, "exercise.published", locked, changes={"version": version.number})
    if waiting is not None:
        waiting.state = ProposalState.ACCEPTED
        waiting.decided_by_id, waiting.decided_at = actor.user_id, now
        waiting.save(update_fields=["state", "decided_by", "decided_at"])
        audit.record(actor, "proposal.accepted", waiting)
    return version


@transaction.atomic
@within.every_clinic("retiring")  # routines of every clinic lose their signature
def retire_exercise(*, actor: Actor, exercise: Exercise) -> Exercise:
    """Take it out of the catalogue. Programmes that hold it go on.

    Refuses one that a published routine within the actor's sight holds: what a clinician signed off would shrink in
    silence. Those out of sight are neither named nor in the way of safety: they wait as drafts to be signed anew.
    """
    holding = Routine.objects.filter(stage=Stage.PUBLISHED, items__exercise=exercise.pk).values("pk")
    # Routines before exercises, as whoever writes a routine locks them; those signed meanwhile are found below.
    list(Routine.objects.select_for_update(of=("self",)).filter(pk__in=holding).order_by("pk"))
    locked = Exercise.objects.select_for_update(of=("self",)).get(pk=exercise.pk)
    if locked.stage != Stage.PUBLISHED:
        message = _("%(exercise)s is not published.")
        raise Refused(message % {"exercise": locked.name}, code="not_published")
    seen = Routine.objects.visible_to(actor).assignable().filter(pk__in=holding)
    if names := list(seen.values_list("name", flat=True)):
        message = _("%(exercise)s: Take it out of these routines first, or retire them: %(routines)s.")
        raise Refused(message % {"exercise": locked.name, "routines": ", ".join(names)}, code="in_routine")
    for routine in Routine.objects.filter(pk__in=holding).order_by("pk"):
        routine.stage, routine.signed_off_by, routine.signed_off_on = Stage.DRAFT, None, None
        routine.save(update_fields=["stage", "signed_off_by", "signed_off_on"])
        audit.record(actor, "routine.unsigned", routine, changes={"exercise_retired": locked.slug})
    locked.stage = exercise.stage = Stage.RETIRED
    locked.review_asked_by = locked.review_asked_at = None
    locked.save(update_fields=["stage", "review_asked_by", "review_asked_at"])
    audit.record(actor, "exercise.retired", exercise)
    return exercise


@transaction.atomic
def set_finding(*, actor: Actor, exercise: Exercise, finding: FindingType, tagged: bool) -> Exercise:
    """Add a tag or take it away. Tags are for filtering and belong to no version, so nothing is published anew.

    Refuses what is so already, and to take the last tag of what is published.
    """
    locked = Exercise.objects.select_for_update(of=("self",)).get(pk=exercise.pk)
    present = set(locked.findings.values_list("pk", flat=True))
    values = {"exercise": locked.name, "finding": finding.label}
    if tagged == (finding.pk in present):
        message = _("%(exercise)s has the tag %(finding)s already.")
        if not tagged:
            message = _("%(exercise)s does not have the tag %(finding)s.")
        raise Refused(message % values, code="unchanged")
    if not tagged and locked.stage == Stage.PUBLISHED and present == {finding.pk}:
        message = _("%(exercise)s is published, and %(finding)s is its only tag. Add another one first.")
        raise Refused(message % values, code="last_tag")
    if tagged:
        locked.findings.add(finding)
    else:
        locked.findings.remove(finding)
    search_index.index([locked])
    verb = "exercise.tagged" if tagged else "exercise.untagged"
    audit.record(actor, verb, locked, changes={"finding": finding.pk})
    return exercise
