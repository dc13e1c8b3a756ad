"""The same thing has the same name on every page."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from exercises.models import Programme
from patients.models import Patient

pytestmark = pytest.mark.django_db


def page(client: Client, name: str, *args: object) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("person", ["olivia", "carlos"])
def test_who_curates_finds_the_administration(request: pytest.FixtureRequest, person: str) -> None:
    client = Client()
    client.force_login(request.getfixturevalue(person))
    menu = f'<a href="{reverse("admin:index")}">Administration</a>'
    assert menu in page(client, "exercises:catalogue")
    index = page(client, "admin:index")
    assert "Footwork administration" in index
    assert "Catalogue, members, clinic" in index


def test_others_do_not(as_priya: Client) -> None:
    assert "Administration" not in page(as_priya, "exercises:catalogue")


def test_a_programme_runs_on_both_pages(as_priya: Client, margaret: Patient, programme: Programme) -> None:
    Programme.objects.update(ends_on=date(2099, 1, 1))
    assert "running" in page(as_priya, "exercises:patient", margaret.pk).split('id="programmes"')[1]
    assert "Running" in page(as_priya, "exercises:programme", programme.pk)


def test_the_way_back_from_ending_a_programme(
    as_priya: Client, margaret: Patient, programme: Programme
) -> None:
    crumbs = (
        page(as_priya, "exercises:programme_end", programme.pk).split('class="crumbs"')[1].split("</ol>")[0]
    )
    places = [
        reverse("patients:list"),
        reverse("exercises:patient", args=[margaret.pk]),
        reverse("exercises:programme", args=[programme.pk]),
    ]
    found = [crumbs.index(f'href="{place}"') for place in places]
    assert found == sorted(found)
