"""A record as FHIR R4, by four validators; and what each of them catches and misses."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.actors import Actor
from clinic.models import User
from exercises import fhir
from exercises.fhir import clinical, datatypes, programmes
from exercises.rights.copies import Copy, clinic_copy
from patients.models import Finding, FindingCode, Patient, Side
from tests import factories
from tests.factories import NOON
from tests.fhir_checks import by_invariants, by_models, by_rules, by_schema
from tests.fhir_definitions import RESOURCES, definitions
from tests.rights_world import copy, every_key, patient, priya

__all__ = ["copy", "patient", "priya"]  # fixtures

pytestmark = pytest.mark.django_db
BASE = "https://clinic.example"
VALIDATORS = {"models": by_models, "schema": by_schema, "rules": by_rules, "invariants": by_invariants}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def bundle(copy: Copy) -> Json:
    """As it stands in the file."""
    return copy.bundle(BASE)


@pytest.fixture
def resources(bundle: Json) -> list[Json]:
    return [entry["resource"] for entry in bundle["entry"]]


def one(resources: list[Json], kind: str, begins: str = "") -> Json:
    """The first of its kind."""
    return next(r for r in resources if r["resourceType"] == kind and r["id"].startswith(begins))


class TestBundle:
    @pytest.mark.hazard("HZ-11")
    def test_passes_all_four(self, bundle: Json, resources: list[Json]) -> None:
        known = {f"{resource['resourceType']}/{resource['id']}" for resource in resources}
        assert by_models(bundle) == []
        assert by_schema(bundle) == []
        assert by_invariants(bundle) == []
        faults = [
            fault
            for resource in resources
            for fault in [*by_schema(resource), *by_rules(resource, known), *by_invariants(resource)]
        ]
        assert faults == []
        assert by_rules(bundle | {"entry": []}) == []
        assert len(resources) > 70

    def test_has_a_resource_of_each_type_that_we_make(self, resources: list[Json]) -> None:
        assert {resource["resourceType"] for resource in resources} == set(RESOURCES) - {"Bundle"}

    @pytest.mark.hazard("HZ-11")
    def test_no_row_is_missing(self, copy: Copy, bundle: Json) -> None:
        """Of each mapped model at least as many resources as rows, of each state one."""
        world = fhir.World(BASE, copy.rows, copy.named, NOON)
        made = Counter(label for label, _resource in fhir.resources(world, fhir.MAPPED))
        for label in fhir.MAPPED:
            assert made[label] >= copy.counts[label], label
        states = {label: count for label, count in copy.counts.items() if label.endswith(" history")}
        mapped = {label: count for label, count in states.items() if label in made}
        assert mapped == states
        assert {label: made[label] for label in states} == states
        assert sum(fhir.counted(bundle).values()) == len(bundle["entry"])

    def test_each_has_an_address_of_its_own(self, bundle: Json) -> None:
        addresses = [entry["fullUrl"] for entry in bundle["entry"]]
        assert len(addresses) == len(set(addresses))
        assert all(address.startswith(f"{BASE}/fhir/") for address in addresses)
        assert (bundle["type"], bundle["timestamp"]) == ("collection", "2026-11-23T12:00:00+00:00")

    def test_nothing_is_empty(self, resources: list[Json]) -> None:
        assert not [r for r in resources for value in _leaves(r) if value in (None, "", [], {})]
        assert not {key for resource in resources for key in every_key(resource) if "_" in key}


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict) and value:
        return [leaf for one in value.values() for leaf in _leaves(one)]
    if isinstance(value, list) and value:
        return [leaf for one in value for leaf in _leaves(one)]
    return [value]


class TestMapping:
    def test_a_finding(self, resources: list[Json], patient: Patient) -> None:
        finding = Finding.objects.get(patient=patient)
        condition = one(resources, "Condition")
        assert condition["id"] == f"finding-{finding.pk}"
        assert condition["clinicalStatus"]["coding"][0]["code"] == "active"
        assert condition["verificationStatus"]["coding"][0]["code"] == "confirmed"
        assert condition["category"][0]["coding"][0]["code"] == "problem-list-item"
        assert condition["severity"]["coding"][0]["code"] == "255604002"
        assert [site["coding"][0]["code"] for site in condition["bodySite"]] == ["22335008"]
        assert condition["meta"]["versionId"] == "2"
        assert "Worse on stairs." in [note["text"] for note in condition["note"]]

    @pytest.mark.hazard("HZ-19", "HZ-20")
    def test_both_feet_are_two_sites_and_two_codes_and_nothing_unverified_leaves(
        self, priya: User, patient: Patient
    ) -> None:
        for side, code, verified in (("left", "M21.42", True), ("right", "M21.41", True), ("", "X99", False)):
            kind = factories.make_finding_type("flat_foot_acquired", label="Flat foot")
            FindingCode.objects.create(type=kind, system="icd10cm", side=side, code=code, verified=verified)
        made = factories.make_finding(priya, patient, kind, Side.BILATERAL)
        rows = clinic_copy(Actor.staff(priya), patient, NOON).bundle(BASE)["entry"]
        (condition,) = [e["resource"] for e in rows if e["resource"]["id"] == f"finding-{made.pk}"]
        assert [one["code"] for one in condition["code"]["coding"]] == ["M21.41", "M21.42"]
        assert [site["coding"][0]["code"] for site in condition["bodySite"]] == ["22335008", "7769000"]

    @pytest.mark.hazard("HZ-19")
    def test_what_is_no_diagnosis_is_an_observation_unless_the_clinic_maps_it(
        self, priya: User, patient: Patient
    ) -> None:
        kind = factories.make_finding_type("overpronation", label="Overpronation")
        made = factories.make_finding(priya, patient, kind)

        def seen() -> Json:
            rows = clinic_copy(Actor.staff(priya), patient, NOON).bundle(BASE)["entry"]
            found: Json
            (found,) = [e["resource"] for e in rows if e["resource"]["id"] == f"finding-{made.pk}"]
            return found

        assert [by_rules(seen()), by_models(seen()), by_schema(seen()), by_invariants(seen())] == [[]] * 4
        assert (seen()["resourceType"], seen()["valueBoolean"]) == ("Observation", True)
        FindingCode.objects.create(type=kind, system="icd10cm", side="", code="R26.89", verified=True)
        assert seen()["resourceType"] == "Condition"

    def test_what_was_amended(self, resources: list[Json]) -> None:
        evaluations = [r for r in resources if r["id"].startswith("evaluation-")]
        assert sorted(r["status"] for r in evaluations) == ["amended", "corrected"]
        states = [r for r in resources if r["id"].startswith("state-finding-")]
        target = one(resources, "Condition")
        assert {r["target"][0]["reference"] for r in states} == {f"Condition/{target['id']}"}
        assert states[1]["reason"][0]["text"] == "Said so later."

    def test_a_foot_has_the_items_that_were_seen_and_no_total_of_some(self, resources: list[Json]) -> None:
        foot = one(resources, "Observation", "foot-")
        codes = {part["code"]["coding"][0]["code"]: part for part in foot["component"]}
        assert codes["fpi_heel_tilt"]["valueInteger"] == 2
        assert set(codes) == {"fpi_heel_tilt"}
        assert foot["bodySite"]["coding"][0]["code"] == "22335008"

    def test_pain_is_a_number_of_the_scale(self, resources: list[Json]) -> None:
        scores = [r for r in resources if r["id"].startswith("pain-")]
        assert sorted(score["valueInteger"] for score in scores) == [0, 4]
        assert {score["code"]["coding"][0]["code"] for score in scores} == {"72514-3"}

    def test_a_programme_and_what_was_done(self, resources: list[Json]) -> None:
        plans = [r for r in resources if r["resourceType"] == "CarePlan"]
        assert sorted(plan["status"] for plan in plans) == ["active", "revoked"]
        revoked = next(plan for plan in plans if plan["status"] == "revoked")
        said = " ".join(note["text"] for note in revoked["note"])
        assert "Paused from 2026-11-24 until 2026-11-24." in said
        assert "Holds on to the worktop." in said
        order = one(resources, "ServiceRequest", "item-")
        assert order["occurrenceTiming"]["repeat"] | {"boundsPeriod": {}} == {
            "frequency": 1,
            "period": 1,
            "periodUnit": "d",
            "boundsPeriod": {},
        }
        done = one(resources, "Procedure")
        assert (done["status"], done["performedDateTime"]) == ("completed", "2026-11-23")

    def test_e_mails_say_nothing_of_health(self, resources: list[Json]) -> None:
        sent = [r for r in resources if r["id"].startswith(("email-", "reminder-"))]
        assert not [r for r in sent if "payload" in r]
        assert len(sent) > 3


class TestPure:
    @pytest.mark.parametrize(
        ("precision", "said"), [("year", "2024"), ("month", "2024-02"), ("day", "2024-02-29")]
    )
    def test_an_onset_is_as_exact_as_it_was_said(self, precision: str, said: str) -> None:
        row = {"onset_date": date(2024, 2, 29), "onset_precision": precision}
        assert clinical._onset(row) == said

    @given(times=st.integers(1, 12), days=st.integers(1, 7), every=st.none() | st.integers(2, 7))
    def test_how_often_comes_to_the_same(self, times: int, days: int, every: int | None) -> None:
        row = {"times_per_day": times, "days_per_week": None if every else days, "every_n_days": every}
        plan = {"starts_on": date(2026, 11, 24), "ends_on": date(2026, 12, 21)}
        said = programmes._repeat(row | {"first_day": None, "last_day": None}, plan)
        length = {"d": 1, "wk": 7}[said["periodUnit"]] * said["period"]  # in days
        a_week = Fraction(7 * times, every) if every else times * days
        assert Fraction(7 * said["frequency"], length) == a_week

    @given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-99, max_value=99, places=2))
    def test_a_number_is_the_number(self, value: Any) -> None:
        assert datatypes.number(value) == float(value)


def broken(kind: str, begins: str, change: Callable[[Json], Any]) -> Callable[[list[Json]], Json]:
    def make(resources: list[Json]) -> Json:
        resource = deepcopy(one(resources, kind, begins))
        change(resource)
        return resource

    return make


# What is wrong, and who sees it.
BROKEN: dict[str, tuple[Callable[[list[Json]], Json], set[str]]] = {
    "a status is missing": (
        broken("Observation", "pain-", lambda r: r.pop("status")),
        {"models", "rules"},
    ),
    "a status that is none": (
        broken("Observation", "pain-", lambda r: r.update(status="nope")),
        {"schema", "rules"},
    ),
    "an intent that is none": (broken("CarePlan", "", lambda r: r.update(intent="zzz")), {"rules"}),
    "a field that is none": (
        broken("Condition", "", lambda r: r.update(colour="red")),
        {"models", "schema"},
    ),
    "a date that is none": (
        broken("Patient", "", lambda r: r.update(birthDate="14 March")),
        {"models", "schema"},
    ),
    "two values": (
        broken("Observation", "pain-", lambda r: r.update(valueString="four")),
        {"models", "rules"},
    ),
    "a clinical status that is none": (
        broken("Condition", "", lambda r: r["clinicalStatus"]["coding"][0].update(code="zzz")),
        {"rules"},
    ),
    "a reference that is none": (
        broken("Condition", "", lambda r: r.update(subject={"reference": "margaret"})),
        {"rules"},
    ),
    "a consent without a policy": (
        broken("Consent", "", lambda r: r.pop("policyRule")),
        {"invariants"},
    ),
    "a mistake with a clinical status": (
        broken(
            "Condition", "", lambda r: r["verificationStatus"]["coding"][0].update(code="entered-in-error")
        ),
        {"invariants"},
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_seen(name: str, resources: list[Json]) -> None:
    make, who = BROKEN[name]
    resource = make(resources)
    seen = {validator for validator, faults in VALIDATORS.items() if faults(resource)}
    assert seen >= who
    assert seen - who <= {"invariants"}  # a missing value breaks some of them too


def test_a_reference_that_leads_nowhere_is_seen(resources: list[Json]) -> None:
    assert by_rules(one(resources, "Condition"), set()) != []


def test_the_definitions_are_those_of_what_we_make() -> None:
    kept = definitions()
    assert set(kept["invariants"]) == set(RESOURCES)
    keys = {key for pairs in kept["invariants"].values() for key, _expression in pairs}
    assert {"obs-6", "obs-7", "con-4", "con-5", "ppc-1", "que-2", "org-1"} <= keys
    assert sum("codes" in rule for rules in kept["rules"].values() for rule in rules.values()) > 40
