import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor, Kind
from clinic.models import AuditEntry, Clinic, Language, User, validate_time_zone
from clinic.roles import BREAKS_GLASS, SEES_PATIENTS
from clinic.text import validate_plain_text, validate_single_line
from patients.finding_people import asked, resembles, searchable
from patients.folding import search_text
from patients.models import searching
from patients.models.visibility import Door, VisibleRows

OLDEST_BIRTH = date(1900, 1, 1)
SPOKEN = tuple(Language.values)  # in which a month may be named
MOST_RECENT = 8
MOST_SIMILAR, LOOKED_THROUGH = 8, 60  # names with a slip: shown, and compared letter by letter for it


class Measure(models.TextChoices):
    """Keys of the numeric rating scales, 0 no pain to 10 worst imaginable. A missing row is missing, never zero."""

    PAIN_FIRST_STEP = "pain_first_step", _("First-step pain")
    PAIN_FOOT = "pain_foot_24h", _("Foot pain")
    PAIN_BACK = "pain_back_24h", _("Lower back pain")


def usual_measures() -> list[str]:
    """What the plan asks of everybody's day, unless a practitioner chose otherwise."""
    return [Measure.PAIN_FOOT.value, Measure.PAIN_BACK.value]


def _called(given_name: str, family_name: str, date_of_birth: date) -> models.Q:
    return models.Q(
        given_name__iexact=given_name, family_name__iexact=family_name, date_of_birth=date_of_birth
    )


def _by_name(patient: "Patient") -> tuple[str, str]:
    return search_text(patient.family_name), search_text(patient.given_name)


class PatientQuerySet(VisibleRows["Patient"]):
    seen_by = SEES_PATIENTS
    patient_key = "pk"

    def visible_to(self, actor: Actor | None) -> Self:
        """To those who may open restricted records each row says by which door it is open, if it is one (``door``)."""
        rows = super().visible_to(actor)
        if actor is None or actor.kind is not Kind.STAFF or not actor.has_role(BREAKS_GLASS):
            return rows
        return rows.annotate(door=Door(models.F("pk"), models.Value(actor.user_id, models.IntegerField())))

    def matching(self, query: str, today: date) -> Self:
        """Every word of the query begins a word of the name, the address or the clinic's number; accents and case do not
        count. A date in it is the date of birth; ``today`` decides which century "56" means.

        An empty query is no question and finds everybody; one without a searchable word ("%") finds nobody.
        """
        said = asked(query, today, SPOKEN)
        if said.nothing:
            return self
        if not said.words and not said.births:
            return self.none()
        return self.alias(words=searching.words()).filter(searching.begin_so(said))

    def resembling(self, query: str, today: date, *, but: Iterable["Patient"]) -> "list[Patient]":
        """Whose names are one slip of the keys from a word of the query; a few, by name. ``but``: found already."""
        said = asked(query, today, SPOKEN)
        if not any(neighbourhood for _word, neighbourhood in said.slips):
            return []
        rows = self.alias(words=searching.words(), near=searching.near()).filter(searching.nearly_so(said))
        # In an order that no index has: else the planner may walk through everybody by name to spare itself the sorting.
        perhaps = rows.exclude(pk__in=[found.pk for found in but]).order_by("search", "pk")[:LOOKED_THROUGH]
        found = [patient for patient in perhaps if resembles(said, patient.search)]
        return sorted(found, key=_by_name)[:MOST_SIMILAR]

    def current(self) -> Self:
        """Not archived: what lists and searches show unless somebody asks for the rest."""
        return self.filter(archived_at=None)

    def archived(self) -> Self:
        return self.exclude(archived_at=None)

    def namesakes(self, *, given_name: str, family_name: str, date_of_birth: date) -> Self:
        """Perhaps the same person."""
        return self.filter(_called(given_name, family_name, date_of_birth))

    def lookalikes(self, patient: "Patient") -> Self:
        """Perhaps the same person, registered twice: the same name and date of birth, or the same address."""
        same = _called(patient.given_name, patient.family_name, patient.date_of_birth)
        if patient.email:
            same |= models.Q(email__iexact=patient.email)
        return self.current().filter(same, clinic_id=patient.clinic_id).exclude(pk=patient.pk).by_name()

    def last_opened_by(self, actor: Actor) -> "list[Patient]":
        """What this member of staff looked at before, newest first; the archived ones are not among them."""
        keys = AuditEntry.objects.last_read_by(actor)[: 3 * MOST_RECENT]
        found = self.current().in_bulk(keys)
        return [found[key] for key in keys if key in found][:MOST_RECENT]

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "pk")

    def by_name(self) -> Self:
        return self.order_by(Lower("family_name"), Lower("given_name"), "pk")


