"""The clinic's settings: changed by an owner, written down with old and new, used where patients read."""

from datetime import time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from clinic import clock
from clinic.models import AuditEntry, Clinic, Logo, User
from clinic.roles import Role
from exercises.models import Programme, Routine
from patients.models import Patient
from tests import factories, uploads
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db
PAGE, LOGO = "/clinic/settings/", "/clinic/settings/logo/"


@pytest.fixture
def as_olivia(olivia: User) -> Client:
    return signed_in(olivia)


def shown(client: Client, **changed: str) -> dict[str, str]:
    """What the page's own form would send."""
    form = client.get(PAGE).context["settings_form"]
    values = {name: form[name].value() for name in form.fields}
    sent = {name: "" if value is None else str(value) for name, value in values.items()}
    return sent | changed


def picture(data: bytes, name: str = "logo.png") -> dict[str, Any]:
    return {"logo": SimpleUploadedFile(name, data, content_type="image/png")}


def logo_png(width: int = 300, height: int = 100) -> bytes:
    return uploads.encoded(uploads.picture(width, height), "PNG")


def test_every_field_says_what_it_is_for(as_olivia: Client) -> None:
    form = as_olivia.get(PAGE).context["settings_form"]
    assert [name for name, field in form.fields.items() if name != "seen" and not field.help_text] == []


def test_one_query_for_the_page(as_olivia: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(3):  # session, person, clinic
        as_olivia.get(PAGE)


def test_changed_and_written_down_with_old_and_new(as_olivia: Client, riverside: Clinic) -> None:
    changes = {
        "urgent_number": "116 117",
        "usual_reminder": "07:30",
        "retention_years": "8",
        "colour": "plum",
        "short_name": "Riverside",
        "urgent_days": "3",
    }
    given = shown(as_olivia, **changes)
    assert "Saved." in text(as_olivia.post(PAGE, given, follow=True))
    riverside.refresh_from_db()
    assert (riverside.urgent_number, riverside.usual_reminder, riverside.retention_years) == (
        "116 117",
        time(7, 30),
        8,
    )
    entry = AuditEntry.objects.get(verb="clinic.updated")
    assert entry.actor_label == "Olivia Brandt"
    assert set(entry.changes["fields"]) == set(changes)
    assert entry.changes["before"] == {
        "urgent_number": "111",
        "usual_reminder": "18:00",
        "retention_years": None,
        "colour": "teal",
        "short_name": "",
        "urgent_days": 2,
    }
    assert entry.changes["after"]["usual_reminder"] == "07:30"
    before = factories.count_rows()
    assert "Nothing was changed." in text(as_olivia.post(PAGE, shown(as_olivia), follow=True))
    assert factories.count_rows() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("phone", ""),
        ("emergency_number", ""),
        ("sender_name", "River\nBcc: x"),
        ("time_zone", "Mars/Olympus"),
        ("language", "tlh"),
        ("urgent_days", "0"),
        ("urgent_days", "15"),
        ("colour", "red"),
        ("usual_reminder", "05:59"),
        ("usual_reminder", "20:31"),
        ("retention_years", "0"),
        ("retention_years", "51"),
        ("short_name", "x" * 41),
    ],
)
def test_what_is_refused(as_olivia: Client, riverside: Clinic, field: str, value: str) -> None:
    before, stored = factories.count_rows(), Clinic.objects.values().get(pk=riverside.pk)
    answer = as_olivia.post(PAGE, shown(as_olivia, **{field: value}))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert Clinic.objects.values().get(pk=riverside.pk) == stored
    assert factories.count_rows() == before


def test_the_second_owner_is_told_and_nothing_is_written_over(as_olivia: Client, riverside: Clinic) -> None:
    second = signed_in(factories.make_staff(riverside, Role.OWNER, "Oskar Lund"))
    hers, his = shown(as_olivia, phone="1"), shown(second, phone="2", address="Elsewhere")
    assert as_olivia.post(PAGE, hers).status_code == 302
    answer = second.post(PAGE, his)
    assert answer.status_code == 422
    said = text(answer)
    assert "Another owner saved settings meanwhile, so yours are not saved. Changed there: telephone." in said
    assert 'value="Elsewhere"' in said  # what was typed stays
    riverside.refresh_from_db()
    assert (riverside.phone, riverside.address) == ("1", "1 High Street, Riverside")
    assert as_olivia.post(PAGE, hers).status_code == 302  # the same press twice is no conflict


@pytest.mark.hazard("HZ-31")
def test_only_ones_own_clinic(as_olivia: Client, hilltop: Clinic) -> None:
    stored = Clinic.objects.values().get(pk=hilltop.pk)
    given = shown(as_olivia, phone="9") | {"id": str(hilltop.pk), "clinic": str(hilltop.pk)}
    as_olivia.post(PAGE, given)
    assert Clinic.objects.values().get(pk=hilltop.pk) == stored


