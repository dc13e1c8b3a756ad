"""A clinic's own finding types: added without code, offered to nobody else. The shared ones are read only."""

from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.test import Client
from django.urls import reverse

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, Clinic, User
from clinic.roles import Role
from exercises.models import Exercise
from patients import actions
from patients.models import FindingCode, FindingType, Patient, Site
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ADD = "admin:patients_findingtype_add"
TYPED = {
    "label": "Morton neuroma",
    "patient_wording": "Burning between the toes",
    "group": "Other",
    "site": "foot",
    "sides": ["left", "right", "bilateral"],
    "source": "own experience",
    "is_offered": "on",
}
NO_CODES = {"codes-TOTAL_FORMS": "0", "codes-INITIAL_FORMS": "0"}


def codes(*rows: dict[str, Any], standing: int = 0) -> dict[str, Any]:
    sent: dict[str, Any] = {"codes-TOTAL_FORMS": len(rows), "codes-INITIAL_FORMS": standing}
    for number, row in enumerate(rows):
        sent |= {f"codes-{number}-{name}": value for name, value in row.items()}
    return sent


def code(**fields: str) -> dict[str, str]:
    return {"system": "icd10cm", "side": "left", "code": "G57.62", "verified": "on", "source": ""} | fields


def changed_since(before: dict[str, int]) -> set[str]:
    return {k for k, v in factories.count_rows().items() if v != before[k]} - {"django_session"}


def change_url(kind: FindingType) -> str:
    # Quoted, as the admin's own links are: a key such as "own_22…" would be read as another otherwise.
    return reverse("admin:patients_findingtype_change", args=[quote(kind.pk)])


@pytest.fixture
def as_carlos(carlos: User) -> Client:
    client = Client()
    client.force_login(carlos)
    return client


@pytest.fixture
def neuroma(as_carlos: Client) -> FindingType:
    as_carlos.post(reverse(ADD), TYPED | codes(code()))
    return FindingType.objects.get(label="Morton neuroma")


@pytest.fixture
def theirs(hilltop: Clinic) -> FindingType:
    """Of the other clinic."""
    hal = factories.make_staff(hilltop, Role.CURATOR, "Hal", email="hal@hilltop.example")
    kind = FindingType(
        label="Hilltop foot", patient_wording="Foot", group="Other", site="foot", sides=["left"]
    )
    return actions.save_finding_type(actor=Actor.staff(hal), finding_type=kind, changed=["label"])


# --- adding, changing, hiding ---------------------------------------------------------------------------------
def test_a_curator_adds_one_with_a_code(as_carlos: Client, riverside: Clinic, neuroma: FindingType) -> None:
    assert neuroma.key.startswith("own_")
    assert (neuroma.clinic, neuroma.exclusive_group) == (riverside, neuroma.key)
    assert (neuroma.site, neuroma.sides, neuroma.is_offered) == (Site.FOOT, TYPED["sides"], True)
    stored = neuroma.codes.values_list("system", "side", "code", "verified")
    assert list(stored) == [("icd10cm", "left", "G57.62", True)]
    made = AuditEntry.objects.get(verb="finding_type.created")
    assert (made.clinic, made.actor_label, made.object_id) == (riverside, "Carlos Vega", neuroma.key)
    assert AuditEntry.objects.get(verb="finding_type.codes_changed").changes == {
        "added": 1,
        "removed": 0,
        "changed": 0,
    }


def test_it_is_recorded_like_any_other(as_priya: Client, margaret: Patient, neuroma: FindingType) -> None:
    url = reverse("patients:finding_add", args=[margaret.pk])
    response = as_priya.post(url, {"type": neuroma.key, "side": "left", "confirmed_by": "clinical"})
    assert response.status_code == 302
    assert "Morton neuroma, left" in as_priya.get(response.headers["Location"]).content.decode()


