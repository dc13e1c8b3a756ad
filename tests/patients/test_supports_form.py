"""The form of foot support: what its note says, and what a second press of its button does."""

from uuid import uuid4

import pytest
from django.urls import reverse

from clinic import clock
from clinic.models import AuditEntry, User
from patients.models import Finding, Patient, SupportAdvice
from tests import factories
from tests.factories import NOON, count_rows


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def insole(priya: User, margaret: Patient, finding: Finding) -> SupportAdvice:
    return factories.make_support(priya, margaret, finding)


def new_url(patient: Patient) -> str:
    return reverse("patients:support_new", args=[patient.pk])


def typed(reason: Finding, **fields: object) -> dict[str, object]:
    answers = {"kind": "prefabricated_insole", "side": "left", "reason_finding": str(reason.pk)}
    return answers | {"advice_id": str(uuid4())} | fields


def text(response) -> str:
    return str(response.content.decode())


# --- a second press ---------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-37")
def test_a_second_press_makes_no_second_support(as_priya, margaret, finding):
    form = as_priya.get(new_url(margaret)).context["form"]
    key = form["advice_id"].value()
    assert f'name="advice_id" value="{key}"' in text(
        as_priya.post(new_url(margaret), {"advice_id": str(key)})
    )
    data = typed(finding, advice_id=str(key), hours_per_day="8")
    assert [as_priya.post(new_url(margaret), data).status_code for _ in range(2)] == [302, 302]
    advice = SupportAdvice.objects.get()
    assert (str(advice.pk), advice.history.count()) == (str(key), 1)
    assert AuditEntry.objects.filter(verb="support.advised").count() == 1


@pytest.mark.hazard("HZ-37")
def test_the_same_form_with_other_answers_is_not_dropped_in_silence(as_priya, margaret, finding):
    data = typed(finding, hours_per_day="8")
    as_priya.post(new_url(margaret), data)
    before = count_rows()
    response = as_priya.post(new_url(margaret), data | {"hours_per_day": "6"})
    assert response.status_code == 422
    assert "This form was saved before with other answers." in text(response)
    assert 'value="6"' in text(response)
    assert count_rows() == before
    assert SupportAdvice.objects.get().hours_per_day == 8


@pytest.mark.parametrize("key", ["", "none"])
def test_a_form_without_its_key_is_opened_again(as_priya, margaret, finding, key):
    before = count_rows()
    response = as_priya.post(new_url(margaret), typed(finding, advice_id=key))
    assert response.status_code == 422
    assert response.context["form"].errors == {"advice_id": ["Open the form again."]}
    assert "Open the form again." in text(response)
    assert count_rows() == before


def test_the_key_of_another_patients_support_is_refused(as_priya, priya, margaret, finding):
    dana = factories.make_patient(priya, "Dana", "Wells")
    theirs = factories.make_support(priya, dana)
    before = count_rows()
    response = as_priya.post(new_url(margaret), typed(finding, advice_id=str(theirs.pk)))
    assert response.status_code == 422
    assert "This form belongs to another patient. Start again." in text(response)
    assert count_rows() == before


# --- the note for staff -----------------------------------------------------------------------------------------
def test_the_note_of_the_chosen_reason_is_shown_and_fills_in_nothing(as_priya, margaret, finding):
    page = text(as_priya.get(new_url(margaret), {"reason_finding": str(finding.pk)}))
    assert "Usual direction for Plantar fasciitis:" in page
    assert "Cushioned heel and good arch support" in page
    assert "This fills in nothing: what suits this foot is your judgement." in page
    form = as_priya.get(new_url(margaret), {"reason_finding": str(finding.pk)}).context["form"]
    filled = {field.name for field in form if field.value() not in (None, "")}
    assert filled == {"advice_id", "reason_finding"}


def test_htmx_gets_the_note_alone(as_priya, margaret, finding):
    address = f"{new_url(margaret)}?reason_finding={finding.pk}"
    page = text(as_priya.get(address, headers={"HX-Request": "true"}))
    assert "Usual direction for Plantar fasciitis:" in page
    assert "<form" not in page
    assert "<html" not in page


def test_without_a_usual_direction_it_says_so(as_priya, priya, margaret):
    kind = factories.make_finding_type("tight_calf", label="Tight calf")
    calf = factories.make_finding(priya, margaret, kind)
    page = text(as_priya.get(new_url(margaret), {"reason_finding": str(calf.pk)}))
    assert "The reviewed facts name no usual direction for Tight calf." in page


@pytest.mark.usefixtures("each_reading")
def test_reading_the_note_alone_is_noted_too(as_priya, margaret, finding, insole):
    """It names the finding, and can be asked for without the page."""
    for address in (new_url(margaret), reverse("patients:support_edit", args=[insole.pk])):
        before = AuditEntry.objects.count()
        as_priya.get(f"{address}?reason_finding={finding.pk}", headers={"HX-Request": "true"})
        assert AuditEntry.objects.count() == before + 1
        entry = AuditEntry.objects.latest("pk")
        assert (entry.verb, entry.patient_id) == ("record.read", margaret.pk)
        assert entry.changes == {"page": "support_note"}
