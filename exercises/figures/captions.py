"""Which side a drawing shows, said under it: a patient may have to do with the left what is drawn on the right.

A drawing is never mirrored, so the sentence is the only thing that tells the drawn side from the assigned one.
"""

from django.utils.translation import gettext as _


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


def _shown(part: str, drawn: str) -> str:
    return {
        ("foot", "left"): _("Shown on the left foot."),
        ("foot", "right"): _("Shown on the right foot."),
        ("foot", "both"): _("Shown on both feet."),
        ("leg", "left"): _("Shown on the left leg."),
        ("leg", "right"): _("Shown on the right leg."),
        ("leg", "both"): _("Shown on both legs."),
    }[part, drawn]


def _to_do(part: str, drawn: str, assigned: str) -> str:
    if assigned in ONE and drawn in ONE:
        return _("Do it with the left.") if assigned == "left" else _("Do it with the right.")
    return {
        ("foot", "left"): _("Do it with the left foot."),
        ("foot", "right"): _("Do it with the right foot."),
        ("foot", "both_in_turn"): _("Do it with each foot in turn."),
        ("foot", "together"): _("Do it with both feet together."),
        ("leg", "left"): _("Do it with the left leg."),
        ("leg", "right"): _("Do it with the right leg."),
        ("leg", "both_in_turn"): _("Do it with each leg in turn."),
        ("leg", "together"): _("Do it with both legs together."),
    }.get((part, assigned), "")