class Patient(models.Model):
    """A person who was examined and may be given a programme. Has no account; opens the plan through links."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, editable=False)
    given_name = models.CharField(_("first name"), max_length=80, validators=[validate_single_line])
    family_name = models.CharField(_("last name"), max_length=80, validators=[validate_single_line])
    date_of_birth = models.DateField(_("date of birth"))
    email = models.EmailField(_("e-mail address"), max_length=254, blank=True)
    reference = models.CharField(
        _("clinic number"), max_length=40, blank=True, validators=[validate_single_line]
    )  # what the clinic's own record system calls this person
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    language = models.CharField(
        _("language of the plan"), max_length=5, choices=Language.choices, default=Language.ENGLISH
    )
    daily_measures = ArrayField(
        models.CharField(max_length=20, choices=Measure.choices),
        verbose_name=_("pain asked each day"),
        default=usual_measures,
        blank=True,
    )
    pain_guide = models.BooleanField(_("pain guide under the questions"), default=False, db_default=False)
    pain_advice = models.CharField(  # in the practitioner's words; by no means a change of dose
        _("what to do when it hurts more"),
        max_length=300,
        blank=True,
        default="",
        db_default="",
        validators=[validate_single_line],
    )
    next_visit_at = models.DateTimeField(_("next visit"), null=True, blank=True)
    email_doubted_at = models.DateTimeField(
        null=True, editable=False
    )  # whoever reads there said "not for me": no e-mail until staff have looked
    note = models.TextField(_("note"), max_length=2000, blank=True, validators=[validate_plain_text])
    # Consent is for reminders only: the treatment record does not rest on it. History is in ConsentRecord.
    reminders_allowed = models.BooleanField(_("agrees to reminder e-mails"), default=False)
    practitioner = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("practitioner"),
        related_name="+",
    )
    archived_at = models.DateTimeField(null=True, editable=False)
    archived_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )  # this record was a duplicate; what it held stands there now
    search = models.CharField(max_length=500, editable=False)  # folded name, number and address: searchable()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[PatientQuerySet] = PatientQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        indexes = [
            models.Index("clinic", Lower("family_name"), Lower("given_name"), name="patient_by_name"),
            models.Index("clinic", models.F("created_at").desc(), name="patient_by_arrival"),
            models.Index(fields=["clinic", "date_of_birth"], name="patient_by_birth"),
            models.Index(  # to count them without a look at their rows
                fields=["clinic", "practitioner"],
                name="patient_counted",
                condition=models.Q(archived_at=None),
                include=["id"],
            ),
            models.Index("clinic", searching.same_address(), name="patient_by_address"),
            GinIndex(searching.words(), name="patient_words"),
            GinIndex(searching.near(), name="patient_near"),
        ]
        constraints = [
            models.UniqueConstraint(  # parent of the composite foreign keys: no row can mix two clinics
                fields=["id", "clinic"], name="patient_id_clinic", violation_error_message=_("Wrong clinic.")
            ),
            models.UniqueConstraint(
                "clinic",
                Lower("reference"),
                condition=~models.Q(reference="") & models.Q(merged_into=None),
                name="patient_reference_once",
                violation_error_message=_("Another patient has this clinic number."),
            ),
            models.CheckConstraint(
                condition=~models.Q(given_name="") & ~models.Q(family_name=""),
                name="patient_has_name",
                violation_error_message=_("Enter the first and the last name."),
            ),
            models.CheckConstraint(
                condition=models.Q(language__in=Language.values),
                name="patient_language_known",
                violation_error_message=_("Choose a language from the list."),
            ),
            models.CheckConstraint(
                condition=models.Q(daily_measures__contained_by=Measure.values),
                name="patient_measures_known",
                violation_error_message=_("Unknown measure."),
            ),
            models.CheckConstraint(
                condition=models.Q(date_of_birth__gte=OLDEST_BIRTH),
                name="patient_born_after_1900",
                violation_error_message=_("Enter a date of birth after 1900."),
            ),
            models.CheckConstraint(
                condition=models.Q(reminders_allowed=False) | ~models.Q(email=""),
                name="patient_reminders_need_email",
                violation_error_message=_("Reminders need an e-mail address."),
            ),
            models.CheckConstraint(
                condition=models.Q(archived_at=None, archived_by=None)
                | models.Q(archived_at__isnull=False, archived_by__isnull=False),
                name="patient_archived_by_somebody",
                violation_error_message=_("An archived record says who archived it, and when."),
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into=None)
                | (models.Q(archived_at__isnull=False) & ~models.Q(merged_into=models.F("id"))),
                name="patient_merged_is_archived",
                violation_error_message=_("A merged record is archived, and merged into another one."),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    def save(self, *args: object, **kwargs: object) -> None:
        self.fill_search()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "search"}  # type: ignore[misc]
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def fill_search(self) -> None:
        """Called by ``save``, and by whoever writes many rows at once past it."""
        # Folding can lengthen: one Arabic ligature becomes eighteen letters.
        said = f"{self.given_name} {self.family_name} {self.reference} {self.email}"
        self.search = searchable(said)[:500]

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def is_open(self) -> bool:
        """Not archived and not merged: may be written in. The actions ask the row itself, under a lock."""
        return self.archived_at is None

    def local_day(self, now: datetime) -> date:
        """Today where the patient lives."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def age_on(self, day: date) -> int:
        """Completed years."""
        born = self.date_of_birth
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
