"""What the patient's cautions say about a programme that is being written, and the fields for the reasons they ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from clinic.text import validate_plain_text
from exercises.cautions import Concern
from patients.cautions import Effect

REASON = "reason-"  # and the flag's key: the name of its field


@dataclass(frozen=True, slots=True)
class Asked:
    """A caution that goes ahead with a reason."""

    concern: Concern
    field: forms.BoundField


@dataclass(frozen=True, slots=True)
class Weighed:
    blocks: list[Concern]
    confirms: list[Asked]
    informs: list[Concern]

    @classmethod
    def of(cls, form: forms.Form, found: Sequence[Concern]) -> "Weighed":
        return cls(
            blocks=[one for one in found if one.effect is Effect.BLOCK],
            confirms=[Asked(one, form[name(one)]) for one in found if one.effect is Effect.CONFIRM],
            informs=[one for one in found if one.effect is Effect.INFORM],
        )


def name(concern: Concern) -> str:
    return f"{REASON}{concern.flag.key}"


def reason_fields(found: Sequence[Concern]) -> dict[str, forms.CharField]:
    return {name(one): _reason(one) for one in found if one.effect is Effect.CONFIRM}


def reasons_typed(data: QueryDict) -> dict[str, Any]:
    return {key: data[key] for key in data if key.startswith(REASON)}


def reasons_said(cleaned: Mapping[str, Any]) -> dict[str, str]:
    """By flag, as the actions take them."""
    return {key.removeprefix(REASON): said for key, said in cleaned.items() if key.startswith(REASON)}


def _reason(concern: Concern) -> forms.CharField:
    return forms.CharField(
        label=_("Why it may go ahead in spite of “%(flag)s”") % {"flag": concern.flag.label},
        max_length=300,
        validators=[validate_plain_text],
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why it may go ahead.")},
    )
