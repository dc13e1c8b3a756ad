"""What all actions have in common, asked of their code: atomic, keyword-only, an actor, an audit entry."""

import inspect
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

import clinic.actions
import exercises.actions
import patients.actions

MODULES = [clinic.actions, patients.actions, exercises.actions]
ACTIONS = {
    f"{module.__name__}.{name}": action
    for module in MODULES
    for name, action in vars(module).items()
    if name in module.__all__ and inspect.isfunction(action)
}


def called_by(function: Callable[..., Any]) -> list[Callable[..., Any]]:
    """Functions of this project that it names, directly or as an attribute of a module."""
    names = function.__code__.co_names
    known = [function.__globals__.get(name) for name in names]
    known += [getattr(m, name, None) for m in known if isinstance(m, ModuleType) for name in names]
    return [
        inspect.unwrap(f)
        for f in known
        if inspect.isfunction(f) and f.__module__.startswith(("clinic", "patients", "exercises"))
    ]


def leaves_an_entry(function: Callable[..., Any], seen: set[str]) -> bool:
    if re.search(r"audit\.record(_each|_once)?\(", inspect.getsource(function)):
        return True
    seen.add(full_name(function))
    return any(leaves_an_entry(f, seen) for f in called_by(function) if full_name(f) not in seen)


def full_name(function: Callable[..., Any]) -> str:
    """An action of a higher app may bear the name of the one that it calls."""
    return f"{function.__module__}.{function.__qualname__}"


@pytest.mark.parametrize("name", ACTIONS)
def test_is_atomic_keyword_only_and_names_its_actor(name: str) -> None:
    action = ACTIONS[name]
    assert "Atomic" in repr(action.__closure__), "@transaction.atomic"
    parameters = inspect.signature(action).parameters
    assert "actor" in parameters
    kinds = {parameter.kind for parameter in parameters.values()}
    assert kinds <= {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}


@pytest.mark.parametrize("name", ACTIONS)
def test_writes_an_audit_entry(name: str) -> None:
    assert leaves_an_entry(inspect.unwrap(ACTIONS[name]), set())


def test_all_are_looked_at_and_the_question_can_be_answered_no() -> None:
    assert len(ACTIONS) >= 30

    assert not leaves_an_entry(called_by, set())
