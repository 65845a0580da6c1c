"""OpenAIEmbedder against the fake server over real HTTP, and its reading of answers by itself."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from errors import ModelBroken, ModelError, ModelOverloaded, ModelRejected, ModelTimedOut, ModelUnreachable
from providers import openai_embedder
from providers.openai_embedder import (
    BULK_ATTEMPTS,
    MAX_REQUEST_BYTES,
    MAX_REQUEST_TEXTS,
    MAX_TEXT_BYTES,
    QUERY_ATTEMPTS,
    OpenAIEmbedder,
    vectors_of,
)
from tests.functional.fake_embeddings import word_vector
from tests.functional.fake_openai import FakeOpenAI

run = asyncio.run


@asynccontextmanager
async def served(**options: Any) -> AsyncGenerator[tuple[FakeOpenAI, OpenAIEmbedder], None]:
    async with FakeOpenAI() as fake:
        embedder = OpenAIEmbedder("test-embeddings", base_url=fake.base_url, **options)
        try:
            yield fake, embedder
        finally:
            await embedder.aclose()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses before attempts of a bulk request that a test need not wait for."""
    monkeypatch.setattr(openai_embedder, "BULK_FIRST_BACKOFF_S", 0.01)
    monkeypatch.setattr(openai_embedder, "BULK_MAX_BACKOFF_S", 0.02)


def scripted(text: str = "lamp", **script: Any) -> str:
    """A text that tells the fake how to answer."""
    return f"{text} fake:{json.dumps(script)}"


def expected(text: str, dimension: int = 16) -> np.ndarray[Any, Any]:
    vector = np.array(word_vector(text, dimension), dtype=np.float32)
    return vector / np.linalg.norm(vector)


def failure_of(texts: list[str], *, requests: int, **options: Any) -> ModelError:
    """What embedding them raises; the server must then have seen that many requests."""
    failures: list[ModelError] = []

    async def test() -> None:
        async with served(**options) as (fake, embedder):
            with pytest.raises(ModelError) as caught:
                await embedder.embed(texts)
            failures.append(caught.value)
            assert len(fake.requests) == requests

    run(test())
    return failures[0]


def query_failure(text: str, *, requests: int, **options: Any) -> ModelError:
    """What looking for it raises; the server must then have seen that many requests."""
    failures: list[ModelError] = []

    async def test() -> None:
        async with served(**options) as (fake, embedder):
            with pytest.raises(ModelError) as caught:
                await embedder.embed_query(text)
            failures.append(caught.value)
            assert len(fake.requests) == requests

    run(test())
    return failures[0]


# --- Vectors ---


def test_each_text_gets_its_vector_of_length_one() -> None:
    async def test() -> None:
        async with served() as (_, embedder):
            texts = ["a red lamp", "a blue chair", ""]
            vectors = await embedder.embed(texts)
            assert vectors.dtype == np.float32
            np.testing.assert_allclose(
                vectors, [expected(text) for text in ["a red lamp", "a blue chair", " "]], atol=1e-6
            )

    run(test())


def test_a_query_gets_the_vector_that_the_same_text_has_in_an_index() -> None:
    async def test() -> None:
        async with served() as (_, embedder):
            vector = await embedder.embed_query("a red lamp")
            assert vector.shape == (16,)
            np.testing.assert_array_equal(vector, (await embedder.embed(["a red lamp"]))[0])

    run(test())


@pytest.mark.parametrize("script", [{"backwards": True}, {"as_numbers": True}, {"as_numbers": True, "backwards": True}])
def test_vectors_are_placed_by_their_index_in_either_encoding(script: dict[str, Any]) -> None:
    async def test() -> None:
        async with served() as (_, embedder):
            texts = [scripted("first", **script), "second", "third"]
            np.testing.assert_allclose(await embedder.embed(texts), [expected(text) for text in texts], atol=1e-6)

    run(test())


def test_the_dimension_is_the_servers() -> None:
    async def test() -> None:
        async with served() as (_, embedder):
            assert (await embedder.embed([scripted(dimension=1_536)])).shape == (1, 1_536)

    run(test())


