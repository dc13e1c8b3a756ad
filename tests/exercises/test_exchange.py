"""Exercises as a file and back: a round trip changes nothing, and one fault keeps everything from being written."""

import csv
import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clinic.models import AuditEntry, User
from exercises.admin.resources import FORMATS, MOST_ROWS, ExerciseResource, GuardedCSV
from exercises.models import CONTENT_COLUMNS, Exercise, Stage
from tests import factories
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db
IMPORT, LIST = "admin:exercises_exercise_import", "admin:exercises_exercise_changelist"


@pytest.fixture
def as_carlos(carlos: User) -> Client:
    return signed_in(carlos)


def exported(client: Client, kind: str = "csv", **filters: str) -> bytes:
    response = client.get(reverse("admin:exercises_exercise_export", args=[kind]), filters)
    assert response.status_code == 200
    assert response.headers["Content-Disposition"].startswith('attachment; filename="exercises-')
    content: bytes = response.content
    return content


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def as_csv(*rows: dict[str, Any]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def upload(client: Client, data: bytes, name: str = "exercises.csv") -> Any:
    return client.post(reverse(IMPORT), {"file": SimpleUploadedFile(name, data)})


def confirm(client: Client, preview: Any) -> Any:
    sent = {"confirm": "yes", "ticket": preview.context["ticket"]}
    return client.post(reverse(IMPORT), sent, follow=True)


def faults(response: Any) -> dict[int, dict[str, list[str]]]:
    assert response.status_code == 422
    return {row.number: row.error_dict for row in response.context["result"].invalid_rows}


def stored() -> dict[str, dict[str, Any]]:
    return {row.slug: row.content() for row in Exercise.objects.all()}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_round_trip_changes_nothing(as_carlos: Client, toe_curls: Exercise, kind: str) -> None:
    factories.make_exercise(
        "short-foot",
        published=False,
        steps=["- Sit down.", "Shorten, “draw in” | the foot; wait.", "'Rest'."],
        equipment=["towel", "mat"],
        cautions=["fall_risk"],
        sets_min=2,
        sets_max=3,
        barefoot=True,
        difficulty=2,
        movement="=1+1",
        harder_exercises=["toe-curls-and-spreads"],
    )
    before, content = factories.count_rows(), stored()
    preview = upload(as_carlos, exported(as_carlos, kind), f"back.{kind}")
    assert preview.status_code == 200, text(preview)
    assert preview.context["counts"] == {"new": 0, "changed": 0, "same": 2}
    done = confirm(as_carlos, preview)
    assert "0 new, 0 changed, 2 as they were. Nothing was published." in text(done)
    changed = {name for name, rows in factories.count_rows().items() if rows != before[name]}
    assert changed <= {"django_session"}
    assert stored() == content


def test_new_and_changed_rows_are_shown_then_written(as_carlos: Client, toe_curls: Exercise) -> None:
    (row,) = rows_of(exported(as_carlos))
    row |= {"reps": "12-20", "steps": "Sit.\nCurl your toes."}
    new = row | {"slug": "towel-scrunch", "name": "Towel scrunch", "findings": "tight_calf"}
    before = factories.count_rows()
    preview = upload(as_carlos, as_csv(row, new))
    assert "1 new, 1 to be changed, 0 as they are. Nothing is written yet" in text(preview)
    assert "changes steps, reps" in text(preview)
    assert factories.count_rows() == before
    assert "1 new, 1 changed, 0 as they were" in text(confirm(as_carlos, preview))
    toe_curls.refresh_from_db()
    assert (toe_curls.reps_min, toe_curls.reps_max, toe_curls.steps) == (12, 20, ["Sit.", "Curl your toes."])
    assert toe_curls.current is not None
    assert (toe_curls.current.reps_max, toe_curls.has_unpublished_changes) == (15, True)
    made = Exercise.objects.get(slug="towel-scrunch")
    assert (made.stage, made.current, made.clinic) == (Stage.DRAFT, None, None)
    assert [finding.pk for finding in made.findings.all()] == ["tight_calf"]
    entries = AuditEntry.objects.filter(actor_label="Carlos Vega").order_by("pk")
    assert [(entry.verb, entry.object_id) for entry in entries] == [
        ("exercise.edited", str(toe_curls.pk)),
        ("exercise.created", str(made.pk)),
    ]


def test_one_fault_writes_nothing_and_each_is_named(as_carlos: Client, toe_curls: Exercise) -> None:
    (good,) = rows_of(exported(as_carlos))
    good |= {"name": "Toe curling"}
    bad = good | {
        "slug": "Not A Slug!",
        "equipment": "sofa",
        "position": "flying",
        "reps": "20-10",
        "barefoot": "perhaps",
        "findings": "no_such_thing",
        "steps": "x" * 301,
        "dose_source": "",
    }
    before, content = factories.count_rows(), stored()
    response = upload(as_carlos, as_csv(good, bad))
    found = faults(response)
    assert list(found) == [3]
    assert set(found[3]) == {
        "slug",
        "equipment",
        "position",
        "reps",
        "barefoot",
        "findings",
        "steps",
        "dose_source",
    }
    assert "Row 3, <code>reps</code>: Write the smaller number first, such as 10-15." in text(response)
    assert "Nothing was written." in text(response)
    assert "ticket" not in response.context
    assert factories.count_rows() == before
    assert stored() == content


def test_what_became_wrong_after_the_preview_writes_nothing(
    as_carlos: Client, carlos: User, toe_curls: Exercise
) -> None:
    (row,) = rows_of(exported(as_carlos))
    preview = upload(as_carlos, as_csv(row | {"name": "Other"}, row | {"slug": "short-foot"}))
    taken = factories.make_exercise("short-foot", clinic=factories.make_clinic("Far away"))
    before = factories.count_rows()
    response = confirm(as_carlos, preview)
    assert faults(response) == {3: {"__all__": ["This short name is taken."]}}
    assert factories.count_rows() == before
    assert Exercise.objects.get(pk=toe_curls.pk).name == "Toe curls and spreads"
    assert Exercise.objects.get(slug="short-foot") == taken


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.xlsx", b"PK", "Choose a file that ends in .csv, .tsv or .json."),
        ("a.csv", b"", "The submitted file is empty."),
        ("a.csv", b"slug,name\r\n", "The file holds no rows."),
        ("a.csv", b"slug,name\r\na,Zeh\r\nb,B\xe4r\r\n", "cannot be read from line 3 on: it is not UTF-8."),
        ("a.csv", "slug,name\r\na,Zeh\r\n".encode("utf-16-le"), "This file is not text, or not UTF-8."),
        ("a.csv", b"PK\x03\x04\x00\x00", "This file is not text, or not UTF-8."),
        ("a.csv", b"slug,name\r\n\r\na,One, two\r\n", "Row 3 has more cells than there are columns"),
        ("a.json", b'{"a": [', "This cannot be read as JSON."),
        ("a.json", b'"text"', "This cannot be read as JSON."),
        ("a.csv", b"name\r\nToes\r\n", "The column slug is missing."),
        ("a.csv", b"slug,stage\r\na,published\r\n", "Unknown columns: stage."),
        ("a.csv", b"slug,name,name\r\na,b,c\r\n", "Columns that stand twice: name."),
        ("a.csv", b"slug\r\na\r\na\r\n", "Rows with the same slug: a."),
        (
            "a.csv",
            b"slug\r\n" + b"a\r\n" * (MOST_ROWS + 1),
            f"At most {MOST_ROWS} rows; the file has {MOST_ROWS + 1}.",
        ),
        ("a.csv", b"slug\r\n" + b"a" * 5_000_001, "The file is larger than 5 MB."),
    ],
)
def test_files_that_are_refused_say_why(
    as_carlos: Client, toe_curls: Exercise, name: str, data: bytes, words: str
) -> None:
    before = factories.count_rows()
    response = upload(as_carlos, data, name)
    assert response.status_code == 422
    assert words in " ".join(response.context["form"].errors["file"])
    assert factories.count_rows() == before


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_a_file_is_read_as_a_spreadsheet_saved_it(
    as_carlos: Client, toe_curls: Exercise, encoding: str, separator: str, ending: str
) -> None:
    lines = [separator.join(cells) for cells in (("slug", "name"), (toe_curls.slug, "Bärenzehen"), ("", ""))]
    preview = upload(as_carlos, "\r\n".join(lines).encode(encoding), f"a.{ending}")
    assert preview.status_code == 200, text(preview)
    confirm(as_carlos, preview)
    toe_curls.refresh_from_db()
    assert toe_curls.name == "Bärenzehen"


