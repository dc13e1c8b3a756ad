"""The form in which entries and seals are hashed: it never changes, and nothing of an entry is left out."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic import chain
from clinic.chain import GENESIS, Head, Seal

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ENTRY: dict[str, Any] = {
    "id": 7,
    "at": NOON,
    "epoch": 1,
    "xid": 900,
    "clinic_id": UUID(int=1),
    "actor_kind": "staff",
    "actor_label": "Zoë Müller",
    "actor_user_id": 3,
    "actor_role": "owner",
    "verb": "member.changed",
    "object_type": "clinic.membership",
    "object_id": "4",
    "patient_id": None,
    "request_id": "",
    "ip_prefix": "192.0.2.0/24",
    "reason": "",
    "changes": {"role": "owner", "before": {"b": 1, "a": [1.5, None]}},
}
SEAL = Seal(2, 1, 900, 905, 3, "a" * 64, "b" * 64, NOON)


def line(**fields: Any) -> bytes:
    return chain.line_of([*(ENTRY | fields).values()])


def test_the_form_is_the_one_that_earlier_seals_were_made_of() -> None:
    assert tuple(ENTRY) == chain.FIELDS
    assert line() == (
        b'[7,"2026-11-24T12:00:00.000000+00:00",1,900,"00000000-0000-0000-0000-000000000001","staff",'
        b'"Zo\\u00eb M\\u00fcller",3,"owner","member.changed","clinic.membership","4",null,"","192.0.2.0/24","",'
        b'{"before":{"a":[1.5,null],"b":1},"role":"owner"}]\n'
    )
    assert SEAL.hash == "1d7b40b950f239d2e9dc50a5c5c248d71010f8f464201952c382c3a4a1958985"
    assert line(at=NOON.astimezone(ZoneInfo("Asia/Tokyo"))) == line()


texts = st.text(alphabet=st.characters(codec="utf-8"), max_size=20)
numbers = st.integers(-(2**62), 2**62)
values = st.one_of(texts, numbers, st.none(), st.uuids(), st.lists(numbers, max_size=2))


@given(field=st.sampled_from([name for name in chain.FIELDS if name != "at"]), other=values, before=values)
def test_two_entries_have_the_same_line_only_if_all_of_them_is_the_same(
    field: str, other: Any, before: Any
) -> None:
    same = json.dumps(other, default=str) == json.dumps(before, default=str)
    assert (line(**{field: other}) == line(**{field: before})) == same


small = st.lists(st.integers(0, 3), max_size=4)


@given(small, small)
def test_the_hash_of_a_range_tells_order_and_number(entries: list[int], others: list[int]) -> None:
    def digest(ids: list[int]) -> tuple[int, str]:
        lines = chain.Lines()
        for number in ids:
            lines.take([*(ENTRY | {"id": number}).values()])
        return lines.entries, lines.hash

    assert (digest(others)[1] == digest(entries)[1]) == (others == entries)
    assert digest(entries)[0] == len(entries)


@pytest.mark.parametrize(
    "change",
    [
        {"number": 3},
        {"epoch": 2},
        {"from_xid": 899},
        {"to_xid": 906},
        {"entries": 4},
        {"entries_hash": "c" * 64},
        {"previous": GENESIS},
        {"sealed_at": NOON + timedelta(microseconds=1)},
    ],
)
def test_a_seal_is_made_over_all_that_it_says(change: dict[str, Any]) -> None:
    fields = {name: getattr(SEAL, name) for name in Seal.__slots__}
    assert set(change) <= fields.keys()
    assert Seal(**fields).hash == SEAL.hash
    assert Seal(**fields | change).hash != SEAL.hash


def test_an_entry_of_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="17 values, not 16"):
        chain.line_of([*ENTRY.values()][:-1])


def test_heads_are_found_wherever_they_were_kept() -> None:
    head = Head(1234, 2, "ab" * 32)
    lines = [
        f"audit {head}",
        f"worker-1  | {json.dumps({'level': 'INFO', 'message': f'audit {head}', 'entries': 3})}",
        f"> audit {head}\r\n",
        f"audit seal 1234 of epoch 2: {'ab' * 31}",  # cut off
        f"audit seal 1234 of epoch 2: {'ab' * 33}",
        "nothing",
    ]
    assert [*chain.heads_in(lines)] == [head] * 3
