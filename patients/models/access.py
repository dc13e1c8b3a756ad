"""What opens a plan besides the link in an e-mail: a printed code, an e-mailed code, and the browsers they opened."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.link_secrets import hashed
from clinic.models import Clinic, User
from clinic.roles import SEES_PATIENTS
from clinic.text import validate_single_line
from patients.access_codes import ALPHABET, LOCATOR_LENGTH
from patients.models.patient import Patient
from patients.models.visibility import VisibleRows

MOST_FAILURES = 20  # then the printed code is dead until the clinic issues another
MOST_TRIES = 5  # of an e-mailed code
EMAILED_FOR = timedelta(minutes=10)
STEP_UP_FOR = timedelta(minutes=10)
IDLE_OWN, LASTS_OWN = timedelta(days=14), timedelta(days=30)
IDLE_SHARED = timedelta(minutes=30)
MOST_DEVICES = 5


def code_hash(code: str) -> str:
    """Short secrets get the slow, salted hash of passwords: they have few bits."""
    return make_password(code)


class AccessCodeQuerySet(VisibleRows["AccessCode"]):
    seen_by = SEES_PATIENTS
    patient_key = "patient_id"

    def usable_at(self, now: datetime) -> Self:
        return self.filter(
            revoked_at=None, expires_at__gt=now, failures__lt=MOST_FAILURES, patient__archived_at=None
        )


class AccessCode(models.Model):
    """``LLLL-SSSS-SSSS`` on paper: a public locator and a secret of 40 bits, of which only the hash is kept."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    locator = models.CharField(max_length=LOCATOR_LENGTH)
    secret_hash = models.CharField(max_length=128)
    failures = models.PositiveSmallIntegerField(default=0)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[AccessCodeQuerySet] = AccessCodeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("access code")
        verbose_name_plural = _("access codes")
        constraints = [
            models.UniqueConstraint(
                fields=["locator"],
                condition=models.Q(revoked_at=None),
                name="access_code_locator_unique",
                violation_error_message=_("This locator is taken."),
            ),
            models.UniqueConstraint(
                fields=["patient"],
                condition=models.Q(revoked_at=None),
                name="access_code_one_a_patient",
                violation_error_message=_("The patient has a code already."),
            ),
            models.CheckConstraint(
                condition=models.Q(locator__regex=rf"^[{ALPHABET}]{{{LOCATOR_LENGTH}}}$"),
                name="access_code_locator_form",
                violation_error_message=_("A locator is four letters or digits."),
            ),
            models.CheckConstraint(  # a mistake that stored the code itself would not fit
                condition=models.Q(secret_hash__regex=r"^[a-z0-9_]+\$.+\$.+"),
                name="access_code_holds_hash_only",
                violation_error_message=_("Only the hash of a code is stored."),
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("issued_at")),
                name="access_code_expires_later",
                violation_error_message=_("A code must expire after it was issued."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.locator} until {self.expires_at:%Y-%m-%d}"

    def is_opened_by(self, secret: str) -> bool:
        return check_password(secret, self.secret_hash)

    @property
    def is_locked(self) -> bool:
        return self.failures >= MOST_FAILURES

    def is_usable(self, now: datetime) -> bool:
        standing = self.revoked_at is None and self.expires_at > now and self.patient.archived_at is None
        return standing and not self.is_locked


class OpenedBy(models.TextChoices):
    CODE = "code", _("the printed code")
    EMAIL = "email", _("a code by e-mail")


class DeviceQuerySet(VisibleRows["Device"]):
    seen_by = SEES_PATIENTS
    patient_key = "patient_id"

    def live_at(self, now: datetime) -> Self:
        own = models.Q(own=True, seen_at__gt=now - IDLE_OWN)
        shared = models.Q(own=False, seen_at__gt=now - IDLE_SHARED)
        standing = self.filter(revoked_at=None, expires_at__gt=now, patient__archived_at=None)
        return standing.filter(own | shared)

    def opened_by(self, secret: str, now: datetime) -> "Device | None":
        """The device this cookie belongs to; unknown, idle, expired and revoked look the same."""
        live = self.live_at(now).filter(secret_hash=hashed(secret))
        return live.select_related("patient__clinic").first()


class Device(models.Model):
    """A browser that may open the whole plan: the cookie's hash. ``own``: the patient said that nobody else uses it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    secret_hash = models.CharField(max_length=64)
    label = models.CharField(max_length=60, validators=[validate_single_line])  # coarse: "Chrome on Android"
    own = models.BooleanField()
    opened_with = models.CharField(max_length=5, choices=OpenedBy.choices)
    created_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    stepped_up_until = models.DateTimeField(null=True)  # an e-mailed code was entered here a moment ago
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )  # null: the patient, or a named job

    objects: ClassVar[DeviceQuerySet] = DeviceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        indexes = [models.Index("patient", name="device_by_patient")]
        constraints = [
            models.UniqueConstraint(
                fields=["secret_hash"],
                name="device_hash_unique",
                violation_error_message=_("This device exists."),
            ),
            models.CheckConstraint(
                condition=models.Q(secret_hash__regex=r"^[0-9a-f]{64}$"),
                name="device_holds_hash_only",
                violation_error_message=_("Only the hash of a cookie is stored."),
            ),
            models.CheckConstraint(
                condition=models.Q(opened_with__in=OpenedBy.values),
                name="device_opened_with_known",
                violation_error_message=_("Unknown way of opening."),
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_by=None) | models.Q(revoked_at__isnull=False),
                name="device_revoked_at_a_time",
                violation_error_message=_("A revocation has a time."),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def is_stepped_up(self, now: datetime) -> bool:
        return self.stepped_up_until is not None and self.stepped_up_until > now


class Purpose(models.TextChoices):
    DEVICE = "device", _("open the plan on a device")
    STEP_UP = "step_up", _("change what is delicate")
    NEW_ADDRESS = "address", _("confirm a new e-mail address")


class EmailedCodeQuerySet(models.QuerySet["EmailedCode"]):
    def waiting_at(self, now: datetime) -> Self:
        return self.filter(
            used_at=None, expires_at__gt=now, tries__lt=MOST_TRIES, patient__archived_at=None
        ).exclude(code_hash="")


class EmailedCode(models.Model):
    """Eight characters by e-mail, for ten minutes, in the browser that asked.

    The code is made while the e-mail is written, so that no row ever holds it: until then the hash is empty.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    browser_hash = models.CharField(max_length=64)  # of the cookie of the browser that asked
    code_hash = models.CharField(max_length=128, blank=True)
    new_email = models.EmailField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects: ClassVar[EmailedCodeQuerySet] = EmailedCodeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index("browser_hash", name="emailed_code_by_browser")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(purpose__in=Purpose.values),
                name="emailed_code_purpose_known",
                violation_error_message=_("Unknown purpose."),
            ),
            models.CheckConstraint(
                condition=models.Q(browser_hash__regex=r"^[0-9a-f]{64}$")
                & (models.Q(code_hash="") | models.Q(code_hash__regex=r"^[a-z0-9_]+\$.+\$.+")),
                name="emailed_code_holds_hashes_only",
                violation_error_message=_("Only hashes are stored."),
            ),
            models.CheckConstraint(
                condition=models.Q(purpose=Purpose.NEW_ADDRESS) ^ models.Q(new_email=""),
                name="emailed_code_new_address",
                violation_error_message=_("A new address belongs to its confirmation, and only to it."),
            ),
            models.CheckConstraint(
                condition=models.Q(tries__lte=MOST_TRIES),
                name="emailed_code_few_tries",
                violation_error_message=_("A code may be tried five times."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} until {self.expires_at:%Y-%m-%d %H:%M}"
