"""One turn: understand, retrieve, prompt, stream, persist.

A turn belongs to this service, not to the socket that asked: it appends to a reply log, which any number of sockets
follow, and goes on when they drop. What ends it early is `stop`, the deletion of its brand or conversation, or the end
of the process.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Container, Coroutine, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from typing import Any, TypeVar, assert_never

import structlog

from conversation_service import BegunTurn, Caller, ConversationService, tokens_in
from errors import BrandNotFound, OverCapacity, Restarting, ServiceError
from foreground import Foreground
from live.base import LiveState, Notice, Reply, ReplyLog, ReplyPiece, StopTurn
from models import Brand, BrandId, ConversationId, FinishReason, MessageId, Source, TurnError, TurnOutcome
from prompt_service import Briefing, PromptService, confidence_of
from providers.base import Answering, ChatModel, Completion
from providers.embedded.model import NAME as EMBEDDED
from replies.filters import ReplyFilters
from spending_service import SpendingService
from storage.conversations import RUNNING

logger = structlog.get_logger(__name__)

# Running turns spend tokens: so many at a time, per brand and per address.
TURNS_PER_BRAND = 400
TURNS_PER_ADDRESS = 350

# How long the deletion of a brand waits for its running turns before it ends them, in seconds.
PURGE_GRACE_S = 10.0

# After what a reply may rest on is known, work in the background waits so long for its first words at most, in seconds.
OWN_WORK_S = 0.05

_POLL_S = 0.05

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Question:
    """A customer's message and where it came from.

    Attributes:
        text: the message.
        conversation_id: the conversation it continues; a new one without.
        user_id: the customer's label.
        client_message_id: the client's own id of the message; the same id never makes a second turn.
        voice: the reply will be spoken.
        address: the network address it came from, for the cap on running turns.
    """

    text: str
    conversation_id: ConversationId | None = None
    user_id: str | None = None
    client_message_id: str | None = None
    voice: bool = False
    address: str = ""


@dataclass(frozen=True, slots=True)
class StartedTurn:
    """A turn whose question is stored, and the log of its reply."""

    conversation_id: ConversationId
    message_id: MessageId
    log: Reply


class _Turn:
    """A turn that runs in this process."""

    def __init__(self, brand: Brand, question: Question, begun: BegunTurn, log: ReplyLog) -> None:
        self.brand = brand
        self.question = question
        self.conversation = begun.conversation
        self.window = begun.window
        self.log = log
        self.shown: list[str] = []
        self.answered_by: str | None = None
        self.briefing: Briefing | None = None
        self.filters: ReplyFilters | None = None
        self.finish_reason = FinishReason.STOP
        self.completion: Completion | None = None
        self.answer: asyncio.Task[None] | None = None

    def end(self, reason: FinishReason) -> None:
        """End the reply where it is, unless it has ended."""
        if self.answer is not None and not self.answer.done():
            self.finish_reason = reason
            self.answer.cancel()

    def tokens(self) -> int:
        """What the reply has cost, as the model's server counted it; estimated when it did not say, or was cut off."""
        if self.briefing is None or self.answered_by in {None, EMBEDDED}:
            return 0
        said = self.completion
        if said is not None and said.prompt_tokens is not None and said.completion_tokens is not None:
            return said.prompt_tokens + said.completion_tokens
        texts = [*(message.content for message in self.briefing.prompt.messages), "".join(self.shown)]
        return sum(map(tokens_in, texts))

    async def show(self, text: str) -> None:
        """Pass text on to the customer."""
        if text:
            self.shown.append(text)
            await self.log.append(text)


