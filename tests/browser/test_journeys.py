"""The journeys with their bars, counted: a click, a tap, a committing key or a completed field is one interaction."""

import re
from datetime import timedelta

from django.db import transaction
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from clinic import clock
from clinic.models import OutgoingEmail, User
from exercises import emails
from exercises.models import LogEntry, Programme, Reminder, ReminderState, Routine
from patients.models import Finding, FindingType, PainScore, Patient, WearEntry
from tests import factories
from tests.browser.conftest import Person


def path_of(page: Page) -> str:
    return re.sub(r"^https?://[^/]+", "", page.url).partition("#")[0]


def test_j1_record_two_findings_in_six_interactions(
    desk: BrowserContext, faults: list[str], margaret: Patient, fasciitis: FindingType
) -> None:
    """Plantar fasciitis left; low-back pain. Saved without leaving the page."""
    factories.make_finding_type("low_back_pain", label="Low-back pain", group="Back", site="back", position=2)
    page = desk.new_page()
    page.goto(f"/patients/{margaret.pk}/")
    person = Person(page)
    person.choose(page.get_by_label("Finding", exact=True), "plantar_fasciitis")
    person.press(page.get_by_role("radio", name="Left"))
    person.press(page.get_by_role("button", name="Save finding"))
    expect(page.get_by_text("Recorded: Plantar fasciitis")).to_be_visible()
    person.choose(page.get_by_label("Finding", exact=True), "low_back_pain")
    person.press(page.get_by_role("button", name="Save finding"))
    expect(page.get_by_text("Recorded: Low-back pain")).to_be_visible()
    assert path_of(page) == f"/patients/{margaret.pk}/"
    assert person.count <= 6
    stored = Finding.objects.filter(patient=margaret).values_list("type_id", "side").order_by("type_id")
    assert list(stored) == [("low_back_pain", "not_applicable"), ("plantar_fasciitis", "left")]
    assert faults == []


def test_j2_assign_a_routine_in_four_interactions(
    desk: BrowserContext, faults: list[str], margaret: Patient, finding: Finding, basics: Routine
) -> None:
    """Side, dose and dates are filled in; how often is for the practitioner to say."""
    basics.findings.add(finding.type)
    page = desk.new_page()
    page.goto(f"/patients/{margaret.pk}/")
    person = Person(page)
    person.press(page.get_by_role("link", name=re.compile("Assign")))
    person.press(page.get_by_role("link", name=basics.name))
    person.choose(page.get_by_label("How often"), "1x7")
    person.press(page.get_by_role("button", name="Assign and send"))
    expect(page.get_by_text(f"Plan sent to {margaret.email}")).to_be_visible()
    assert person.count <= 4
    programme = Programme.objects.get(patient=margaret)
    assert {item.side for item in programme.items.all()} == {"left"}
    assert OutgoingEmail.objects.filter(letter="plan_ready", object_id=str(programme.pk)).count() == 1
    assert faults == []


def test_j6_open_the_plan_in_two_taps_and_later_in_one(
    phone: BrowserContext, faults: list[str], programme: Programme, link: str
) -> None:
    """The tap on the e-mail's button is the first; no typing, no password, nothing to install."""
    page = phone.new_page()
    first = Person(page)
    first.count += 1  # the tap in the e-mail, which opens the address
    page.goto(link)
    assert "#" not in page.url.rstrip("#"), "the secret must leave the address bar"
    first.press(page.get_by_role("button", name="Open today’s plan"))
    expect(page.get_by_role("heading", name="Today’s exercises, Margaret")).to_be_visible()
    assert first.count == 2
    expect(page.get_by_role("heading", name="Toe curls and spreads")).to_be_visible()

    later = phone.new_page()
    later.goto(link)  # one tap: the page goes on by itself
    expect(later.get_by_role("heading", name="Today’s exercises, Margaret")).to_be_visible()
    assert faults == []


