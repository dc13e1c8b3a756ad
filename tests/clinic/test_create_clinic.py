import re
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEntry, Clinic, Membership, User
from clinic.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
GIVEN = {
    "name": "Lakeside Feet",
    "sender_name": "Lakeside",
    "phone": "000 0000 0001",
    "urgent_number": "111",
    "emergency_number": "112",
    "time_zone": "Europe/Dublin",
    "owner_email": "Nora@Lakeside.example",
    "owner_name": "Nora Quinn",
}


def create(**changes: Any) -> str:
    said = StringIO()
    call_command("create_clinic", stdout=said, **GIVEN | changes)
    return said.getvalue()


def test_a_clinic_with_its_first_owner() -> None:
    said = create()
    assert "Created Lakeside Feet with Nora Quinn as owner." in said
    page = settings.SITE_URL + reverse("account_reset_password")
    assert said.splitlines()[1] == f"To choose a password, Nora Quinn enters nora@lakeside.example at {page}"
    clinic, member = Clinic.objects.get(), Membership.objects.get()
    assert (clinic.name, clinic.time_zone, clinic.emergency_number) == (
        "Lakeside Feet",
        "Europe/Dublin",
        "112",
    )
    assert (member.clinic, member.role, member.is_active) == (clinic, Role.OWNER, True)
    assert (member.user.email, member.user.has_usable_password()) == ("nora@lakeside.example", False)
    assert not member.user.is_superuser
    entries = AuditEntry.objects.order_by("pk").values_list("verb", "actor_label", "clinic")
    assert list(entries) == [
        ("clinic.created", "create_clinic", None),
        ("member.added", "create_clinic", clinic.pk),
    ]


def test_the_owner_chooses_a_password_by_mail(client: Client) -> None:
    create()
    client.post(reverse("account_reset_password"), {"email": "nora@lakeside.example"})
    (letter,) = mail.outbox
    assert letter.to == ["nora@lakeside.example"]
    found = re.search(r"https?://[^/\s]+(/\S+)", str(letter.body))
    assert found
    page = client.get(found[1], follow=True)
    chosen = {"password1": factories.PASSWORD, "password2": factories.PASSWORD}
    client.post(page.redirect_chain[-1][0], chosen)
    assert User.objects.get().check_password(factories.PASSWORD)


def test_a_second_run_is_refused_and_changes_nothing() -> None:
    create()
    before = factories.count_rows()
    with pytest.raises(CommandError, match=r"Nothing was created\. A clinic of this name exists\."):
        create(name="LAKESIDE feet")
    assert factories.count_rows() == before


def test_an_address_belongs_to_one_clinic(olivia: User) -> None:
    before = factories.count_rows()
    with pytest.raises(CommandError, match=r"Nothing was created\. This address has an account already\."):
        create(owner_email="OLIVIA@riverside.example")
    assert factories.count_rows() == before


@pytest.mark.hazard("HZ-18")
def test_every_fault_is_named_with_its_option() -> None:
    before = factories.count_rows()
    with pytest.raises(CommandError) as refusal:
        create(time_zone="Mars/Olympus", emergency_number="", owner_email="nobody", owner_name="A\nB")
    lines = str(refusal.value).splitlines()
    assert lines == [
        "Nothing was created.",
        "--emergency-number: This field cannot be blank.",
        "--time-zone: Choose a time zone from the list, such as Europe/London.",
        "--owner-email: Enter a valid email address.",
        "--owner-name: Write this on one line.",
    ]
    assert factories.count_rows() == before
