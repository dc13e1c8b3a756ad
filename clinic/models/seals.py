"""The chain over the audit: what was sealed, in which epoch, and what was removed since. Triggers keep every row."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clinic.chain import GENESIS, Head
from clinic.chain import Seal as Header

HEX = r"^[0-9a-f]{64}$"


class AuditEpoch(models.Model):
    """Since when transactions are counted as they are now. A server that holds a restored database counts from another
    number on, so its entries belong to a new epoch. ``place`` is ``clinic_place()`` of where the epoch began."""

    number = models.PositiveIntegerField(primary_key=True)
    place = models.CharField(max_length=60)
    began_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(number__gte=1),
                name="audit_epoch_from_one",
                violation_error_message=_("Epochs are counted from one."),
            )
        ]

    def __str__(self) -> str:
        return f"epoch {self.number}"


class AuditSealQuerySet(models.QuerySet["AuditSeal"]):
    def newest(self) -> "AuditSeal | None":
        return self.order_by("-number").first()


class AuditSeal(models.Model):
    """Over all entries of transactions ``from_xid`` (included) to ``to_xid`` (not included) of an epoch: when it was made all
    of these had ended, so the range is complete for ever."""

    number = models.PositiveBigIntegerField(primary_key=True)
    epoch = models.PositiveIntegerField()
    from_xid = models.BigIntegerField()
    to_xid = models.BigIntegerField()
    entries = models.PositiveIntegerField()
    entries_hash = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)  # the hash of the seal before
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    objects: ClassVar[AuditSealQuerySet] = AuditSealQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index("epoch", "from_xid", name="seal_by_range")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(from_xid__gte=0, to_xid__gt=models.F("from_xid")),
                name="seal_range_goes_on",
                violation_error_message=_("A range ends after it begins."),
            ),
            models.CheckConstraint(
                condition=models.Q(entries__gte=1),
                name="seal_holds_something",
                violation_error_message=_("Nothing is no range."),
            ),
            models.CheckConstraint(
                condition=models.Q(entries_hash__regex=HEX, previous__regex=HEX, hash__regex=HEX),
                name="seal_hash_form",
                violation_error_message=_("Sixty-four hexadecimal digits."),
            ),
            models.CheckConstraint(
                condition=models.Q(number=1, previous=GENESIS)
                | (models.Q(number__gt=1) & ~models.Q(previous=GENESIS)),
                name="seal_first_has_none_before",
                violation_error_message=_("Seals are counted from one, and only the first follows none."),
            ),
            models.UniqueConstraint(
                fields=["previous"],
                name="seal_followed_once",
                violation_error_message=_("A seal is followed by one."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.head)

    @property
    def head(self) -> Head:
        return Head(self.number, self.epoch, self.hash)

    @property
    def header(self) -> Header:
        """What the hash is made over."""
        return Header(
            number=self.number,
            epoch=self.epoch,
            from_xid=self.from_xid,
            to_xid=self.to_xid,
            entries=self.entries,
            entries_hash=self.entries_hash,
            previous=self.previous,
            sealed_at=self.sealed_at,
        )


class AuditTombstone(models.Model):
    """The entries of this seal were removed because their time was over (manage.py prune_audit). Only for such a seal does the
    database let entries go; the seal itself stays, so the chain still holds."""

    seal = models.OneToOneField(AuditSeal, on_delete=models.PROTECT, primary_key=True)
    pruned_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"seal {self.seal_id}, pruned"


class AuditProof(models.Model):
    """One row: when the audit was last compared with its seals, and what was found (clinic/nightly_proof.py)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    proved_at = models.DateTimeField()
    seals = models.PositiveBigIntegerField(default=0)
    entries = models.PositiveBigIntegerField(default=0)
    faults = models.PositiveIntegerField(default=0)

    objects: ClassVar[models.Manager["AuditProof"]] = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id=1),
                name="audit_proof_is_one_row",
                violation_error_message=_("One row only."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.faults} faults, {self.proved_at:%Y-%m-%d}"