def test_a_change_is_audited_by_field_and_nothing_new_writes_nothing(
    as_carlos: Client, neuroma: FindingType
) -> None:
    standing = {"id": str(neuroma.codes.get().pk), "type": neuroma.pk}
    same = TYPED | codes(code() | standing, standing=1)
    before = AuditEntry.objects.count()
    assert as_carlos.post(change_url(neuroma), same).status_code == 302
    assert AuditEntry.objects.count() == before
    hidden = {name: value for name, value in same.items() if name != "is_offered"}
    as_carlos.post(change_url(neuroma), hidden)
    assert AuditEntry.objects.get(verb="finding_type.changed").changes == {"fields": ["is_offered"]}
    neuroma.refresh_from_db()
    assert not neuroma.is_offered


def test_codes_change_and_go(as_carlos: Client, neuroma: FindingType) -> None:
    standing = {"id": str(neuroma.codes.get().pk), "type": neuroma.pk}
    right = code(side="right", code="G57.61")
    as_carlos.post(change_url(neuroma), TYPED | codes(code(source="seen") | standing, right, standing=1))
    stored = set(neuroma.codes.values_list("side", "code", "source"))
    assert stored == {("left", "G57.62", "seen"), ("right", "G57.61", "")}
    left = neuroma.codes.get(side="left")
    gone = code() | {"id": str(left.pk), "type": neuroma.pk, "DELETE": "on"}
    kept = right | {"id": str(neuroma.codes.get(side="right").pk), "type": neuroma.pk}
    as_carlos.post(change_url(neuroma), TYPED | codes(gone, kept, standing=2))
    assert list(neuroma.codes.values_list("code", flat=True)) == ["G57.61"]


@pytest.mark.hazard("HZ-19")
@pytest.mark.parametrize("typed", ["203088000", "67811000", "M72.2", "1"])
def test_a_mistyped_snomed_id_is_explained(as_carlos: Client, typed: str) -> None:
    before = factories.count_rows()
    response = as_carlos.post(reverse(ADD), TYPED | codes(code(system="snomed", side="", code=typed)))
    assert response.status_code == 200
    told = f"{typed} is no SNOMED CT id: its check digit does not fit. Look at the digits again."
    assert told in response.content.decode()
    assert changed_since(before) == set()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"label": ""}, "label"),
        ({"sides": []}, "sides"),
        ({"sides": ["not_applicable"]}, "sides"),
        ({"sides": ["up"]}, "sides"),
        ({"extra_fields": ["age"]}, "extra_fields"),
        ({"site": "knee"}, "site"),
        ({"patient_wording": "x" * 81}, "patient_wording"),
    ],
)
def test_wrong_input_is_explained(as_carlos: Client, change: dict[str, Any], field: str) -> None:
    before = factories.count_rows()
    response = as_carlos.post(reverse(ADD), TYPED | NO_CODES | change)
    assert set(response.context["adminform"].form.errors) == {field}
    assert changed_since(before) == set()


def test_where_it_is_stays_as_it_was(as_carlos: Client, neuroma: FindingType) -> None:
    """Findings on record repeat the place."""
    standing = code() | {"id": str(neuroma.codes.get().pk), "type": neuroma.pk}
    as_carlos.post(change_url(neuroma), TYPED | {"site": "back"} | codes(standing, standing=1))
    neuroma.refresh_from_db()
    assert neuroma.site == Site.FOOT


# --- what is not theirs ---------------------------------------------------------------------------------------
def test_the_shared_vocabulary_is_read_only(as_carlos: Client, fasciitis: FindingType) -> None:
    page = as_carlos.get(change_url(fasciitis))
    assert page.status_code == 200
    assert 'name="label"' not in page.content.decode()
    before = factories.count_rows()
    assert as_carlos.post(change_url(fasciitis), TYPED | NO_CODES).status_code == 403
    fasciitis.refresh_from_db()
    assert fasciitis.label == "Plantar fasciitis"
    assert changed_since(before) == set()


