"""The drawing of the feet wherever findings are listed."""

from collections.abc import Iterable

from django import template

from patients import foot_map
from patients.models import Finding, Site, Status

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
