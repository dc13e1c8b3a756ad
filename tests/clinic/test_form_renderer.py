"""What Django's own templates would write, and what is written in their place, are the same HTML."""

import re
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.form_renderer import WRITERS, FormRenderer

TEXTS = st.sampled_from(["", "a", "0", "1", 'say "no" & <b>', "Größe’s", "two words"])
VALUES = st.one_of(TEXTS, st.sampled_from([None, 0, 1, 1234, 1.5, True, False, SafeString("&amp;")]))
LABELS = st.one_of(TEXTS, st.sampled_from([0, 1234, 1.5, SafeString("<b>b</b>"), gettext_lazy("Yes")]))
NAMES = st.sampled_from(["id", "class", "data-x", "hx-post", "required", "disabled", "aria-invalid"])
ATTRIBUTES = st.dictionaries(NAMES, VALUES, max_size=4)
PAIRS = st.lists(st.tuples(st.one_of(TEXTS, st.integers(0, 2000), st.none()), LABELS), max_size=4)
GROUPED = st.lists(st.tuples(TEXTS, PAIRS), max_size=3)
PLAIN = [
    *(
        forms.TextInput,
        forms.NumberInput,
        forms.EmailInput,
        forms.URLInput,
        forms.PasswordInput,
        forms.HiddenInput,
    ),
    *(
        forms.DateInput,
        forms.DateTimeInput,
        forms.TimeInput,
        forms.CheckboxInput,
        forms.FileInput,
        forms.Textarea,
    ),
    *(forms.SearchInput, forms.TelInput, forms.ColorInput),
]
CHOOSING = [forms.Select, forms.SelectMultiple, forms.RadioSelect, forms.CheckboxSelectMultiple]


def same(widget: forms.Widget, value: Any) -> None:
    written, django = (
        re.sub(r"\s+", " ", re.sub(r">\s+<", "><", widget.render("name", value, {"id": "id_x"}, renderer)))
        for renderer in (FormRenderer(), DjangoTemplates())
    )
    assert re.sub(r">\s+", ">", written) == re.sub(r">\s+", ">", django)


@settings(max_examples=40, deadline=None)
@given(attrs=ATTRIBUTES, value=VALUES)
@pytest.mark.parametrize("kind", PLAIN)
def test_what_is_typed(kind: type[forms.Widget], attrs: dict[str, Any], value: Any) -> None:
    same(kind(attrs), value)


@settings(max_examples=80, deadline=None)
@given(
    attrs=ATTRIBUTES, value=st.one_of(VALUES, st.lists(TEXTS, max_size=2)), choices=st.one_of(PAIRS, GROUPED)
)
@pytest.mark.parametrize("kind", CHOOSING)
def test_what_is_chosen(kind: Any, attrs: dict[str, Any], value: Any, choices: Any) -> None:
    same(kind(attrs, choices), value)


def test_options_with_a_template_of_their_own_are_left_to_django() -> None:
    class Own(forms.Select):
        option_template_name = "django/forms/widgets/input_option.html"

    same(Own(choices=[("a", "A")]), "a")
    assert "<label" in Own(choices=[("a", "A")]).render("name", "a", renderer=FormRenderer())


def test_each_template_that_is_replaced_is_one_of_django() -> None:
    for name in WRITERS:
        assert DjangoTemplates().get_template(name)
