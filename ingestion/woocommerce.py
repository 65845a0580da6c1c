"""Product exports of WooCommerce in any of its languages: a variable product and its variations make one product."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from ingestion.columns import is_private
from ingestion.html_text import looks_like_html, text_of
from ingestion.records import NOT_FOR_SALE, Entry, Record, Rejected, shown
from ingestion.variants import Variant, amount, cheapest, facts, number, skus

NAME = "WooCommerce"

_TITLES = Path(__file__).with_name("woocommerce_titles.yaml")

# A table is such an export when it has a column for the type or the state of its products, and so many more of these.
_KINDS = frozenset({"type", "published"})
_MARKS = frozenset(
    {
        "featured", "visibility", "short_description", "sale_start", "sale_end", "tax_status", "in_stock", "backorders",
        "sold_individually", "sale_price", "regular_price", "download_limit", "parent", "grouped", "upsells",
        "attribute_name", "attribute_values",
    }
)  # fmt: skip
_FEWEST_MARKS = 3

# Where each column goes. "price" and the like are fields of assembly; what is not named is a specification.
_FIELDS = {
    "id": "id",
    "sku": "sku",
    "name": "name",
    "description": "description",
    "sale_start": "sale_start",
    "sale_end": "sale_end",
    "in_stock": "availability",
    "published": "availability",
    "stock": "stock",
    "sale_price": "sale_price",
    "regular_price": "price",
    "categories": "category",
    "images": "image_url",
    "url": "url",
    "brands": "maker",
}
_NOT_PUBLISHED = {"0": "private", "-1": "draft", "draft": "draft", "private": "private", "pending": "pending"}
_STOCK_STATES: Mapping[str, bool] = {"1": True, "0": False, "backorder": False}
_OF_PARENT = "parent"  # what a variation says of a value that it shares with its product
_NUMBER = re.compile("[0-9]{1,3}")
_COMMA = re.compile(r"(?<!\\),")


class _Column(NamedTuple):
    """What a column says, and of an attribute which one."""

    key: str
    place: str = ""


def matches(titles: Sequence[str]) -> bool:
    """Whether these are the columns of a WooCommerce export."""
    keys = {column.key for title in titles if (column := _column(title))}
    return "name" in keys and bool(keys & _KINDS) and len(keys & _MARKS) >= _FEWEST_MARKS


def mapping(titles: Sequence[str]) -> dict[str, str | None]:
    """By title the field that a column goes to, or "specifications"; None: no customer may be told what it holds."""
    return {title: None if is_private(title) else _FIELDS.get(_key(title), "specifications") for title in titles}


def entries(records: Iterable[Record | Rejected]) -> Iterator[Entry | Rejected]:
    """One entry per product, its variations in it; all rows are read before the first is yielded.

    Products and variations that are not published, and variations without their product, are rejected with a reason.
    """
    products: list[_Product] = []
    variations: list[_Row] = []
    by_reference: dict[str, _Product] = {}
    columns: dict[str, _Column | None] = {}
    for record in records:
        if isinstance(record, Rejected):
            yield record
            continue
        row = _read(record, columns)
        if row.kind.startswith("variation"):
            variations.append(row)
        elif row.cells or row.rest:
            product = _Product(row)
            products.append(product)
            for reference in (f"id:{row.cells.get('id', '')}", row.cells.get("sku", "")):
                by_reference.setdefault(reference, product)
    for row in variations:
        parent = row.cells.get("parent", "")
        if reason := _state(row):
            yield Rejected(row.number, f"{reason}{NOT_FOR_SALE}", row.members())
        elif not parent or parent not in by_reference:
            yield Rejected(row.number, f"its product '{parent[:100]}' is not in the file", row.members())
        else:
            by_reference[parent].variations.append(row)
    for product in products:
        yield product.entry(by_reference)


# --- Columns ---


@cache
def _known() -> Mapping[str, str]:
    """Keys by title in all languages, numbers of attributes as "{n}"."""
    tables = yaml.safe_load(_TITLES.read_text(encoding="utf-8"))
    return {_plain(title): key for table in tables.values() for key, titles in table.items() for title in titles}


def _plain(title: str) -> str:
    return " ".join(title.casefold().replace("\u2019", "'").split())


def _column(title: str) -> _Column | None:
    plain = _plain(title)
    if key := _known().get(plain):
        return _Column(key)
    for found in _NUMBER.finditer(plain[:200]):
        if key := _known().get(f"{plain[: found.start()]}{{n}}{plain[found.end() :]}"):
            return _Column(key, found[0])
    return None


def _key(title: str) -> str:
    column = _column(title)
    return column.key if column else ""


def _read(record: Record, columns: dict[str, _Column | None]) -> "_Row":
    row = _Row(record.number)
    for title, value in record.members.items():
        if title not in columns:
            columns[title] = _Column("private") if is_private(title) else _column(title)
        said, column = str(value).strip(), columns[title]
        if not said:
            continue
        if column is None:
            row.rest[title] = said
        elif column.place:
            row.attributes.setdefault(column.place, {}).setdefault(column.key, said)
        elif column.key != "private" and column.key not in row.cells:
            row.cells[column.key], row.titles[column.key] = said, title
    return row


@dataclass(slots=True)
class _Row:
    """The cells of one row that are not empty.

    Attributes:
        number: of the row in the file.
        cells: by the column's key.
        titles: of those columns.
        attributes: by their number: "attribute_name", "attribute_values".
        rest: every other cell by its title.
    """

    number: int
    cells: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    rest: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return self.cells.get("type", "").casefold()

    def members(self) -> dict[str, str]:
        return shown({self.titles[key]: said for key, said in self.cells.items()} | self.rest)

    def options(self) -> dict[str, str]:
        """Values by the name of the attribute; several stand side by side."""
        return {
            said["attribute_name"]: ", ".join(_listed(said["attribute_values"]))
            for said in self.attributes.values()
            if said.get("attribute_name") and said.get("attribute_values")
        }

    def available(self) -> bool | None:
        """Whether it can be had; None when nothing tells."""
        if (state := _STOCK_STATES.get(self.cells.get("in_stock", "").casefold())) is not None:
            return state
        pieces = number(self.cells.get("stock", ""))
        return None if pieces is None else pieces > 0

    def variant(self) -> Variant:
        """It as one form of its product. A reduction with dates is told beside the price, not taken for it."""
        regular, sale = self.cells.get("regular_price", ""), self.cells.get("sale_price", "")
        start, end = self.cells.get("sale_start", ""), self.cells.get("sale_end", "")
        reduced = bool(sale) and not start and not end
        dated = f"{sale} {f'from {start} ' if start else ''}{f'until {end}' if end else ''}".strip()
        return Variant(
            options=self.options(),
            price=sale if reduced else regular,
            regular=regular if reduced else "",
            stock=self.cells.get("stock", ""),
            available=self.available() is not False,
            sku=self.cells.get("sku", ""),
            name=self.cells.get("name", ""),
            note=dated if sale and not reduced else "",
        )


def _state(row: _Row) -> str:
    """Why a row is not for sale; empty when it is."""
    state = _NOT_PUBLISHED.get(row.cells.get("published", "").casefold())
    return f"status is {state}" if state else ""


def _listed(cell: str) -> list[str]:
    """The parts of a list. A comma within a part has a backslash before it."""
    return [part for piece in _COMMA.split(cell) if (part := piece.replace("\\,", ",").strip())]


def _text(cell: str) -> str:
    """A description as text. Line breaks are written as a backslash and an "n" in the export."""
    text = cell.replace("\\n", "\n")
    return text_of(text) if looks_like_html(text) else text.strip()


# --- Products ---


@dataclass(slots=True)
class _Product:
    """A row that is a product, and those of its variations."""

    row: _Row
    variations: list[_Row] = field(default_factory=list)

    def entry(self, by_reference: Mapping[str, "_Product"]) -> Entry | Rejected:
        row, cells = self.row, self.row.cells
        if reason := _state(row):
            return Rejected(row.number, f"{reason}{NOT_FOR_SALE}", row.members())
        description, short = (_text(cells.get(key, "")) for key in ("description", "short_description"))
        variants = [variation.variant() for variation in self.variations]
        images = _listed(",".join(one.cells.get("images", "") for one in (row, *self.variations)))
        images = list(dict.fromkeys(images))
        fields: dict[str, object] = {
            "id": cells.get("id", ""),
            "sku": cells.get("sku", ""),
            "name": cells.get("name", ""),
            "description": description or short,
            "category": cells.get("categories", "").replace("\\,", ","),
            "image_url": images[0] if images else "",
            "url": cells.get("url", ""),
            "maker": cells.get("brands", ""),
        }
        fields |= self._price(variants, by_reference)
        available = [one.available() for one in (self.variations or [row])]
        if any(state is not None for state in available):
            fields["availability"] = any(state is not False for state in available)
        specifications = dict(self._specifications(variants))
        if description and short:
            specifications[row.titles["short_description"]] = short
        if images[1:]:
            specifications["images"] = images[1:]
        kept = {name: value for name, value in fields.items() if value not in ("", [])}
        titled = [*row.titles.items(), *(pair for one in self.variations for pair in one.titles.items())]
        titles = {name: title for key, title in reversed(titled) if (name := _FIELDS.get(key, "")) in kept}
        return Entry(row.number, kept, specifications, titles)

    def _price(self, variants: Sequence[Variant], by_reference: Mapping[str, "_Product"]) -> dict[str, str]:
        """The cells that say the price: its own, else those of the cheapest variation or part of a group."""
        row = self.row
        if self.variations:
            priced = cheapest(variants)
            row = next((one for one, variant in zip(self.variations, variants, strict=True) if variant is priced), row)
        elif "regular_price" not in row.cells and "grouped" in row.cells:
            parts = [by_reference[name].row for name in _listed(row.cells["grouped"]) if name in by_reference]
            costs = [(value, place) for place, part in enumerate(parts) if (value := amount(part.variant().price))]
            row = parts[min(costs)[1]] if costs else row
        keys = ("regular_price", "sale_price", "sale_start", "sale_end")
        return {_FIELDS[key]: row.cells[key] for key in keys if key in row.cells}

    def _specifications(self, variants: Sequence[Variant]) -> Iterator[tuple[str, object]]:
        yield from self.row.options().items()
        yield from facts(variants)
        if numbers := skus(variants):
            yield "Variant SKU", numbers
        if self.row.kind not in {"", "simple", "variable", "grouped"}:
            yield self.row.titles["type"], self.row.cells["type"]
        told = {*_FIELDS, "type", "parent", "short_description"} - {"stock"}
        seen: set[str] = set()
        for row in (self.row, *self.variations):
            for key, said in row.cells.items():
                title = row.titles[key]
                is_of_variant = row is not self.row and (key == "stock" or said == _OF_PARENT)
                if key not in told and title not in seen and not is_of_variant:
                    seen.add(title)
                    yield title, said
            for title, said in row.rest.items():
                if title not in seen and (row is self.row or said != _OF_PARENT):
                    seen.add(title)
                    yield title, said
