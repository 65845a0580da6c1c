"""A turn belongs to the service: it outlives its socket, ends when it is told to, and always ends with an outcome."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import chatbot_service
from chatbot_service import ChatbotService, Question, StartedTurn
from conversation_service import Caller
from errors import BrandNotFound, ModelBroken, OverCapacity, Restarting, TurnInProgress
from evidence_service import EvidenceService
from live.base import ReplyPiece
from live.memory import MemoryLiveState
from models import BrandId, FinishReason, OwnerId, Prompt, TurnOutcome
from prompt_service import PromptService
from providers.base import Answering, Completion, ModelEvent
from routes.dependencies import Services
from sample_data import load_sample_data
from tests.services import services_in

BRAND = BrandId("techpro")
ALICE = Caller(OwnerId("socket:alice"))


@dataclass
class ScriptedModel:
    """A model that says its pieces, then waits to be let go, or fails."""

    pieces: list[str] = field(default_factory=lambda: ["Hello ", "there."])
    waits: bool = False
    failure: Exception | None = None
    prompts: list[Prompt] = field(default_factory=list)
    name: str = "scripted"

    def __post_init__(self) -> None:
        self.go_on = asyncio.Event()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelEvent]:
        self.prompts.append(prompt)
        yield Answering(self.name)
        for piece in self.pieces:
            yield piece
        if self.failure:
            raise self.failure
        if self.waits:
            await self.go_on.wait()
            yield "The end."
        yield Completion()

    async def aclose(self) -> None:
        """Nothing to release."""


@dataclass
class Bench:
    """A chatbot with a scripted model, over real services."""

    services: Services
    chatbot: ChatbotService
    model: ScriptedModel

    async def ask(self, text: str = "hi", **question: Any) -> StartedTurn:
        brand = self.services.brands.get_active(BRAND)
        return await self.chatbot.start_turn(brand, ALICE, Question(text=text, **question))


Scenario = Callable[[Bench], Awaitable[None]]
Run = Callable[..., None]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(scenario: Scenario, *, samples: bool = False, **model: Any) -> None:
        async def opened() -> None:
            async with services_in(tmp_path) as services:
                if samples:
                    await load_sample_data(services.brands, services.products)
                scripted = ScriptedModel(**model)
                prompts = PromptService(
                    services.brands,
                    services.search,
                    EvidenceService(services.brands, services.search, services.knowledge),
                )
                live = MemoryLiveState()
                chatbot = ChatbotService(services.conversations, prompts, scripted, live, services.spending)
                await scenario(Bench(services, chatbot, scripted))
                await chatbot.drain(0)

        asyncio.run(opened())

    return run


async def reply(turn: StartedTurn) -> tuple[str, TurnOutcome]:
    text = ""
    async for event in turn.log.follow():
        if isinstance(event, ReplyPiece):
            text += event.text
        else:
            return text, event
    raise AssertionError("no outcome")


async def first_piece(turn: StartedTurn) -> str:
    async for event in turn.log.follow():
        assert isinstance(event, ReplyPiece)
        return event.text
    raise AssertionError("no piece")


async def stored(bench: Bench, turn: StartedTurn) -> list[str]:
    history = await bench.services.conversations.history(BRAND, ALICE, turn.conversation_id)
    return [message.content for message in history.messages]


def test_a_reply_is_streamed_and_stored(run: Run) -> None:
    async def scenario(bench: Bench) -> None:
        turn = await bench.ask("hi")
        text, outcome = await reply(turn)
        assert text == "Hello there."
        assert (outcome.finish_reason, outcome.answered_by) == (FinishReason.STOP, "scripted")
        assert await stored(bench, turn) == ["hi", "Hello there."]

    run(scenario)


def test_marks_become_suggestions_and_only_of_what_was_found(run: Run) -> None:
    async def scenario(bench: Bench) -> None:
        turn = await bench.ask("a laptop for video editing under $2,000")
        text, outcome = await reply(turn)
        assert text == "Take A or B or C."
        assert outcome.suggested_products == []
        offered = [hit.product for hit in bench.model.prompts[0].hits]
        bench.model.pieces = ["Take this", f"[[{offered[1].id}]", "] now.", "[[sh-linen-wrap-dress]]"]
        text, outcome = await reply(await bench.ask("a laptop for video editing under $2,000"))
        assert text == "Take this now."
        assert [product.id for product in outcome.suggested_products] == [offered[1].id]
        assert [(source.kind, source.id) for source in outcome.sources] == [("product", offered[1].id)]
        assert outcome.confidence_score is not None

    run(scenario, samples=True, pieces=["Take A[[a]] or B[[b]] or C[[c]]."])


def test_the_prompt_holds_the_brands_words_and_the_evidence_but_no_other_brands(run: Run) -> None:
    async def scenario(bench: Bench) -> None:
        await reply(await bench.ask("a laptop for video editing under $2,000"))
        prompt = bench.model.prompts[0]
        system = prompt.messages[0].content
        assert bench.services.brands.config(BRAND).system_prompt in system
        assert all(hit.product.name in system for hit in prompt.hits)
        assert all(hit.product.price <= 2000 and hit.product.brand_id == BRAND for hit in prompt.hits)
        assert "StyleHub" not in system
        assert prompt.messages[-1].content == "a laptop for video editing under $2,000"

    run(scenario, samples=True)


def test_stop_ends_the_reply_and_keeps_what_was_said(run: Run) -> None:
    async def scenario(bench: Bench) -> None:
        turn = await bench.ask()
        assert (await first_piece(turn)).startswith("Hello ")
        await bench.chatbot.stop(BRAND, ALICE, turn.conversation_id)
        text, outcome = await reply(turn)
        assert (text, outcome.finish_reason) == ("Hello there.", FinishReason.STOPPED)
        assert await stored(bench, turn) == ["hi", "Hello there."]
        await bench.chatbot.stop(BRAND, ALICE, turn.conversation_id)  # nothing runs: nothing happens

    run(scenario, waits=True)


def test_a_reader_that_goes_away_does_not_end_the_turn(run: Run) -> None:
    async def scenario(bench: Bench) -> None:
        turn = await bench.ask()
        reader = asyncio.create_task(reply(turn))
        await first_piece(turn)
        reader.cancel()
        bench.model.go_on.set()
        assert (await reply(turn))[0] == "Hello there.The end."

    run(scenario, waits=True)


def test_one_turn_runs_per_conversation_and_a_repeat_gets_the_same_reply(run: Run) -> None:
    async def scenario(bench: Bench) -> None:
        turn = await bench.ask("hi", client_message_id="m1")
        again = await bench.ask("hi", client_message_id="m1", conversation_id=turn.conversation_id)
        assert again.message_id == turn.message_id
        with pytest.raises(TurnInProgress):
            await bench.ask("more", conversation_id=turn.conversation_id)
        bench.model.go_on.set()
        assert await reply(again) == await reply(turn)
        assert len(bench.model.prompts) == 1

    run(scenario, waits=True)


@pytest.mark.parametrize(
    ("failure", "code"),
    [(ModelBroken("It broke off."), "model_broken"), (ZeroDivisionError("/etc/passwd"), "internal_error")],
)
def test_a_failure_in_the_middle_keeps_the_text_and_tells_a_sentence(run: Run, failure: Exception, code: str) -> None:
    async def scenario(bench: Bench) -> None:
        turn = await bench.ask()
        text, outcome = await reply(turn)
        assert (text, outcome.finish_reason) == ("Hello there.", FinishReason.ERROR)
        assert outcome.error is not None
        assert outcome.error.code == code
        assert "passwd" not in outcome.error.message
        assert await stored(bench, turn) == ["hi", "Hello there."]

    run(scenario, failure=failure)


def test_running_turns_are_capped_per_brand_and_freed_when_they_end(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chatbot_service, "TURNS_PER_BRAND", 2)

    async def scenario(bench: Bench) -> None:
        turns = [await bench.ask() for _ in range(2)]
        with pytest.raises(OverCapacity):
            await bench.ask()
        bench.model.go_on.set()
        for turn in turns:
            await reply(turn)
        await reply(await bench.ask())

    run(scenario, waits=True)


def test_a_refused_turn_gives_its_place_back(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chatbot_service, "TURNS_PER_ADDRESS", 2)

    async def scenario(bench: Bench) -> None:
        turn = await bench.ask(address="10.0.0.1")
        for _ in range(3):
            with pytest.raises(TurnInProgress):
                await bench.ask(address="10.0.0.1", conversation_id=turn.conversation_id)
        await bench.ask(address="10.0.0.1")

    run(scenario, waits=True)


def test_draining_lets_turns_finish_and_ends_the_late_ones(run: Run) -> None:
    async def scenario(bench: Bench) -> None:
        turn = await bench.ask()
        drain = asyncio.create_task(bench.chatbot.drain(0.2))
        await asyncio.sleep(0)
        with pytest.raises(Restarting):
            await bench.ask()
        await drain
        text, outcome = await reply(turn)
        assert (text, outcome.finish_reason) == ("Hello there.", FinishReason.INTERRUPTED)
        assert await stored(bench, turn) == ["hi", "Hello there."]

    run(scenario, waits=True)


def test_deleting_a_brand_ends_its_turns_and_leaves_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chatbot_service, "PURGE_GRACE_S", 0.1)

    async def scenario(bench: Bench) -> None:
        turn = await bench.ask()
        await bench.chatbot.purge(BRAND)
        assert (await reply(turn))[1].finish_reason is FinishReason.INTERRUPTED
        await bench.services.brands.delete(BRAND)
        with pytest.raises(BrandNotFound):
            await bench.ask()

    run(scenario, waits=True)


def test_a_spoken_reply_ends_after_two_sentences_without_waiting_for_the_model(run: Run) -> None:
    async def scenario(bench: Bench) -> None:
        turn = await bench.ask(voice=True)
        text, outcome = await reply(turn)
        assert (text, outcome.finish_reason) == ("Alpha. Beta.", FinishReason.STOP)
        assert bench.model.prompts[0].voice

    run(scenario, pieces=["**Alpha.** Beta. ", "Gamma. "], waits=True)


def test_a_refinement_is_read_on_top_of_the_need(run: Run) -> None:
    async def scenario(bench: Bench) -> None:
        first = await bench.ask("a laptop for video editing under $2,000")
        await reply(first)
        bench.model.pieces = [f"A[[{bench.model.prompts[0].hits[0].product.id}]]"]
        await reply(await bench.ask("a laptop for video editing", conversation_id=first.conversation_id))
        await reply(await bench.ask("under $1,300 please", conversation_id=first.conversation_id))
        refined = bench.model.prompts[-1]
        assert refined.understood.constraints.price_max == 1300
        assert refined.understood.constraints.categories == ("Laptops",)
        assert all(hit.product.price <= 1300 for hit in refined.hits)

    run(scenario, samples=True)
