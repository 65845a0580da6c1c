"""Takes over what an earlier version kept: products that had their only copy in the vector store's folder."""

import asyncio
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import structlog

from brand_service import BrandService
from errors import BrandNotFound, StartError
from models import BrandId
from product_service import ProductService
from storage import takeovers as rows
from storage.engine import Database
from vector_takeover import Unreadable, brand_of, copy_beside, old_collections, old_products

logger = structlog.get_logger(__name__)

REPORT_FILE = "takeover-report.json"


@dataclass(slots=True)
class TakenCollection:
    """What came of one old collection.

    Attributes:
        collection: its name.
        brand_id: whose products it held.
        saved: how many are products now.
        skipped: why none was taken; empty when they were.
        rejected: records that could not be taken, each with the reason.
    """

    collection: str
    brand_id: str
    saved: int = 0
    skipped: str = ""
    rejected: list[dict[str, str]] = field(default_factory=list)


class TakeoverService:
    """Takes an earlier version's products over, once.

    Args:
        database: where is written down what was taken over.
        brands: the brands that are there.
        products: where products go.
        folder: the vector store's, which earlier versions used too.
        default_brand: whose the products of v1 are, which knew no brands.
    """

    def __init__(
        self,
        database: Database,
        brands: BrandService,
        products: ProductService,
        *,
        folder: Path,
        default_brand: BrandId,
    ) -> None:
        self._database = database
        self._brands = brands
        self._products = products
        self._folder = folder
        self._default_brand = default_brand
        self._copy: Path | None = None

    async def prepare(self) -> None:
        """Copy the folder beside itself if it holds old data: Chroma changes it when it opens it. Call it before that.

        Raises:
            StartError: the folder cannot be read, or the copy not written.
        """
        old = await asyncio.to_thread(old_collections, self._folder)
        states = await self._database.read(rows.states)
        if all(states.get(name, "begun") != "begun" for name in old):
            return
        try:
            self._copy = await asyncio.to_thread(copy_beside, self._folder)
        except OSError as error:
            raise StartError(
                f"An earlier version's products are in {self._folder}, which is copied beside itself before it is "
                f"changed. The copy failed: {error.strerror}."
            ) from None

    async def run(self, report_folder: Path) -> bool:
        """Make rows of the old products, those of brands that never had one. What a dead process began is finished.

        What becomes of a collection is decided once: a brand that is deleted, or created, later gets nothing of it.

        Returns:
            Whether there was old data, now or at an earlier start; then samples have no place here.
        """
        if self._copy is None:
            return bool(await self._database.read(rows.states))
        records: dict[str, list[dict[str, Any] | Unreadable]] = {}
        for name, record in await asyncio.to_thread(lambda copy: list(old_products(copy)), self._copy):
            records.setdefault(name, []).append(record)
        # v1's first, so that what v2.0 wrote of a product of the same id stays.
        names = sorted(records, key=lambda name: (brand_of(name) is not None, name))
        # All are decided before one is taken, since from then on its brand has had products.
        taken = [one for name in names if (one := await self._decide(name)) is not None]
        for one in taken:
            if not one.skipped:
                await self._take(one, records[one.collection])
        if taken:
            self._report(taken, report_folder)
        return True

    async def _decide(self, name: str) -> TakenCollection | None:
        """Whether a collection is taken; None when that was done before."""
        brand_id = BrandId(brand_of(name) or self._default_brand)
        state = (await self._database.read(rows.states)).get(name)
        taken = TakenCollection(name, brand_id)
        if state is None:
            taken.skipped = await self._objection(brand_id)
            decision: rows.State = "skipped" if taken.skipped else "begun"
            await self._database.write(partial(rows.decide, brand_id=brand_id, collection=name, decision=decision))
        return taken if state in {None, "begun"} else None

    async def _objection(self, brand_id: BrandId) -> str:
        """Why a brand's old products cannot be taken; empty when they can."""
        try:
            self._brands.get(brand_id)
        except BrandNotFound:
            return "the brands file has no brand of this id"
        return "the brand had products here already" if await self._products.had_products(brand_id) else ""

    async def _take(self, taken: TakenCollection, records: list[dict[str, Any] | Unreadable]) -> None:
        brand_id, name = BrandId(taken.brand_id), taken.collection
        report = await self._products.save_many(
            brand_id, [record for record in records if not isinstance(record, Unreadable)]
        )
        taken.saved = report.saved
        taken.rejected = [
            {"record": one.record, "reason": one.reason} for one in records if isinstance(one, Unreadable)
        ]
        taken.rejected += [{"record": str(one.id or one.index), "reason": one.reason} for one in report.rejected]
        await self._database.write_brand(brand_id, lambda tx: rows.finish(tx, brand_id, name))

    def _report(self, taken: list[TakenCollection], folder: Path) -> None:
        report = {"copy": str(self._copy), "collections": [asdict(one) for one in taken]}
        (folder / REPORT_FILE).write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
        for one in taken:
            logger.info(
                "earlier_version_taken_over",
                collection=one.collection,
                brand=one.brand_id,
                saved=one.saved,
                rejected=len(one.rejected),
                skipped=one.skipped or None,
                copy=str(self._copy),
                report=str(folder / REPORT_FILE),
            )
