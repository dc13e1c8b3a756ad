"""The clinic number of a merged record: free for others, given to the kept record that has none, and back again."""

import pytest

from clinic.errors import Refused
from clinic.models import AuditEntry, User
from patients.models import Patient
from tests import factories
from tests.pages import signed_in
from tests.patients.import_world import HEAD, checked, numbers
from tests.record_world import merge, take_back

pytestmark = [pytest.mark.django_db, pytest.mark.hazard("HZ-32")]


@pytest.fixture
def kept(priya: User) -> Patient:
    return factories.make_patient(priya, "Amara", "Okonjo")


@pytest.fixture
def duplicate(priya: User) -> Patient:
    return factories.make_patient(priya, "Amara", "Okonjo", reference="RV-7", same_person_checked=True)


def numbers_of(*patients: Patient) -> list[str]:
    return [Patient.objects.get(pk=patient.pk).reference for patient in patients]


def test_the_kept_record_without_a_number_gets_it_and_gives_it_back(
    priya: User, kept: Patient, duplicate: Patient
) -> None:
    merged = merge(priya, kept, duplicate)
    assert numbers_of(kept, duplicate) == ["RV-7", "RV-7"]
    assert "rv-7" in Patient.objects.get(pk=kept.pk).search
    entry = AuditEntry.objects.get(verb="patient.merged", patient_id=kept.pk)
    assert entry.changes["reference"] == "given"
    take_back(priya, merged.merge)
    assert numbers_of(kept, duplicate) == ["", "RV-7"]
    assert "rv-7" not in Patient.objects.get(pk=kept.pk).search


def test_its_own_number_stays_and_the_other_is_free(priya: User, kept: Patient, duplicate: Patient) -> None:
    Patient.objects.filter(pk=kept.pk).update(reference="RV-1")
    merged = merge(priya, kept, duplicate)
    assert numbers_of(kept) == ["RV-1"]
    csv = HEAD.strip() + ",Clinic number\nLi,Xu,1956-03-14,,rv-7\n"
    assert numbers(checked(signed_in(priya), csv)) == (1, 0, 0, 0)
    li = factories.make_patient(priya, "Li", "Xu", reference="rv-7")
    before = factories.count_rows()
    with pytest.raises(Refused) as refused:
        take_back(priya, merged.merge)
    assert refused.value.code == "reference_taken"
    assert factories.count_rows() == before
    assert Patient.objects.get(pk=duplicate.pk).merged_into == kept
    Patient.objects.filter(pk=li.pk).update(reference="")
    take_back(priya, merged.merge)
    assert numbers_of(kept, duplicate) == ["RV-1", "RV-7"]
