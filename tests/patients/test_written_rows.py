"""What long lists write without a template says the same, and is as safe, as what Django would write."""

from typing import Any
from uuid import uuid4

import pytest
from django import forms
from django.template import Context, Template
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from hypothesis import given
from hypothesis import strategies as st

from clinic.http import address
from clinic.templatetags.icons import PATHS, icon
from clinic.templatetags.pills import pills
from clinic.text import escaped
from exercises.models import ExerciseVersion
from patients.models import ChangeRating, Finding, PainScore, RaisedFlag, Referral, SupportAdvice
from patients.outcomes.entries import Entry
from patients.templatetags.chart import answers, cells

EVIL = "<b>\"Tom\" & 'Ann'</b>"
DISPLAYED = [
    *(
        (Finding, "side"),
        (Finding, "status"),
        (Referral, "kind"),
        (Referral, "status"),
        (RaisedFlag, "decision"),
    ),
    *((PainScore, "measure"), (PainScore, "source"), (ExerciseVersion, "dose_source")),
    *((SupportAdvice, "kind"), (SupportAdvice, "side"), (SupportAdvice, "status")),
]


@given(value=st.one_of(st.text(), st.text("<>&'\"a"), st.integers(), st.none(), st.text("<&").map(mark_safe)))
def test_a_text_is_escaped_as_django_does(value: Any) -> None:
    assert escaped(value) == conditional_escape(value)


@pytest.mark.parametrize(("model", "column"), DISPLAYED)
def test_a_choice_in_words_is_what_django_tells(model: Any, column: str) -> None:
    field = model._meta.get_field(column)
    for value in [*(value for value, _label in field.choices), "", "unknown"]:
        row = model(**{column: value})
        assert getattr(row, f"get_{column}_display")() == row._get_FIELD_display(field)


@pytest.mark.parametrize("route", ["exercises:alert", "exercises:alert_close", "exercises:patient"])
def test_an_address_is_that_of_django(route: str) -> None:
    for key in (uuid4(), uuid4()):
        assert address(route, key) == reverse(route, args=[key])


def test_each_drawing_stands_on_its_own_and_an_unknown_one_is_an_error() -> None:
    included = Template('{% include "components/icon.html" with name=name flip=flip only %}')
    for name in PATHS:
        assert included.render(Context({"name": name})).strip() == icon(name)
        assert 'class="icon flip"' in included.render(Context({"name": name, "flip": True}))
    with pytest.raises(KeyError):
        icon("nonsense")


def test_cells_and_answers_escape_what_people_typed() -> None:
    words, entry = conditional_escape(EVIL), Entry(EVIL, EVIL, ChangeRating())
    assert cells([(EVIL, 3), ("Foot", None)]) == (
        f'<td class="figure" data-label="{words}">3</td>'
        '<td class="figure" data-label="Foot"><span class="off">no score</span></td>'
    )
    assert f"<span>{words}</span>" in answers([entry])
    assert f'value="{words}"' in answers([entry])
    assert "<b>" not in answers([entry])


class Asked(forms.Form):
    how = forms.ChoiceField(
        choices=[("", "None"), ("a", EVIL), ("b", SafeString("<i>B</i>"))], widget=forms.RadioSelect
    )


def test_pills_mark_the_chosen_one_and_escape_labels() -> None:
    written = pills(Asked({"how": "a"})["how"])
    assert '<input type="radio" name="how" value="a" id="id_how_1" checked>' in written
    assert written.count(" checked") == 1
    assert f"<span>{conditional_escape(EVIL)}</span>" in written
    assert "<span><i>B</i></span>" in written


def test_the_pill_that_takes_a_choice_back_is_a_dash_and_never_chosen() -> None:
    nothing = Asked({"how": ""})["how"]
    assert " checked" in pills(nothing)
    written = pills(nothing, takes_back=True)
    assert " checked" not in written
    assert written.startswith('<label class="none"><input type="radio" name="how" value="" id="id_how_0">')
    assert "Not stated" in written