def test_another_clinics_types_are_out_of_reach(
    as_carlos: Client, theirs: FindingType, neuroma: FindingType, fasciitis: FindingType
) -> None:
    page = as_carlos.get(reverse("admin:patients_findingtype_changelist")).content.decode()
    assert ("Morton neuroma" in page, "Hilltop foot" in page) == (True, False)
    own = as_carlos.get(reverse("admin:patients_findingtype_changelist"), {"owner": "own"})
    assert [kind.pk for kind in own.context["cl"].queryset] == [neuroma.pk]
    before = factories.count_rows()
    assert as_carlos.get(change_url(theirs)).status_code == 302  # "does not exist", at the front page
    assert as_carlos.post(change_url(theirs), TYPED | NO_CODES).status_code == 302
    assert changed_since(before) == set()


def test_the_action_refuses_what_is_not_theirs(
    carlos: User, theirs: FindingType, fasciitis: FindingType
) -> None:
    root = User.objects.create_superuser("root@footwork.example", None, name="Root")
    before = factories.count_rows()
    for user, kind in ((carlos, theirs), (carlos, fasciitis), (root, fasciitis), (root, theirs)):
        with pytest.raises(Refused, match="own finding types") as refusal:
            actions.save_finding_type(actor=Actor.staff(user), finding_type=kind, changed=["label"])
        assert refusal.value.code == "not_own"
        with pytest.raises(Refused, match="own finding types"):
            actions.save_finding_codes(actor=Actor.staff(user), finding_type=kind, codes=[])
    assert changed_since(before) == set()


def test_the_action_refuses_a_broken_snomed_id(carlos: User, neuroma: FindingType) -> None:
    broken = FindingCode(system="snomed", code="203088000")
    with pytest.raises(Refused, match="203088000 is no SNOMED CT id"):
        actions.save_finding_codes(actor=Actor.staff(carlos), finding_type=neuroma, codes=[broken])
    assert neuroma.codes.count() == 1


# --- where it is offered --------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-31")
def test_form_api_and_action_offer_what_may_be_chosen_only(
    as_priya: Client, priya: User, margaret: Patient, neuroma: FindingType, theirs: FindingType
) -> None:
    hidden = factories.make_finding_type("retired_word", label="Retired word", is_offered=False)
    add = reverse("patients:finding_add", args=[margaret.pk])
    page = as_priya.get(reverse("exercises:patient", args=[margaret.pk])).content.decode()
    offered = [row["key"] for row in as_priya.get("/api/v1/finding-types/").json()["results"]]
    for kind, shown in ((neuroma, True), (theirs, False), (hidden, False)):
        assert (f'value="{kind.key}"' in page) == shown
        assert (kind.key in offered) == shown
    before = factories.count_rows()
    for kind in (theirs, hidden):
        stated = {"type": kind.key, "side": "left", "confirmed_by": "clinical"}
        assert "type" in as_priya.post(add, stated).context["form"].errors
        body = stated | {"patient": str(margaret.pk)}
        answer = as_priya.post("/api/v1/findings/", body, content_type="application/json")
        assert answer.json()["errors"]["type"][0]["code"] == "does_not_exist"
        with pytest.raises(Refused) as refusal:
            factories.make_finding(priya, margaret, kind)
        assert (refusal.value.code, refusal.value.field) == ("not_offered", "type")
    assert changed_since(before) == set()


def test_the_catalogue_of_all_clinics_is_tagged_with_the_shared_vocabulary(
    as_carlos: Client, as_priya: Client, toe_curls: Exercise, fasciitis: FindingType, neuroma: FindingType
) -> None:
    page = as_carlos.get(reverse("admin:exercises_exercise_change", args=[toe_curls.pk])).content.decode()
    assert [f'value="{kind.pk}"' in page for kind in (fasciitis, neuroma)] == [True, False]
    assert "Morton neuroma" not in as_priya.get(reverse("exercises:catalogue")).content.decode()
