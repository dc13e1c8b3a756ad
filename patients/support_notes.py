"""What staff read beside the form of foot support, for the finding that is its reason: data/support_notes.json. Pure.

A note informs the practitioner's judgement. It fills in no field, sorts nothing, and no patient sees it.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

DATA = Path(__file__).parent / "data" / "support_notes.json"
# Text ``orthosis_back`` of the clinical facts, word for word.
BACK_ALONE = _("NICE NG59 advises against foot orthotics for low back pain. Record the foot-related reason.")


@dataclass(frozen=True, slots=True)
class SupportNote:
    """``verified``: read at the named source; else general knowledge that waits for sign-off."""

    direction: str
    evidence: str
    source: str
    verified: bool


def note_for(finding_key: str) -> SupportNote | None:
    """None: the reviewed facts have no usual direction for this finding."""
    return _notes().get(finding_key)


def when_to_replace_shoes() -> str:
    return str(_file()["shoes"]["direction"])


@cache
def _notes() -> dict[str, SupportNote]:
    return {
        key: SupportNote(row["direction"], row["evidence"], row["source"], row["verified"])
        for row in _file()["notes"]
        for key in row["findings"]
    }


@cache
def _file() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return content
