"""Photos through the form: hostile files leave nothing behind, and a photo is served to whoever may see its exercise."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from PIL import Image

from clinic import clock
from clinic.actors import Actor
from clinic.models import User
from exercises.models import Exercise, Photo
from patients import actions as patient_actions
from patients.models import Patient
from tests import factories, uploads
from tests.exercises.own_world import own_exercise, typed, write
from tests.exercises.test_admin_exercises import send
from tests.exercises.test_photos import REFUSED
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db


def with_photo(client: Client, **changes: Any) -> Exercise:
    photo = uploads.upload(uploads.with_place())
    return own_exercise(client, **{"picture": "", "photo_first": photo} | changes)


def as_patient(patient: Patient) -> Client:
    client, now = Client(), clock.now()
    link, _secret = patient_actions.issue_link(
        actor=Actor.system("test"), patient=patient, expires_at=now + timedelta(hours=1)
    )
    _visit, secret = patient_actions.open_visit(actor=Actor.patient(patient), link=link, now=now)
    client.cookies[settings.PATIENT_COOKIE_NAME] = secret
    return client


def address(exercise: Exercise) -> str:
    assert exercise.current is not None
    assert exercise.current.photo is not None
    return reverse("exercises:photo", args=[exercise.current.photo.pk])


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_photo_is_refused_and_leaves_nothing(as_priya: Client, name: str) -> None:
    typed()
    before = factories.count_rows()
    data = REFUSED[name][0]
    response = write(as_priya, picture="", photo_first=uploads.upload(data, "holiday.jpg", "image/jpeg"))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["photo_first"]
    assert "Choose the photos again: browsers do not keep files." in text(response)
    assert "Tap it with your toes." in text(response)
    assert factories.count_rows() == before


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\\b.php", "x.svg", "nul\0.jpg", "é" * 300, "<script>.jpg"]
)
@pytest.mark.check(22, 24)
def test_the_name_and_the_type_that_were_sent_count_for_nothing(as_priya: Client, name: str) -> None:
    with_photo(as_priya, photo_first=uploads.upload(uploads.jpeg(), name, "text/html"))
    photo = Photo.objects.get()
    assert Image.open(BytesIO(bytes(photo.webp))).format == "WEBP"
    answer = as_priya.get(reverse("exercises:photo", args=[photo.pk]))
    assert answer["Content-Disposition"] == 'inline; filename="exercise.webp"'
    assert answer["Content-Type"] == "image/webp"


def test_two_photos_become_one_and_a_drawing_replaces_them(as_priya: Client) -> None:
    second = uploads.upload(uploads.jpeg())
    exercise = with_photo(as_priya, photo_first=uploads.upload(uploads.jpeg()), photo_second=second)
    assert (exercise.picture, exercise.photo.width) == ("", 2 * 640 + 16)  # type: ignore[union-attr]
    edit = reverse("exercises:own_edit", args=[exercise.slug])
    assert "Take the photo away" in text(as_priya.get(edit))
    as_priya.post(edit, typed(picture="short-foot"))
    exercise.refresh_from_db()
    assert (exercise.picture, exercise.photo) == ("short-foot", None)
    assert exercise.current.photo is not None  # type: ignore[union-attr]


def test_the_photo_is_taken_away(as_priya: Client) -> None:
    exercise = with_photo(as_priya)
    edit = reverse("exercises:own_edit", args=[exercise.slug])
    as_priya.post(edit, typed(picture=""))
    exercise.refresh_from_db()
    assert exercise.photo is not None
    as_priya.post(edit, typed(picture="", remove_photo="on"))
    exercise.refresh_from_db()
    assert exercise.photo is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"picture": "short-foot", "photo_first": b"one"}, "Choose a drawing or a photo, not both."),
        ({"photo_second": b"one"}, "Choose the photo of the first position too."),
    ],
)
def test_photo_and_drawing_are_not_mixed(as_priya: Client, changes: dict[str, Any], said: str) -> None:
    typed()
    before = factories.count_rows()
    sent: dict[str, Any] = {
        k: uploads.upload(uploads.jpeg()) if v == b"one" else v for k, v in changes.items()
    }
    sent = {"picture": ""} | sent
    response = write(as_priya, **sent)
    assert response.context["form"].errors == {"photo_first": [said]}
    assert factories.count_rows() == before


def test_many_files_in_one_request_are_refused(as_priya: Client) -> None:
    typed()
    before = factories.count_rows()
    files: dict[str, Any] = {f"file{number}": uploads.upload(b"x") for number in range(5)}
    assert write(as_priya, **files).status_code == 400
    fields: dict[str, Any] = {f"field{number}": "x" for number in range(600)}
    assert write(as_priya, **fields).status_code == 400
    assert factories.count_rows() == before


@pytest.mark.hazard("HZ-31")
def test_the_photo_is_for_those_who_may_see_the_exercise(
    as_priya: Client,
    priya: User,
    asha: User,
    audrey: User,
    hugo: User,
    margaret: Patient,
    double: Patient,
    heinrich: Patient,
) -> None:
    exercise = with_photo(as_priya)
    url = address(exercise)
    root = User.objects.create_superuser("root@footwork.example", None, name="Root")
    for client in (as_priya, signed_in(asha)):
        assert client.get(url).status_code == 200
    strangers = [
        Client(),
        signed_in(audrey),
        signed_in(hugo),
        signed_in(root),
        as_patient(heinrich),
        as_patient(margaret),
    ]
    for client in strangers:
        assert client.get(url).status_code == 404
    factories.make_programme(priya, margaret, [exercise], now=clock.now())
    answer = as_patient(margaret).get(url)
    assert answer.status_code == 200
    assert b"marker" not in answer.content
    assert as_patient(double).get(url).status_code == 404
    assert as_patient(heinrich).get(url).status_code == 404
    assert url in text(as_patient(margaret).get(reverse("exercises:today")))
    assert as_priya.post(url).status_code == 405


@pytest.mark.check(22)
def test_the_photo_is_served_so_that_nothing_in_it_could_run(as_priya: Client) -> None:
    answer = as_priya.get(address(with_photo(as_priya)))
    assert answer.content[:4] == b"RIFF"
    assert dict(answer.headers) | {
        "Content-Type": "image/webp",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=31536000, immutable",
    } == dict(answer.headers)


@pytest.mark.slow
@pytest.mark.check(23)
def test_a_true_bomb_through_the_form(as_priya: Client) -> None:
    typed()
    before = factories.count_rows()
    for data in (uploads.bomb(), uploads.text_bomb()):
        response = write(as_priya, picture="", photo_first=uploads.upload(data, "bomb.png", "image/png"))
        assert list(response.context["form"].errors) == ["photo_first"]
    assert factories.count_rows() == before


def test_curators_upload_for_the_shared_catalogue(carlos: User, hugo: User, toe_curls: Exercise) -> None:
    send(signed_in(carlos), toe_curls, picture="", photo_first=uploads.upload(uploads.with_place()))
    toe_curls.refresh_from_db()
    assert (toe_curls.picture, toe_curls.photo.clinic) == ("", None)  # type: ignore[union-attr]
    assert signed_in(hugo).get(reverse("exercises:photo", args=[toe_curls.photo_id])).status_code == 200
