import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor, Kind
from clinic.models import Clinic, User
from clinic.roles import SEES_CLINICAL
from clinic.text import validate_plain_text, validate_single_line
from patients.models.patient import Patient
from patients.models.visibility import VisibleRows

LONGEST_MESSAGE = 2000


class MessageQuerySet(VisibleRows["Message"]):
    seen_by = SEES_CLINICAL
    patient_key = "patient_id"

    def visible_to(self, actor: Actor | None) -> Self:
        """Patients never get what was taken back; from when they may read the rest, ``readable_at`` says."""
        mine = super().visible_to(actor)
        return mine.standing() if actor and actor.kind is Kind.PATIENT else mine

    def about(self, *patients: Patient) -> Self:
        return self.filter(patient__in=patients)

    def standing(self) -> Self:
        return self.filter(taken_back_at=None)

    def readable_at(self, now: object) -> Self:
        return self.standing().filter(readable_from__lte=now)

    def unread(self) -> Self:
        return self.standing().filter(seen_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-sent_at", "pk")


class Message(models.Model):
    """What a practitioner wrote to a patient. It is read behind the link; the e-mail about it holds none of it.

    Nobody sees it before ``readable_from``: until then it can be taken back, and nothing vanishes that was read. A trigger
    keeps it as it was written. ``seen_at``: when the patient said so; opening a page is not reading.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("message"), max_length=LONGEST_MESSAGE, validators=[validate_plain_text])
    about_day = models.DateField(_("about the day"), null=True, blank=True)  # whose note it answers
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(db_default=Now())
    readable_from = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    objects: ClassVar[MessageQuerySet] = MessageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [models.Index("patient", models.F("sent_at").desc(), name="message_by_patient")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(text=""),
                name="message_says_something",
                violation_error_message=_("Write the message."),
            ),
            models.CheckConstraint(
                condition=models.Q(readable_from__gte=models.F("sent_at")),
                name="message_readable_once_sent",
                violation_error_message=_("A message can be read after it was sent."),
            ),
            models.CheckConstraint(
                condition=models.Q(taken_back_at=None)
                | models.Q(taken_back_at__lt=models.F("readable_from"), seen_at=None),
                name="message_taken_back_unread",
                violation_error_message=_("The patient may have read it: it stays."),
            ),
            models.CheckConstraint(
                condition=models.Q(seen_at=None) | models.Q(seen_at__gte=models.F("readable_from")),
                name="message_seen_once_readable",
                violation_error_message=_("Nobody can have read it yet."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sent_at:%Y-%m-%d %H:%M}"


class MessageTemplateQuerySet(VisibleRows["MessageTemplate"]):
    seen_by = SEES_CLINICAL

    def visible_to(self, actor: Actor | None) -> Self:
        """Those of the clinic, and one's own."""
        own = models.Q(owner=None) | models.Q(owner=actor.user_id if actor else None)
        return super().visible_to(actor).filter(own)

    def current(self) -> Self:
        return self.filter(retired_at=None)

    def by_name(self) -> Self:
        return self.order_by("name", "pk")


class MessageTemplate(models.Model):
    """Words that a practitioner writes often. Put into a message, they are read over and changed before it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )  # whose own it is; null: the whole clinic's
    name = models.CharField(_("name"), max_length=60, validators=[validate_single_line])
    text = models.TextField(_("words"), max_length=LONGEST_MESSAGE, validators=[validate_plain_text])
    retired_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[MessageTemplateQuerySet] = MessageTemplateQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "owner", "name"],
                condition=models.Q(retired_at=None),
                nulls_distinct=False,
                name="message_template_once",
                violation_error_message=_("There is a template of this name already."),
            ),
            models.CheckConstraint(
                condition=~models.Q(name="") & ~models.Q(text=""),
                name="message_template_complete",
                violation_error_message=_("Enter the name and the words."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
