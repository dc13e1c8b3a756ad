"""What the catalogue says in other languages: written line for line, reviewed, and only then read by patients."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from exercises import actions, translations
from exercises.models import Exercise, Programme, VersionTranslation
from patients import actions as patient_actions
from patients.models import Patient
from tests import factories
from tests.factories import NOON
from tests.pages import signed_in, text

TEXTS: dict[str, Any] = {
    "name": "Zehen krallen und spreizen",
    "movement": "die Zehen zum Boden krallen, dann auffächern",
    "steps": ["Setzen Sie sich bequem hin.", "Krallen Sie die Zehen.", "Spreizen Sie sie weit."],
    "stop_rules": ["Hören Sie auf, wenn der Schmerz stechend wird."],
    "alt_text": "Zuerst: Zehen gekrallt. Dann: Zehen gespreizt.",
}
TYPED = {name: "\n".join(said) if isinstance(said, list) else said for name, said in TEXTS.items()}


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def phone(client: Client, margaret: Patient) -> Client:
    factories.open_plan(client, margaret)
    speak(margaret, "de")
    return client


def speak(patient: Patient, language: str) -> None:
    patient_actions.set_language(actor=Actor.patient(patient), patient=patient, language=language)


def save(staff: User, exercise: Exercise, language: str = "de", **changes: Any) -> VersionTranslation:
    assert exercise.current
    return actions.save_translation(
        actor=Actor.staff(staff), version=exercise.current, language=language, texts=TEXTS | changes, now=NOON
    )


def review(staff: User, row: VersionTranslation) -> VersionTranslation:
    return actions.review_translation(
        actor=Actor.staff(staff), translation=row, seen=row.written_at, now=NOON + timedelta(hours=1)
    )


def address(exercise: Exercise, language: str = "de") -> str:
    return f"{reverse('exercises:translations', args=[exercise.slug])}?language={language}"


class TestWhatPatientsRead:
    @pytest.mark.hazard("HZ-03")
    def test_english_marked_and_said_once_until_the_translation_is_reviewed(
        self, phone, programme, toe_curls, carlos
    ):
        save(carlos, toe_curls)
        page = text(phone.get("/today/"))
        assert '<h2 lang="en" dir="ltr">Toe curls and spreads</h2>' in page
        assert page.count("Diese Übung ist auf Englisch beschrieben.") == 1
        assert '<ol class="steps" lang="en" dir="ltr"><li>Sit comfortably' in page
        assert "Zehen krallen" not in page

    def test_the_reviewed_translation(self, phone, programme, toe_curls, carlos):
        review(carlos, save(carlos, toe_curls))
        page = text(phone.get("/today/"))
        assert "<h2>Zehen krallen und spreizen</h2>" in page
        assert "<li>Krallen Sie die Zehen.</li>" in page
        assert 'alt="Zuerst: Zehen gekrallt. Dann: Zehen gespreizt."' in page
        assert page.count("Hören Sie auf, wenn der Schmerz stechend wird.") == 2
        assert "auf Englisch" not in page
        assert "Curl your toes" not in page
        assert 'lang="en"' not in page

    def test_only_the_language_of_the_patient(self, phone, programme, toe_curls, carlos, margaret):
        review(carlos, save(carlos, toe_curls))
        speak(margaret, "es")
        assert "Este ejercicio está descrito en inglés." in text(phone.get("/today/"))
        speak(margaret, "en-gb")
        page = text(phone.get("/today/"))
        assert "<h2>Toe curls and spreads</h2>" in page
        assert 'lang="en"' not in page

    @pytest.mark.hazard("HZ-12")
    def test_a_plan_keeps_the_text_of_its_own_version(self, phone, programme, toe_curls, carlos):
        review(carlos, save(carlos, toe_curls))
        toe_curls.name = "Toe fan"
        actions.save_exercise(actor=Actor.staff(carlos), exercise=toe_curls)
        actions.publish_exercise(actor=Actor.staff(carlos), exercise=toe_curls, now=NOON)
        assert "<h2>Zehen krallen und spreizen</h2>" in text(phone.get("/today/"))

    def test_the_rules_of_every_exercise_are_translated_with_the_pages(self, phone, priya, margaret):
        rules = [*actions.own_exercises.STANDARD_STOP_RULES, "Stop when the band tears."]
        factories.make_programme(priya, margaret, [factories.make_exercise(stop_rules=rules)])
        page = text(phone.get("/today/"))
        assert "öffnen Sie „Jetzt Hilfe holen“, wenn Ihre Wade schmerzt oder anschwillt" in page
        assert '<li><bdi lang="en" dir="ltr">Stop when the band tears.</bdi></li>' in page

    def test_a_cue_for_everybody_is_translated_and_one_for_this_patient_stays(
        self, phone, priya, margaret, carlos
    ):
        exercise = factories.make_exercise(cue="slowly")
        programme = factories.make_programme(priya, margaret, [exercise])
        assert '<span lang="en" dir="ltr">slowly</span>' in text(phone.get("/today/"))
        review(carlos, save(carlos, exercise, cue="langsam"))
        assert "langsam" in text(phone.get("/today/"))
        programme.items.update(cue="slowly, with the stick")
        page = text(phone.get("/today/"))
        assert "<span>slowly, with the stick</span>" in page
        assert "langsam" not in page

    def test_reading_costs_one_query_and_none_in_english(self, phone, priya, margaret, carlos):
        def queries(client: Client) -> int:
            with CaptureQueriesContext(connection) as counted:
                assert client.get("/today/").status_code == 200
            return len(counted)

        exercises = [factories.make_exercise(f"exercise-{n}") for n in range(10)]
        factories.make_programme(priya, margaret, exercises[:1])
        one = queries(phone)
        speak(margaret, "en-gb")
        assert queries(phone) == one - 1
        other, ana = Client(), factories.make_patient(priya, "Ana", "Quinn", language="de")
        factories.open_plan(other, ana)
        factories.make_programme(priya, ana, exercises)
        for exercise in exercises:
            review(carlos, save(carlos, exercise))
        assert queries(other) == one

    def test_the_version_itself_is_not_changed(self, programme: Programme, toe_curls, carlos):
        review(carlos, save(carlos, toe_curls))
        items = list(Programme.objects.active().with_items().get().items.all())
        translations.say(items, "de")
        assert items[0].version.name == TEXTS["name"]
        toe_curls.current.refresh_from_db()
        assert toe_curls.current.name == "Toe curls and spreads"


class TestActions:
    def test_a_change_has_to_be_reviewed_again(self, toe_curls, carlos, cora):
        row = review(cora, save(carlos, toe_curls))
        assert (row.written_by, row.reviewed_by) == (carlos, cora)
        assert save(carlos, toe_curls).reviewed_at is not None  # the same again is no change
        row = save(carlos, toe_curls, name="Zehenfächer")
        assert (row.reviewed_by, row.reviewed_at) == (None, None)
        assert [
            entry.verb for entry in AuditEntry.objects.filter(verb__startswith="translation.").order_by("pk")
        ] == [
            "translation.saved",
            "translation.reviewed",
            "translation.saved",
        ]
        assert AuditEntry.objects.filter(verb="translation.saved").latest("pk").changes == {
            "exercise": toe_curls.slug,
            "version": 1,
            "language": "de",
            "fields": ["name"],
        }

    @pytest.mark.hazard("HZ-03")
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"steps": TEXTS["steps"][:2]}, "steps"),
            ({"steps": [*TEXTS["steps"], "Und noch einmal."]}, "steps"),
            ({"stop_rules": []}, "stop_rules"),
            ({"prepare": ["Socken aus."]}, "prepare"),
            ({"name": ""}, "name"),
            ({"purpose": "Für den Fuß."}, "purpose"),
            ({"alt_text": ""}, "alt_text"),
        ],
    )
    def test_it_says_line_for_line_what_english_says(self, toe_curls, carlos, changes, field):
        rows = factories.count_rows()
        with pytest.raises(Refused) as refused:
            save(carlos, toe_curls, **changes)
        assert (refused.value.code, refused.value.field) == ("lines", field)
        assert factories.count_rows() == rows

    @pytest.mark.parametrize("language", ["en-gb", "fr", ""])
    def test_into_a_language_of_the_list(self, toe_curls, carlos, language):
        with pytest.raises(Refused) as refused:
            save(carlos, toe_curls, language)
        assert refused.value.code == "language"

    def test_only_curators(self, toe_curls, carlos, priya):
        row = save(carlos, toe_curls)
        rows = factories.count_rows()
        for attempt in (lambda: save(priya, toe_curls, name="x"), lambda: review(priya, row)):
            with pytest.raises(Refused) as refused:
                attempt()
            assert refused.value.code == "not_curator"
        assert factories.count_rows() == rows

    def test_not_for_a_version_that_is_not_in_use_any_more(self, toe_curls, carlos):
        old = toe_curls.current
        toe_curls.name = "Toe fan"
        actions.save_exercise(actor=Actor.staff(carlos), exercise=toe_curls)
        actions.publish_exercise(actor=Actor.staff(carlos), exercise=toe_curls, now=NOON)
        with pytest.raises(Refused) as refused:
            actions.save_translation(
                actor=Actor.staff(carlos), version=old, language="de", texts=TEXTS, now=NOON
            )
        assert refused.value.code == "outdated"

    @pytest.mark.hazard("HZ-03")
    def test_nobody_lets_patients_read_what_was_changed_meanwhile(self, toe_curls, carlos, cora):
        row = save(carlos, toe_curls)
        actions.save_translation(
            actor=Actor.staff(carlos),
            version=toe_curls.current,
            language="de",
            texts=TEXTS | {"name": "Anders"},
            now=NOON + timedelta(minutes=1),
        )
        with pytest.raises(Refused) as refused:
            review(cora, row)
        assert refused.value.code == "stale"
        assert not VersionTranslation.objects.reviewed().exists()


class TestPages:
    def test_a_curator_writes_and_reviews(self, toe_curls, carlos):
        desk = signed_in(carlos)
        page = text(desk.get(address(toe_curls)))
        assert "Toe curls and spreads in German" in page
        assert "German: Missing" in page
        assert f'action="{address(toe_curls)}"' in page
        assert f'href="{address(toe_curls)}" aria-current="page"' in page
        answer = desk.post(address(toe_curls), TYPED)
        assert answer["Location"] == address(toe_curls)
        page = text(desk.get(address(toe_curls)))
        assert "German: Waits for a review" in page
        assert "Krallen Sie die Zehen." in page
        assert "Curl your toes down." in page
        assert 'lang="de" dir="ltr"' in page
        row = VersionTranslation.objects.get()
        assert (row.name, row.steps, row.cue) == (TEXTS["name"], TEXTS["steps"], "")
        check = reverse("exercises:translation_review", args=[toe_curls.slug]) + "?language=de"
        assert f'action="{check}"' in page
        seen = row.written_at.isoformat()
        refused = desk.post(check, {"seen": seen})
        assert refused.status_code == 422
        assert "Read both side by side first, then tick the box." in text(refused)
        assert not VersionTranslation.objects.reviewed().exists()
        assert desk.post(check, {"seen": seen, "read": "on"}).status_code == 302
        assert VersionTranslation.objects.reviewed().get() == row
        assert "Reviewed by <bdi>Carlos Vega</bdi>" in text(desk.get(address(toe_curls)))

    def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(self, toe_curls, carlos):
        answer = signed_in(carlos).post(address(toe_curls), TYPED | {"steps": "Setzen Sie sich."})
        assert answer.status_code == 422
        assert "Write 3 lines, as in English." in text(answer)
        assert "Zehen krallen und spreizen" in text(answer)
        assert not VersionTranslation.objects.exists()

    def test_a_new_version_begins_with_the_last_text(self, toe_curls, carlos):
        review(carlos, save(carlos, toe_curls))
        toe_curls.steps = [*toe_curls.steps, "Begin again."]
        actions.save_exercise(actor=Actor.staff(carlos), exercise=toe_curls)
        actions.publish_exercise(actor=Actor.staff(carlos), exercise=toe_curls, now=NOON)
        page = text(signed_in(carlos).get(address(toe_curls)))
        assert "This was written for version 1; version 2 is in use." in page
        assert "Krallen Sie die Zehen." in page
        assert "German: Missing" in page

    def test_the_rules_of_every_exercise_are_there_to_begin_with(self, carlos):
        exercise = factories.make_exercise(stop_rules=[*actions.own_exercises.STANDARD_STOP_RULES])
        page = text(signed_in(carlos).get(address(exercise, "ar")))
        assert "أوقف هذا التمرين واتصل بعيادتك" in page
        assert 'lang="ar" dir="rtl"' in page

    def test_nothing_to_review_says_so(self, toe_curls, carlos):
        desk = signed_in(carlos)
        check = reverse("exercises:translation_review", args=[toe_curls.slug]) + "?language=es"
        page = desk.post(check, {"seen": NOON.isoformat(), "read": "on"}, follow=True)
        assert "Nothing is written in this language yet." in text(page)

    def test_what_is_missing_stands_on_one_page_in_as_many_queries_for_ten(self, toe_curls, carlos):
        desk, overview = signed_in(carlos), reverse("exercises:missing_translations")
        review(carlos, save(carlos, toe_curls))
        save(carlos, toe_curls, "es")
        page = text(desk.get(overview))
        assert (
            page.count("Patients read it")
            == page.count("Waits for a review")
            == page.count("Missing <span")
            == 1
        )
        with CaptureQueriesContext(connection) as one:
            desk.get(overview)
        for number in range(9):
            save(carlos, factories.make_exercise(f"exercise-{number}"))
        with CaptureQueriesContext(connection) as ten:
            desk.get(overview)
        assert len(ten) == len(one)

    def test_another_clinics_exercise_does_not_exist(self, hugo, carlos):
        own = factories.make_own_exercise(hugo)
        assert signed_in(carlos).get(address(own)).status_code == 404