class ChatbotService:
    """Answers customers.

    Args:
        conversations: where turns are written.
        prompts: what replies may rest on.
        model: what answers; the last resort included.
        live: reply logs, counters and notices.
        spending: knows what the brand may spend.
        foreground: is told while a customer waits.
        capped: whether the caps on running turns hold.
    """

    name = "turns"  # as a step of a brand's purge

    def __init__(
        self,
        conversations: ConversationService,
        prompts: PromptService,
        model: ChatModel,
        live: LiveState,
        spending: SpendingService,
        foreground: Foreground | None = None,
        *,
        capped: bool = True,
    ) -> None:
        self._conversations = conversations
        self._prompts = prompts
        self._model = model
        self._live = live
        self._spending = spending
        self._foreground = foreground or Foreground()
        self._capped = capped
        self._turns: dict[MessageId, _Turn] = {}
        self._tasks: set[asyncio.Task[object]] = set()
        self._draining = False
        live.notices.subscribe(self._on_notice)

    async def start_turn(self, brand: Brand, caller: Caller, question: Question) -> StartedTurn:
        """Store the question and begin to answer it. When this returns both are durable.

        Raises:
            Restarting: the process is shutting down.
            OverCapacity: too many turns run for the brand or from the address.
            BudgetSpent: the brand has spent today what it wants to.
            TurnInProgress: the conversation's previous question is still being answered.
        """
        # Whoever asked may vanish at any moment; between the first transaction and the start of the answer that must
        # not leave a turn which nobody runs.
        return await asyncio.shield(self._own(self._start(brand, caller, question)))

    async def stop(self, brand_id: BrandId, caller: Caller, conversation_id: ConversationId) -> None:
        """End the conversation's running reply; one that has ended stays as it is.

        Raises:
            ConversationNotFound: there is none, or it is not the caller's.
        """
        turn = await self._conversations.find_turn(brand_id, caller, conversation_id)
        if turn.state == RUNNING:
            await self._live.notices.publish(StopTurn(turn.message_id))

    async def resume(
        self, brand_id: BrandId, caller: Caller, conversation_id: ConversationId, message_id: MessageId | None
    ) -> tuple[MessageId, ReplyLog | None]:
        """Find the reply's log to follow it again; None when it has expired and the history has the text.

        Raises:
            ConversationNotFound: there is no such conversation or reply, or it is not the caller's.
        """
        turn = await self._conversations.find_turn(brand_id, caller, conversation_id, message_id)
        return turn.message_id, await self._live.replies.find(turn.message_id)

    async def delete_conversation(self, brand_id: BrandId, caller: Caller, conversation_id: ConversationId) -> None:
        """Erase a conversation; a reply that is being written in it ends.

        Raises:
            ConversationNotFound: there is none, or it is not the caller's.
        """
        await self.stop(brand_id, caller, conversation_id)
        await self._conversations.delete(brand_id, caller, conversation_id)

    async def purge(self, brand_id: BrandId) -> None:
        """End the running turns of a brand that is being deleted: they get PURGE_GRACE_S to finish by themselves."""
        await self._finish([turn for turn in self._turns.values() if turn.brand.id == brand_id], PURGE_GRACE_S)

    async def end_turns(self, brand_id: BrandId, conversations: Container[int]) -> None:
        """End the running turns of these conversations, by their rows, and forget what was replied lately."""
        theirs = [
            turn
            for turn in self._turns.values()
            if turn.brand.id == brand_id and turn.conversation.row_id in conversations
        ]
        await self._finish(theirs, 0.0)
        for turn in theirs:
            await self._live.replies.forget(turn.log.message_id)

    async def drain(self, grace_s: float) -> None:
        """Take no new turns, give the running ones `grace_s` seconds, then end them as interrupted."""
        self._draining = True
        await self._finish(list(self._turns.values()), grace_s)
        while self._tasks:
            for turn in self._turns.values():  # one that was just being started
                turn.end(FinishReason.INTERRUPTED)
            await asyncio.wait(self._tasks, timeout=_POLL_S)

    @property
    def draining(self) -> bool:
        """Whether no new turns are taken."""
        return self._draining

    # --- The start of a turn ---

    async def _start(self, brand: Brand, caller: Caller, question: Question) -> StartedTurn:
        if self._draining:
            raise Restarting("The service is restarting; please send that again in a moment.", retry_after=2)
        if self._model.name != EMBEDDED:
            await self._spending.check(brand.id)
        caps = self._caps(brand.id, question.address)
        if not await self._live.counters.acquire(*caps):
            raise OverCapacity("Too many questions are being answered right now; please try again.", retry_after=5)
        try:
            with self._foreground.waited_for():
                begun = await self._conversations.begin_turn(
                    brand.id,
                    caller,
                    text=question.text,
                    conversation_id=question.conversation_id,
                    user_id=question.user_id,
                    client_message_id=question.client_message_id,
                )
            if not begun.repeated:
                return await self._run_in_background(brand, question, begun)
        except BaseException:
            await self._release(brand.id, question.address)
            raise
        await self._release(brand.id, question.address)
        return await self._repeat(brand.id, begun)

    async def _run_in_background(self, brand: Brand, question: Question, begun: BegunTurn) -> StartedTurn:
        log = await self._live.replies.create(begun.turn.message_id)
        turn = _Turn(brand, question, begun, log)
        turn.answer = asyncio.create_task(self._answer(turn))
        self._turns[log.message_id] = turn
        self._own(self._run(turn, turn.answer))
        return StartedTurn(begun.conversation.id, log.message_id, log)

    async def _repeat(self, brand_id: BrandId, begun: BegunTurn) -> StartedTurn:
        """The client sends again what it has sent before: it gets the reply of the first time."""
        log: Reply | None = await self._live.replies.find(begun.turn.message_id)
        if log is None:
            text, outcome = await self._conversations.stored_reply(brand_id, begun.turn)
            log = _StoredReply(begun.turn.message_id, text, outcome)
        return StartedTurn(begun.conversation.id, begun.turn.message_id, log)

    def _caps(self, brand_id: BrandId, address: str) -> list[tuple[str, int]]:
        per_brand, per_address = self._counter_names(brand_id, address)
        unlimited = 2**31
        return [
            (per_brand, TURNS_PER_BRAND if self._capped else unlimited),
            (per_address, TURNS_PER_ADDRESS if self._capped else unlimited),
        ]

    def _counter_names(self, brand_id: BrandId, address: str) -> tuple[str, str]:
        return f"turns.brand.{brand_id}", f"turns.address.{address}"

    async def _release(self, brand_id: BrandId, address: str) -> None:
        await self._live.counters.release(*self._counter_names(brand_id, address))

    # --- The life of a turn ---

    async def _run(self, turn: _Turn, answer: asyncio.Task[None]) -> None:
        try:
            await asyncio.wait([answer])
            outcome = _outcome(turn, answer)
            await asyncio.gather(self._store(turn, outcome), self._spending.add(turn.brand.id, turn.tokens()))
            await turn.log.finish(outcome)
            if turn.window.outgrown:
                self._own(self._summarise(turn))
        finally:
            del self._turns[turn.log.message_id]
            await self._release(turn.brand.id, turn.question.address)

    async def _store(self, turn: _Turn, outcome: TurnOutcome) -> None:
        text = "".join(turn.shown)
        try:
            await self._conversations.end_turn(
                turn.brand.id, turn.conversation.row_id, turn.log.message_id, text, outcome
            )
        except BrandNotFound:
            logger.info("reply of a deleted brand not stored", brand=turn.brand.id)
        except Exception:  # the customer is waiting: whatever the database's trouble, the reply's end must be told
            logger.exception("reply not stored", brand=turn.brand.id, message_id=turn.log.message_id)

    async def _answer(self, turn: _Turn) -> None:
        with ExitStack() as waiting:
            waiting.enter_context(self._foreground.waited_for())
            turn.briefing = briefing = await self._prompts.build(turn.brand, turn.window, voice=turn.question.voice)
            turn.filters = filters = ReplyFilters(briefing.grounds, voice=turn.question.voice)
            # What follows is another server's work, unless the first words come at once.
            asyncio.get_running_loop().call_later(OWN_WORK_S, waiting.close)
            try:
                await self._relay(turn, briefing, filters, waiting.close)
            finally:  # what the filters held back was said, even if the reply broke off there
                await turn.show(filters.finish())

    async def _relay(
        self, turn: _Turn, briefing: Briefing, filters: ReplyFilters, on_words: Callable[[], None]
    ) -> None:
        """Pass on what the model says; `on_words` is called when it has said something."""
        async with aclosing(self._model.stream(briefing.prompt)) as events:
            async for event in events:
                match event:
                    case str():
                        await turn.show(filters.feed(event))
                        on_words()
                        if filters.done:
                            break
                    case Answering():
                        turn.answered_by = event.model
                    case Completion():
                        turn.finish_reason = event.finish_reason
                        turn.completion = event
                    case _:
                        assert_never(event)

    async def _summarise(self, turn: _Turn) -> None:
        """What the conversation has outgrown is summarised behind the customer's back."""
        try:
            await self._conversations.summarise(turn.brand.id, turn.conversation.row_id)
        except BrandNotFound:
            logger.info("conversation of a deleted brand not summarised", brand=turn.brand.id)
        except Exception:  # the next turn tries again: until then the window is cut off at its beginning
            logger.exception("conversation not summarised", brand=turn.brand.id)

    async def _finish(self, turns: Sequence[_Turn], grace_s: float) -> None:
        """Wait for turns to end by themselves, then end the others."""
        answers = [turn.answer for turn in turns if turn.answer]
        if answers:
            await asyncio.wait(answers, timeout=grace_s)
        for turn in turns:
            turn.end(FinishReason.INTERRUPTED)
        while any(turn.log.message_id in self._turns for turn in turns):
            await asyncio.wait(self._tasks, timeout=_POLL_S)

    def _on_notice(self, notice: Notice) -> None:
        if isinstance(notice, StopTurn) and (turn := self._turns.get(notice.message_id)):
            turn.end(FinishReason.STOPPED)

    def _own(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Run something that must not be lost: it is awaited by `drain` at the latest."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


@dataclass(frozen=True, slots=True)
class _StoredReply:
    """A reply whose log has expired, told again from the rows."""

    message_id: MessageId
    text: str
    outcome: TurnOutcome

    @property
    def length(self) -> int:
        """How many code points it has."""
        return len(self.text)

    async def follow(self, offset: int = 0) -> AsyncGenerator[ReplyPiece | TurnOutcome]:
        """The rest of the text at once, and the outcome."""
        if offset < len(self.text):
            yield ReplyPiece(self.text[offset:], len(self.text))
        yield self.outcome


def _outcome(turn: _Turn, answer: asyncio.Task[None]) -> TurnOutcome:
    """What is known of a reply whose answer has ended, one way or another."""
    finish_reason, error = turn.finish_reason, None
    if not answer.cancelled() and (failure := answer.exception()):
        finish_reason, error = FinishReason.ERROR, _told(turn, failure)
    outcome = TurnOutcome(finish_reason=finish_reason, answered_by=turn.answered_by, error=error)
    if turn.briefing is None or turn.filters is None:
        return outcome
    filters = turn.filters
    outcome.confidence_score = confidence_of(turn.briefing.prompt)
    outcome.suggested_products = filters.suggested()
    products = [Source(kind="product", id=one.id, title=one.name) for one in outcome.suggested_products]
    passages = filters.sources("".join(turn.shown))
    outcome.sources = [*products, *(Source(kind="passage", id=one.id, title=one.title) for one in passages)]
    outcome.unsupported = filters.unsupported
    outcome.removed = filters.removed
    if outcome.unsupported or outcome.removed:
        logger.warning(
            "reply filtered",
            brand=turn.brand.id,
            message_id=turn.log.message_id,
            unsupported=len(outcome.unsupported),
            **outcome.removed,
        )
    return outcome


def _told(turn: _Turn, failure: BaseException) -> TurnError:
    """The failure as the customer may know it; the log has it whole."""
    if isinstance(failure, ServiceError):
        logger.warning("reply broke off", brand=turn.brand.id, message_id=turn.log.message_id, code=failure.code)
        return TurnError(code=failure.code, message=failure.message, retry_after=failure.retry_after)
    logger.error("reply failed", brand=turn.brand.id, message_id=turn.log.message_id, exc_info=failure)
    return TurnError(code=ServiceError.code, message="Something went wrong on our side; please try again.")
