"""Nothing falls between the lists: patients whom nobody treats, and what came in while a page stood open."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.models import Membership, User
from exercises import actions
from exercises.models import Alert
from patients.models import Patient
from tests import factories
from tests.alert_factories import make_alert
from tests.factories import NOON
from tests.pages import signed_in, text

LIST = reverse("exercises:worklist")
DAY = timedelta(days=1)
STALE = "Something was added meanwhile. Look again."


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


def listed(user: User, query: str = "") -> str:
    return text(signed_in(user).get(LIST + query))


@pytest.mark.hazard("HZ-13")
@pytest.mark.parametrize(
    "changed",
    [
        {"role": "assistant"},
        {"role": "owner"},
        {"role": "auditor"},
        {"is_active": False},
        {"user__is_active": False},
    ],
)
@pytest.mark.parametrize("given", [False, True])
def test_a_patient_of_somebody_who_treats_nobody_is_on_every_practitioners_list(
    priya: User, olivia: User, margaret: Patient, changed: dict[str, Any], given: bool
) -> None:
    """Who registered or imported the record, lost the role, left: not only on the list of everybody."""
    alert = make_alert(margaret)
    Membership.objects.filter(user=olivia).update(role="practitioner")
    ben = olivia
    assert "Margaret Hale" not in listed(ben)
    if given:
        actions.assign_alert(actor=Actor.staff(priya), alert=alert, to=priya, now=NOON)
    if "user__is_active" in changed:
        User.objects.filter(pk=priya.pk).update(is_active=False)
    else:
        Membership.objects.filter(user=priya).update(**changed)
    keeps_it = given and changed.get("role") == "owner"  # an owner reads what was given to them
    assert ("Margaret Hale" in listed(ben)) is not keeps_it
    assert "Margaret Hale" not in listed(ben, f"?who={ben.pk}")


@pytest.mark.hazard("HZ-13", "HZ-36")
@pytest.mark.parametrize("count", ["1", "3", "", "x"])
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("seen", {}),
        ("close", {"note": "Shoes changed."}),
        ("call", {"text": "Called, no answer."}),
        ("snooze", {"until": "2026-12-01"}),
    ],
)
def test_what_the_page_did_not_show_is_not_taken_as_seen(
    priya: User, margaret: Patient, name: str, data: dict[str, str], count: str
) -> None:
    """The page showed one occasion; another came in before the button was pressed."""
    alert = make_alert(margaret, now=NOON - DAY, cause="one")
    client = signed_in(priya)
    pages = text(client.get(LIST)), text(client.get(reverse("exercises:alert", args=[alert.pk])))
    shown = [page.count('name="count" value="1"') for page in pages]
    assert shown == [2, 4]  # seen and resolved; called and put off on the alert's own page
    make_alert(margaret, cause="two")
    before, stored = factories.count_rows(), Alert.objects.values().get()
    response = client.post(reverse(f"exercises:alert_{name}", args=[alert.pk]), data | {"count": count})
    page = text(response)
    assert response.status_code == 422
    assert (STALE in page) is (count != "x")
    assert "Foot pain 9 out of 10 on 23 Nov." in page
    assert all(said in page for said in data.values())  # what was written stands there still
    assert (factories.count_rows(), Alert.objects.values().get()) == (before, stored)
    assert page.count('name="count" value="2"') == 4
    assert (
        client.post(reverse(f"exercises:alert_{name}", args=[alert.pk]), data | {"count": "2"}).status_code
        == 302
    )
