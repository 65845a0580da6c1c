"""Cosines of other embedders are brought to the scale that probabilities were fitted on."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from providers.base import Vectors
from providers.cosine_scale import REFERENCE, REFERENCE_ALIKE, REFERENCE_UNRELATED, CosineScale, measure_scale
from providers.local_embedder import LocalEmbedder, WeightsMissing, common_words

try:
    common_words(None)
except WeightsMissing:
    pytest.skip("the model's weights are not installed", allow_module_level=True)


class Squeezed:
    """The reference under another name, with a component that all texts share: every cosine is nearer to 1.

    For unit vectors with a common component c, cosines become (cosine + c^2) / (1 + c^2): a linear map.
    """

    name = "squeezed"

    def __init__(self, inner: LocalEmbedder, common: float) -> None:
        self._inner = inner
        self._common = common

    async def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = await self._inner.embed(texts)
        longer = np.hstack([vectors, np.full((len(texts), 1), self._common)])
        unit: Vectors = (longer / np.linalg.norm(longer, axis=1, keepdims=True)).astype(np.float32)
        return unit

    async def embed_query(self, text: str) -> Vectors:
        return np.asarray((await self.embed([text]))[0], dtype=np.float32)

    async def aclose(self) -> None:
        """The inner one is closed by whoever opened it."""


def measured(tmp_path: Path, common: float | None) -> CosineScale:
    async def scenario() -> CosineScale:
        local = await LocalEmbedder.open(folder=None, cache=tmp_path)
        scale = await measure_scale(local if common is None else Squeezed(local, common))
        await local.aclose()
        return scale

    return asyncio.run(scenario())


def test_the_reference_is_its_own_scale(tmp_path: Path) -> None:
    assert measured(tmp_path, None) == CosineScale()


def test_the_reference_figures_are_those_of_the_reference(tmp_path: Path) -> None:
    scale = measured(tmp_path, 0.0)  # the same vectors under another name
    assert scale.factor == pytest.approx(1, abs=0.01)
    assert scale.shift == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("common", [0.5, 1.0, 2.0])
def test_cosines_that_all_are_near_to_one_are_spread_again(tmp_path: Path, common: float) -> None:
    scale = measured(tmp_path, common)
    for cosine in (REFERENCE_UNRELATED, 0.3, REFERENCE_ALIKE):
        squeezed = (cosine + common**2) / (1 + common**2)
        assert scale.of(squeezed) == pytest.approx(cosine, abs=0.02)


def test_an_embedder_that_tells_nothing_apart_is_left_as_it_is(tmp_path: Path) -> None:
    assert measured(tmp_path, 50.0) == CosineScale()


def test_common_words_are_whole_words_and_no_names_of_products() -> None:
    words = common_words(None)
    assert {"plant", "powerful", "laptop", "paper"} <= words
    assert not {"labtop", "headphnes", "##ing", "16gb"} & words
    assert REFERENCE.startswith("all-minilm")
