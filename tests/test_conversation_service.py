"""Conversations: two transactions a turn, who may see what, and a window that fits."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from conversation_service import WINDOW_TOKENS, Caller, ConversationService, tokens_in
from errors import BrandNotFound, ConversationNotFound, TurnInProgress
from models import BrandId, ConversationId, FinishReason, OwnerId, Product, Role, Source, TurnOutcome, utc_now
from storage import products, tombstones
from storage.engine import Database
from storage.migrations import upgrade

BRAND = BrandId("techpro")
OTHER = BrandId("stylehub")
ALICE, BOB = Caller(OwnerId("socket:alice")), Caller(OwnerId("socket:bob"))
SHOP = Caller(OwnerId("key"), reads_all=True)
CHOSEN = ConversationId("conv-1")
LAMP = Product(id="lamp", name="Lamp", price=1, brand_id=BRAND)
DONE = TurnOutcome(finish_reason=FinishReason.STOP)

Scenario = Callable[[ConversationService, Database], Awaitable[None]]


@pytest.fixture
def run(tmp_path: Path) -> Callable[[Scenario], None]:
    def run(scenario: Scenario) -> None:
        async def opened() -> None:
            database = Database(tmp_path / "test.db")
            upgrade(database.engine)
            try:
                await scenario(ConversationService(database), database)
            finally:
                await database.aclose()

        asyncio.run(opened())

    return run


Run = Callable[[Scenario], None]


async def said(
    conversations: ConversationService,
    caller: Caller,
    text: str,
    reply: str = "ok",
    outcome: TurnOutcome = DONE,
    conversation_id: ConversationId | None = CHOSEN,
) -> ConversationId:
    begun = await conversations.begin_turn(BRAND, caller, text=text, conversation_id=conversation_id)
    await conversations.end_turn(BRAND, begun.conversation.row_id, begun.turn.message_id, reply, outcome)
    return begun.conversation.id


async def contents(conversations: ConversationService, caller: Caller, id_: ConversationId = CHOSEN) -> list[str]:
    return [message.content for message in (await conversations.history(BRAND, caller, id_)).messages]


def test_a_turn_is_two_messages_in_order(run: Run) -> None:
    async def scenario(conversations: ConversationService, _: Database) -> None:
        await said(conversations, ALICE, "hello", "hi")
        history = await conversations.history(BRAND, ALICE, CHOSEN)
        assert [(one.role, one.content) for one in history.messages] == [(Role.USER, "hello"), (Role.ASSISTANT, "hi")]

    run(scenario)


def test_a_second_message_waits_for_the_first(run: Run) -> None:
    async def scenario(conversations: ConversationService, _: Database) -> None:
        await conversations.begin_turn(BRAND, ALICE, text="one", conversation_id=CHOSEN)
        with pytest.raises(TurnInProgress):
            await conversations.begin_turn(BRAND, ALICE, text="two", conversation_id=CHOSEN)
        assert await contents(conversations, ALICE) == ["one"]

    run(scenario)


def test_the_same_client_message_id_never_makes_a_second_turn(run: Run) -> None:
    async def scenario(conversations: ConversationService, _: Database) -> None:
        first = await conversations.begin_turn(BRAND, ALICE, text="x", conversation_id=CHOSEN, client_message_id="m1")
        again = await conversations.begin_turn(BRAND, ALICE, text="x", conversation_id=CHOSEN, client_message_id="m1")
        assert again.repeated
        assert again.turn.message_id == first.turn.message_id
        with pytest.raises(TurnInProgress):
            await conversations.stored_reply(BRAND, again.turn)
        await conversations.end_turn(BRAND, first.conversation.row_id, first.turn.message_id, "y", DONE)
        ended = await conversations.begin_turn(BRAND, ALICE, text="x", conversation_id=CHOSEN, client_message_id="m1")
        assert await conversations.stored_reply(BRAND, ended.turn) == ("y", DONE)
        assert await contents(conversations, ALICE) == ["x", "y"]

    run(scenario)


def test_a_chosen_id_is_each_owners_own(run: Run) -> None:
    async def scenario(conversations: ConversationService, _: Database) -> None:
        await said(conversations, ALICE, "I am Alice")
        with pytest.raises(ConversationNotFound):
            await conversations.history(BRAND, BOB, CHOSEN)
        await said(conversations, BOB, "I am Bob")
        assert await contents(conversations, ALICE) == ["I am Alice", "ok"]
        assert await contents(conversations, BOB) == ["I am Bob", "ok"]
        assert await contents(conversations, SHOP) == ["I am Bob", "ok"]  # the latest, with the brand's key
        with pytest.raises(ConversationNotFound):
            await conversations.history(OTHER, ALICE, CHOSEN)

    run(scenario)


def test_an_id_that_the_server_made_is_itself_the_right(run: Run) -> None:
    async def scenario(conversations: ConversationService, _: Database) -> None:
        made = await said(conversations, ALICE, "hello", conversation_id=None)
        assert len(made) >= 32
        assert await contents(conversations, BOB, made) == ["hello", "ok"]
        await said(conversations, BOB, "me again", conversation_id=made)
        assert len(await contents(conversations, ALICE, made)) == 4
        with pytest.raises(ConversationNotFound):
            await conversations.history(OTHER, BOB, made)
        await conversations.delete(BRAND, BOB, made)
        with pytest.raises(ConversationNotFound):
            await conversations.history(BRAND, ALICE, made)

    run(scenario)


def test_the_end_of_a_turn_in_a_deleted_conversation_is_no_error(run: Run) -> None:
    async def scenario(conversations: ConversationService, _: Database) -> None:
        begun = await conversations.begin_turn(BRAND, ALICE, text="x", conversation_id=CHOSEN)
        await conversations.delete(BRAND, ALICE, CHOSEN)
        await conversations.end_turn(BRAND, begun.conversation.row_id, begun.turn.message_id, "y", DONE)
        assert await conversations.count(BRAND) == 0

    run(scenario)


def test_turns_of_a_dead_process_become_interrupted(run: Run) -> None:
    async def scenario(conversations: ConversationService, _: Database) -> None:
        begun = await conversations.begin_turn(BRAND, ALICE, text="x", conversation_id=CHOSEN)
        assert await conversations.interrupt_running() == 1
        turn = await conversations.find_turn(BRAND, ALICE, CHOSEN, begun.turn.message_id)
        assert turn.state == "interrupted"
        assert (await conversations.stored_reply(BRAND, turn))[0] == ""
        assert await conversations.interrupt_running() == 0
        await said(conversations, ALICE, "again")

    run(scenario)


def test_the_window_keeps_the_latest_messages_within_the_budget(run: Run) -> None:
    async def scenario(conversations: ConversationService, _: Database) -> None:
        long = "word " * (WINDOW_TOKENS // 5)
        for number in range(6):
            await said(conversations, ALICE, f"{number} {long}", f"{number} short")
        begun = await conversations.begin_turn(BRAND, ALICE, text="q" * 8000, conversation_id=CHOSEN)
        messages = begun.window.messages
        assert messages[-1].content == "q" * 8000
        assert len(messages) > 1 or tokens_in("q" * 8000) >= WINDOW_TOKENS
        assert sum(tokens_in(message.content) for message in messages[:-1]) <= WINDOW_TOKENS

    run(scenario)


def test_last_suggestions_are_the_products_as_they_are_now(run: Run) -> None:
    lamp, desk = (Product(id=id_, name=id_, price=1, brand_id=BRAND) for id_ in ("lamp", "desk"))

    async def scenario(conversations: ConversationService, database: Database) -> None:
        await database.write(lambda tx: products.save(tx, BRAND, [lamp, desk], utc_now()))
        outcome = TurnOutcome(finish_reason=FinishReason.STOP, suggested_products=[desk, lamp])
        await said(conversations, ALICE, "desk and lamp?", outcome=outcome)
        await said(conversations, ALICE, "thanks")
        cheaper = lamp.model_copy(update={"price": 0.5})
        await database.write(lambda tx: products.save(tx, BRAND, [cheaper], utc_now()))
        await database.write(lambda tx: products.remove(tx, BRAND, "desk"))
        begun = await conversations.begin_turn(BRAND, ALICE, text="which?", conversation_id=CHOSEN)
        assert [(one.id, one.price) for one in begun.window.last_suggestions] == [("lamp", 0.5)]

    run(scenario)


def test_the_window_tells_what_the_latest_reply_rests_on(run: Run) -> None:
    async def scenario(conversations: ConversationService, database: Database) -> None:
        del database
        sources = [Source(kind="product", id="lamp", title="Lamp"), Source(kind="passage", id="returns#1", title="")]
        rests = TurnOutcome(finish_reason=FinishReason.STOP, sources=sources)
        await said(conversations, ALICE, "may I return the lamp?", outcome=rests)
        begun = await conversations.begin_turn(BRAND, ALICE, text="until when?", conversation_id=CHOSEN)
        assert begun.window.answered_from == ("returns#1",)
        await conversations.end_turn(BRAND, begun.conversation.row_id, begun.turn.message_id, "ok", DONE)
        begun = await conversations.begin_turn(BRAND, ALICE, text="thanks", conversation_id=CHOSEN)
        assert begun.window.answered_from == ()
        assert (begun.window.answered_lately, begun.window.answered_ago) == (("returns#1",), 2)
        offer = TurnOutcome(finish_reason=FinishReason.STOP, sources=sources, suggested_products=[LAMP])
        await conversations.end_turn(BRAND, begun.conversation.row_id, begun.turn.message_id, "a lamp", offer)
        begun = await conversations.begin_turn(BRAND, ALICE, text="in blue?", conversation_id=CHOSEN)
        assert (begun.window.answered_from, begun.window.answered_ago) == ((), 0)

    run(scenario)


def test_nothing_is_written_for_a_brand_that_is_being_deleted(run: Run) -> None:
    async def scenario(conversations: ConversationService, database: Database) -> None:
        await said(conversations, ALICE, "before")
        await database.write(lambda tx: tombstones.add(tx, BRAND))
        with pytest.raises(BrandNotFound):
            await conversations.begin_turn(BRAND, ALICE, text="after", conversation_id=CHOSEN)
        await conversations.purge(BRAND)
        assert await conversations.count(BRAND) == 0

    run(scenario)


def test_conversations_are_listed_with_the_latest_first(run: Run) -> None:
    async def scenario(conversations: ConversationService, _: Database) -> None:
        for name in ("a", "b", "c"):
            await said(conversations, ALICE, "x", conversation_id=ConversationId(name))
        await said(conversations, ALICE, "y", conversation_id=ConversationId("a"))
        page, total = await conversations.page(BRAND, limit=2, offset=0)
        assert (total, [(row.id, count) for row, count in page]) == (3, [("a", 4), ("c", 2)])

    run(scenario)


def test_a_long_conversation_keeps_what_the_customer_said_at_its_beginning(run: Run) -> None:
    async def scenario(conversations: ConversationService, _: Database) -> None:
        sizes, window = [], None
        for number in range(300):
            text = "My budget is $1,234." if number == 2 else f"And what about product number {number}, is it any good?"
            begun = await conversations.begin_turn(BRAND, ALICE, text=text, conversation_id=CHOSEN)
            await conversations.end_turn(BRAND, begun.conversation.row_id, begun.turn.message_id, "Yes. " * 20, DONE)
            window = begun.window
            sizes.append(tokens_in(window.summary) + sum(tokens_in(one.content) for one in window.messages))
            if window.outgrown:
                await conversations.summarise(BRAND, begun.conversation.row_id)
        assert window is not None
        assert "My budget is $1,234." in window.summary
        assert max(sizes[200:]) <= 1.02 * max(sizes[50:100])
        assert max(sizes) < WINDOW_TOKENS
        assert min(len(await contents(conversations, ALICE)), 600) == 600, "the history is kept whole"

    run(scenario)


def test_nothing_is_missing_between_the_summary_and_the_window(run: Run) -> None:
    async def scenario(conversations: ConversationService, _: Database) -> None:
        for number in range(80):
            await said(conversations, ALICE, f"My number is {number}.")
            begun = await conversations.begin_turn(BRAND, ALICE, text="next", conversation_id=CHOSEN)
            await conversations.end_turn(BRAND, begun.conversation.row_id, begun.turn.message_id, "", DONE)
            if begun.window.outgrown:
                await conversations.summarise(BRAND, begun.conversation.row_id)
            shown = begun.window.summary + " ".join(one.content for one in begun.window.messages)
            assert all(f"My number is {earlier}." in shown for earlier in range(max(0, number - 40), number + 1))

    run(scenario)


def test_a_conversation_that_was_deleted_meanwhile_is_not_summarised(run: Run) -> None:
    async def scenario(conversations: ConversationService, _: Database) -> None:
        begun = await conversations.begin_turn(BRAND, ALICE, text="x" * 7_000, conversation_id=CHOSEN)
        await conversations.end_turn(BRAND, begun.conversation.row_id, begun.turn.message_id, "y" * 7_000, DONE)
        await conversations.delete(BRAND, ALICE, CHOSEN)
        await conversations.summarise(BRAND, begun.conversation.row_id)

    run(scenario)