@pytest.mark.check(22)
def test_a_logo_is_encoded_anew_and_served(as_olivia: Client, riverside: Clinic) -> None:
    answer = as_olivia.post(LOGO, picture(logo_png(900, 300) + uploads.SCRIPT), follow=True)
    assert "Patients see the new logo from now on." in text(answer)
    logo = Logo.objects.get()
    assert (logo.width, logo.height, logo.clinic) == (480, 160, riverside)
    assert b"marker" not in bytes(logo.webp)
    url = reverse("clinic:logo", args=[logo.pk])
    assert f'src="{url}"' in text(answer)
    served = Client().get(url)
    assert (served.status_code, served["Content-Type"]) == (200, "image/webp")
    assert served["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert AuditEntry.objects.get(verb="clinic.logo_changed").changes == {
        "before": None,
        "after": str(logo.pk),
    }


def test_a_logo_is_replaced_and_removed(as_olivia: Client, riverside: Clinic) -> None:
    for size in (200, 220):
        as_olivia.post(LOGO, picture(logo_png(size)))
    assert Logo.objects.count() == 2  # the earlier one stays: its address may stand in a kept page
    riverside.refresh_from_db()
    assert riverside.logo
    assert riverside.logo.width == 220
    assert "The logo is removed." in text(as_olivia.post(LOGO, {"do": "remove"}, follow=True))
    riverside.refresh_from_db()
    assert riverside.logo_id is None
    before = factories.count_rows()
    as_olivia.post(LOGO, {"do": "remove"})
    assert AuditEntry.objects.filter(verb="clinic.logo_changed").count() == 3
    assert factories.count_rows() == before


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "not a photo of a kind"),
        (b"", "Choose a picture first."),
        (logo_png(63, 63), "it needs at least 64 pixels on each side"),
        (logo_png(700, 100), "too narrow"),
        (b"\0" * 10_000_001, "larger than 10 MB"),
        (uploads.zipped(), "not a photo of a kind"),
    ],
    ids=["svg", "empty", "small", "narrow", "large", "zip"],
)
@pytest.mark.check(22)
def test_what_is_no_logo(as_olivia: Client, data: bytes, said: str) -> None:
    before = factories.count_rows()
    answer = as_olivia.post(LOGO, picture(data))
    assert answer.status_code == 422
    assert said in text(answer) or "empty" in text(answer)
    assert factories.count_rows() == before


def plan_page(patient: Patient) -> str:
    client = Client()
    factories.open_plan(client, patient, now=clock.now())
    return text(client.get(reverse("exercises:today")))


def test_patients_see_name_colour_and_logo(
    as_olivia: Client, riverside: Clinic, priya: User, margaret: Patient, programme: Programme
) -> None:
    plain = plan_page(margaret)
    assert "brand.css" not in plain
    assert "<bdi>Riverside Podiatry</bdi>" in plain
    as_olivia.post(PAGE, shown(as_olivia, colour="plum", short_name="Feet First"))
    as_olivia.post(LOGO, picture(logo_png()))
    logo = reverse("clinic:logo", args=[Logo.objects.get().pk])
    for page in (plan_page(margaret), text(signed_in(priya).get(f"/patients/{margaret.pk}/sheet/"))):
        assert "css/brand.css" in page
        assert "brand-plum" in page
        assert "<bdi>Feet First</bdi>" in page
        assert f'src="{logo}"' in page
    help_page = text(Client().get(reverse("patients:help", args=[riverside.pk])))
    assert "brand-plum" in help_page
    assert logo not in help_page  # it opens while the database is away
    assert "Your clinic, Riverside Podiatry" in help_page


def test_the_usual_time_is_filled_in_when_a_programme_is_assigned(
    as_olivia: Client, priya: User, margaret: Patient, basics: Routine
) -> None:
    as_olivia.post(PAGE, shown(as_olivia, usual_reminder="07:15"))
    page = signed_in(priya).get(f"/patients/{margaret.pk}/programmes/new/?routine={basics.slug}")
    assert page.context["form"]["reminder_time"].value() == time(7, 15)


def test_a_patient_gets_no_brand_of_another_clinic(as_olivia: Client, hugo: User, heinrich: Patient) -> None:
    as_olivia.post(PAGE, shown(as_olivia, colour="plum", short_name="Feet First"))
    page = text(signed_in(hugo).get(f"/patients/{heinrich.pk}/sheet/"))
    assert "Feet First" not in page
    assert "brand-plum" not in page
