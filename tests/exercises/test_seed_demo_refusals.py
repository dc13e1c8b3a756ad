from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _demo(db: None, settings: Any) -> None:
    settings.DEMO = True


def test_it_refuses_outside_demo_mode(settings: Any) -> None:
    call_command("load_vocabularies", stdout=StringIO())
    call_command("load_catalogue", stdout=StringIO())
    settings.DEMO = False
    before = factories.count_rows()
    with pytest.raises(CommandError, match="with DEMO=1 only"):
        call_command("seed_demo", stdout=StringIO())
    assert factories.count_rows() == before


def test_it_needs_the_vocabulary_and_leaves_nothing_half_done() -> None:
    before = factories.count_rows()
    with pytest.raises(CommandError, match="run load_vocabularies first"):
        call_command("seed_demo", stdout=StringIO())
    assert factories.count_rows() == before
