"""Uploads: a file becomes products of a brand, and a record of what came of it."""

import asyncio
import secrets
from dataclasses import dataclass
from typing import Literal

from errors import UnreadableFile, UploadNotFound
from ingestion.csv_rows import parse_csv
from ingestion.json_rows import parse_json
from ingestion.rows import ParsedRows
from models import BrandId, utc_now
from product_service import ProductService
from storage import uploads as rows
from storage.engine import Database
from storage.uploads import UploadRow

MAX_FILENAME_CHARS = 255

_JSON_BEGINNINGS = (b"{", b"[")


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row of a file that became no product."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of an upload."""

    upload: UploadRow
    rejected: list[RejectedRow]


class ImportService:
    """Imports files.

    Args:
        database: where uploads are recorded.
        products: where the rows go.
    """

    name = "uploads"  # as a step of a brand's purge

    def __init__(self, database: Database, products: ProductService) -> None:
        self._database = database
        self._products = products

    async def import_products(self, brand_id: BrandId, filename: str, content: bytes) -> ImportReport:
        """Read a JSON or CSV file and save its products; rows that are not valid are named.

        Raises:
            UnreadableFile: it holds no row that could be read; the upload is recorded as failed.
        """
        try:
            parsed = await asyncio.to_thread(_parse, content)
        except UnreadableFile:
            await self._record(brand_id, filename, len(content), 0, "failed")
            raise
        report = await self._products.save_many(brand_id, [row for _, row in parsed.rows])
        rejected = [RejectedRow(number, reason) for number, reason in parsed.rejected]
        rejected += [RejectedRow(parsed.rows[one.index][0], one.reason) for one in report.rejected]
        status: Literal["success", "failed"] = "success" if report.saved else "failed"
        upload = await self._record(brand_id, filename, len(content), report.saved, status)
        return ImportReport(upload, sorted(rejected, key=lambda one: one.row))

    async def page(self, brand_id: BrandId | None, *, limit: int, offset: int) -> tuple[list[UploadRow], int]:
        """Uploads of a brand, or of all, the latest first; and how many there are."""
        return await self._database.read(
            lambda tx: (rows.page(tx, brand_id, limit=limit, offset=offset), rows.count(tx, brand_id))
        )

    async def find(self, filename: str) -> UploadRow:
        """The latest upload of that file name, or with that upload id.

        Raises:
            UploadNotFound: there was none.
        """
        upload = await self._database.read(lambda tx: rows.find(tx, filename))
        if upload is None:
            raise UploadNotFound(f"Upload '{filename}' not found")
        return upload

    async def purge(self, brand_id: BrandId) -> None:
        """Forget the uploads of a brand that is being deleted."""
        await self._database.write(lambda tx: rows.purge(tx, brand_id))

    async def _record(
        self, brand_id: BrandId, filename: str, size: int, added: int, status: Literal["success", "failed"]
    ) -> UploadRow:
        upload = UploadRow(
            upload_id=f"up_{secrets.token_hex(12)}",
            brand_id=brand_id,
            filename=_harmless(filename),
            file_size=size,
            upload_time=utc_now(),
            products_added=added,
            status=status,
        )
        await self._database.write_brand(brand_id, lambda tx: rows.add(tx, upload))
        return upload


def _parse(content: bytes) -> ParsedRows:
    """Read a file; its type is decided by content, not by name."""
    if not content.strip():
        raise UnreadableFile("The file is empty.")
    beginning = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    parsed = parse_json(content) if beginning in _JSON_BEGINNINGS else parse_csv(content)
    if not parsed.rows and not parsed.rejected:
        raise UnreadableFile("The file holds no products.")
    return parsed


def _harmless(filename: str) -> str:
    """The last part of a name, without control characters: it is shown, never opened."""
    base = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in base if char.isprintable())[:MAX_FILENAME_CHARS] or "upload"
