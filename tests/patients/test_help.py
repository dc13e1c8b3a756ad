"""The public help page and the red flags it lists."""

from uuid import uuid4

import pytest

from patients.red_flags import Level, by_level, red_flags
from tests import factories

FLAGS = 16


class TestPage:
    @pytest.mark.hazard("HZ-18", "HZ-24")
    def test_opens_for_everybody_with_the_clinics_numbers(self, client, riverside, django_assert_num_queries):
        with django_assert_num_queries(1):  # the clinic
            response = client.get(f"/help/{riverside.pk}/")
        page = response.content.decode()
        assert response.status_code == 200
        for number in ("000 0000 0000", "111", "112"):
            assert f"<bdi>{number}</bdi>" in page
        assert 'href="tel:00000000000"' in page
        assert "Nobody watches your logs in real time." in page
        assert not response.cookies

    @pytest.mark.hazard("HZ-24")
    def test_needs_no_script(self, client, riverside):
        assert "<script" not in client.get(f"/help/{riverside.pk}/").content.decode()

    def test_lists_every_sign_once_under_what_to_do(self, client, riverside):
        page = client.get(f"/help/{riverside.pk}/").content.decode()
        assert len(red_flags()) == FLAGS
        assert all(page.count(f"<li>{flag.text}</li>") == 1 for flag in red_flags())
        orders = [
            "Call 112 now",
            "Get medical help today: call 111",
            "Call your clinic today",
            "within 2 working days",
        ]
        places = [page.index(order) for order in [*orders, "Tell your clinic soon"]]
        assert places == sorted(places)

    def test_reading_writes_nothing(self, client, riverside):
        before = factories.count_rows()
        client.get(f"/help/{riverside.pk}/")
        client.head(f"/help/{riverside.pk}/")
        assert factories.count_rows() == before

    @pytest.mark.hazard("HZ-18")
    def test_shows_each_clinic_its_own_numbers(self, client, riverside):
        other = factories.make_clinic("Elsewhere", phone="+49 30 0000", urgent_number="116117")
        page = client.get(f"/help/{other.pk}/").content.decode()
        assert "116117" in page
        assert "000 0000 0000" not in page

    @pytest.mark.parametrize("clinic_id", [uuid4(), "1", "x" * 10_000])
    def test_an_unknown_clinic_is_not_found(self, client, db, clinic_id):
        assert client.get(f"/help/{clinic_id}/").status_code == 404

    def test_wrong_method(self, client, riverside):
        assert client.post(f"/help/{riverside.pk}/").status_code == 405


class TestRedFlags:
    def test_each_has_words_and_a_source(self):
        assert len({flag.key for flag in red_flags()}) == FLAGS
        assert all(flag.text and flag.source for flag in red_flags())

    def test_stand_in_order_of_urgency(self):
        groups = by_level()
        assert [level for level, _flags in groups] == list(Level)
        assert [len(flags) for _level, flags in groups] == [4, 5, 1, 5, 1]
        assert [flag.key for flag in groups[0][1]] == [
            "cauda_equina",
            "calf_chest",
            "diabetes_emergency",
            "hot_joint_fever",
        ]