def test_no_texts_need_no_request() -> None:
    async def test() -> None:
        async with served() as (fake, embedder):
            assert len(await embedder.embed([])) == 0
            assert fake.requests == []

    run(test())


def test_the_name_is_the_models() -> None:
    async def test() -> None:
        async with served() as (fake, embedder):
            await embedder.embed_query("lamp")
            assert embedder.name == fake.requests[0]["model"] == "test-embeddings"

    run(test())


# --- Requests ---


def test_many_texts_go_in_several_requests_and_come_back_in_order() -> None:
    async def test() -> None:
        async with served() as (fake, embedder):
            texts = [f"lamp number {number}" for number in range(MAX_REQUEST_TEXTS + 5)]
            vectors = await embedder.embed(texts)
            np.testing.assert_allclose(vectors, [expected(text) for text in texts], atol=1e-6)
            assert [len(body["input"]) for body in fake.requests] == [MAX_REQUEST_TEXTS, 5]

    run(test())


def test_long_texts_go_in_requests_of_bounded_size() -> None:
    async def test() -> None:
        async with served() as (fake, embedder):
            texts = ["x" * MAX_TEXT_BYTES] * 40
            assert len(await embedder.embed(texts)) == len(texts)
            sizes = [sum(map(len, body["input"])) for body in fake.requests]
            assert max(sizes) <= MAX_REQUEST_BYTES
            assert len(sizes) == 2

    run(test())


@pytest.mark.parametrize("letter", ["x", "é", "価", "🎧"])
def test_a_text_longer_than_models_read_is_cut_between_characters(letter: str) -> None:
    async def test() -> None:
        async with served() as (fake, embedder):
            await embedder.embed([letter * MAX_TEXT_BYTES])
            sent = fake.requests[0]["input"][0]
            assert set(sent) == {letter}
            assert MAX_TEXT_BYTES - 4 < len(sent.encode()) <= MAX_TEXT_BYTES

    run(test())


def test_a_lone_surrogate_is_no_obstacle() -> None:
    async def test() -> None:
        async with served() as (fake, embedder):
            await embedder.embed_query("lamp \ud800")
            assert fake.requests[0]["input"] == ["lamp ?"]

    run(test())


# --- Failures ---


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_index_waits_for_a_server_that_recovers(status: int) -> None:
    async def test() -> None:
        async with served() as (fake, embedder):
            text = scripted(status=status, fail_times=BULK_ATTEMPTS - 1)
            assert (await embedder.embed([text])).shape == (1, 16)
            assert len(fake.requests) == BULK_ATTEMPTS

    run(test())


@pytest.mark.usefixtures("hasty")
def test_an_index_gives_up_after_all_attempts() -> None:
    assert isinstance(failure_of([scripted(status=500)], requests=BULK_ATTEMPTS), ModelOverloaded)


@pytest.mark.usefixtures("hasty")
def test_an_index_asks_again_after_a_time_out() -> None:
    failure = failure_of([scripted(header_delay_ms=60_000)], requests=BULK_ATTEMPTS, bulk_timeout_s=0.05)
    assert isinstance(failure, ModelTimedOut)


def test_an_index_waits_as_long_as_the_server_asks() -> None:
    async def test() -> None:
        async with served() as (_, embedder):
            began = time.monotonic()
            await embedder.embed([scripted(status=429, retry_after="1", fail_times=1)])
            assert time.monotonic() - began >= 1

    run(test())


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_refusal_is_not_repeated(status: int) -> None:
    assert isinstance(failure_of([scripted(status=status)], requests=1), ModelRejected)
    assert isinstance(query_failure(scripted(status=status), requests=1), ModelRejected)


def test_a_query_is_tried_twice_at_most() -> None:
    assert isinstance(query_failure(scripted(status=500), requests=QUERY_ATTEMPTS), ModelOverloaded)


def test_a_query_does_not_wait_for_a_server_that_asks_for_it() -> None:
    assert isinstance(query_failure(scripted(status=429, retry_after="5"), requests=1), ModelOverloaded)


