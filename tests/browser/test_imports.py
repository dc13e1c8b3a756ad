"""The pages of an import as a browser sees them, and the way from the file to the patients without scripts."""

from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, expect

from clinic.models import User
from patients import import_work
from patients.models import Patient, PatientImport
from tests.browser.test_pages import examine
from tests.pages import signed_in
from tests.patients.import_world import HEAD, THREE, address, checked, confirmed, uploaded

MIXED = THREE + "Ana,Quinn,1956-03-14,\nلیلى,حداد,1970-06-05,layla@patients.example\nDan,Ek,31.2.,nowhere\n"


def test_each_page(
    desk: BrowserContext, faults: list[str], priya: User, margaret: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_priya = signed_in(priya)
    fresh, preview = uploaded(as_priya, MIXED), checked(as_priya, MIXED)
    done = confirmed(as_priya, checked(as_priya, MIXED.replace("Ana", "Anna").replace("ana@", "anna@")))
    monkeypatch.setattr("patients.actions.FEW_ROWS", 0)
    waiting, running = (checked(as_priya, HEAD + f"Ina,{name},1956-03-14,\n") for name in ("Abel", "Ott"))
    PatientImport.objects.filter(pk=waiting.pk).update(queued_at="2020-01-01T00:00Z")
    PatientImport.objects.filter(pk=running.pk).update(state="checked", ready=1)
    confirmed(as_priya, running)
    page = desk.new_page()
    for path in (
        reverse("patients:import_new"),
        address("import_columns", fresh),
        address("import", preview),
        address("import", preview) + "?show=faulty",
        address("import", waiting),
        address("import", running),
        address("import", done),
        address("import", done) + "?show=added",
    ):
        examine(page, path, faults)


def test_from_the_file_to_the_patients(desk: BrowserContext, priya: User, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(MIXED)
    page = desk.new_page()
    page.goto(reverse("patients:list"))
    page.get_by_role("link", name="Import a list").click()
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Upload and look at it").click()
    expect(page.get_by_label("Date of birth")).to_have_value("date_of_birth")
    page.get_by_label("Year first").check()
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_role("link", name="Perhaps known").click()
    page.get_by_role("button", name="This is another person").click()
    page.get_by_role("button", name="Import 5 patients").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("5 patients were added")
    page.get_by_role("button", name="Archive what this list added").click()
    expect(page.get_by_role("status")).to_contain_text("5 patients were archived.")


def test_the_bar_follows_the_worker(
    desk: BrowserContext, priya: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patients.actions.FEW_ROWS", 0)
    monkeypatch.setattr("patients.import_work.BATCH", 2)
    made = checked(signed_in(priya), THREE)
    page = desk.new_page()
    page.goto(address("import", made))
    expect(page.get_by_text("0 of 3 rows checked").first).to_be_visible()
    import_work.step()
    expect(page.get_by_text("2 of 3 rows checked").first).to_be_visible()
    import_work.step()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nobody is added yet: look at the list")