def test_j6_a_mail_scanner_burns_nothing(
    phone: BrowserContext, plain_phone: BrowserContext, programme: Programme, link: str
) -> None:
    """It opens the address, with and without scripts, and presses nothing."""
    before = factories.count_rows()
    for context in (phone, plain_phone):
        for _ in range(3):
            context.new_page().goto(link)
    assert factories.count_rows() == before
    page = phone.new_page()
    page.goto(link)
    page.get_by_role("button", name="Open today’s plan").click()
    expect(page.get_by_role("heading", name="Today’s exercises, Margaret")).to_be_visible()


def test_j6_without_scripts_the_link_is_pasted(
    plain_phone: BrowserContext, programme: Programme, link: str
) -> None:
    page = plain_phone.new_page()
    page.goto(link)
    page.get_by_label("Paste the link from your e-mail").fill(f"<{link}>")
    page.get_by_role("button", name="Open today’s plan").click()
    expect(page.get_by_role("heading", name="Today’s exercises, Margaret")).to_be_visible()


def opened(context: BrowserContext, link: str) -> Page:
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Open today’s plan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today’s exercises")
    return page


def running(priya: User, margaret: Patient, routine: Routine) -> Programme:
    """A programme that is due on the day on which this test runs."""
    exercises = [item.exercise for item in routine.items.select_related("exercise__current")]
    return factories.make_programme(priya, margaret, exercises, now=clock.now())


def test_j8_log_the_day_in_two_taps_with_pain(
    phone: BrowserContext, faults: list[str], priya: User, margaret: Patient, basics: Routine, link: str
) -> None:
    programme = running(priya, margaret, basics)
    page = opened(phone, link)
    assert page.locator("input[type=radio]:checked").count() == 0, "nothing may be chosen beforehand"
    person = Person(page)
    person.press(page.locator("#id_pain_foot_24h_3"))
    person.press(page.get_by_role("button", name="I did all of them"))
    expect(page.get_by_role("status")).to_contain_text("2 of 2 done")
    assert person.count == 2
    assert set(LogEntry.objects.values_list("done", flat=True)) == {"done"}
    assert LogEntry.objects.filter(programme=programme).count() == 2
    assert list(PainScore.objects.values_list("measure", "score")) == [("pain_foot_24h", 3)]
    assert faults == []


def test_j8_one_tap_more_for_an_exception_and_three_to_mend_a_mistake(
    phone: BrowserContext, priya: User, margaret: Patient, basics: Routine, link: str
) -> None:
    running(priya, margaret, basics)
    page = opened(phone, link)
    person = Person(page)
    second = page.locator(".ex").nth(1)
    person.press(second.get_by_role("radio", name="Not done"))
    person.press(page.get_by_role("button", name="I did all of them"))
    expect(page.get_by_role("status")).to_contain_text("1 of 2 done")
    assert person.count == 2
    mending = Person(page)
    mending.press(page.locator(".ex").nth(1).get_by_role("radio", name="Partly done"))
    mending.press(page.get_by_role("button", name="Save changes"))
    expect(page.get_by_role("status")).to_contain_text("1 of 2 done")
    assert mending.count <= 3
    assert sorted(LogEntry.objects.values_list("done", flat=True)) == ["done", "partly"]


def test_j8_hours_worn_are_one_tap_more_and_never_asked_for(
    phone: BrowserContext, faults: list[str], priya: User, margaret: Patient, basics: Routine, link: str
) -> None:
    running(priya, margaret, basics)
    factories.make_support(priya, margaret)
    page = opened(phone, link)
    person = Person(page)
    person.press(page.locator("#id_pain_foot_24h_3"))
    person.press(page.get_by_role("button", name="I did all of them"))
    expect(page.get_by_role("status")).to_contain_text("2 of 2 done")
    assert person.count == 2
    assert WearEntry.objects.count() == 0
    person.press(page.get_by_role("group", name="Hours worn today").get_by_role("radio", name="8"))
    person.press(page.get_by_role("button", name="Save changes"))
    expect(page.get_by_role("status")).to_contain_text("Insole, both feet worn for 8 hours")
    assert [int(hours) for hours in WearEntry.objects.values_list("hours", flat=True)] == [8]
    assert faults == []


