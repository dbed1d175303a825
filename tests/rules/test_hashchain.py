"""The chain is a pure function of its entries: the same everywhere, and no change goes unnoticed."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thienly.rules.hashchain import (
    GENESIS,
    JSON,
    ChainCheck,
    around,
    canonical,
    entry_hash,
    instant,
    placed_hash,
    settle,
    settle_text,
)

texts = st.text(max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
facts = st.dictionaries(texts, values, max_size=4)


def chain_of(details: list[dict[str, Any]]) -> list[dict[str, Any]]:
    chain: list[dict[str, Any]] = []
    previous = GENESIS
    for seq, detail in enumerate(details, 1):
        entry: dict[str, Any] = {"seq": seq, "detail": settle(detail), "previous": previous}
        previous = entry_hash(entry)
        chain.append(entry | {"hash": previous})
    return chain


def first_problem(chain: list[dict[str, Any]]) -> tuple[int, str] | None:
    check = ChainCheck()
    for entry in chain:
        if problem := check.problem_of(entry):
            return check.seq + 1, problem
    return None


@given(values)
def test_settling_twice_changes_nothing_and_always_gives_bytes(value: Any) -> None:
    settled = settle(value)
    assert settle(settled) == settled
    assert canonical(settled).decode()


@given(st.dictionaries(texts, values, min_size=2, max_size=5))
def test_the_order_of_keys_does_not_matter(detail: dict[str, Any]) -> None:
    backwards = dict(reversed(detail.items()))
    if len(settled := settle(detail)) == len(detail):  # type: ignore[arg-type]
        assert canonical(settled) == canonical(settle(backwards))


@given(st.lists(facts, max_size=6))
def test_an_honest_chain_has_no_problem(details: list[dict[str, Any]]) -> None:
    assert first_problem(chain_of(details)) is None


@given(st.lists(facts, min_size=1, max_size=6), st.data())
def test_a_changed_entry_is_found_where_it_stands(details: list[dict[str, Any]], data: st.DataObject) -> None:
    chain = chain_of(details)
    at = data.draw(st.integers(0, len(chain) - 1))
    chain[at]["detail"] = {"changed": chain[at]["detail"]}
    assert first_problem(chain) == (at + 1, "altered")
    chain[at]["hash"] = entry_hash(chain[at])  # the forger mends the hash: now the next one does not fit
    assert first_problem(chain) == ((at + 2, "unchained") if at + 1 < len(chain) else None)


@given(st.lists(facts, min_size=2, max_size=6), st.data())
def test_a_removed_entry_is_missed(details: list[dict[str, Any]], data: st.DataObject) -> None:
    chain = chain_of(details)
    at = data.draw(st.integers(0, len(chain) - 2))
    del chain[at]
    assert first_problem(chain) == (at + 1, "missing")


def test_an_instant_is_the_same_in_every_zone_and_needs_one() -> None:
    at = datetime(2026, 11, 17, 7, 20, 5, tzinfo=UTC)
    assert instant(at) == "2026-11-17T07:20:05.000000Z"
    assert instant(at.astimezone(timezone(timedelta(hours=7)))) == instant(at)
    with pytest.raises(ValueError, match="without a zone"):
        instant(at.replace(tzinfo=None))


def test_what_has_no_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        settle({"a": [object()]})


@given(
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4),
    st.text(max_size=20),
    st.integers(1, 10**12),
)
def test_an_entry_put_together_around_its_place_has_the_same_hash(
    detail: dict[str, str], label: str, seq: int
) -> None:
    entry: dict[str, JSON] = {
        "actor_label": settle_text(label),
        "detail": settle(detail),
        "purpose": settle_text(label),
        "unit_label": "Sở",
    }
    whole = entry | {"previous": GENESIS, "seq": seq}
    assert placed_hash(around(entry), previous=GENESIS, seq=seq) == entry_hash(whole)


def test_an_entry_without_a_column_beside_its_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no column"):
        around({"actor_label": "x", "unit_label": "y"})
