"""Finding anybody from anywhere: similar names, filters, whom one opened last, and what a search must withstand."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import AuditEntry, User
from clinic.roles import Role
from patients import actions
from patients.models import Patient
from tests import factories
from tests.factories import NOON
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db
LIST = reverse("patients:list")
HTMX = {"HX-Request": "true"}


def names(client: Client, key: str = "rows", **asked: str) -> list[str]:
    answer = client.get(LIST, asked)
    assert answer.status_code == 200
    return [str(row["patient"]) for row in answer.context[key]]


@pytest.fixture
def people(priya: User) -> dict[str, Patient]:
    named: list[tuple[str, str, dict[str, Any]]] = [
        ("Amara", "Okonjo", {"reference": "RV-1042", "date_of_birth": date(1988, 7, 2)}),
        ("Anna-Lena", "Smith-Jones", {"email": ""}),
        ("Aoife", "O’Brien", {}),
        ("Li", "Xu", {"reference": "0042/7"}),
        ("سارة", "حسن", {"email": "sara@patients.example"}),
    ]
    made = [
        factories.make_patient(priya, given, family, **({"reminders_allowed": False} | fields))
        for given, family, fields in named
    ]
    return {patient.family_name: patient for patient in made}


# --- what finds whom -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("okon", "Amara Okonjo"),
        ("rv-1042", "Amara Okonjo"),
        ("RV-10", "Amara Okonjo"),
        ("1042", "Amara Okonjo"),
        ("2.7.1988", "Amara Okonjo"),
        ("2/7/88", "Amara Okonjo"),
        ("ama 2 Jul 1988", "Amara Okonjo"),
        ("smith", "Anna-Lena Smith-Jones"),
        ("jones", "Anna-Lena Smith-Jones"),
        ("lena", "Anna-Lena Smith-Jones"),
        ("smith-jones", "Anna-Lena Smith-Jones"),
        ("obrien", "Aoife O’Brien"),
        ("o'brien", "Aoife O’Brien"),
        ("O’B", "Aoife O’Brien"),
        ("li", "Li Xu"),
        ("xu li", "Li Xu"),
        ("0042/7", "Li Xu"),
        ("حسن", "سارة حسن"),
        ("سا", "سارة حسن"),
        ("sara@", "سارة حسن"),
    ],
)
def test_finds(as_priya: Client, people: dict[str, Patient], typed: str, found: str) -> None:
    assert names(as_priya, q=typed) == [found]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("okojno", "Amara Okonjo"),
        ("okonnjo", "Amara Okonjo"),
        ("amra okonjo", "Amara Okonjo"),
        ("okomjo am", "Amara Okonjo"),
        ("okomjo 2.7.1988", "Amara Okonjo"),
        ("jonse", "Anna-Lena Smith-Jones"),
        ("smithjones", "Anna-Lena Smith-Jones"),  # the hyphen is missing
        ("obrine", "Aoife O’Brien"),
        ("okomjo 3.7.1988", ""),
        ("okmojo bob", ""),
        ("rv-1043", ""),  # another number is another patient
        ("xi", ""),
        ("amara okonjo", ""),  # found, and not told twice
    ],
)
def test_similar_names_stand_apart(
    as_priya: Client, people: dict[str, Patient], typed: str, found: str
) -> None:
    assert names(as_priya, "similar", q=typed) == ([found] if found else [])
    page = text(as_priya.get(LIST, {"q": typed}))
    assert ("Similar names" in page) is bool(found)


def test_similar_names_are_looked_for_only_when_few_are_found(as_priya: Client, priya: User) -> None:
    for number in range(3):
        factories.make_patient(priya, "Ana", "Hale", date_of_birth=date(1960, 1, 1 + number))
    factories.make_patient(priya, "Bo", "Hare")
    assert (len(names(as_priya, q="hale")), names(as_priya, "similar", q="hale")) == (3, [])
    Patient.objects.filter(date_of_birth=date(1960, 1, 1)).update(archived_at=NOON, archived_by=priya)
    assert names(as_priya, "similar", q="hale") == ["Bo Hare"]


@pytest.mark.hazard("HZ-32")
@pytest.mark.parametrize("typed", ["adler", "adelr", "14.3.1956", "ADL-1", ""])
@pytest.mark.check(4)
def test_nobody_of_another_clinic(
    as_priya: Client, hugo: User, heinrich: Patient, people: dict[str, Patient], typed: str
) -> None:
    Patient.objects.filter(pk=heinrich.pk).update(reference="ADL-1", search="heinrich adler adl-1")
    found = names(as_priya, q=typed) + names(as_priya, "similar", q=typed)
    assert "Heinrich Adler" not in found
    theirs = signed_in(hugo)
    assert "Heinrich Adler" in names(theirs, q=typed) + names(theirs, "similar", q=typed)


def test_archived_ones_only_when_asked(as_priya: Client, priya: User, people: dict[str, Patient]) -> None:
    Patient.objects.filter(family_name="Okonjo").update(archived_at=NOON, archived_by=priya)
    for typed in ("okonjo", "okomjo", "rv-1042", "2.7.1988"):
        assert names(as_priya, q=typed) + names(as_priya, "similar", q=typed) == []
        both = names(as_priya, q=typed, archived="1") + names(as_priya, "similar", q=typed, archived="1")
        assert both == ["Amara Okonjo"]


# --- what a search withstands ----------------------------------------------------------------------------------
STRANGE = [
    *(
        "'",
        "''",
        "\\",
        "a\\",
        "':*",
        "a':* | 'b",
        "a & b",
        "a | b",
        "!a",
        "a <-> b",
        "(a",
        "a:*",
        "'a' <2> 'b'",
        "$$",
    ),
    *(
        "'; DROP TABLE patients_patient; --",
        "%",
        "_",
        "\x00",
        "a\x00b",
        "\ud800",
        "-",
        "- -",
        "@",
        "---a",
        ".",
    ),
    *("x" * 500, "1/" * 250, "a-" * 250, "1 " * 250, "14.3.1956 " * 50, "é" * 500, "\u202e hale", "ﷺ" * 200),
]


@pytest.mark.parametrize("typed", STRANGE)
def test_strange_queries_are_words_or_nothing(as_priya: Client, margaret: Patient, typed: str) -> None:
    sent = quote(typed, errors="surrogatepass")
    with CaptureQueriesContext(connection) as asked:
        answer = as_priya.get(f"{LIST}?q={sent}")
    assert answer.status_code == 200
    assert len(asked) <= 15
    assert Patient.objects.count() == 1


@pytest.mark.parametrize("typed", ["marg' | 'x", "zzz | marg", "!zzz", "zzz:* | marg:*"])
def test_operators_are_no_operators(as_priya: Client, margaret: Patient, typed: str) -> None:
    assert names(as_priya, q=typed) == []


def test_what_one_letter_finds_is_not_counted_to_the_end(
    as_priya: Client, priya: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patients.views.records.MOST_FOUND", 30)
    for number in range(31):
        factories.make_patient(priya, f"Ana{number}", "Quinn", cautions=None)
    assert "More than 30 patients found for “q”." in text(as_priya.get(LIST, {"q": "q"}))
    assert "31 patients" in text(as_priya.get(LIST))
    assert len(names(as_priya, q="q", page="2")) == 6
    Patient.objects.filter(given_name="Ana0").update(archived_at=NOON, archived_by=priya)
    assert "30 patients found for “q”." in text(as_priya.get(LIST, {"q": "q"}))


def test_a_long_list_is_not_counted_to_the_end_either(
    as_priya: Client, priya: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patients.views.records.MOST_LISTED", 30)
    for number in range(31):
        factories.make_patient(priya, f"Ana{number}", "Quinn", cautions=None)
    assert "More than 30 patients. Search, or filter, for those further down." in text(as_priya.get(LIST))
    assert len(names(as_priya, page="2")) == 6
    Patient.objects.filter(given_name="Ana0").update(archived_at=NOON, archived_by=priya)
    assert "30 patients" in text(as_priya.get(LIST))
    assert "More than" not in text(as_priya.get(LIST))


# --- filters, order, pages -------------------------------------------------------------------------------------
@pytest.fixture
def colleague(riverside: Any) -> User:
    return factories.make_staff(riverside, Role.PRACTITIONER, "Petra Novak")


def test_whose_patients(
    as_priya: Client, priya: User, colleague: User, hugo: User, margaret: Patient
) -> None:
    factories.make_patient(colleague, "Ana", "Quinn")
    assert names(as_priya, practitioner="me") == ["Margaret Hale"]
    assert names(as_priya, practitioner=str(colleague.pk)) == ["Ana Quinn"]
    assert names(as_priya) == ["Margaret Hale", "Ana Quinn"]
    for unknown in ("x", str(hugo.pk), "-1", "9" * 30, "\x00"):
        assert names(as_priya, practitioner=unknown) == ["Margaret Hale", "Ana Quinn"]
    page = as_priya.get(LIST).content.decode()
    assert "Petra Novak" in page
    assert hugo.name not in page


def test_order(as_priya: Client, priya: User, margaret: Patient) -> None:
    late = factories.make_patient(priya, "Zoë", "Zander")
    Patient.objects.filter(pk=late.pk).update(created_at=late.created_at + timedelta(hours=1))
    assert names(as_priya, sort="added") == ["Zoë Zander", "Margaret Hale"]
    assert names(as_priya, sort="") == names(as_priya, sort="nonsense") == ["Margaret Hale", "Zoë Zander"]


def test_what_was_chosen_stays_in_the_address(as_priya: Client, priya: User) -> None:
    for number in range(26):
        factories.make_patient(priya, f"Ana{number}", "Quinn")
    chosen = {"q": "quinn", "practitioner": "me", "sort": "added"}
    page = as_priya.get(LIST, chosen).content.decode()
    assert 'href="?q=quinn&amp;practitioner=me&amp;sort=added&amp;page=2"' in page
    assert '<option value="me" selected>' in page
    typed = as_priya.get(LIST, chosen | {"archived": ""}, headers=HTMX)
    assert typed.headers["HX-Replace-Url"] == f"{LIST}?q=quinn&practitioner=me&sort=added"
    assert as_priya.get(LIST, {"q": " "}, headers=HTMX).headers["HX-Replace-Url"] == LIST


def test_a_practitioner_without_patients(as_priya: Client, colleague: User, margaret: Patient) -> None:
    page = text(as_priya.get(LIST, {"practitioner": str(colleague.pk)}))
    assert "This practitioner has no patients." in page
    assert "Show all patients" in page


@pytest.mark.parametrize(
    "asked", [{}, {"q": "quinn"}, {"q": "qiunn"}, {"practitioner": "me", "sort": "added"}]
)
def test_as_many_queries_for_one_as_for_ten(as_priya: Client, priya: User, asked: dict[str, str]) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            as_priya.get(LIST, asked)
        return len(queries)

    def add(number: int) -> None:
        patient = factories.make_patient(priya, f"Ana{number}", "Quinn", reference=f"R{number}")
        factories.make_finding(priya, patient)
        actions.note_reading(actor=Actor.staff(priya), patient=patient, page="patient")

    add(0)
    first = count()
    for number in range(1, 10):
        add(number)
    assert count() <= first <= 15  # enough are found by then: similar names are not looked for


# --- whom one opened last --------------------------------------------------------------------------------------
def recent(client: Client, **asked: str) -> list[str]:
    return [str(patient) for patient in client.get(LIST, asked).context.get("recent", [])]


@pytest.mark.usefixtures("each_reading")
def test_the_last_eight_that_i_opened(as_priya: Client, priya: User, asha: User, hugo: User) -> None:
    people = [factories.make_patient(priya, f"Ana{number}", "Quinn") for number in range(10)]
    for person in [*people, people[0]]:
        as_priya.get(reverse("exercises:patient", args=[person.pk]))
    expected = [str(people[n]) for n in (0, 9, 8, 7, 6, 5, 4, 3)]
    assert recent(as_priya) == expected
    assert recent(as_priya, q="nobody") == expected  # where the search has nothing to show
    assert (
        recent(as_priya, q="ana1")
        == recent(as_priya, archived="1")
        == recent(as_priya, practitioner="me")
        == []
    )
    assert recent(signed_in(asha)) == []
    assert "You opened last" not in text(signed_in(asha).get(LIST))
    assert recent(signed_in(hugo)) == []


def test_an_archived_patient_leaves_the_last_eight(as_priya: Client, priya: User, margaret: Patient) -> None:
    as_priya.get(reverse("exercises:patient", args=[margaret.pk]))
    assert recent(as_priya) == ["Margaret Hale"]
    Patient.objects.filter(pk=margaret.pk).update(archived_at=NOON, archived_by=priya)
    assert recent(as_priya) == []


def test_a_move_to_another_clinic_takes_no_patient_along(
    as_priya: Client, priya: User, hilltop: Any, margaret: Patient
) -> None:
    as_priya.get(reverse("exercises:patient", args=[margaret.pk]))
    priya.staff_membership.clinic = hilltop
    priya.staff_membership.save()
    assert recent(as_priya) == []


def test_looking_is_read_from_an_index(priya: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    mine = AuditEntry.objects.filter(verb="record.read", actor_user_id=priya.pk).order_by("-at")
    assert "audit_readings" in mine.explain()


# --- from everywhere -------------------------------------------------------------------------------------------
def test_every_staff_page_has_the_search(as_priya: Client, margaret: Patient, carlos: User) -> None:
    for address in (
        reverse("exercises:catalogue"),
        reverse("exercises:patient", args=[margaret.pk]),
        reverse("patients:new"),
        reverse("mfa_index"),
    ):
        page = as_priya.get(address).content.decode()
        assert f'role="search" method="get" action="{LIST}"' in page, address
        assert page.count("data-find") == 1, address
        assert 'aria-keyshortcuts="/ Control+K"' in page
    assert as_priya.get(LIST).content.decode().count("data-find") == 1
    assert "data-find" not in signed_in(carlos).get(reverse("exercises:catalogue")).content.decode()


def test_a_very_long_word_is_no_fault(as_priya: Client, priya: User) -> None:
    factories.make_patient(priya, "㌖" * 80, "Xu")  # folded each becomes six letters
    assert names(as_priya, q="㌖" * 80) == ["㌖" * 80 + " Xu"]
    for typed in ("㌖" * 200, "㌖" * 199 + " 1956", "x" * 200):
        assert as_priya.get(LIST, {"q": typed}).status_code == 200
