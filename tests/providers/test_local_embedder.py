"""LocalEmbedder with the real weights, its graph against a forward pass in plain numpy."""

import asyncio
import os
import random
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from math import erf, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer

from errors import ModelBroken, StartError
from providers import local_embedder
from providers.base import Vectors
from providers.local_embedder import (
    DIMENSION,
    KEPT_QUERIES,
    MAX_CHARS,
    MAX_TOKENS,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    WINDOW_TEXTS,
    LocalEmbedder,
    WeightsMissing,
    read_safetensors,
)
from providers.minilm_graph import Weights, minilm_graph, weight_scales

ROOT = Path(__file__).parents[2]

try:
    FOLDER = local_embedder._package_folder()
except WeightsMissing:
    pytest.skip("the model of requirements-model.txt is not installed", allow_module_level=True)

Matrix = NDArray[np.float64]

SENTENCES = [
    "",
    "Laptop",
    "wireless headphones with long battery life",
    "Do you have running shoes in size 44, waterproof and under $120?",
    "Returns are free within 30 days; the refund arrives within a week. " * 3,
    "Grüße! 価格は ¥1,000 です 🎧 naïve",
    "The camera has a 24 megapixel sensor, five-axis stabilisation and two card slots. " * 20,
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the built graph after the first test."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def weights() -> Weights:
    return read_safetensors(FOLDER / WEIGHTS_FILE)


@asynccontextmanager
async def opened(cache: Path, folder: Path | None = None) -> AsyncGenerator[LocalEmbedder, None]:
    embedder = await LocalEmbedder.open(folder=folder, cache=cache)
    try:
        yield embedder
    finally:
        await embedder.aclose()


def with_embedder(cache: Path, test: Callable[[LocalEmbedder], Awaitable[None]]) -> None:
    async def run() -> None:
        async with opened(cache) as embedder:
            await test(embedder)

    asyncio.run(run())


def embedded(cache: Path, texts: list[str]) -> Vectors:
    vectors: list[Vectors] = []

    async def test(embedder: LocalEmbedder) -> None:
        vectors.append(await embedder.embed(texts))

    with_embedder(cache, test)
    return vectors[0]


def token_ids(texts: list[str]) -> list[list[int]]:
    tokenizer = Tokenizer.from_file(str(FOLDER / TOKENIZER_FILE))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return [tokenizer.encode(text).ids for text in texts]


def cosines(left: Vectors | Matrix, right: Vectors | Matrix) -> Matrix:
    left, right = (each / np.linalg.norm(each.astype(np.float64), axis=1, keepdims=True) for each in (left, right))
    return np.asarray((left * right).sum(axis=1), dtype=np.float64)


# --- The graph against a forward pass in numpy, in double precision ---


def normalised(value: Matrix, weights: Weights, prefix: str) -> Matrix:
    centred = value - value.mean(-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
    return np.asarray(centred / spread * weights[prefix + ".weight"] + weights[prefix + ".bias"])


def linear(value: Matrix, weights: Weights, prefix: str) -> Matrix:
    return np.asarray(value @ weights[prefix + ".weight"].T.astype(np.float64) + weights[prefix + ".bias"])


def attention(value: Matrix, weights: Weights, prefix: str) -> Matrix:
    """Of one text, head by head."""
    queries, keys, values = (linear(value, weights, prefix + "self." + name) for name in ("query", "key", "value"))
    seen = []
    for head in range(12):
        part = slice(head * 32, head * 32 + 32)
        scores = np.exp(queries[:, part] @ keys[:, part].T / sqrt(32))
        seen.append(scores / scores.sum(-1, keepdims=True) @ values[:, part])
    return linear(np.concatenate(seen, axis=1), weights, prefix + "output.dense")


def reference(ids: list[int], weights: Weights) -> Matrix:
    """The vector of one text, as the paper has it, without batch or padding."""
    gelu = np.vectorize(lambda x: x * 0.5 * (1 + erf(x / sqrt(2))))
    words, places, kinds = (
        weights[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")
    )
    value = words[ids].astype(np.float64) + places[: len(ids)] + kinds[0]
    value = normalised(value, weights, "embeddings.LayerNorm")
    for layer in range(6):
        prefix = f"encoder.layer.{layer}."
        seen = attention(value, weights, prefix + "attention.")
        value = normalised(value + seen, weights, prefix + "attention.output.LayerNorm")
        inner = np.asarray(gelu(linear(value, weights, prefix + "intermediate.dense")))
        value = normalised(
            value + linear(inner, weights, prefix + "output.dense"), weights, prefix + "output.LayerNorm"
        )
    mean = value.mean(0)
    return np.asarray(mean / np.linalg.norm(mean))


@pytest.fixture(scope="module")
def references(weights: Weights) -> Vectors:
    return np.array([reference(ids, weights) for ids in token_ids(SENTENCES)], dtype=np.float32)


def run_graph(graph: bytes, batch: list[list[int]]) -> Vectors:
    ids = np.zeros((len(batch), max(map(len, batch))), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, tokens in enumerate(batch):
        ids[row, : len(tokens)], mask[row, : len(tokens)] = tokens, 1
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    vectors: Vectors = session.run(None, {"ids": ids, "mask": mask})[0]
    return vectors


def test_the_graph_in_floats_agrees_with_the_reference_in_a_padded_batch(weights: Weights, references: Vectors) -> None:
    vectors = run_graph(minilm_graph(weights, quantised=False), token_ids(SENTENCES))
    assert cosines(vectors, references).min() > 0.99999


def test_the_int8_graph_stays_close_to_the_reference(weights: Weights, references: Vectors) -> None:
    vectors = run_graph(minilm_graph(weights, quantised=True), token_ids(SENTENCES))
    assert cosines(vectors, references).min() > 0.98


def test_no_two_neighbouring_int8_weights_overflow_where_processors_add_them_in_16_bits(weights: Weights) -> None:
    for name, matrix in weights.items():
        if name.startswith("encoder.") and matrix.ndim == 2:
            pairs = np.rint(matrix / weight_scales(matrix)).reshape(len(matrix), -1, 2)
            assert np.abs(pairs).max() <= 127
            assert max(pairs.clip(min=0).sum(-1).max(), (-pairs).clip(min=0).sum(-1).max()) * 255 <= 32_767


# --- Vectors ---


def test_vectors_are_of_length_one_in_the_order_of_the_texts(cache: Path, references: Vectors) -> None:
    vectors = embedded(cache, SENTENCES)
    assert vectors.shape == (len(SENTENCES), DIMENSION)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert cosines(vectors, references).min() > 0.98


def test_texts_of_like_meaning_lie_closer_than_others(cache: Path) -> None:
    seat, chair, noise = embedded(
        cache, ["something to sit on", "ergonomic office chair", "noise cancelling headphones"]
    )
    assert seat @ chair > 0.3 > seat @ noise


def test_a_text_has_the_same_vector_whichever_texts_are_beside_it(cache: Path) -> None:
    async def test(embedder: LocalEmbedder) -> None:
        chosen = random.Random(7)
        words = " ".join(SENTENCES).split()
        others = [" ".join(chosen.choices(words, k=chosen.randint(0, 60))) for _ in range(WINDOW_TEXTS)]
        among = (await embedder.embed(others + SENTENCES))[len(others) :]
        alone = np.stack([await embedder.embed_query(text) for text in SENTENCES])
        assert cosines(among, alone).min() > 0.99999

    with_embedder(cache, test)


def test_what_follows_the_first_256_tokens_changes_nothing(cache: Path) -> None:
    beginning = "word " * (MAX_TOKENS - 2)
    first, second, spaces = embedded(cache, [beginning, beginning + "camera " * 100_000, " " * MAX_CHARS + "camera"])
    np.testing.assert_allclose(first, second, atol=1e-6)
    assert np.isfinite(spaces).all()


def test_no_texts_have_no_vectors(cache: Path) -> None:
    assert embedded(cache, []).shape == (0, DIMENSION)


def test_a_lone_surrogate_is_no_obstacle(cache: Path) -> None:
    assert np.isfinite(embedded(cache, ["lamp \ud800"])).all()


def test_the_name_may_be_part_of_a_collections_name(cache: Path) -> None:
    async def test(embedder: LocalEmbedder) -> None:
        assert re.fullmatch("[a-z0-9_-]+", embedder.name)

    with_embedder(cache, test)


# --- Queries ---


class Gate:
    """Stands before the model's runs of queries: counts them, and holds them back while it is closed."""

    def __init__(self, embedder: LocalEmbedder) -> None:
        self.runs: list[list[str]] = []
        self.open = threading.Event()
        self._embed = embedder._model.embed
        embedder._model.embed = self._run  # type: ignore[method-assign]

    def _run(self, texts: Any) -> list[Vectors]:
        self.runs.append(list(texts))
        assert self.open.wait(10)
        return self._embed(texts)

    async def until_runs(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.runs) < count:  # noqa: ASYNC110 -- another thread counts
                await asyncio.sleep(0.001)


def test_queries_that_wait_at_the_same_moment_are_run_as_one(cache: Path) -> None:
    async def test(embedder: LocalEmbedder) -> None:
        gate = Gate(embedder)
        first = asyncio.create_task(embedder.embed_query("lamp"))
        await gate.until_runs(1)
        others = [asyncio.create_task(embedder.embed_query(text)) for text in ("chair", "desk", "chair")]
        await asyncio.sleep(0)
        gate.open.set()
        chair, desk, again = await asyncio.gather(*others)
        assert gate.runs == [["lamp"], ["chair", "desk"]]
        np.testing.assert_array_equal(chair, again)
        alone = await embedder.embed(["lamp", "chair", "desk"])
        assert cosines(np.stack([await first, chair, desk]), alone).min() > 0.99999

    with_embedder(cache, test)


def test_a_query_that_is_cancelled_disturbs_no_other(cache: Path) -> None:
    async def test(embedder: LocalEmbedder) -> None:
        gate = Gate(embedder)
        running = [asyncio.create_task(embedder.embed_query("lamp")) for _ in range(2)]
        await gate.until_runs(1)
        waiting = [asyncio.create_task(embedder.embed_query(text)) for text in ("chair", "desk")]
        await asyncio.sleep(0)
        running[0].cancel()
        waiting[0].cancel()
        gate.open.set()
        ended = await asyncio.gather(*running, *waiting, return_exceptions=True)
        assert [isinstance(end, asyncio.CancelledError) for end in ended] == [True, False, True, False]

    with_embedder(cache, test)


def test_a_query_does_not_wait_for_an_import(cache: Path) -> None:
    async def test(embedder: LocalEmbedder) -> None:
        job = asyncio.create_task(embedder.embed([f"{text} {number}" for text in SENTENCES for number in range(100)]))
        await asyncio.sleep(0.05)
        await embedder.embed_query("lamp")
        assert not job.done()
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job

    with_embedder(cache, test)


def test_a_query_asked_again_is_not_run_again(cache: Path) -> None:
    async def test(embedder: LocalEmbedder) -> None:
        gate = Gate(embedder)
        gate.open.set()
        first = await embedder.embed_query("lamp")
        assert await embedder.embed_query("lamp") is first
        assert gate.runs == [["lamp"]]
        with pytest.raises(ValueError, match="read-only"):
            first[0] = 1

    with_embedder(cache, test)


def test_kept_queries_are_bounded_and_the_latest_used_stay(cache: Path) -> None:
    async def test(embedder: LocalEmbedder) -> None:
        first = await embedder.embed_query("0")
        for number in range(1, KEPT_QUERIES + 5):
            await embedder.embed_query(str(number))
            assert await embedder.embed_query("0") is first
        assert len(embedder._kept) == KEPT_QUERIES

    with_embedder(cache, test)


def test_a_failing_session_is_a_model_error_for_all_who_wait(cache: Path) -> None:
    async def test(embedder: LocalEmbedder) -> None:
        embedder._model.token_ids = lambda texts: [[10**9] for _ in texts]  # type: ignore[method-assign]
        ended = await asyncio.gather(*map(embedder.embed_query, ["lamp", "chair"]), return_exceptions=True)
        assert [type(end) for end in ended] == [ModelBroken, ModelBroken]
        with pytest.raises(ModelBroken):
            await embedder.embed(["lamp"])

    with_embedder(cache, test)


# --- Weights and the kept graph ---


def test_the_packages_code_is_never_run(cache: Path) -> None:
    embedded(cache, ["lamp"])
    assert local_embedder.MODEL_PACKAGE not in sys.modules


def test_without_the_package_the_weights_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_embedder, "MODEL_PACKAGE", "no_such_package_of_weights")
    with pytest.raises(WeightsMissing):
        asyncio.run(LocalEmbedder.open(folder=None, cache=tmp_path))


def test_a_folder_of_the_operators_may_hold_the_model(cache: Path, tmp_path: Path) -> None:
    for name in (WEIGHTS_FILE, TOKENIZER_FILE):
        (tmp_path / name).symlink_to(FOLDER / name)

    async def test() -> None:
        async with opened(cache, tmp_path) as embedder:
            assert (await embedder.embed_query("lamp")).shape == (DIMENSION,)

    asyncio.run(test())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (WEIGHTS_FILE, None),
        (WEIGHTS_FILE, b""),
        (WEIGHTS_FILE, b"another model"),
        (TOKENIZER_FILE, None),
        (TOKENIZER_FILE, b""),
        (TOKENIZER_FILE, b"{}"),
    ],
)
def test_a_folder_that_does_not_hold_the_model_stops_the_start(
    name: str, content: bytes | None, cache: Path, tmp_path: Path
) -> None:
    for each in (WEIGHTS_FILE, TOKENIZER_FILE):
        if each != name:
            (tmp_path / each).symlink_to(FOLDER / each)
        elif content is not None:
            (tmp_path / each).write_bytes(content)
    with pytest.raises(StartError, match="LOCAL_MODEL_DIR"):
        asyncio.run(LocalEmbedder.open(folder=tmp_path, cache=cache))


def test_the_graph_is_built_once_and_a_damaged_or_stale_one_is_replaced(cache: Path, tmp_path: Path) -> None:
    before = embedded(cache, ["lamp"])
    (kept,) = cache.iterdir()
    built = kept.stat().st_mtime_ns
    embedded(cache, ["lamp"])
    assert kept.stat().st_mtime_ns == built
    damaged, stale = tmp_path / kept.name, tmp_path / re.sub("int8-[0-9a-f]+", "int8-0123456789abcdef", kept.name)
    content = bytearray(kept.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    shutil.copy(kept, stale)
    np.testing.assert_array_equal(embedded(tmp_path, ["lamp"]), before)
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]
    assert damaged.read_bytes() == kept.read_bytes()


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    assert embedded(tmp_path / "models", ["lamp"]).shape == (1, DIMENSION)


def test_onnx_runtime_is_told_to_report_nothing_before_it_is_loaded() -> None:
    program = (
        "import os, sys; import providers.local_embedder; "
        "assert os.environ['ORT_DISABLE_TELEMETRY'] == '1' and 'onnxruntime' in sys.modules"
    )
    outside = {**os.environ, "ORT_DISABLE_TELEMETRY": "0"}
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, env=outside, timeout=60)
