"""The operator's commands: python cli.py reindex [BRAND ...]."""

import argparse
import asyncio
import sys

from config import SettingsError, load_settings
from errors import ServiceError, StartError
from main import configure_logging, open_services
from models import BrandId
from routes.dependencies import Services

# How often progress is shown.
_SHOW_EVERY_S = 1.0


async def reindex(services: Services, names: list[str]) -> int:
    """Make vectors anew, of the named brands or of all; the exit status.

    Beside a running server it only asks: the server does the work.
    """
    brand_ids = [services.brands.get(BrandId(name)).id for name in names]
    for brand_id in brand_ids or [brand.id for brand in services.brands.list()]:
        print(f"{brand_id}: {await services.indexing.reindex(brand_id)} products and passages")
    if not services.indexing.works_here:
        print("A server is running on this DATA_DIR: it does the work, and its /readyz says how far it is.")
        return 0
    await services.indexing.start()
    while (state := await services.indexing.state()).pending or state.filling:
        print(f"{state.pending} to follow{f' (paused: {state.fault})' if state.fault else ''}", flush=True)
        await asyncio.sleep(_SHOW_EVERY_S)
    print("Done.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cli.py", description="Commands for whoever runs the service.")
    commands = parser.add_subparsers(dest="command", required=True)
    again = commands.add_parser(
        "reindex", help="make the vectors of products and passages anew; search goes on meanwhile"
    )
    again.add_argument("brand", nargs="*", help="a brand's id; every brand when none is given")
    return parser


async def _run(arguments: argparse.Namespace) -> int:
    settings, _ = load_settings()
    configure_logging(settings.log_level)
    async with open_services(settings, "tool") as services:
        return await reindex(services, arguments.brand)


def main() -> int:
    """Run one command; the exit status."""
    arguments = _parser().parse_args()
    try:
        return asyncio.run(_run(arguments))
    except SettingsError as error:
        sys.stderr.write(f"The settings cannot be used:\n{error}\n")
        return 2
    except (StartError, ServiceError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
