import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import User

HOME = reverse("clinic:home")


@pytest.mark.django_db
def test_visitors_read_what_this_is_and_find_the_way_in(client: Client) -> None:
    response = client.get(HOME)
    assert response.status_code == 200
    assert "share home exercise programmes" in response.content.decode()
    assert reverse("account_login") in response.content.decode()
    assert "demo mailbox" not in response.content.decode().lower()


def test_staff_go_straight_to_their_work(
    client: Client, priya: User, asha: User, carlos: User, audrey: User
) -> None:
    client.force_login(priya)
    assert client.get(HOME)["Location"] == reverse("exercises:worklist")
    client.force_login(asha)
    assert client.get(HOME)["Location"] == reverse("patients:list")
    client.force_login(carlos)
    assert client.get(HOME)["Location"] == reverse("exercises:catalogue")
    client.force_login(audrey)
    assert client.get(HOME)["Location"] == reverse("clinic:audit")


@pytest.mark.django_db
def test_somebody_without_a_clinic_sees_the_front_page(client: Client) -> None:
    client.force_login(User.objects.create_superuser("rescue@footwork.example", "x" * 20, name="Rescue"))
    assert client.get(HOME).status_code == 200


def test_post_is_refused(client: Client) -> None:
    assert client.post(HOME).status_code == 405
