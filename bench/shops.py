"""Shops in a folder, filled through the services as the server opens them; once filled they are used again."""

import asyncio
import copy
import json
import multiprocessing
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.catalogues import Catalogue
from bench.processes import ROOT
from composition import open_services
from config import Settings
from main import SWITCH_INTERVAL_S, spare_collector
from models import BrandId
from routes.dependencies import Services

Result = TypeVar("Result")

FILL_SLICE = 2_000
_FULL = "full"  # the file that says that a folder's shops hold everything


def shop(number: int) -> BrandId:
    """The id of one of the shops in a folder."""
    return BrandId(f"shop-{number}")


def brands_file(path: Path, shops: int) -> None:
    """Write a brands file with so many shops, each a copy of the first sample brand."""
    sample = json.loads((ROOT / "brands_config.json").read_bytes())
    ids = [shop(number) for number in range(shops)]
    brands = [copy.copy(sample["brands"][0]) | {"id": id_, "name": id_} for id_ in ids]
    configs = [copy.copy(sample["configs"][0]) | {"brand_id": id_} for id_ in ids]
    path.write_text(json.dumps(sample | {"brands": brands, "configs": configs}))


@asynccontextmanager
async def open_shops(folder: Path) -> AsyncIterator[Services]:
    """The services over a folder, with the worker that makes vectors."""
    values: dict[str, Any] = {
        "data_dir": folder / "data",
        "brands_config_file": folder / "brands_config.json",
        "chroma_persist_directory": folder / "chroma",
        "embedding_provider": "local",
        "load_sample_data": False,
    }
    async with open_services(Settings(_env_file=None, **values)) as services:
        await services.indexing.start()
        spare_collector()
        yield services


def fill(folder: Path, shops: int, products: int) -> None:
    """Make shops with so many products each, unless the folder has them already."""
    if not (folder / _FULL).exists():
        folder.mkdir(parents=True, exist_ok=True)
        brands_file(folder / "brands_config.json", shops)
        run_apart(_fill, folder, shops, products)
        (folder / _FULL).touch()


async def _fill(folder: Path, shops: int, products: int) -> None:
    async with open_shops(folder) as services:
        for number in range(shops):
            items = list(Catalogue(seed=number + 1).products(products))
            for start in range(0, products, FILL_SLICE):
                await services.products.save_many(shop(number), items[start : start + FILL_SLICE])
        while (await services.indexing.check()) != "ok":  # noqa: ASYNC110, nothing tells
            await asyncio.sleep(0.2)


def run_apart(work: Callable[..., Coroutine[Any, Any, Result]], *arguments: object) -> Result:
    """Run a coroutine function in a process of its own, with the event loop and the threads' turns of the server."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(_run, work, *arguments).result()


def _run(work: Callable[..., Coroutine[Any, Any, Result]], *arguments: object) -> Result:
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    with asyncio.Runner(loop_factory=uvicorn.Config("main:app").get_loop_factory()) as runner:
        return runner.run(work(*arguments))