def test_a_fault_names_the_row_that_a_spreadsheet_shows(as_carlos: Client, toe_curls: Exercise) -> None:
    """Empty rows and cells of several lines count as they do there; the second look says the same."""
    data = f'slug,steps,kind\r\n{toe_curls.slug},"One.\nTwo.",\r\n\r\n,,\r\nshort-foot,One.,no-such\r\n'
    before = factories.count_rows()
    assert list(faults(upload(as_carlos, data.encode()))) == [5]
    assert factories.count_rows() == before
    rows = "slug,name,dose_source\r\n\r\nshort-foot,Short foot,D\r\n"
    preview = upload(as_carlos, rows.encode())
    factories.make_exercise("short-foot", clinic=factories.make_clinic("Far away"))
    assert list(faults(confirm(as_carlos, preview))) == [3]


@pytest.mark.hazard("HZ-14")
def test_the_last_caution_is_not_imported_away(as_carlos: Client, toe_curls: Exercise) -> None:
    Exercise.objects.update(cautions=["fall_risk"])
    before = factories.count_rows()
    found = faults(upload(as_carlos, f"slug,cautions\r\n{toe_curls.slug},\r\n".encode()))
    assert found == {2: {"cautions": ["Only its own page takes the last caution away."]}}
    assert factories.count_rows() == before
    toe_curls.refresh_from_db()
    assert toe_curls.cautions == ["fall_risk"]


