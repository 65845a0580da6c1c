"""The operator's commands: python cli.py import FILE --brand ID, python cli.py reindex [BRAND ...]."""

import argparse
import asyncio
import sys
from pathlib import Path

import orjson
from tqdm import tqdm

from acting import Actor, act_as
from composition import open_services
from config import SettingsError, load_settings
from errors import ServiceError, StartError
from import_jobs import DryRun
from import_service import Request
from logs import configure_logging
from models import BrandId
from routes.dependencies import Services
from storage.uploads import RejectRow, UploadKind, UploadMode, UploadRow, UploadState

# How often progress is shown.
_SHOW_EVERY_S = 1.0


# So many rejected rows are shown; all of them are in the upload's rejects.csv.
_SHOWN = 20

_ELSEWHERE = "A server is running on this DATA_DIR: it does the work, and its /readyz says how far it is."


async def import_file(services: Services, path: Path, brand_id: BrandId, request: Request) -> int:
    """Import a file and show how far it is; the exit status.

    Beside a running server it only hands the file over: the server does the work.
    """
    services.brands.get(brand_id)
    await services.imports.start()
    await services.indexing.start()
    with path.open("rb") as file:
        upload = await services.imports.submit(brand_id, path.name, file, request)
    with tqdm(unit=" rows", desc=path.name) as bar:
        while not upload.state.is_final or await _indexing(services, upload):
            await asyncio.sleep(_SHOW_EVERY_S / 5)
            upload = await services.imports.get(brand_id, upload.upload_id)
            progress = await services.imports.progress(upload)
            bar.total = progress.rows_read or None
            bar.n = min(upload.position, progress.indexed + upload.rejected)
            bar.refresh()
    rejected = await services.imports.rejects(upload, limit=_SHOWN)
    _show_rejected(rejected, upload.rejected)
    print(f"{upload.upload_id}: {upload.state.value}, {upload.products_added} saved, {upload.rejected} rejected")
    if upload.error:
        sys.stderr.write(f"{upload.error}\n")
    return 0 if upload.state is UploadState.DONE else 1


async def _indexing(services: Services, upload: UploadRow) -> bool:
    """Whether vectors are being made of what was saved."""
    if upload.state is not UploadState.DONE or (await services.indexing.state()).fault:
        return False
    return (await services.imports.progress(upload)).indexed < upload.products_added


async def look_at_file(services: Services, path: Path, brand_id: BrandId, request: Request) -> int:
    """Show what importing a file would do; the exit status."""
    services.brands.get(brand_id)
    with path.open("rb") as file:
        found: DryRun = await services.imports.dry_run(brand_id, path.name, file, request)
    for table in found.columns:
        print(" ".join(["Columns", *filter(None, (table["table"], table["shape"]))]) + ":")
        for title, member in table["columns"].items():
            print(f"  {title} -> {member or 'left out'}")
    for one in found.first:
        print(orjson.dumps(one).decode())
    _show_rejected(found.problems[:_SHOWN], found.rows_read - found.valid)
    print(f"{found.rows_read} rows, {found.valid} would be saved. Nothing was changed.")
    return 0 if found.valid else 1


def _show_rejected(rejected: list[RejectRow], count: int) -> None:
    for one in rejected:
        print(f"row {one.number}: {one.reason}")
    if count > len(rejected):
        print(f"... and {count - len(rejected)} more")


async def reindex(services: Services, names: list[str]) -> int:
    """Make vectors anew, of the named brands or of all; the exit status.

    Beside a running server it only asks: the server does the work.
    """
    brand_ids = [services.brands.get(BrandId(name)).id for name in names]
    for brand_id in brand_ids or [brand.id for brand in services.brands.list()]:
        print(f"{brand_id}: {await services.indexing.reindex(brand_id)} products and passages")
    if not services.indexing.works_here:
        print(_ELSEWHERE)
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
    file = commands.add_parser("import", help="add or replace the products, or the knowledge, of a file")
    file.add_argument("file", type=Path, help="CSV, XLSX, JSON, XML, PDF, DOCX, text: docs/imports.md lists them")
    file.add_argument("--brand", required=True, help="whose they are: a brand's id")
    file.add_argument("--dry-run", action="store_true", help="show what would happen, and do nothing")
    file.add_argument("--replace", action="store_true", help="remove what the file does not have")
    file.add_argument("--knowledge", action="store_true", help="read documents, or questions and answers")
    again = commands.add_parser(
        "reindex", help="make the vectors of products and passages anew; search goes on meanwhile"
    )
    again.add_argument("brand", nargs="*", help="a brand's id; every brand when none is given")
    return parser


async def _run(arguments: argparse.Namespace) -> int:
    settings, _ = load_settings()
    configure_logging(settings.log_level)
    act_as(Actor("tool"))
    async with open_services(settings, "tool") as services:
        if arguments.command == "reindex":
            return await reindex(services, arguments.brand)
        request = Request(
            UploadKind.KNOWLEDGE if arguments.knowledge else UploadKind.PRODUCTS,
            UploadMode.REPLACE if arguments.replace else UploadMode.UPSERT,
        )
        take = look_at_file if arguments.dry_run else import_file
        return await take(services, arguments.file, BrandId(arguments.brand), request)


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
    except OSError as error:
        sys.stderr.write(f"{error.filename or 'A file'}: {error.strerror}\n")
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
