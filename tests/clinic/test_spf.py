"""The words of an SPF record: whatever is typed is read or refused, never guessed, and read again says the same."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.mail_domain.spf import QUALIFIERS, Record, SpfSyntaxError, Term, parse

LABELS = st.sampled_from(["a", "mail", "_spf", "x-1", "clinic", "0", "2600"])
NAMES = st.lists(LABELS, min_size=1, max_size=3).map(lambda labels: ".".join([*labels, "example"]))
SIGNS = st.sampled_from(QUALIFIERS)


def lengths(most: int) -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(0, most)


TERMS = st.one_of(
    st.builds(Term, SIGNS, st.sampled_from(["include", "exists"]), NAMES),
    st.builds(Term, SIGNS, st.sampled_from(["a", "mx"]), NAMES | st.just(""), lengths(32), lengths(128)),
    st.builds(Term, SIGNS, st.just("ptr"), NAMES | st.just("")),
    st.builds(
        Term,
        SIGNS,
        st.just("ip4"),
        st.builds(str, st.builds(IPv4Address, st.integers(0, 2**32 - 1))),
        lengths(32),
    ),
    st.builds(
        Term,
        SIGNS,
        st.just("ip6"),
        st.builds(str, st.builds(IPv6Address, st.integers(0, 2**128 - 1))),
        st.none(),
        lengths(128),
    ),
    st.builds(Term, SIGNS, st.just("all")),
)
RECORDS = st.builds(Record, st.lists(TERMS, max_size=12).map(tuple), NAMES | st.just(""))


@given(RECORDS)
def test_what_is_written_is_read_as_it_was_meant(record: Record) -> None:
    assert parse(str(record)) == record


@given(RECORDS, st.data())
def test_case_spaces_and_unknown_modifiers_change_nothing(record: Record, data: st.DataObject) -> None:
    words = str(record).split(" ")
    place = data.draw(st.integers(1, len(words)))
    words.insert(place, "x-unknown=%{d}")
    text = "  ".join(words).replace("v=spf1  ", "v=SPF1 ", 1)
    assert parse(text) == record


@given(
    st.text() | st.text(alphabet="v=spf1 incluデa:mx/4-~?+.%{}all0123", max_size=60).map("v=spf1 {}".format)
)
def test_nothing_but_a_refusal_comes_of_nonsense(text: str) -> None:
    try:
        record = parse(text)
    except SpfSyntaxError:
        return
    assert parse(str(record)) == record


@given(
    RECORDS,
    st.sampled_from(
        [
            "ip4:",
            "ip4:1.2.3",
            "ip4:1.2.3.4/33",
            "ip6:1.2.3.4",
            "ip6:::1/129",
            "include",
            "all:x",
            "all/8",
            "alle",
            "a:",
            "mx/33",
            "a//129",
            "ip4",
            "exists:",
            "-",
            "x:y",
            "include:a/24",
        ]
    ),
)
def test_one_wrong_term_makes_the_record_void(record: Record, wrong: str) -> None:
    with pytest.raises(SpfSyntaxError) as caught:
        parse(f"{record} {wrong}")
    assert caught.value.term == wrong


def test_only_one_redirect() -> None:
    with pytest.raises(SpfSyntaxError):
        parse("v=spf1 redirect=a.example redirect=b.example")
    with pytest.raises(SpfSyntaxError):
        parse("v=spf1 redirect=")
    assert parse("v=spf1 ~all exp=why.example").ending == "~"
    assert parse("v=spf1").ending == ""
