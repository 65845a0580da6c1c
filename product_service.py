"""The catalogue: create, read, update and delete products, one by one and many at once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

from pydantic import ValidationError

from audit_service import AuditService
from errors import AlreadyExists, InvalidInput, ProductNotFound
from ingestion.records import id_from_name
from live.base import CatalogueChanged, Notices
from models import BrandId, Product, ProductDraft, utc_now
from storage import products as rows
from storage.engine import Database, Transaction

# Many products are written in transactions of this many, so that a large catalogue does not hold up the chats.
BATCH_ROWS = 200
# Of a list the first go alone: their vectors are made while the others are looked at and written.
FIRST_ROWS = 50

# An export reads so many products at a time, each time anew, so that a slow reader holds up nobody.
EXPORT_ROWS = 500

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Rejection:
    """A product that was not saved.

    Attributes:
        index: its place in what was sent, from 0.
        id: its id, where it had one.
        reason: a sentence that says what to change.
    """

    index: int
    id: str | None
    reason: str


@dataclass(slots=True)
class SaveReport:
    """What became of many products."""

    total: int = 0
    saved: int = 0
    rejected: list[Rejection] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CatalogueStats:
    """A catalogue in figures."""

    total_products: int
    available_products: int
    categories: list[str]


class ProductService:
    """Reads and writes one database's catalogues. Every method is of one brand.

    Args:
        database: where the rows are.
        notices: told of every brand whose catalogue changes.
        audit: the record of changes.
    """

    name = "products"  # as a step of a brand's purge

    def __init__(self, database: Database, notices: Notices, audit: AuditService) -> None:
        self._database = database
        self._notices = notices
        self._audit = audit

    async def create(self, brand_id: BrandId, draft: ProductDraft) -> Product:
        """Add a product.

        Raises:
            AlreadyExists: the id is taken.
        """

        def change(tx: Transaction) -> Product:
            if draft.id and rows.get(tx, brand_id, draft.id):
                raise AlreadyExists(f"Product '{draft.id}' already exists; use PUT to change it.")
            product = _product(brand_id, draft, draft.id or _free_id(tx, brand_id, draft.name))
            rows.save(tx, brand_id, [product], utc_now())
            self._audit.record(tx, brand_id, "product.create", product.id, after=_members(product))
            return product

        return await self._write(brand_id, change)

    async def get(self, brand_id: BrandId, product_id: str) -> Product:
        """One product.

        Raises:
            ProductNotFound: the brand has none of that id.
        """
        product = await self._database.read(lambda tx: rows.get(tx, brand_id, product_id))
        if product is None:
            raise _not_found(product_id)
        return product

    async def update(self, brand_id: BrandId, product_id: str, changes: Mapping[str, Any]) -> Product:
        """Replace each member that is given, whole; what is not given stays.

        Raises:
            ProductNotFound: the brand has none of that id.
            InvalidInput: the id in the body is another, or the product would not be valid.
        """
        given_id = changes.get("id")
        if given_id is not None and str(given_id) != product_id:
            raise InvalidInput(f"The id in the body is not '{product_id}'. An id cannot be changed.")

        def change(tx: Transaction) -> Product:
            present = rows.get(tx, brand_id, product_id)
            if present is None:
                raise _not_found(product_id)
            merged = present.model_dump() | dict(changes) | {"id": product_id, "brand_id": brand_id}
            try:
                product = Product.model_validate(merged)
            except ValidationError as error:
                raise InvalidInput(reason_of(error)) from None
            rows.save(tx, brand_id, [product], utc_now())
            was, is_now = _members(present), _members(product)
            self._audit.record(tx, brand_id, "product.update", product_id, before=was, after=is_now)
            return product

        return await self._write(brand_id, change)

    async def delete(self, brand_id: BrandId, product_id: str) -> None:
        """Remove a product.

        Raises:
            ProductNotFound: the brand has none of that id.
        """

        def change(tx: Transaction) -> None:
            present = rows.get(tx, brand_id, product_id)
            if present is None or not rows.remove(tx, brand_id, product_id):
                raise _not_found(product_id)
            self._audit.record(tx, brand_id, "product.delete", product_id, before=_members(present))

        await self._write(brand_id, change)

    async def save_many(self, brand_id: BrandId, items: Sequence[object]) -> SaveReport:
        """Add products, or replace those whose id is there. One that is invalid is reported and the others are saved.

        A missing id is derived from the name, always the same, so that sending a list twice changes nothing.
        """
        report = SaveReport(total=len(items))
        ids: set[str] = set()
        for start, end in pairwise((0, *range(min(FIRST_ROWS, len(items)), len(items), BATCH_ROWS), len(items))):
            part = items[start:end]
            if valid := await asyncio.to_thread(_validated, brand_id, part, report, ids, start):
                await self._write(brand_id, partial(self._save, brand_id, valid))
                report.saved += len(valid)
        return report

    async def import_batch(
        self, brand_id: BrandId, items: Sequence[object], note: Callable[[Transaction, SaveReport], None]
    ) -> SaveReport:
        """Save part of a file like `save_many`, in one transaction with what the import notes of it.

        Args:
            brand_id: whose products they are.
            items: products as read; ids are unique in the file.
            note: writes, in the same transaction, how far the import is. What it raises undoes all.
        """
        report = SaveReport(total=len(items))
        valid = await asyncio.to_thread(_validated, brand_id, items, report, set())
        report.saved = len(valid)

        def change(tx: Transaction) -> None:
            if valid:
                rows.save(tx, brand_id, valid, utc_now())
            note(tx, report)

        await self._write(brand_id, change)
        return report

    async def keep_only(self, brand_id: BrandId, ids: AbstractSet[str], note: Callable[[Transaction], None]) -> int:
        """Remove, in one step with what the caller notes, every product but these; how many went."""

        def change(tx: Transaction) -> int:
            note(tx)
            removed = rows.keep_only(tx, brand_id, ids)
            if removed:
                self._audit.record(tx, brand_id, "products.remove", after={"removed": removed})
            return removed

        return await self._write(brand_id, change)

    def problems(self, brand_id: BrandId, items: Sequence[object]) -> list[Rejection]:
        """Which of these would not be saved."""
        report = SaveReport(total=len(items))
        _validated(brand_id, items, report, set())
        return report.rejected

    async def export(self, brand_id: BrandId) -> AsyncIterator[Product]:
        """The whole catalogue in the order in which it was filled.

        It is read in parts: what is changed meanwhile comes as it was or as it is, and what stays comes once.
        """
        row_id = 0
        while True:
            part = await self._database.read(partial(rows.after, brand_id=brand_id, row_id=row_id, limit=EXPORT_ROWS))
            for _, product in part:
                yield product
            if len(part) < EXPORT_ROWS:
                return
            row_id = part[-1][0]

    async def page(
        self, brand_id: BrandId, *, category: str | None, limit: int, offset: int
    ) -> tuple[list[Product], int]:
        """Products in the order in which they were added, and how many there are."""
        return await self._database.read(
            lambda tx: (
                rows.page(tx, brand_id, category=category, limit=limit, offset=offset),
                rows.count(tx, brand_id, category=category),
            )
        )

    async def stats(self, brand_id: BrandId) -> CatalogueStats:
        """The catalogue in figures."""
        return await self._database.read(
            lambda tx: CatalogueStats(
                rows.count(tx, brand_id), rows.count_available(tx, brand_id), rows.categories(tx, brand_id)
            )
        )

    async def categories(self, brand_id: BrandId) -> list[str]:
        """The category names, the fullest first."""
        return await self._database.read(lambda tx: rows.categories(tx, brand_id))

    async def had_products(self, brand_id: BrandId) -> bool:
        """Whether the brand ever had a product, even if none is left."""
        return await self._database.read(lambda tx: rows.revision(tx, brand_id) > 0)

    async def purge(self, brand_id: BrandId) -> None:
        """Erase the catalogue of a brand that is being deleted."""
        await self._database.write(lambda tx: rows.purge(tx, brand_id))
        await self._notices.publish(CatalogueChanged(brand_id))

    def _save(self, brand_id: BrandId, batch: Sequence[Product], tx: Transaction) -> None:
        rows.save(tx, brand_id, batch, utc_now())
        self._audit.record(tx, brand_id, "products.save", after={"saved": len(batch)})

    async def _write(self, brand_id: BrandId, change: Callable[[Transaction], Result]) -> Result:
        """Run a change of the catalogue, and tell who has derived something from it."""
        result = await self._database.write_brand(brand_id, change)
        await self._notices.publish(CatalogueChanged(brand_id))
        return result


def _members(product: Product) -> dict[str, Any]:
    return product.model_dump(mode="json", exclude={"id", "brand_id", "updated_at"})


def reason_of(error: ValidationError) -> str:
    """What is wrong with a product, in one sentence per member."""
    reasons = []
    for mistake in error.errors(include_url=False, include_input=False):
        member = ".".join(str(part) for part in mistake["loc"])
        message = mistake["msg"].removeprefix("Value error, ")
        reasons.append(f"{member}: {message}" if member else "a product is an object with members")
    return "; ".join(reasons)


def _validated(
    brand_id: BrandId, items: Sequence[object], report: SaveReport, ids: set[str], first: int = 0
) -> list[Product]:
    """The products among these items, of which the first has that place in the list; the others are reported.

    `ids` are those that the list has given before, and is added to.
    """
    valid: list[Product] = []
    for index, item in enumerate(items, first):
        given_id = str(item["id"]) if isinstance(item, Mapping) and item.get("id") is not None else None
        try:
            draft = ProductDraft.model_validate(item)
        except ValidationError as error:
            report.rejected.append(Rejection(index, given_id, reason_of(error)))
            continue
        product = _product(brand_id, draft, draft.id or id_from_name(draft.name))
        if product.id in ids:
            report.rejected.append(Rejection(index, product.id, "another product of this list has the same id"))
            continue
        ids.add(product.id)
        valid.append(product)
    return valid


def _product(brand_id: BrandId, draft: ProductDraft, product_id: str) -> Product:
    # Not validated again: a draft's members are a product's, and an id made from its name is valid.
    return Product.model_construct(**(draft.__dict__ | {"id": product_id, "brand_id": brand_id}))


def _free_id(tx: Transaction, brand_id: BrandId, name: str) -> str:
    wanted = candidate = id_from_name(name)
    number = 1
    while rows.get(tx, brand_id, candidate):
        number += 1
        candidate = f"{wanted}-{number}"
    return candidate


def _not_found(product_id: str) -> ProductNotFound:
    return ProductNotFound(f"Product '{product_id}' not found")
