import uuid
from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.link_secrets import hashed
from clinic.models.clinics import Clinic
from clinic.models.users import User
from clinic.roles import SEES_STAFF, Role
from clinic.text import validate_single_line


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Owners and auditors see those of their clinic."""
        if actor is None or actor.clinic_id is None or not actor.has_role(SEES_STAFF):
            return self.none()
        return self.filter(clinic_id=actor.clinic_id)

    def waiting(self) -> Self:
        """Neither accepted nor taken back. An expired one waits too: it can be sent again."""
        return self.filter(accepted_at=None, revoked_at=None)

    def opened_by(self, secret: str, now: datetime) -> "Invitation | None":
        """What the link of an e-mail leads to; None for one that is used, taken back, expired or was never sent."""
        if not secret:
            return None
        found = self.waiting().filter(secret_hash=hashed(secret), expires_at__gt=now)
        return found.select_related("clinic").first()


class Invitation(models.Model):
    """Somebody is asked to join a clinic. The account comes into being when the person accepts, with a password that
    nobody else ever knew. Of the link only the hash is stored, and it is made when the e-mail is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=120, validators=[validate_single_line])
    email = models.EmailField(_("e-mail address"), max_length=254)
    role = models.CharField(
        _("role"), max_length=16, choices=[(role.value, role.name.title()) for role in Role]
    )
    secret_hash = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001 - null: not sent yet; unique
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    account = models.OneToOneField(User, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[InvitationQuerySet] = InvitationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_waits_once",
                violation_error_message=_("This address has been invited already."),
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]),
                name="invitation_role_known",
                violation_error_message=_("Choose a role from the list."),
            ),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="invitation_email_in_lower_case",
                violation_error_message=_("Write the address in small letters."),
            ),
            models.CheckConstraint(
                condition=~models.Q(name=""),
                name="invitation_has_name",
                violation_error_message=_("Enter a name."),
            ),
            models.CheckConstraint(
                condition=models.Q(secret_hash=None) | models.Q(secret_hash__regex=r"^[0-9a-f]{64}$"),  # noqa: S106 - no secret: its shape
                name="invitation_holds_hash_only",
                violation_error_message=_("Only the hash of a link is stored."),
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("invited_at")),
                name="invitation_expires_later",
                violation_error_message=_("An invitation ends after it was made."),
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None, account=None)
                | models.Q(accepted_at__isnull=False, account__isnull=False, revoked_at=None),
                name="invitation_accepted_with_account",
                violation_error_message=_("Whoever accepted has an account, and was not taken back."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.role})"

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at <= now