def test_j8_a_reason_is_one_tap_more_and_answered_at_once(
    phone: BrowserContext, faults: list[str], priya: User, margaret: Patient, basics: Routine, link: str
) -> None:
    running(priya, margaret, basics)
    page = opened(phone, link)
    exercise = page.locator(".ex").nth(1)
    expect(exercise.get_by_text("I was not sure how")).to_be_hidden()
    person = Person(page)
    person.press(page.locator("#id_pain_foot_24h_3"))
    person.press(exercise.get_by_role("radio", name="Not done"))
    person.press(exercise.get_by_role("radio", name="I was not sure how"))
    person.press(page.get_by_role("button", name="I did all of them"))
    expect(page.get_by_text("Here are the steps again.")).to_be_visible()
    assert person.count == 4, "two for the day, one for the exception, one for its reason"
    assert sorted(LogEntry.objects.values_list("done", "reason")) == [("done", ""), ("not_done", "unsure")]
    assert faults == []


def test_j8_a_mistake_of_yesterday_is_mended_in_three(
    phone: BrowserContext, priya: User, margaret: Patient, basics: Routine, link: str
) -> None:
    exercises = [item.exercise for item in basics.items.select_related("exercise__current")]
    factories.make_programme(priya, margaret, exercises, now=clock.now() - timedelta(days=2))
    page = opened(phone, link)
    person = Person(page)
    person.press(page.get_by_role("navigation", name="Earlier days").get_by_role("link").first)
    person.press(page.locator(".ex").first.get_by_role("radio", name="Partly done"))
    person.press(page.get_by_role("button", name="Save what I marked"))
    expect(page.get_by_role("status")).to_contain_text("1 partly done")
    assert person.count == 3
    yesterday = margaret.local_day(clock.now()) - timedelta(days=1)
    assert LogEntry.objects.get().performed_on == yesterday


def test_j8_works_without_scripts(
    plain_phone: BrowserContext, priya: User, margaret: Patient, basics: Routine, link: str
) -> None:
    running(priya, margaret, basics)
    page = plain_phone.new_page()
    page.goto(link)
    page.get_by_label("Paste the link from your e-mail").fill(link)
    page.get_by_role("button", name="Open today’s plan").click()
    page.get_by_role("button", name="I did all of them").click()
    expect(page.get_by_role("status")).to_contain_text("2 of 2 done")
    assert LogEntry.objects.count() == 2


def test_j10_stop_reminders_with_one_tap_from_the_mail(
    phone: BrowserContext, faults: list[str], live_server: LiveServer, settings: object, programme: Programme
) -> None:
    """No sign-in; in force before the next sending."""
    settings.SITE_URL = live_server.url  # type: ignore[attr-defined]
    reminder = Reminder.objects.filter(programme=programme).order_by("local_date").first()
    assert reminder
    with transaction.atomic():  # as the worker does
        letter = emails.exercise_reminder(str(reminder.pk), reminder.due_at)
    assert letter
    (address,) = re.findall(rf"{live_server.url}/u/\S+", letter.text)
    page = phone.new_page()
    page.goto(address)  # following the link changes nothing: scanners do it too
    assert Patient.objects.get().reminders_allowed
    person = Person(page)
    person.press(page.get_by_role("button", name="Stop reminders"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("stopped")
    assert person.count == 1
    assert not Patient.objects.get().reminders_allowed
    assert set(Reminder.objects.values_list("state", flat=True)) == {ReminderState.CANCELLED}
    assert faults == []


def test_j10_move_reminders_in_three_interactions(
    phone: BrowserContext, faults: list[str], priya: User, margaret: Patient, basics: Routine, link: str
) -> None:
    programme = running(priya, margaret, basics)
    page = opened(phone, link)
    person = Person(page)
    person.press(page.get_by_role("link", name="Reminders"))
    person.write(page.get_by_label(re.compile("Remind me at")), "07:30")
    person.press(page.get_by_role("button", name="Save the time"))
    expect(page.get_by_role("status")).to_contain_text("Saved")
    assert person.count <= 3
    programme.refresh_from_db()
    assert str(programme.reminder_time) == "07:30:00"
    planned = Reminder.objects.filter(programme=programme, due_at__gt=clock.now() + timedelta(minutes=1))
    assert {str(reminder.local_time) for reminder in planned} <= {"07:30:00"}
    assert faults == []
