"""Which side a drawing shows, said under it: a patient may have to do with the left what is drawn on the right.

A drawing is never mirrored, so the sentence is the only thing that tells the drawn side from the assigned one.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop


def caption(part: str, drawn: str, assigned: str = "") -> str:
    """``part`` foot or leg; ``drawn`` left, right, both or none; ``assigned`` a value of ``doses.Side``, or nothing.

    Empty where nothing can be mistaken: a trunk, or a drawing of both that is done with both.
    """
    if drawn not in {"left", "right", "both"} or (drawn == "both" and assigned not in {*ONE, "both_in_turn"}):
        return ""
    sentences = [_shown(part, drawn)]
    if assigned and assigned != drawn:
        sentences.append(_to_do(part, drawn, assigned))
    return " ".join(sentence for sentence in sentences if sentence)


ONE = frozenset({"left", "right"})


SHOWN = {
    ("foot", "left"): gettext_noop("Shown on the left foot."),
    ("foot", "right"): gettext_noop("Shown on the right foot."),
    ("foot", "both"): gettext_noop("Shown on both feet."),
    ("leg", "left"): gettext_noop("Shown on the left leg."),
    ("leg", "right"): gettext_noop("Shown on the right leg."),
    ("leg", "both"): gettext_noop("Shown on both legs."),
}
TO_DO = {
    ("foot", "left"): gettext_noop("Do it with the left foot."),
    ("foot", "right"): gettext_noop("Do it with the right foot."),
    ("foot", "both_in_turn"): gettext_noop("Do it with each foot in turn."),
    ("foot", "together"): gettext_noop("Do it with both feet together."),
    ("leg", "left"): gettext_noop("Do it with the left leg."),
    ("leg", "right"): gettext_noop("Do it with the right leg."),
    ("leg", "both_in_turn"): gettext_noop("Do it with each leg in turn."),
    ("leg", "together"): gettext_noop("Do it with both legs together."),
}


def _shown(part: str, drawn: str) -> str:
    return _(SHOWN[part, drawn])


def _to_do(part: str, drawn: str, assigned: str) -> str:
    if assigned in ONE and drawn in ONE:
        return _("Do it with the left.") if assigned == "left" else _("Do it with the right.")
    known = TO_DO.get((part, assigned))
    return _(known) if known else ""
