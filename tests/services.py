"""The services over a real database and a real brands file, for tests of one process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from composition import open_services
from config import Settings
from models import BrandId
from routes.dependencies import Services

ROOT = Path(__file__).parents[1]

Result = TypeVar("Result")
Use = Callable[[Services], Coroutine[Any, Any, Result]]


def settings_in(folder: Path, **given: object) -> Settings:
    """Settings whose every file lies in `folder`; the environment and `.env` do not count."""
    brands_file = folder / "brands_config.json"
    if not brands_file.exists():
        brands_file.write_bytes((ROOT / "brands_config.json").read_bytes())
    values = {
        "data_dir": folder / "data",
        "brands_config_file": brands_file,
        "chroma_persist_directory": folder / "chroma",
        "openai_api_key": None,
        "openai_base_url": None,
    }
    return Settings(_env_file=None, **(values | given))  # type: ignore[arg-type]  # pydantic validates them


@asynccontextmanager
async def services_in(folder: Path, **given: object) -> AsyncIterator[Services]:
    """Every service, opened as the server opens them."""
    async with open_services(settings_in(folder, **given)) as services:
        yield services


@contextmanager
def running_services(folder: Path, **given: object) -> Iterator[Callable[[Use[Any]], Any]]:
    """Services that stay open, vectors followed, and what runs something with them: for many examples of one test."""
    with asyncio.Runner() as runner:
        opening = open_services(settings_in(folder, **given))
        services = runner.run(opening.__aenter__())
        runner.run(services.indexing.start())
        try:
            yield lambda use: runner.run(use(services))
        finally:
            runner.run(opening.__aexit__(None, None, None))


async def settled(services: Services, *brand_ids: BrandId) -> None:
    """Return when everything that was saved for these brands is found by meaning too."""
    for brand_id in brand_ids:
        assert await services.indexing.settle(brand_id, 1) == 0