def test_a_preview_is_its_own_persons_and_grows_old(
    as_carlos: Client, cora: User, toe_curls: Exercise, time_machine: Any
) -> None:
    (row,) = rows_of(exported(as_carlos))
    preview = upload(as_carlos, as_csv(row | {"name": "Other"}))
    before = factories.count_rows()
    for client, ticket in ((signed_in(cora), preview.context["ticket"]), (as_carlos, "forged")):
        response = client.post(reverse(IMPORT), {"confirm": "yes", "ticket": ticket}, follow=True)
        assert "The preview is too old. Choose the file again." in text(response)
    after = {name for name, rows in factories.count_rows().items() if rows != before[name]}
    assert after <= {"django_session"}
    assert Exercise.objects.get().name == "Toe curls and spreads"


@pytest.mark.check(4)
def test_a_file_touches_no_other_clinic_and_the_export_obeys_the_filters(
    as_carlos: Client, hugo: User, toe_curls: Exercise
) -> None:
    foreign = factories.make_exercise("their-own", clinic=hugo.staff_membership.clinic)
    factories.make_exercise("short-foot", published=False)
    assert {row["slug"] for row in rows_of(exported(as_carlos))} == {"short-foot", toe_curls.slug}
    assert {row["slug"] for row in rows_of(exported(as_carlos, status="draft"))} == {"short-foot"}
    (row,) = rows_of(exported(as_carlos, status="published"))
    response = upload(as_carlos, as_csv(row | {"slug": "their-own", "name": "Taken over"}))
    assert faults(response) == {2: {"__all__": ["This short name is taken."]}}
    foreign.refresh_from_db()
    assert foreign.name == "Their own"


def test_the_selected_ones_are_exported(as_carlos: Client, toe_curls: Exercise) -> None:
    factories.make_exercise("short-foot")
    sent = {"action": "export_selected", "_selected_action": [toe_curls.pk]}
    response = as_carlos.post(reverse(LIST), sent)
    assert [row["slug"] for row in rows_of(response.content)] == [toe_curls.slug]


@given(st.lists(st.text(alphabet=st.sampled_from("=+-@'\tab\n,\""), max_size=6), min_size=1, max_size=3))
@pytest.mark.check(25)
def test_no_cell_is_a_formula_and_reading_gives_it_back(cells: list[str]) -> None:
    dataset = FORMATS["csv"]().create_dataset(b"a\r\nx\r\n")
    dataset.headers = ["a"]
    dataset = type(dataset)(*([cell] for cell in cells), headers=["a"])
    written = GuardedCSV().export_data(dataset)
    for row in list(csv.reader(io.StringIO(written, newline="")))[1:]:
        assert not row or not row[0].startswith(("=", "+", "-", "@", "\t", "\r"))
    read = GuardedCSV().create_dataset(written.encode())
    assert [row[0] for row in read] == cells


def test_every_column_of_the_content_is_in_a_file(as_carlos: Client, toe_curls: Exercise) -> None:
    (row,) = json.loads(exported(as_carlos, "json"))
    assert list(row) == ExerciseResource.columns()
    for column in CONTENT_COLUMNS:
        assert column == "photo" or {column, column[:-4]} & set(row), column


@pytest.mark.parametrize("name", ["priya", "asha", "audrey"])
def test_files_are_for_curators(request: pytest.FixtureRequest, toe_curls: Exercise, name: str) -> None:
    client = signed_in(request.getfixturevalue(name))
    for address in (reverse(IMPORT), reverse("admin:exercises_exercise_export", args=["csv"])):
        assert client.get(address, follow=True).status_code == 403


def test_imported_tags_are_searched_at_once(as_carlos: Client, toe_curls: Exercise) -> None:
    factories.make_finding_type("stiff_toe", label="Wooden toe")
    (row,) = rows_of(exported(as_carlos))
    confirm(as_carlos, upload(as_carlos, as_csv(row | {"findings": "stiff_toe"})))
    assert list(Exercise.objects.matching("wooden")) == [toe_curls]


def test_the_last_tag_of_what_is_published_is_not_imported_away(
    as_carlos: Client, toe_curls: Exercise
) -> None:
    (row,) = rows_of(exported(as_carlos))
    before = factories.count_rows()
    found = faults(upload(as_carlos, as_csv(row | {"findings": ""})))
    assert "at least one finding" in found[2]["findings"][0]
    assert factories.count_rows() == before
    assert toe_curls.findings.exists()
