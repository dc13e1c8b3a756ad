"""Which words of a text were kept, taken out and put in. Pure; says nothing about what a change means."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

TOKEN = re.compile(r"\s+|\w+|[^\w\s]")  # each character is in one of them, so the pieces join to the text


class Part(StrEnum):
    KEPT = "kept"
    TAKEN_OUT = "taken_out"
    PUT_IN = "put_in"


@dataclass(frozen=True, slots=True)
class Piece:
    part: Part
    text: str


def words(old: str, new: str) -> list[Piece]:
    """From old to new. Kept and put in join to the new text, kept and taken out to the old one."""
    before, after = TOKEN.findall(old), TOKEN.findall(new)
    pieces = []
    for _tag, a1, a2, b1, b2 in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        gone, come = "".join(before[a1:a2]), "".join(after[b1:b2])
        if gone == come:
            pieces.append(Piece(Part.KEPT, gone))
            continue
        pieces += [Piece(part, text) for part, text in ((Part.TAKEN_OUT, gone), (Part.PUT_IN, come)) if text]
    return pieces
