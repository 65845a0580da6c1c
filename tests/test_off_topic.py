"""A sentence that asks for no product gets none, in the sample brands' shops, with the local embedder."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from models import BrandId
from needs import Constraints
from providers import local_embedder
from providers.local_embedder import WeightsMissing
from routes.dependencies import Services
from sample_data import load_sample_data
from tests.services import running_services, settled

try:
    local_embedder._package_folder()
except WeightsMissing:
    pytest.skip("the model of requirements-model.txt is not installed", allow_module_level=True)

# Odd lines: bench/fit_confidence.py has fitted on the even ones. Every other of them, so that all topics are there.
SENTENCES = (Path(__file__).parents[1] / "bench" / "off_topic.txt").read_text(encoding="utf-8").splitlines()[0::2][0::2]
BRANDS = (BrandId("techpro"), BrandId("stylehub"))
MOST = 0.05

Run = Callable[[Callable[[Services], Any]], Any]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    async def fill(services: Services) -> None:
        await load_sample_data(services.brands, services.products)
        await settled(services, *BRANDS)

    with running_services(tmp_path_factory.mktemp("shops"), embedding_provider="local") as run:
        run(fill)
        yield run


def found(run: Run, brand: BrandId, text: str) -> list[str]:
    async def search(services: Services) -> list[str]:
        result = await services.search.search(brand, text, filters=Constraints(), limit=1)
        return [hit.product.name for hit in result.hits]

    names: list[str] = run(search)
    return names


@pytest.mark.parametrize("brand", BRANDS)
def test_hardly_any_sentence_on_other_things_gets_a_product(run: Run, brand: BrandId) -> None:
    passed = {text: names for text in SENTENCES if (names := found(run, brand, text))}
    assert len(SENTENCES) == 40
    assert len(passed) <= MOST * len(SENTENCES), passed


@pytest.mark.parametrize(
    ("brand", "need", "name"),
    [
        ("techpro", "I need a powerful laptop for video editing under $2,000", "Laptop"),
        ("techpro", "Do you have noise-cancelling headphones?", "Auralis Hush 700 Noise-Cancelling Headphones"),
        ("stylehub", "Sustainable running shoes", "Pellow Recycled Knit Runners"),
    ],
)
def test_a_need_gets_its_product(run: Run, brand: str, need: str, name: str) -> None:
    assert name in found(run, BrandId(brand), need)[0]


@pytest.mark.parametrize("brand", BRANDS)
@pytest.mark.parametrize("need", ["do you sell bicycles", "garden hose", "dog food"])
def test_a_need_that_the_shop_does_not_carry_gets_none(run: Run, brand: BrandId, need: str) -> None:
    assert not found(run, brand, need)
