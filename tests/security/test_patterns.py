"""No pattern of ours can be made to work for ever. A bad one needs hours for what is tried here, a good one milliseconds,
so the limit is far from both."""

import re
import sys
import time
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.validators import RegexValidator
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from tests.test_access_matrix import ALL

pytestmark = pytest.mark.slow
LETTERS, PROBE = 50_000, 2_000
SLOWEST, SLOWEST_OF_A_PART = 0.5, 0.003  # seconds of the processor
PARTS = ["a", "0", " ", "/", "a.", "a@", "0-", "\n", " \n", "http://"]
HOSTILE = [part * (LETTERS // len(part)) + end for part in PARTS for end in ("", "!")]


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    assert ALL  # with the URLs every module of ours is loaded
    for name, module in sorted(sys.modules.items()):
        if name.startswith(("clinic.", "patients.", "exercises.")) and not name.startswith("clinic.dev"):
            for variable, value in sorted(vars(module).items()):
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    yield f"{name}.{variable}", value
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            for one in field.validators:
                if isinstance(one, RegexValidator):
                    yield f"{model.__name__}.{field.name}", re.compile(one.regex)
    yield from urls(get_resolver().url_patterns)


def urls(within: list[URLPattern | URLResolver]) -> Iterator[tuple[str, re.Pattern[str]]]:
    for one in within:
        yield str(one.pattern), one.pattern.regex
        if isinstance(one, URLResolver):
            yield from urls(one.url_patterns)


def cost(pattern: re.Pattern[str], text: str) -> float:
    """Seconds; whatever somebody types is matched whole, or from its beginning."""
    began = time.process_time()
    pattern.fullmatch(text)
    pattern.match(text)
    return time.process_time() - began


def slowest(pattern: re.Pattern[str]) -> float:
    """Of all texts. A pattern whose work grows too fast shows it with a part of each already; the whole is not tried then."""
    worst = 0.0
    for text in HOSTILE:
        few = min(cost(pattern, text[:PROBE] + text[-1]) for _ in range(2))
        if few > SLOWEST_OF_A_PART:
            return float("inf")
        worst = max(worst, cost(pattern, text))
    return worst


@pytest.mark.check(28)
def test_every_pattern_is_done_with_hostile_text_at_once() -> None:
    found = {pattern.pattern: (name, pattern) for name, pattern in patterns()}
    slow = {name: pattern.pattern for name, pattern in found.values() if slowest(pattern) > SLOWEST}
    assert slow == {}
    assert len(found) > 150


@pytest.mark.check(28)
@pytest.mark.parametrize("bad", [r"(?:\s*\s*)x", r"\w*\.?\w*\d!"])
def test_a_bad_pattern_would_be_noticed(bad: str) -> None:
    assert slowest(re.compile(bad)) > SLOWEST
