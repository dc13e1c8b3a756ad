"""The drawing of the feet wherever findings are listed, and the figures of tables."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.db.models.functions import Now
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clinic.text import escaped
from patients import foot_map, summary
from patients.models import Finding, Patient, Site, Status
from patients.outcomes.entries import Entry

register = template.Library()


@register.simple_tag
def feet(findings: Iterable[Finding]) -> foot_map.FootMap:
    """Where the active ones of these findings lie."""
    return foot_map.foot_map(
        foot_map.Found(
            key=finding.type_id,
            words=finding.type.label,
            in_words=finding.in_words,
            side=finding.side,
            on_back=finding.site == Site.BACK,
        )
        for finding in findings
        if finding.status == Status.ACTIVE
    )


@register.simple_tag
def cells(scores: Iterable[tuple[str, int | None]]) -> SafeString:
    """Of one row, each score under the name of its column: a table has hundreds, too many for a loop of the template."""
    none = f'<span class="off">{escaped(_("no score"))}</span>'
    return SafeString(
        "".join(
            f'<td class="figure" data-label="{escaped(name)}">{none if score is None else int(score)}</td>'
            for name, score in scores
        )
    )


@register.simple_tag
def answers(entries: Iterable[Entry]) -> SafeString:
    """Each as a line with the button that marks it as entered in error; a record has dozens."""
    mark = escaped(_("Entered in error"))
    return SafeString("".join(_answer(escaped(one.words), escaped(one.ref), mark) for one in entries))


def _answer(words: str, ref: str, mark: str) -> str:
    button = f'<button class="btn plain small push" type="submit" name="error" value="{ref}">{mark}'
    return f'<li class="row"><span>{words}</span> {button}<span class="vh">: {words}</span></button></li>'


@register.inclusion_tag("patients/_open_door.html", takes_context=True)
def open_door(context: Any, patient: Patient) -> dict[str, Any]:
    """On a page about a patient without the strip: until when the restricted record is open to the reader, if it is one."""
    opening = summary.opening_of(context["request"].actor, patient, Now())  # the clock is another question
    zone = patient.clinic.time_zone if opening else ""
    return {"opening": opening, "zone": zone, "csrf_token": context.get("csrf_token")}
