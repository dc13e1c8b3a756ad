"""What may be typed about warning signs and referrals. Nothing is chosen beforehand: no answer is not a no."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.errors import Refused
from clinic.models import Clinic
from clinic.text import validate_plain_text, validate_single_line
from patients.actions import ReferralEntry, ScreeningEntry
from patients.forms.days import DayField
from patients.models import Decision, Finding, RaisedFlag, Referral, ReferralKind, Status
from patients.red_flags import Level, LevelWords, RedFlag, Region, asked_about, staff_advice, words

YES, NO = "yes", "no"
ANSWERS = [(NO, _("No")), (YES, _("Yes"))]
AGAIN = {"required": _("Open the form again."), "invalid": _("Open the form again.")}


def keep_up(form: forms.Form, refused: Refused, row: RaisedFlag | Referral) -> None:
    """Somebody was quicker: what was typed stays, and a second press is about the row as it is now."""
    if refused.code == "stale":
        row.refresh_from_db()
        form.data = {**form.data.dict(), "version": str(row.version)}  # type: ignore[attr-defined]


def _text(label: Any, *, rows: int = 3, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=2000,
        validators=[validate_plain_text],
        widget=forms.Textarea(attrs={"rows": rows}),
        **options,
    )


@dataclass(frozen=True, slots=True)
class Question:
    """One sign on the form: its field, and what to do after a yes."""

    flag: RedFlag
    field: forms.BoundField
    advice: str

    @property
    def level_in_words(self) -> str:
        return words(self.flag.level).label


class ScreeningForm(forms.Form):
    """Each sign of a region's list, yes or no. ``rest``: the practitioner states that all the others are no."""

    screening_id = forms.UUIDField(widget=forms.HiddenInput, error_messages=AGAIN)

    def __init__(self, data: QueryDict | None = None, *, region: Region, clinic: Clinic) -> None:
        self.region, self.clinic, self.signs = region, clinic, asked_about(region)
        super().__init__(self._completed(data), initial={"screening_id": uuid4()})
        for sign in self.signs:
            self.fields[sign.key] = forms.ChoiceField(
                label=sign.text,
                choices=ANSWERS,
                widget=forms.RadioSelect,
                error_messages={
                    "required": _("Answer yes or no."),
                    "invalid_choice": _("Answer yes or no."),
                },
            )
        self.fields["note"] = _text(_("Note"), rows=2, required=False)

    def _completed(self, data: QueryDict | None) -> QueryDict | None:
        if data is None or data.get("rest") != NO:
            return data
        completed = data.copy()
        for sign in self.signs:
            completed.setdefault(sign.key, NO)
        return completed

    def clean(self) -> dict[str, Any]:
        """A hand-made request can answer both; a browser's radio buttons cannot."""
        for sign in self.signs:
            if len(set(self._said(sign))) > 1:
                self.add_error(sign.key, ValidationError(_("Answer yes or no."), code="two_answers"))
        return self.cleaned_data

    def _said(self, sign: RedFlag) -> list[str]:
        return self.data.getlist(sign.key) if isinstance(self.data, QueryDict) else []

    def questions(self) -> list[tuple[LevelWords, list[Question]]]:
        """By level, most urgent first."""
        asked = [Question(sign, self[sign.key], self._advice(sign)) for sign in self.signs]
        return [(words(level), list(group)) for level, group in groupby(asked, lambda one: one.flag.level)]

    def said_yes(self) -> list[Question]:
        """Most urgent first; also of a form that cannot be saved yet."""
        return [one for _level, group in self.questions() for one in group if YES in self._said(one.flag)]

    def _advice(self, sign: RedFlag) -> str:
        return staff_advice(
            sign,
            emergency_number=self.clinic.emergency_number,
            urgent_number=self.clinic.urgent_number,
            urgent_days=self.clinic.urgent_days,
        )

    def entry(self) -> ScreeningEntry:
        said = self.cleaned_data
        return ScreeningEntry(
            region=self.region,
            answers={sign.key: said[sign.key] == YES for sign in self.signs},
            note=said["note"],
            screening_id=said["screening_id"],
        )


