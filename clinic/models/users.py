from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.models.clinics import Clinic
from clinic.roles import SEES_STAFF, Role
from clinic.text import validate_single_line


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Belongs to no clinic and therefore sees no patient: for curating and rescue only."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A member of staff. Patients have no account: they hold links."""

    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=120, validators=[validate_single_line])
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    search_keys = models.BooleanField(
        _("keys lead to the search for patients"), default=True, db_default=True
    )
    sessions_ended = models.PositiveIntegerField(
        default=0, editable=False
    )  # how often: what was signed in before ends at once, on whichever device

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("members of staff")
        constraints = [
            models.CheckConstraint(  # with the unique index: one account an address, however it is written
                condition=models.Q(email=Lower("email")),
                name="user_email_in_lower_case",
                violation_error_message=_("Write the address in small letters."),
            ),
            models.CheckConstraint(
                condition=~models.Q(name=""), name="user_has_name", violation_error_message=_("Enter a name.")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_session_auth_hash(self) -> str:
        """Django compares it in every request; another one ends the session."""
        own = super().get_session_auth_hash()
        if not self.sessions_ended:
            return own
        return salted_hmac(
            "clinic.sessions-ended", f"{own}.{self.sessions_ended}", algorithm="sha256"
        ).hexdigest()

    @property
    def membership(self) -> "Membership | None":
        """The clinic this person works in, with its role; None for a superuser without a clinic."""
        return getattr(self, "staff_membership", None)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Owners look after those of their clinic, auditors read who they are; everybody else sees names where they stand,
        and no list."""
        if actor is None or actor.clinic_id is None or not actor.has_role(SEES_STAFF):
            return self.none()
        return self.filter(clinic_id=actor.clinic_id)


class Membership(models.Model):
    """What a person may do, and in which clinic. One clinic a person: a session can never mix two clinics' patients."""

    user = models.OneToOneField(
        User, on_delete=models.PROTECT, related_name="staff_membership", verbose_name=_("person")
    )
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, verbose_name=_("clinic"))
    role = models.CharField(
        _("role"), max_length=16, choices=[(role.value, role.name.title()) for role in Role]
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[MembershipQuerySet] = MembershipQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]),
                name="membership_role_known",
                violation_error_message=_("Choose a role from the list."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"
