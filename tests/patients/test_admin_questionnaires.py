"""Curators enter, publish, retire and renew the questionnaires of their clinic in the admin."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEntry, Clinic, User
from clinic.roles import Role
from patients.models import Questionnaire, TemplateStage
from tests import factories
from tests.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ADD = "admin:patients_questionnaire_add"
CHANGE = "admin:patients_questionnaire_change"
LIST = "admin:patients_questionnaire_changelist"


@pytest.fixture
def as_carlos(carlos: User) -> Client:
    return signed_in(carlos)


@pytest.fixture
def draft(carlos: User) -> Questionnaire:
    return factories.make_questionnaire(carlos, published=False)


@pytest.fixture
def walking(carlos: User) -> Questionnaire:
    return factories.make_questionnaire(carlos)


def typed(questionnaire: Questionnaire | None = None, **changes: Any) -> dict[str, Any]:
    """What the page sends: two questions, those on record first."""
    items = list(questionnaire.items.all()) if questionnaire else []
    given: dict[str, Any] = {
        "title": "Walking",
        "code": "walking",
        "language": "en",
        "instructions": "",
        "licence_holder": "Riverside Podiatry",
        "licence_reference": "RP 14",
        "scoring": "sum",
        "least_answered": "2",
        "direction": "higher_is_worse",
        "important_change": "",
        "items-TOTAL_FORMS": max(2, len(items)),
        "items-INITIAL_FORMS": len(items),
    }
    for number in range(max(2, len(items))):
        given |= {
            f"items-{number}-position": number + 1,
            f"items-{number}-text": f"Question {number + 1}?",
            f"items-{number}-lowest": 0,
            f"items-{number}-highest": 4,
        }
    for number, item in enumerate(items):
        given |= {f"items-{number}-id": item.pk, f"items-{number}-questionnaire": item.questionnaire_id}
    return given | changes


def send(client: Client, questionnaire: Questionnaire, **changes: Any) -> Any:
    url = reverse(CHANGE, args=[questionnaire.pk])
    return client.post(url, typed(questionnaire, **changes), follow=True)


def press(client: Client, questionnaire: Questionnaire, button: str) -> Any:
    """A published one: its page shows words, and sends little more than the button."""
    items = list(questionnaire.items.all())
    given: dict[str, Any] = {"items-TOTAL_FORMS": len(items), "items-INITIAL_FORMS": len(items), button: "x"}
    for number, item in enumerate(items):
        given |= {f"items-{number}-id": item.pk, f"items-{number}-questionnaire": item.questionnaire_id}
    return client.post(reverse(CHANGE, args=[questionnaire.pk]), given, follow=True)


def told(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def questions(questionnaire: Questionnaire) -> list[tuple[int, str]]:
    return list(questionnaire.items.values_list("position", "text"))


def verbs() -> list[str]:
    return list(AuditEntry.objects.filter(verb__startswith="questionnaire").values_list("verb", flat=True))


def test_a_curator_adds_a_draft_with_its_questions(as_carlos: Client, riverside: Clinic) -> None:
    assert as_carlos.post(reverse(ADD), typed()).status_code == 302
    draft = Questionnaire.objects.get()
    assert (draft.clinic, draft.stage, draft.version) == (riverside, TemplateStage.DRAFT, 1)
    assert questions(draft) == [(1, "Question 1?"), (2, "Question 2?")]
    assert verbs() == ["questionnaire.created", "questionnaire.questions_saved"]
    assert AuditEntry.objects.get(verb="questionnaire.created").actor_label == "Carlos Vega"


def test_questions_swap_their_places_and_one_goes(as_carlos: Client, draft: Questionnaire) -> None:
    send(as_carlos, draft, **{"items-0-position": 2, "items-1-position": 1, "items-2-DELETE": "on"})
    assert questions(draft) == [(1, "Question 2?"), (2, "Question 1?")]
    assert verbs()[-1] == "questionnaire.questions_saved"


def test_saving_without_a_change_writes_nothing(as_carlos: Client, draft: Questionnaire) -> None:
    before, kept = verbs(), list(draft.items.values_list("pk", flat=True))
    send(as_carlos, draft)
    assert (verbs(), list(draft.items.values_list("pk", flat=True))) == (before, kept)


def test_the_same_code_twice_is_refused_in_words(as_carlos: Client, draft: Questionnaire) -> None:
    before = factories.count_rows()
    response = as_carlos.post(reverse(ADD), typed(), follow=True)
    assert told(response) == ["A questionnaire with this short code, version and language exists."]
    assert factories.count_rows() == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": ""}, "This field is required."),
        ({"items-0-lowest": 4}, "The lowest answer must be below the highest."),
        ({"items-1-position": 1}, "Please correct the duplicate"),
    ],
)
def test_bad_input_is_explained(
    as_carlos: Client, draft: Questionnaire, changes: dict[str, Any], message: str
) -> None:
    before = verbs()
    assert message in send(as_carlos, draft, **changes).content.decode()
    assert (questions(draft)[0], verbs()) == ((1, "Question 1?"), before)


def test_save_and_publish(as_carlos: Client, draft: Questionnaire, carlos: User) -> None:
    response = send(as_carlos, draft, title="Walking far", _publish="Save and publish")
    assert told(response) == ["“Walking far” is published."]
    draft.refresh_from_db()
    assert (draft.title, draft.stage, draft.published_by) == ("Walking far", TemplateStage.PUBLISHED, carlos)


@pytest.mark.hazard("HZ-35")
@pytest.mark.parametrize("missing", ["licence_holder", "licence_reference"])
def test_without_a_licence_the_buttons_publish_nothing(
    as_carlos: Client, draft: Questionnaire, missing: str
) -> None:
    message = "“Walking” cannot be published without the licence holder and the licence reference."
    assert told(send(as_carlos, draft, **{missing: ""}, _publish="Save and publish")) == [message]
    chosen = {"_selected_action": [draft.pk], "action": "publish"}
    assert told(as_carlos.post(reverse(LIST), chosen, follow=True)) == [message]
    draft.refresh_from_db()
    assert draft.stage == TemplateStage.DRAFT
    assert "questionnaire.published" not in verbs()
    response = send(as_carlos, draft, **{missing: "", "public_domain": "on"}, _publish="Save and publish")
    assert told(response) == ["“Walking” is published."]


@pytest.mark.hazard("HZ-35")
def test_a_published_one_is_shown_and_not_edited(as_carlos: Client, walking: Questionnaire) -> None:
    page = as_carlos.get(reverse(CHANGE, args=[walking.pk])).content.decode()
    assert 'name="title"' not in page
    assert 'name="_save"' not in page
    assert 'name="_publish"' not in page
    before = verbs()
    send(as_carlos, walking, **{"title": "Running", "scoring": "mean", "items-0-text": "Other?"})
    walking.refresh_from_db()
    assert (walking.title, walking.scoring) == ("Walking", "sum")
    assert questions(walking)[0] == (1, "Question 1?")
    assert verbs() == before


def test_a_new_version_and_retiring_by_button(as_carlos: Client, walking: Questionnaire) -> None:
    response = press(as_carlos, walking, "_new_version")
    message = "There is a new draft of “Walking”. The published version stays until you publish it."
    assert told(response) == [message]
    second = Questionnaire.objects.get(version=2)
    assert (second.stage, questions(second)) == (TemplateStage.DRAFT, questions(walking))
    response = press(as_carlos, walking, "_retire")
    assert told(response) == ["“Walking” is retired. Answers to it stay as they are."]
    walking.refresh_from_db()
    assert walking.stage == TemplateStage.RETIRED


def test_the_list_does_the_same_and_says_what_it_refused(as_carlos: Client, walking: Questionnaire) -> None:
    def carry_out(action: str, pk: object) -> list[str]:
        chosen = {"_selected_action": [pk], "action": action}
        return told(as_carlos.post(reverse(LIST), chosen, follow=True))

    assert carry_out("publish", walking.pk) == [
        "“Walking” is published and stays as it is. Make a new version to change it."
    ]
    carry_out("new_version", walking.pk)
    assert carry_out("new_version", walking.pk) == ["There is a draft of “Walking” already. Change that one."]
    assert carry_out("publish", Questionnaire.objects.get(version=2).pk) == ["“Walking” is published."]
    assert carry_out("retire", walking.pk) == ["“Walking” is not published."]  # the new version did that


def test_another_clinics_curator_finds_nothing(hilltop: Clinic, walking: Questionnaire) -> None:
    helga = factories.make_staff(hilltop, Role.CURATOR, "Helga Ost", email="helga@hilltop.example")
    client = signed_in(helga)
    assert "Walking" not in client.get(reverse(LIST)).content.decode()
    response = send(client, walking, _retire="Retire")
    assert response.redirect_chain[0][0] == reverse("admin:index")
    chosen = {"_selected_action": [walking.pk], "action": "retire"}
    client.post(reverse(LIST), chosen)
    walking.refresh_from_db()
    assert walking.stage == TemplateStage.PUBLISHED


def test_a_superuser_without_a_clinic_has_no_questionnaires(walking: Questionnaire) -> None:
    client = signed_in(User.objects.create_superuser("root@footwork.example", None, name="Root"))
    for url in (reverse(LIST), reverse(ADD), reverse(CHANGE, args=[walking.pk])):
        assert client.get(url).status_code == 403
    before = factories.count_rows()
    assert client.post(reverse(ADD), typed(code="other")).status_code == 403
    assert send(client, walking, _retire="Retire").status_code == 403
    walking.refresh_from_db()
    assert (walking.stage, factories.count_rows()) == (TemplateStage.PUBLISHED, before)


def test_an_owner_writes_the_clinic_s_own_too(olivia: User, draft: Questionnaire) -> None:
    assert told(send(signed_in(olivia), draft, _publish="Save and publish")) == ["“Walking” is published."]
