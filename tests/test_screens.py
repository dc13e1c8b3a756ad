"""`make screenshots` forgets no page: its list is held to the URLs, and each page left out says why."""

from pathlib import Path

from tests.browser.screens import album, pages, world
from tests.browser.screens.camera import Taken
from tests.doors import DOORS, ROLES
from tests.test_access_matrix import ALL, OURS

ADMIN = {name for name in ALL if name.startswith("admin:")}
THEIRS = set(ALL) - OURS - ADMIN


def test_every_page_of_ours_is_pictured_or_says_why_not() -> None:
    readable = {name for name, door in DOORS.items() if "GET" in door.methods and not door.api}
    assert set(pages.pictured()) | set(pages.NO_PAGE) == readable
    assert set(pages.pictured()) & set(pages.NO_PAGE) == set()
    assert all(pages.NO_PAGE.values())
    assert len(readable) == 136


def test_a_new_page_cannot_be_forgotten() -> None:
    """What its address is about must be known to the world of the pictures: a new kind fails here."""
    for name, door in pages.pictured().items():
        assert door.about in world.ABOUT, (
            f"{name}: say in tests/browser/screens/world.py what its address is about"
        )


def test_pages_of_other_packages_are_pictured_or_say_why_not() -> None:
    named = [*pages.ACCOUNT, *pages.WITH_APP, *pages.NOT_SHOWN]
    assert sorted(named) == sorted(THEIRS)
    assert set(pages.ADMIN) <= ADMIN


def test_each_page_is_shown_to_somebody_who_may_see_it() -> None:
    for name, door in pages.pictured().items():
        who = pages.who_looks(door)
        assert 200 in door.expected(who, "GET") or door.rung != "A", name
    for who, name in pages.ALSO_BY:
        assert 200 in DOORS[name].expected(who, "GET"), name
    assert {who for who, _name in pages.ALSO_BY} | {"practitioner", "owner"} == set(ROLES)


def test_names_of_files_are_different() -> None:
    slugs = [pages.Screen("Staff", name, "owner", "/").slug for name in pages.pictured()]
    assert len(set(slugs)) == len(slugs)
    assert (
        pages.Screen("Staff", "patients:list, nothing found", "owner", "/").slug
        == "staff-patients-list-nothing-found"
    )


def test_the_album_names_each_fault_and_shows_each_picture(tmp_path: Path) -> None:
    one = Taken(
        "Staff", "patients:list", "/patients/", {"390 light": "a.jpg"}, ["390 px: scrolls <sideways>"]
    )
    album.keep(tmp_path, "staff", [one])
    album.keep(tmp_path, "patients", [Taken("Patients", "exercises:today", "/today/", {"390 dark": "b.jpg"})])
    page = (tmp_path / "index.html").read_text()
    assert "Faults: 1" in page
    assert "Staff, patients:list: 390 px: scrolls &lt;sideways&gt;" in page
    assert page.count("<img") == 2
