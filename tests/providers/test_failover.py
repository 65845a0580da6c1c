"""FailoverChatModel over small models that do as they are told."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest
from structlog.testing import capture_logs

from errors import ModelBroken, ModelError, ModelOverloaded, ModelRejected, ModelTimedOut, ModelUnreachable
from models import FinishReason, Message, Prompt, Role
from needs import Intent, Understood
from providers.base import Answering, ChatModel, Completion, ModelEvent
from providers.failover import COOL_DOWN_S, FAILURES_TO_OPEN, MAX_COOL_DOWN_S, FailoverChatModel

PROMPT = Prompt("Brand", "", (Message(Role.USER, "Hello"),), "Hello", Understood(intent=Intent.GREETING))
DOWN = ModelUnreachable("The model is down.")


class ScriptedModel(ChatModel):
    """Yields its script; an exception in it is raised, an event is waited for."""

    def __init__(self, name: str, *script: ModelEvent | ModelError | asyncio.Event) -> None:
        self._name = name
        self.script: Sequence[ModelEvent | ModelError | asyncio.Event] = script
        self.asked = 0
        self.open_streams = 0
        self.closed = False

    @property
    def name(self) -> str:
        return self._name

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelEvent, None]:
        assert prompt is PROMPT
        self.asked += 1
        self.open_streams += 1
        try:
            yield Answering(self._name)
            for step in self.script:
                if isinstance(step, ModelError):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                else:
                    yield step
        finally:
            self.open_streams -= 1

    async def aclose(self) -> None:
        self.closed = True


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def sound(name: str = "sound") -> ScriptedModel:
    return ScriptedModel(name, "Hello", " there", Completion())


def broken(name: str = "broken", error: ModelError = DOWN) -> ScriptedModel:
    return ScriptedModel(name, error)


async def ask(model: ChatModel) -> list[ModelEvent]:
    return [event async for event in model.stream(PROMPT)]


def answer(model: ChatModel) -> list[ModelEvent]:
    return asyncio.run(ask(model))


def answered_by(name: str) -> list[ModelEvent]:
    return [Answering(name), "Hello", " there", Completion()]


# --- Order ---


def test_the_first_model_answers_when_it_can() -> None:
    first, second = sound("first"), sound("second")
    assert answer(FailoverChatModel([first, second])) == answered_by("first")
    assert second.asked == 0


@pytest.mark.parametrize(
    "error", [DOWN, ModelTimedOut("Late."), ModelOverloaded("Full."), ModelRejected("No."), ModelBroken("What?")]
)
def test_the_next_model_answers_when_one_fails_before_its_first_text(error: ModelError) -> None:
    models = [broken(error=error), broken(error=error), sound()]
    assert answer(FailoverChatModel(models)) == answered_by("sound")


def test_a_failure_after_the_first_text_ends_the_reply() -> None:
    second = sound()
    chain = FailoverChatModel([ScriptedModel("first", "Hel", DOWN), second])
    heard: list[ModelEvent] = []

    async def test() -> None:
        async for event in chain.stream(PROMPT):
            heard.append(event)  # noqa: PERF401 -- what came before the failure counts

    with pytest.raises(ModelUnreachable):
        asyncio.run(test())
    assert heard == [Answering("first"), "Hel"]
    assert second.asked == 0


def test_the_last_error_is_raised_when_nobody_answers() -> None:
    chain = FailoverChatModel([broken(), broken(error=ModelOverloaded("Full.", retry_after=7))])
    with pytest.raises(ModelOverloaded) as raised:
        answer(chain)
    assert raised.value.retry_after == 7


def test_nothing_is_said_of_a_model_that_has_said_nothing() -> None:
    async def test() -> None:
        gate = asyncio.Event()
        chain = FailoverChatModel([ScriptedModel("slow", gate, "", gate, "Hello", Completion())])
        task = asyncio.ensure_future(anext(chain.stream(PROMPT)))
        await asyncio.sleep(0.01)
        assert not task.done()
        gate.set()
        assert await task == Answering("slow")

    asyncio.run(test())


@pytest.mark.parametrize("script", [[Completion()], ["", Completion(FinishReason.LENGTH)], []])
def test_an_empty_reply_counts_as_a_failure(script: list[ModelEvent]) -> None:
    assert answer(FailoverChatModel([ScriptedModel("empty", *script), sound()])) == answered_by("sound")


def test_an_empty_reply_of_the_last_model_stands() -> None:
    chain = FailoverChatModel([broken(), ScriptedModel("empty", Completion())])
    assert answer(chain) == [Answering("empty"), Completion()]


def test_a_last_model_that_yields_nothing_is_broken() -> None:
    with pytest.raises(ModelBroken):
        answer(FailoverChatModel([ScriptedModel("silent")]))


def test_another_kind_of_exception_is_a_bug_and_is_not_hidden() -> None:
    class Buggy(ScriptedModel):
        async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelEvent, None]:
            async for event in super().stream(prompt):
                yield event
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answer(FailoverChatModel([Buggy("buggy", "Hello"), sound()]))


def test_a_failover_is_logged_with_name_and_code() -> None:
    with capture_logs() as logs:
        answer(FailoverChatModel([broken(), sound()]))
    assert logs == [
        {"event": "model failover", "log_level": "warning", "model": "broken", "error": "model_unreachable"}
    ]


def test_its_name_is_the_first_models_and_closing_closes_all() -> None:
    models = [sound("first"), sound("second")]
    chain = FailoverChatModel(models)
    assert chain.name == "first"
    asyncio.run(chain.aclose())
    assert all(model.closed for model in models)


def test_a_chain_needs_a_model() -> None:
    with pytest.raises(ValueError, match="needs a model"):
        FailoverChatModel([])


def test_closing_the_iterator_closes_the_models_stream() -> None:
    async def test() -> None:
        first = sound()
        events = FailoverChatModel([first, sound()]).stream(PROMPT)
        assert [await anext(events), await anext(events)] == [Answering("sound"), "Hello"]
        assert first.open_streams == 1
        await events.aclose()
        assert first.open_streams == 0

    asyncio.run(test())


# --- The circuit breaker ---


def fail_until_open(chain: FailoverChatModel) -> None:
    for _ in range(FAILURES_TO_OPEN):
        answer(chain)


def test_a_model_that_keeps_failing_is_passed_over() -> None:
    first = broken()
    chain = FailoverChatModel([first, sound()], clock=Clock())
    fail_until_open(chain)
    assert answer(chain) == answered_by("sound")
    assert first.asked == FAILURES_TO_OPEN


def test_a_success_in_between_keeps_it_closed() -> None:
    first = broken()
    chain = FailoverChatModel([first, sound()], clock=Clock())
    for _ in range(FAILURES_TO_OPEN - 1):
        answer(chain)
    first.script = ["Hello", " there", Completion()]
    answer(chain)
    first.script = [DOWN]
    for _ in range(FAILURES_TO_OPEN - 1):
        answer(chain)
    first.script = ["Hello", " there", Completion()]
    assert answer(chain) == answered_by("broken")


def test_replies_that_break_off_open_it_too() -> None:
    first = ScriptedModel("first", "Hel", DOWN)
    chain = FailoverChatModel([first, sound()], clock=Clock())
    for _ in range(FAILURES_TO_OPEN):
        with pytest.raises(ModelUnreachable):
            answer(chain)
    assert answer(chain) == answered_by("sound")


def test_after_the_cool_down_a_trial_that_succeeds_closes_it() -> None:
    clock, first = Clock(), broken("first")
    chain = FailoverChatModel([first, sound()], clock=clock)
    fail_until_open(chain)
    clock.now += COOL_DOWN_S - 0.1
    assert answer(chain) == answered_by("sound")
    clock.now += 0.2
    first.script = ["Hello", " there", Completion()]
    assert answer(chain) == answered_by("first")
    first.script = [DOWN]
    answer(chain)
    first.script = ["Hello", " there", Completion()]
    assert answer(chain) == answered_by("first")


def test_each_failed_trial_doubles_the_cool_down_up_to_its_limit() -> None:
    clock, first = Clock(), broken()
    chain = FailoverChatModel([first, sound()], clock=clock)
    fail_until_open(chain)
    pause = COOL_DOWN_S
    for _ in range(10):
        clock.now += pause - 0.1
        asked = first.asked
        answer(chain)
        assert first.asked == asked
        clock.now += 0.1
        answer(chain)
        assert first.asked == asked + 1
        pause = min(2 * pause, MAX_COOL_DOWN_S)
    assert pause == MAX_COOL_DOWN_S


def test_one_trial_runs_at_a_time() -> None:
    async def test() -> None:
        clock, first = Clock(), broken("first")
        chain = FailoverChatModel([first, sound()], clock=clock)
        for _ in range(FAILURES_TO_OPEN):
            await ask(chain)
        clock.now += COOL_DOWN_S
        gate = asyncio.Event()
        first.script = [gate, "Hello", " there", Completion()]
        trial = asyncio.create_task(ask(chain))
        await asyncio.sleep(0)
        assert await ask(chain) == answered_by("sound")
        gate.set()
        assert await trial == answered_by("first")
        assert await ask(chain) == answered_by("first")

    asyncio.run(test())


def test_a_trial_that_was_withdrawn_may_be_repeated() -> None:
    async def test() -> None:
        clock, first = Clock(), broken("first")
        chain = FailoverChatModel([first, sound()], clock=clock)
        for _ in range(FAILURES_TO_OPEN):
            await ask(chain)
        clock.now += COOL_DOWN_S
        first.script = [asyncio.Event()]
        trial = asyncio.create_task(ask(chain))
        await asyncio.sleep(0.01)
        trial.cancel()
        await asyncio.wait([trial])
        assert first.open_streams == 0
        first.script = ["Hello", " there", Completion()]
        assert await ask(chain) == answered_by("first")

    asyncio.run(test())


def test_a_listener_who_leaves_after_text_counts_as_success() -> None:
    async def test() -> None:
        clock, first = Clock(), broken("first")
        chain = FailoverChatModel([first, sound()], clock=clock)
        for _ in range(FAILURES_TO_OPEN):
            await ask(chain)
        clock.now += COOL_DOWN_S
        first.script = ["Hello", " there", Completion()]
        events = chain.stream(PROMPT)
        assert [await anext(events), await anext(events)] == [Answering("first"), "Hello"]
        await events.aclose()
        assert await ask(chain) == answered_by("first")

    asyncio.run(test())


def test_the_last_model_is_always_tried() -> None:
    last = broken("last")
    chain = FailoverChatModel([broken(), last], clock=Clock())
    for _ in range(3 * FAILURES_TO_OPEN):
        with pytest.raises(ModelUnreachable):
            answer(chain)
    assert last.asked == 3 * FAILURES_TO_OPEN