class DecisionForm(forms.Form):
    """What a practitioner concludes about one sign. The page writes the sign's version as it stands.

    ``overtaken``: somebody was quicker, so the form shows what that person decided.
    """

    overtaken = False

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, error_messages=AGAIN)
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=Decision.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you decided.")},
    )
    note = _text(_("Why"), error_messages={"required": _("Say why.")})

    def __init__(self, data: Mapping[str, Any] | None = None, *, flag: RaisedFlag) -> None:
        super().__init__(data, auto_id=f"flag-{flag.pk}-%s")


class SlipForm(forms.Form):
    reason = forms.CharField(
        label=_("What was wrong"),
        max_length=300,
        validators=[validate_single_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class VersionForm(forms.Form):
    """The operation needs no words, only that nobody was quicker."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, error_messages=AGAIN)


class OutcomeForm(VersionForm):
    outcome = _text(_("What came of it"), error_messages={"required": _("Say what came of it.")})
    on = DayField(label=_("Known on"))


class FindingChoice(forms.ModelChoiceField):
    """Says of a finding that does not stand as active what became of it."""

    def label_from_instance(self, obj: Any) -> str:
        if obj.status == Status.ACTIVE:
            return str(obj.in_words)
        words = {"finding": obj.in_words, "status": obj.get_status_display().lower()}
        return gettext("%(finding)s (%(status)s)") % words


class ReferralForm(forms.Form):
    kind = forms.ChoiceField(label=_("To"), choices=[("", _("Choose …")), *ReferralKind.choices])
    recipient = forms.CharField(
        label=_("Name of the service or person"),
        max_length=120,
        required=False,
        validators=[validate_single_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    urgency = forms.ChoiceField(
        label=_("How soon"),
        widget=forms.RadioSelect,
        choices=lambda: [(level.value, words(level).label) for level in Level],
        error_messages={"required": _("Choose how soon.")},
    )
    reason = _text(_("Reason"), rows=4, error_messages={"required": _("Enter the reason.")})
    finding = FindingChoice(
        label=_("Finding"), queryset=Finding.objects.none(), required=False, empty_label=_("None")
    )
    referred_on = DayField(label=_("Referred on"))

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        findings: Any,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.fields["finding"].queryset = findings  # type: ignore[attr-defined]

    def entry(self) -> ReferralEntry:
        said = self.cleaned_data
        return ReferralEntry(
            kind=ReferralKind(said["kind"]),
            urgency=Level(said["urgency"]),
            reason=said["reason"],
            referred_on=said["referred_on"],
            recipient=said["recipient"],
            finding=said["finding"],
        )


class NewReferralForm(ReferralForm):
    """``flag``: the warning sign that it answers, if any."""

    referral_id = forms.UUIDField(widget=forms.HiddenInput, error_messages=AGAIN)
    flag = forms.ModelChoiceField(
        queryset=RaisedFlag.objects.none(), required=False, widget=forms.HiddenInput
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        findings: Any,
        flags: Any,
        today: date,
        flag: RaisedFlag | None = None,
    ) -> None:
        initial = {"referral_id": uuid4(), "referred_on": today, "flag": flag}
        super().__init__(data, findings=findings, initial=initial)
        self.fields["flag"].queryset = flags  # type: ignore[attr-defined]
        self.answers = flag

    def key(self) -> UUID:
        key: UUID = self.cleaned_data["referral_id"]
        return key


class AmendReferralForm(ReferralForm):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, error_messages=AGAIN)
    change_reason = forms.CharField(
        label=_("Why it is changed"),
        max_length=300,
        required=False,
        validators=[validate_single_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, findings: Any, referral: Referral) -> None:
        stored = ("kind", "recipient", "urgency", "reason", "finding", "referred_on", "version")
        super().__init__(data, findings=findings, initial={name: getattr(referral, name) for name in stored})
