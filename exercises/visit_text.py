"""The screen before the visit in words: its sentences, and all of it as plain text for the clinic's own record system."""

from collections.abc import Iterable

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exercises import adherence
from exercises.told import Tally
from exercises.visit import DAY, PainLine, Visit, Week, Window
from patients.models import RaisedFlag, Status
from patients.outcome_measures import Reading
from patients.overview import Measured
from patients.summary import Strip


def summary(visit: Visit) -> list[str]:
    """One or two sentences of arithmetic, to be read first."""
    told = f"{span(visit.window)} {counted(visit.totals)}"
    return [told, " ".join([*map(pain, visit.pain), last_log(visit)])]


def in_brief(visit: Visit) -> list[str]:
    """Three lines at most for the patient's page, which leads to the rest."""
    notes, referrals = len(visit.notes) + len(visit.brief.sign_notes), len(visit.brief.referrals)
    more = [
        *([_("Notes by the patient: %(n)s.") % {"n": notes}] if notes else []),
        *([_("Referrals waiting: %(n)s.") % {"n": referrals}] if referrals else []),
    ]
    return [*summary(visit), *([" ".join(more)] if more else [])]


def span(window: Window) -> str:
    words = {
        "n": window.days,
        "first": date_format(window.first, DAY),
        "last": date_format(window.last, DAY),
        "visit": date_format(window.visit, DAY) if window.visit else "",
    }
    if window.span != "visit":
        return _("%(first)s to %(last)s:") % words
    if window.visit is None:
        return _("No visit is on record, so the last 4 weeks, from %(first)s:") % words
    if window.cut:
        return _("The last visit was on %(visit)s. The last 12 weeks, from %(first)s:") % words
    said = ngettext(
        "Since the visit on %(visit)s, %(n)s day:", "Since the visit on %(visit)s, %(n)s days:", window.days
    )
    return said % words


def counted(totals: adherence.Totals) -> str:
    if not totals.due:
        return _("nothing was due.")
    return _(
        "%(done)s of %(due)s exercises done, %(partly)s partly, %(missed)s not done, %(unknown)s not logged."
    ) % _numbers(totals)


def pain(line: PainLine) -> str:
    words = {"name": line.name, "first": _reading(line.first), "latest": _reading(line.latest)}
    if line.answers == 1:
        return _("%(name)s: %(latest)s, one answer.") % words
    said = ngettext(
        "%(name)s: %(first)s and %(latest)s, %(n)s answer.",
        "%(name)s: %(first)s and %(latest)s, %(n)s answers.",
        line.answers,
    )
    return said % {**words, "n": line.answers}


def last_log(visit: Visit) -> str:
    said = _("Last log: %(day)s.") if visit.last_log else _("Last log: none.")
    if not visit.pain:
        said = f"{_('No pain score in this time.')} {said}"
    return said % {"day": date_format(visit.last_log, DAY) if visit.last_log else ""}


def tallies(found: Iterable[Tally]) -> list[str]:
    return [_("%(words)s: %(n)s") % {"words": one.words, "n": one.count} for one in found]


def efforts(visit: Visit) -> list[str]:
    """Without any answer there is nothing to say; what nobody answered is counted beside the rest."""
    if not visit.efforts:
        return []
    return [*tallies(visit.efforts), *tallies([Tally(_("No answer"), visit.without_effort)])]


def safety(visit: Visit, strip: Strip) -> list[str]:
    held = [
        _("%(level)s: %(sign)s") % {"level": one.level_in_words, "sign": _sign(one)} for one in strip.flags
    ]
    waiting = _("Keeps a programme from being sent. %(sign)s")
    asked = visit.brief.screenings or [_("Warning signs were not asked for yet.")]
    return [*[waiting % {"sign": one} for one in held], _cautions(strip), *asked, *visit.brief.referrals]


def as_text(visit: Visit, strip: Strip) -> str:
    """The words of the screen in its order."""
    brief = visit.brief
    wrote = [*brief.sign_notes, *visit.notes]
    parts = [
        (_("Before the visit"), [_who(strip), *_findings(strip)]),
        ("", summary(visit)),
        (_("By week"), [_week(week) for week in visit.weeks]),
        (_("Why something was left out"), tallies(visit.reasons)),
        (_("How hard it was"), efforts(visit)),
        (_("Plan and visits"), [f"{date_format(one.on, DAY)}: {one.words}" for one in visit.events]),
        (_("Hours worn"), [f"{worn.what}: {worn.in_words}" for worn in brief.worn]),
        (_("Measures"), [_measured(one) for one in brief.measured]),
        (_("The patient wrote"), [f"{date_format(on, DAY)}: {text}" for on, text in wrote]),
        (_("Safety"), safety(visit, strip)),
        (_("Reminders"), visit.reach_lines),
        ("", [foot_and_back(), no_log()]),
    ]
    blocks = ["\n".join([*([title.upper()] if title else []), *lines]) for title, lines in parts if lines]
    return "\n\n".join(blocks) + "\n"


def foot_and_back() -> str:
    return _(
        "Foot problems and back pain often occur together. Research on whether one causes the other is mixed."
    )


def no_log() -> str:
    return _("Not logged does not mean not done, and no log does not mean no problem.")


def _who(strip: Strip) -> str:
    born = date_format(strip.patient.date_of_birth, "j F Y")
    return _("%(name)s, born %(born)s") % {"name": strip.patient, "born": born}


def _findings(strip: Strip) -> list[str]:
    active = [finding.in_words for finding in strip.findings if finding.status == Status.ACTIVE]
    return [_("Findings: %(findings)s") % {"findings": "; ".join(active)}] if active else []


def _week(week: Week) -> str:
    words = {
        "first": date_format(week.first, "j M"),
        "last": date_format(week.last, "j M"),
        **_numbers(week.totals),
        "late": week.late,
        "why": ", ".join(tallies(week.reasons)),
    }
    said = _(
        "%(first)s to %(last)s: %(done)s of %(due)s done, %(partly)s partly, %(missed)s not done, "
        "%(unknown)s not logged"
    )
    late = [_("%(late)s entered later") % words] if week.late else []
    why = [_("why: %(why)s") % words] if week.reasons else []
    return "; ".join([said % words, *why, *late])


def _numbers(totals: adherence.Totals) -> dict[str, int]:
    return {
        "done": totals.done,
        "due": totals.due,
        "partly": totals.partly,
        "missed": totals.not_done,
        "unknown": totals.not_logged,
    }


def _reading(reading: Reading) -> str:
    return _("%(value)s on %(day)s") % {"value": reading.value, "day": date_format(reading.on, "j M")}


def _measured(one: Measured) -> str:
    latest = _("%(title)s: %(latest)s, %(day)s") % {"title": one.title, "latest": one.latest, "day": one.on}
    return "; ".join(part for part in (latest, one.change, one.reached) if part)


def _sign(flag: RaisedFlag) -> str:
    return str(flag.for_staff or flag.text)


def _cautions(strip: Strip) -> str:
    cautions = strip.cautions
    if cautions.present is None:
        return _("Cautions: not asked yet.")
    if not cautions.labels:
        return _("Cautions: none of those asked.")
    return _("Cautions: %(cautions)s.") % {"cautions": "; ".join(cautions.labels)}
