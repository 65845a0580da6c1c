"""The services over a real database and a real brands file, for tests of one process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from config import Settings
from main import open_services
from routes.dependencies import Services

ROOT = Path(__file__).parents[1]


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
