"""Several models as one: the first that answers, tried in order, before the first piece of text only."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import assert_never

import structlog

from errors import ModelBroken, ModelError
from models import Prompt
from providers.base import Answering, ChatModel, Completion, ModelEvent

logger = structlog.get_logger(__name__)

# Enough to tell a sick model from an unlucky request.
FAILURES_TO_OPEN = 3
# The first pause is short, since most outages are; each failed trial doubles it, so that a model which stays away (a
# revoked key, a server that takes 30 s to time out) costs one customer in five minutes a failed try.
COOL_DOWN_S = 15.0
MAX_COOL_DOWN_S = 300.0


class _Breaker:
    """Whether a model is worth trying: closed (yes), open (no), half open (one trial runs, the others go by).

    All kinds of failure count alike. ModelRejected does too: mostly it is a wrong key or model name, and where it is
    one customer's request (too long a window), the next trial closes the breaker.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._cool_down_s = COOL_DOWN_S
        self._open_until: float | None = None
        self._on_trial = False

    def admits(self) -> bool:
        """Whether a request may be tried now; in half-open state this takes the one trial."""
        if self._open_until is None:
            return True
        if self._on_trial or self._clock() < self._open_until:
            return False
        self._on_trial = True
        return True

    def succeeded(self) -> None:
        """The model answered to the end, or for as long as somebody listened."""
        self._failures = 0
        self._cool_down_s = COOL_DOWN_S
        self._open_until = None
        self._on_trial = False

    def failed(self) -> None:
        """The model did not answer, or broke off."""
        self._failures += 1
        now = self._clock()
        if self._on_trial:
            self._cool_down_s = min(2 * self._cool_down_s, MAX_COOL_DOWN_S)
            self._open_until = now + self._cool_down_s
        elif self._failures >= FAILURES_TO_OPEN and self._open_until is None:
            self._open_until = now + self._cool_down_s
        self._on_trial = False

    def abandoned(self) -> None:
        """The question was withdrawn before it was answered: nothing was learnt."""
        self._on_trial = False


class FailoverChatModel(ChatModel):
    """Tries models in order until one has said something; what fails after that fails the reply.

    A model that failed several times in a row is passed over for a while, except the last, which is always tried.

    Args:
        models: at least one, best first; closed with this one.
        clock: monotonic seconds, for tests.
    """

    def __init__(self, models: Sequence[ChatModel], *, clock: Callable[[], float] = time.monotonic) -> None:
        if not models:
            raise ValueError("a failover chain needs a model")
        self._models = tuple(models)
        self._breakers = tuple(_Breaker(clock) for _ in models)

    @property
    def name(self) -> str:
        """The first model's name; `Answering` tells which one answered."""
        return self._models[0].name

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelEvent, None]:
        """Yield the events of the first model that answers; its `Answering` is held back until it has said something.

        Raises:
            ModelError: the last model's, or one after the first piece of text.
        """
        last = len(self._models) - 1
        for place, (model, breaker) in enumerate(zip(self._models, self._breakers, strict=True)):
            if place != last and not breaker.admits():
                continue
            answered = False
            try:
                async with aclosing(_answer(model, prompt, breaker, may_be_empty=place == last)) as events:
                    async for event in events:
                        answered = True
                        yield event
            except ModelError as error:
                if answered or place == last:
                    raise
                logger.warning("model failover", model=model.name, error=error.code)
            else:
                return

    async def aclose(self) -> None:
        """Close all models, also when one of them fails at it; the first such failure is raised at the end."""
        results = await asyncio.gather(*(model.aclose() for model in self._models), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result


async def _answer(
    model: ChatModel, prompt: Prompt, breaker: _Breaker, *, may_be_empty: bool
) -> AsyncGenerator[ModelEvent, None]:
    """One model's events, from the first text on; the breaker learns how it went."""
    answering = Answering(model.name)
    said_something = False
    tell_breaker = breaker.abandoned
    events = model.stream(prompt)
    try:
        async for event in events:
            if not said_something:
                if isinstance(event, Answering):
                    answering = event
                if not _says_something(event, may_be_empty=may_be_empty):
                    continue
                said_something = True
                tell_breaker = breaker.succeeded
                yield answering
            yield event
        if not said_something:
            raise ModelBroken("The language model's reply was empty.")
    except ModelError:
        tell_breaker = breaker.failed
        raise
    finally:
        tell_breaker()
        if isinstance(events, AsyncGenerator):
            await events.aclose()


def _says_something(event: ModelEvent, *, may_be_empty: bool) -> bool:
    match event:
        case str():
            return bool(event)
        case Completion():
            return may_be_empty
        case Answering():
            return False
    assert_never(event)
