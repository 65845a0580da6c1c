"""The drills of bench/, each run small: whether they hold, not how fast."""

import asyncio

import pytest

from bench import chats, drain, index_kills, kills

pytestmark = pytest.mark.functional


def test_thirty_chats_at_once_are_all_complete_and_none_is_mixed_up() -> None:
    result = asyncio.run(chats.drill(chats.Scale(chats=30, rounds=2, pieces=50, waits=False)))
    assert result.violations == []
    assert result.complete == 60
    assert result.most_at_once > 10


def test_on_sigterm_turns_end_whole_and_one_that_takes_too_long_ends_interrupted_and_stored() -> None:
    result = asyncio.run(drain.drill(drain.Scale(turns=5, left_s=3.0, long_left_s=20.0)))
    assert result.violations == []
    assert result.whole == 5
    assert result.interrupted


def test_what_was_acknowledged_before_a_kill_is_there_once_after_it() -> None:
    result = asyncio.run(kills.drill(kills.Scale(kills=3)))
    assert result.violations == []
    assert result.kills == 3
    assert result.tally.messages > 0
    assert result.tally.product_edits > 0
    assert result.tally.brand_edits > 0


def test_after_kills_while_products_are_indexed_rows_and_vectors_are_in_step() -> None:
    result = index_kills.drill(index_kills.Scale(kills=2, products=300, longest_life_s=3.0))
    assert result.violations == []
    assert result.kills == 2
    assert result.saved > 0
