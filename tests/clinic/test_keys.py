"""The keys that lead to the search for patients can be switched off, each for themselves (WCAG 2.1.4)."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEntry, User
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db
PAGE = "/accounts/keys/"
LIST = reverse("patients:list")


def offered(client: Client, address: str = PAGE) -> bool:
    """The script, the words and what assistive technology is told go together."""
    page = text(client.get(address))
    assert ("js/find.js" in page) == ('aria-keyshortcuts="/ Control+K"' in page)
    return "js/find.js" in page


def choose(client: Client, **fields: str) -> str:
    return text(client.post(PAGE, fields, follow=True))


def test_they_are_on_until_somebody_switches_them_off(as_priya: Client, asha: User) -> None:
    assert offered(as_priya)
    assert "The key / leads here; you can switch that off in your account." in text(as_priya.get(PAGE))
    assert "Saved." in choose(as_priya)
    assert (offered(as_priya), offered(as_priya, LIST)) == (False, False)
    assert "The key / leads here" not in text(as_priya.get(PAGE))
    assert offered(signed_in(asha)), "everybody for themselves"
    assert "Saved." in choose(as_priya, search_keys="on")
    assert (offered(as_priya), offered(as_priya, LIST)) == (True, True)


def test_each_change_is_written_down_with_old_and_new(as_priya: Client, priya: User) -> None:
    assert "Nothing was changed." in choose(as_priya, search_keys="on")
    assert not AuditEntry.objects.filter(verb="member.keys_chosen").exists()
    choose(as_priya)
    entry = AuditEntry.objects.get(verb="member.keys_chosen")
    assert (entry.actor_user, entry.object_id) == (priya, str(priya.staff_membership.pk))
    assert entry.clinic == priya.staff_membership.clinic
    assert entry.changes == {"before": {"search_keys": True}, "after": {"search_keys": False}}


def test_the_page_stands_beside_the_password_for_those_who_see_patients(
    as_priya: Client, carlos: User
) -> None:
    link = f'href="{PAGE}"'
    assert link in text(as_priya.get(reverse("mfa_index")))
    assert text(as_priya.get(PAGE)).count('aria-current="page"') == 1
    assert link not in text(signed_in(carlos).get(reverse("mfa_index")))
    assert signed_in(carlos).post(PAGE).status_code == 403
    carlos.refresh_from_db()
    assert carlos.search_keys
