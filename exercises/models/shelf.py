"""What a practitioner keeps at hand, and what a clinic offers to the shared catalogue."""

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.models import Clinic, User
from clinic.roles import AUTHORS, CURATES
from clinic.text import validate_plain_text
from exercises.models.catalogue import Exercise, ProposalState


class FavouriteQuerySet(models.QuerySet["Favourite"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Everybody's own."""
        return self.none() if actor is None or actor.user_id is None else self.filter(user=actor.user_id)

    def exercise_keys(self) -> set[uuid.UUID]:
        return set(self.values_list("exercise", flat=True))


class Favourite(models.Model):
    """One exercise that one member of staff wants at hand."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")  # a mark of that person's own
    exercise = models.ForeignKey(Exercise, on_delete=models.PROTECT, related_name="favourites")
    added_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[FavouriteQuerySet] = FavouriteQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "exercise"],
                name="favourite_once",
                violation_error_message=_("It is a favourite already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.exercise)


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Curators see all of them, authors those of their clinic."""
        if actor is None:
            return self.none()
        if actor.has_role(CURATES):
            return self
        return self.filter(clinic=actor.clinic_id) if actor.has_role(AUTHORS) else self.none()

    def waiting(self) -> Self:
        return self.filter(state=ProposalState.WAITING)

    def for_page(self) -> Self:
        people = ("clinic", "proposed_by", "decided_by")
        rows = self.select_related("exercise", "copy__current", "copy__photo", *people)
        return rows.defer("copy__photo__webp").prefetch_related("copy__findings")


class Proposal(models.Model):
    """A clinic's own exercise offered to all clinics. ``copy`` is the shared draft that curators judge and may edit:
    the clinic's exercise stays as it is, whatever is decided."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    exercise = models.ForeignKey(Exercise, on_delete=models.PROTECT, related_name="proposals")
    copy = models.OneToOneField(Exercise, on_delete=models.PROTECT, related_name="proposal")
    note = models.TextField(
        _("why others could use it"), max_length=600, blank=True, validators=[validate_plain_text]
    )
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())
    state = models.CharField(
        _("state"), max_length=9, choices=ProposalState.choices, default=ProposalState.WAITING
    )
    answer = models.TextField(_("answer"), max_length=600, blank=True, validators=[validate_plain_text])
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects: ClassVar[ProposalQuerySet] = ProposalQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ["proposed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["exercise"],
                condition=models.Q(state=ProposalState.WAITING),
                name="proposal_waits_once",
                violation_error_message=_("It waits for review already."),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=ProposalState.values),
                name="proposal_state_known",
                violation_error_message=_("Unknown state."),
            ),
            models.CheckConstraint(
                condition=models.Q(state=ProposalState.WAITING, decided_by=None, decided_at=None)
                | (
                    ~models.Q(state=ProposalState.WAITING)
                    & models.Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                name="proposal_decided_by_somebody",
                violation_error_message=_("A decision has a person and a time."),
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ProposalState.DECLINED) | ~models.Q(answer=""),
                name="proposal_declined_with_answer",
                violation_error_message=_("Say why, so that the clinic can mend it."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.exercise)