def test_a_query_gives_up_in_time() -> None:
    failure = query_failure(scripted(header_delay_ms=60_000), requests=1, query_timeout_s=0.1)
    assert isinstance(failure, ModelTimedOut)


def test_a_server_that_is_not_there_is_unreachable() -> None:
    async def test() -> None:
        async with FakeOpenAI() as fake:
            base_url = fake.base_url
        embedder = OpenAIEmbedder("test-embeddings", base_url=base_url)
        with pytest.raises(ModelUnreachable):
            await embedder.embed_query("lamp")
        await embedder.aclose()

    run(test())


@pytest.mark.parametrize(
    "script",
    [{"garbage": True}, {"vectors_missing": 1}, {"not_a_number": True}, {"as_numbers": True, "not_a_number": True}],
)
def test_an_answer_without_a_vector_for_each_text_is_broken(script: dict[str, Any]) -> None:
    assert isinstance(failure_of([scripted(**script), "chair"], requests=1), ModelBroken)


def test_a_dimension_that_changes_is_broken() -> None:
    async def test() -> None:
        async with served() as (_, embedder):
            await embedder.embed_query("lamp")
            with pytest.raises(ModelBroken):
                await embedder.embed_query(scripted(dimension=8))

    run(test())


def test_a_cancelled_query_ends_its_request() -> None:
    async def test() -> None:
        async with served() as (fake, embedder):
            task = asyncio.create_task(embedder.embed_query(scripted(header_delay_ms=60_000)))
            async with asyncio.timeout(2):
                while not fake.open_streams:  # noqa: ASYNC110 -- the fake has counters, no events
                    await asyncio.sleep(0.005)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                while fake.open_streams:  # noqa: ASYNC110 -- as above
                    await asyncio.sleep(0.005)

    run(test())


def test_no_text_of_server_or_library_is_in_our_message_or_log() -> None:
    with capture_logs() as logs:
        failure = failure_of([scripted(status=401)], requests=1)
    assert failure.message.startswith("The language model")
    assert "sk-" not in failure.message + str(logs)


# --- Reading answers ---


def packed(*numbers: float) -> str:
    return base64.b64encode(np.array(numbers, dtype="<f4").tobytes()).decode()


def answer(*embeddings: Any) -> bytes:
    return json.dumps({"data": [{"index": at, "embedding": each} for at, each in enumerate(embeddings)]}).encode()


def test_vectors_without_an_index_are_taken_in_their_order() -> None:
    body = json.dumps({"data": [{"embedding": [2, 0]}, {"embedding": packed(0, 3)}]}).encode()
    assert vectors_of(body, 2).tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    "embeddings",
    [
        ([1, 0], [1, 0, 0]),
        ([1, 0], [0, 0]),
        ([1, 0], []),
        ([1, 0], [[1, 0]]),
        ([1, 0], ["x", "y"]),
        ([1, 0], "no base64!"),
        ([1, 0], base64.b64encode(b"abc").decode()),
        ([1, 0], packed(1, float("inf"))),
        ([1, 0], [1e300, 0]),
        ([1, 0], None),
        ([1, 0],),
        ([1, 0], [0, 1], [1, 0]),
    ],
)
def test_what_is_no_vector_for_each_of_two_texts_is_broken(embeddings: tuple[Any, ...]) -> None:
    with pytest.raises(ModelBroken):
        vectors_of(answer(*embeddings), 2)


def test_two_vectors_for_one_text_are_broken() -> None:
    body = json.dumps({"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]}).encode()
    with pytest.raises(ModelBroken):
        vectors_of(body, 2)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["data", "index", "embedding", "x"]), inner, max_size=4)
    ),
)


@given(JSON | st.fixed_dictionaries({"data": st.lists(st.fixed_dictionaries({"index": JSON, "embedding": JSON}))}))
def test_any_json_is_vectors_or_broken(value: Any) -> None:
    try:
        vectors = vectors_of(json.dumps(value).encode(), 1)
    except ModelBroken:
        return
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1], rtol=1e-5)
