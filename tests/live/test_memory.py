"""Reply logs: every follower gets every character once, from wherever it starts, and then the outcome."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import InvalidInput
from live.base import FLUSH_INTERVAL_S, BrandChanged, Notice, ReplyLog, ReplyPiece
from live.memory import MemoryCounters, MemoryLiveState, MemoryNotices, MemoryReplyLogs
from models import BrandId, FinishReason, MessageId, TurnOutcome

DONE = TurnOutcome(finish_reason=FinishReason.STOP)
ID = MessageId("m")


async def followed(log: ReplyLog, offset: int = 0) -> tuple[str, list[ReplyPiece], TurnOutcome]:
    pieces: list[ReplyPiece] = []
    async for event in log.follow(offset):
        if isinstance(event, TurnOutcome):
            return "".join(piece.text for piece in pieces), pieces, event
        pieces.append(event)
    raise AssertionError("no outcome")


async def written(log: ReplyLog, pieces: Sequence[str], pause_s: float = 0) -> None:
    for piece in pieces:
        await log.append(piece)
        await asyncio.sleep(pause_s)
    await log.finish(DONE)


@given(st.lists(st.text(max_size=5), max_size=20), st.integers(0, 100))
@settings(deadline=None, max_examples=50)
def test_a_follower_from_any_offset_gets_exactly_the_rest(pieces: list[str], start: int) -> None:
    text = "".join(pieces)
    start = min(start, len(text))

    async def scenario() -> None:
        log = await MemoryReplyLogs().create(ID)
        early = asyncio.create_task(followed(log))
        await written(log, pieces)
        assert (await early)[0] == text
        assert (await followed(log, start))[0] == text[start:]

    asyncio.run(scenario())


def test_the_first_piece_goes_out_at_once_and_the_rest_piles_up() -> None:
    async def scenario() -> None:
        log = await MemoryReplyLogs().create(ID)
        follower = asyncio.create_task(followed(log))
        await written(log, ["x"] * 40, pause_s=FLUSH_INTERVAL_S / 20)
        text, pieces, outcome = await follower
        assert text == "x" * 40
        assert pieces[0].text == "x"
        assert len(pieces) < 20
        assert [piece.next_offset for piece in pieces] == sorted({piece.next_offset for piece in pieces})
        assert outcome == DONE

    asyncio.run(scenario())


def test_a_follower_that_goes_away_does_not_disturb_the_others() -> None:
    async def scenario() -> None:
        log = await MemoryReplyLogs().create(ID)
        gone, stays = (asyncio.create_task(followed(log)) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        await written(log, ["a", "b"])
        assert (await stays)[0] == "ab"
        assert gone.cancelled()

    asyncio.run(scenario())


def test_an_offset_beyond_the_text_is_refused() -> None:
    async def scenario() -> None:
        log = await MemoryReplyLogs().create(ID)
        await written(log, ["abc"])
        for offset in (-1, 4):
            with pytest.raises(InvalidInput):
                await followed(log, offset)

    asyncio.run(scenario())


def test_a_finished_reply_neither_grows_nor_finishes_again() -> None:
    async def scenario() -> None:
        log = await MemoryReplyLogs().create(ID)
        await log.finish(DONE)
        with pytest.raises(RuntimeError):
            await log.append("more")
        with pytest.raises(RuntimeError):
            await log.finish(DONE)

    asyncio.run(scenario())


def test_a_log_is_found_until_its_time_is_over() -> None:
    async def scenario() -> None:
        logs = MemoryReplyLogs(ttl_s=0.02)
        log = await logs.create(ID)
        await asyncio.sleep(0.05)
        assert await logs.find(ID) is log
        await log.finish(DONE)
        assert await logs.find(ID) is log
        await asyncio.sleep(0.05)
        assert await logs.find(ID) is None

    asyncio.run(scenario())


def test_counts_are_taken_together_or_not_at_all() -> None:
    async def scenario() -> None:
        counters = MemoryCounters()
        assert await counters.acquire(("brand", 2), ("address", 1))
        assert not await counters.acquire(("brand", 2), ("address", 1))
        assert (await counters.count("brand"), await counters.count("address")) == (1, 1)
        await counters.release("brand", "address")
        assert await counters.acquire(("brand", 1), ("address", 1))

    asyncio.run(scenario())


def test_every_listener_hears_every_notice() -> None:
    async def scenario() -> None:
        live = MemoryLiveState()
        assert isinstance(live.notices, MemoryNotices)
        heard: list[Notice] = []
        live.notices.subscribe(heard.append)
        live.notices.subscribe(heard.append)
        notice = BrandChanged(BrandId("b"))
        await live.notices.publish(notice)
        assert heard == [notice, notice]
        await live.aclose()

    asyncio.run(scenario())
