"""The one line of evidence: made of the numbers and days that were counted, never of what somebody wrote."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.models import SuppressionReason
from exercises.alert_facts import DOUBTED, RETURNED
from exercises.alert_rules import Rule
from exercises.models import Programme, ProgrammeItem
from patients.models import Measure, SupportKind

Evidence = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """Of what evidence names by its key."""

    exercises: Mapping[str, str] = field(default_factory=dict)
    plans: Mapping[str, str] = field(default_factory=dict)


def names_in(all_evidence: Iterable[Evidence]) -> Names:
    """At most two queries."""
    told = list(all_evidence)
    items = {one["item"] for one in told if "item" in one}
    plans = {one["plan"] for one in told if "plan" in one}
    exercises = ProgrammeItem.objects.filter(pk__in=items).values_list("pk", "version__name") if items else []
    programmes = Programme.objects.filter(pk__in=plans).values_list("pk", "name") if plans else []
    return Names({str(pk): name for pk, name in exercises}, {str(pk): name for pk, name in programmes})


def sentence(rule: Rule, evidence: Evidence, today: date, names: Names) -> str:
    """``today``: so that a plan's last day is said to come or to be past."""
    said = dict(evidence) | {
        name: date_format(date.fromisoformat(evidence[name]), "j M")
        for name in ("on", "last")
        if name in evidence
    }
    if "measure" in said:
        said["measure"] = Measure(said["measure"]).label
    if rule is Rule.PAIN_RISE:
        return _rise(said)
    if rule is Rule.NO_LOG:
        return _silence(said)
    if rule is Rule.ADDRESS_FAILING:
        return _mail(said)
    if rule is Rule.REVIEW_DUE:
        return _review(said, names)
    if rule is Rule.PLAN_ENDING:
        said["plan"] = names.plans.get(said["plan"], _("The plan"))
        over = date.fromisoformat(evidence["on"]) < today
        return (_("“%(plan)s” ended on %(on)s.") if over else _("“%(plan)s” ends on %(on)s.")) % said
    if rule is Rule.SKIPPED_FOR_PAIN:
        said["exercise"] = names.exercises.get(said["item"], _("An exercise"))
    return PLAIN[rule]() % said


def _rise(said: Mapping[str, Any]) -> str:
    if "first" in said:
        return (
            _("%(measure)s %(score)s out of 10 on %(on)s, after %(first)s at the start of the plan.") % said
        )
    mean = {"mean": f"{said['before'] / said['logs']:.1f}"}
    return _("%(measure)s %(score)s out of 10 on %(on)s; mean of the three logs before: %(mean)s.") % {
        **said,
        **mean,
    }


def _silence(said: Mapping[str, Any]) -> str:
    nothing = ngettext(
        "Nothing logged for %(days)s day of the plan.",
        "Nothing logged for %(days)s days of the plan.",
        said["days"],
    )
    if "last" in said:
        nothing = ngettext(
            "Nothing logged for %(days)s day of the plan, last on %(last)s.",
            "Nothing logged for %(days)s days of the plan, last on %(last)s.",
            said["days"],
        )
    return nothing % said


def _mail(said: Mapping[str, Any]) -> str:
    if said["kind"] == DOUBTED:
        return _("Whoever reads the e-mails said on %(on)s that they are not for them.") % said
    if said["kind"] == RETURNED:
        return _("E-mails came back in the last two weeks, the newest on %(on)s.") % said
    if said["kind"] in SuppressionReason.values:
        words = {"why": SuppressionReason(said["kind"]).label, "on": said["on"]}
        return _("Nothing more is sent to the address since %(on)s: %(why)s.") % words
    return _("The mail server refused an e-mail of %(on)s.") % said


def _review(said: Mapping[str, Any], names: Names) -> str:
    if "support" in said:
        kind = SupportKind(said["support"]).label
        return _("%(support)s: to be reviewed on %(on)s.") % {**said, "support": kind}
    plan = names.plans.get(said["plan"], _("The plan"))
    return _("“%(plan)s” was to be reviewed on %(on)s.") % {**said, "plan": plan}


PLAIN = {
    Rule.PAIN_SEVERE: lambda: _("%(measure)s %(score)s out of 10 on %(on)s."),
    Rule.PAIN_IN_EXERCISE: lambda: _(
        "First-step pain %(to)s the morning after exercises, %(from)s the day before; %(mornings)s mornings in a row."
    ),
    Rule.SKIPPED_FOR_PAIN: lambda: _("“%(exercise)s” left out %(times)s times because it hurt."),
    Rule.NEW_NOTE: lambda: _("Wrote a note with the log of %(on)s."),
    Rule.LOW_ADHERENCE: lambda: _(
        "%(done)s of %(due)s exercises done or partly done in %(days)s days; %(not_logged)s not logged."
    ),
    Rule.NO_CHANGE: lambda: _(
        "%(measure)s %(score)s out of 10 after %(weeks)s weeks, %(first)s at the start of the plan."
    ),
    Rule.REMINDERS_STOPPED: lambda: _("Stopped the reminders on %(on)s; the plan goes on."),
}
