"""Product exports of Shopify: the rows of one handle, its variants and pictures, make one product."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ingestion.columns import is_private
from ingestion.html_text import text_of
from ingestion.records import NOT_FOR_SALE, Entry, Record, Rejected, shown
from ingestion.variants import Variant, cheapest, facts, number, regular_price, skus

NAME = "Shopify"


class _Column(StrEnum):
    """What a column of either export says."""

    HANDLE = "handle"
    NAME = "name"
    DESCRIPTION = "description"
    VENDOR = "vendor"
    TYPE = "type"
    PRODUCT_CATEGORY = "product category"
    TAGS = "tags"
    PUBLISHED = "published"
    STATUS = "status"
    SKU = "sku"
    STOCK = "stock"
    POLICY = "policy"
    TRACKER = "tracker"
    PRICE = "price"
    REGULAR = "regular"
    IMAGE = "image"
    IMAGE_PLACE = "image place"
    VARIANT_IMAGE = "variant image"
    OPTION = "option"


# Titles of the export that there always was, and of the one since 2024.
_TITLES = {
    "handle": _Column.HANDLE,
    "url handle": _Column.HANDLE,
    "title": _Column.NAME,
    "body (html)": _Column.DESCRIPTION,
    "body html": _Column.DESCRIPTION,
    "body": _Column.DESCRIPTION,
    "description": _Column.DESCRIPTION,
    "vendor": _Column.VENDOR,
    "type": _Column.TYPE,
    "custom product type": _Column.TYPE,
    "product category": _Column.PRODUCT_CATEGORY,
    "standard product type": _Column.PRODUCT_CATEGORY,
    "standardized product type": _Column.PRODUCT_CATEGORY,
    "tags": _Column.TAGS,
    "published": _Column.PUBLISHED,
    "published on online store": _Column.PUBLISHED,
    "status": _Column.STATUS,
    "variant sku": _Column.SKU,
    "sku": _Column.SKU,
    "variant inventory qty": _Column.STOCK,
    "inventory quantity": _Column.STOCK,
    "variant inventory policy": _Column.POLICY,
    "continue selling when out of stock": _Column.POLICY,
    "variant inventory tracker": _Column.TRACKER,
    "inventory tracker": _Column.TRACKER,
    "variant price": _Column.PRICE,
    "price": _Column.PRICE,
    "variant compare at price": _Column.REGULAR,
    "compare-at price": _Column.REGULAR,
    "image src": _Column.IMAGE,
    "product image url": _Column.IMAGE,
    "image position": _Column.IMAGE_PLACE,
    "variant image": _Column.VARIANT_IMAGE,
    "variant image url": _Column.VARIANT_IMAGE,
}
_OPTION = re.compile(r"option\s?([1-9])\s(name|value)")
_OF_A_VARIANT = frozenset({"variant price", "variant sku", "option1 value", "option1 name", "variant inventory qty"})

_FIELDS = {
    _Column.HANDLE: "id",
    _Column.NAME: "name",
    _Column.DESCRIPTION: "description",
    _Column.TYPE: "category",
    _Column.PRODUCT_CATEGORY: "category",
    _Column.STOCK: "availability",
    _Column.POLICY: "availability",
    _Column.TRACKER: "availability",
    _Column.PUBLISHED: "availability",
    _Column.STATUS: "availability",
    _Column.PRICE: "price",
    _Column.IMAGE: "image_url",
}
_NO = frozenset({"false", "no", "0"})
_YES = frozenset({"continue", "true", "yes", "1"})
_FOR_SALE = frozenset({"active", ""})


def matches(titles: Sequence[str]) -> bool:
    """Whether these are the columns of a Shopify export."""
    known = {_plain(title) for title in titles}
    return bool(known & {"handle", "url handle"}) and "title" in known and bool(known & _OF_A_VARIANT)


def mapping(titles: Sequence[str]) -> dict[str, str | None]:
    """By title the field that a column goes to, or "specifications"; None: no customer may be told what it holds."""
    return {
        title: None
        if is_private(title)
        else _FIELDS.get(column, "specifications")
        if (column := _column(title))
        else "specifications"
        for title in titles
    }


def entries(records: Iterable[Record | Rejected]) -> Iterator[Entry | Rejected]:
    """One entry per handle; its rows need not be neighbours, so that all are read before the first is yielded."""
    products: dict[str, _Product] = {}
    columns: dict[str, tuple[_Column | None, str]] = {}
    for record in records:
        if isinstance(record, Rejected):
            yield record
            continue
        row = _Row(record.number)
        for title, value in record.members.items():
            said = str(value).strip()
            if said:
                if title not in columns:
                    columns[title] = _role(title)
                row.take(title, said, *columns[title])
        if row.cells or row.rest:
            handle = row.cells.get(_Column.HANDLE, "")
            products.setdefault(handle or f"\n{record.number}", _Product()).rows.append(row)
    for product in products.values():
        yield product.entry()


def _plain(title: str) -> str:
    return " ".join(title.casefold().split())


def _column(title: str) -> _Column | None:
    plain = _plain(title)
    return _Column.OPTION if _OPTION.fullmatch(plain) else _TITLES.get(plain)


def _role(title: str) -> tuple[_Column | None, str]:
    """What a column says, and of an option which one ("1 name"); private columns say nothing."""
    found = _OPTION.fullmatch(_plain(title))
    if found:
        return _Column.OPTION, f"{found[1]} {found[2]}"
    return _TITLES.get(_plain(title)), "private" if is_private(title) else ""


@dataclass(slots=True)
class _Row:
    """The cells of one row that are not empty.

    Attributes:
        number: of the row in the file.
        cells: by what they say.
        titles: of those columns.
        options: "1 name", "1 value", ...
        rest: every other cell by its title.
    """

    number: int
    cells: dict[_Column, str] = field(default_factory=dict)
    titles: dict[_Column, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    rest: dict[str, str] = field(default_factory=dict)

    def take(self, title: str, said: str, column: _Column | None, detail: str) -> None:
        if column is _Column.OPTION:
            self.options.setdefault(detail, said)
        elif column is not None and column not in self.cells:
            self.cells[column], self.titles[column] = said, title
        elif detail != "private":
            self.rest[title] = said

    def is_variant(self) -> bool:
        return any(key.endswith("value") for key in self.options) or not self.cells.keys().isdisjoint(
            {_Column.PRICE, _Column.SKU}
        )


@dataclass(slots=True)
class _Product:
    """The rows of one handle."""

    rows: list[_Row] = field(default_factory=list)

    def entry(self) -> Entry | Rejected:
        first = self.rows[0]
        if reason := self._not_for_sale():
            members = {first.titles[column]: said for column, said in first.cells.items()}
            return Rejected(first.number, f"{reason}{NOT_FOR_SALE}", shown(members))
        variants = self._variants()
        priced = cheapest(variants)
        fields: dict[str, object] = {
            "id": first.cells.get(_Column.HANDLE, ""),
            "name": self._first(_Column.NAME),
            "description": text_of(self._first(_Column.DESCRIPTION)),
            "category": self._first(_Column.TYPE) or self._first(_Column.PRODUCT_CATEGORY),
            "price": priced.price if priced else "",
        }
        if variants:
            fields["availability"] = any(variant.available for variant in variants)
        images = self._images()
        if images:
            fields["image_url"] = images[0]
        specifications = dict(self._specifications(variants))
        if priced and (regular := regular_price(priced)):
            specifications["regular price"] = regular
        if images[1:]:
            specifications["images"] = images[1:]
        kept = {name: value for name, value in fields.items() if value != ""}
        return Entry(first.number, kept, specifications, self._titles(kept))

    def _titles(self, fields: Iterable[str]) -> dict[str, str]:
        written = {column: title for row in reversed(self.rows) for column, title in row.titles.items()}
        names = {name: written[column] for column, name in _FIELDS.items() if column in written}
        return {name: names[name] for name in fields if name in names}

    def _first(self, column: _Column) -> str:
        return next((row.cells[column] for row in self.rows if column in row.cells), "")

    def _not_for_sale(self) -> str:
        status, published = self._first(_Column.STATUS), self._first(_Column.PUBLISHED)
        if status.casefold() not in _FOR_SALE:
            return f"status is {status.casefold()[:40]}"
        return "not published" if published.casefold() in _NO else ""

    def _variants(self) -> list[Variant]:
        names = {
            key[0]: name for row in reversed(self.rows) for key, name in row.options.items() if key.endswith("name")
        }
        tracked = any(_Column.TRACKER in row.cells for row in self.rows)
        found = []
        for row in self.rows:
            if row.is_variant():
                options = {
                    names.get(place, f"Option {place}"): row.options[f"{place} value"]
                    for place in "123456789"
                    if f"{place} value" in row.options
                }
                found.append(_variant(row, options, tracked=tracked))
        return found

    def _images(self) -> list[str]:
        placed = []
        for order, row in enumerate(self.rows):
            if _Column.IMAGE in row.cells:
                place = number(row.cells.get(_Column.IMAGE_PLACE, ""))
                placed.append((place if place is not None else order + 1, order, row.cells[_Column.IMAGE]))
        images = [image for _, _, image in sorted(placed)]
        images.extend(row.cells[_Column.VARIANT_IMAGE] for row in self.rows if _Column.VARIANT_IMAGE in row.cells)
        return list(dict.fromkeys(images))

    def _specifications(self, variants: Sequence[Variant]) -> Iterator[tuple[str, object]]:
        titled = {column: title for row in reversed(self.rows) for column, title in row.titles.items()}
        for column in (_Column.VENDOR, _Column.TAGS):
            if column in titled:
                yield titled[column], self._first(column)
        if _Column.TYPE in titled and _Column.PRODUCT_CATEGORY in titled:
            yield titled[_Column.PRODUCT_CATEGORY], self._first(_Column.PRODUCT_CATEGORY)
        yield from facts(variants)
        if numbers := skus(variants):
            yield titled[_Column.SKU], numbers
        if len(variants) == 1 and _Column.STOCK in titled:
            yield titled[_Column.STOCK], self._first(_Column.STOCK)
        rest: dict[str, dict[str, None]] = {}
        for row in self.rows:
            for title, said in row.rest.items():
                rest.setdefault(title, {})[said] = None
        for title, values in rest.items():
            yield title, ", ".join(values)


def _variant(row: _Row, options: dict[str, str], *, tracked: bool) -> Variant:
    cells = row.cells
    stock = cells.get(_Column.STOCK, "")
    pieces = number(stock)
    counted = _Column.TRACKER in cells if tracked else pieces is not None
    goes_on = cells.get(_Column.POLICY, "").casefold() in _YES
    return Variant(
        options=options,
        price=cells.get(_Column.PRICE, ""),
        regular=cells.get(_Column.REGULAR, ""),
        stock=stock if counted else "",
        available=not counted or goes_on or (pieces is not None and pieces > 0),
        sku=cells.get(_Column.SKU, "").lstrip("'"),
    )
