"""From the records of a table to products: members into fields, values to what they mean, and an id for each."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import chain, islice
from typing import NamedTuple

from ingestion.cells import features_of
from ingestion.columns import SPECIFICATIONS, Field, field_of, is_left_out
from ingestion.exact import exact_cells, exact_object, is_own_table
from ingestion.members import REGULAR_PRICE, Shop, Unfit, is_empty, members_of, spread
from ingestion.nested import text_in
from ingestion.records import Entry, Record, RecordTable, Rejected, id_from_name
from ingestion.values import DecimalSign, decimal_sign_of

_SAMPLED = 200
_HEX_DIGITS = 6
_PRICES = (Field.PRICE, Field.SALE_PRICE)
_SHARED = (Field.IMAGES, Field.FEATURES)
# Specifications that change from day to day, by which no product is told from another.
_PASSING = frozenset({Field.STOCK, Field.AVAILABILITY, Field.PRICE, Field.SALE_PRICE, Field.SALE_START, Field.SALE_END})


@dataclass(frozen=True, slots=True)
class _ExactEntry(Entry):
    """An entry that left us: `exact` is what it was; `fields` has what somebody changed."""

    exact: Mapping[str, object]


class _Seen(NamedTuple):
    """A product that has an id: its row, and a digest of all that it is when the id came from its name."""

    number: int
    digest: bytes | None


class Assembler:
    """Makes products of one file's entries.

    Args:
        home_currency: the brand's own, for signs that several currencies share.
        today: decides about prices that hold for a time; the present day when left out.
    """

    def __init__(self, home_currency: str, today: date | None = None) -> None:
        self._shop = Shop(home_currency, today or datetime.now(UTC).date())
        self._seen: dict[str, _Seen] = {}

    def entries(self, table: RecordTable, mapping: Mapping[str, str | None]) -> Iterator[Entry | Rejected]:
        """The records of a table with their members in fields.

        Args:
            table: its first 200 records are read before the first entry is given; they show the decimal signs.
            mapping: of its columns, from `columns.mapping_of`.
        """
        records = iter(table.records)
        first = list(islice(records, _SAMPLED))
        self._shop = replace(self._shop, decimal_signs=_decimal_signs(first, mapping))
        own = is_own_table(table.titles, mapping)
        for record in chain(first, records):
            yield record if isinstance(record, Rejected) else _entry(record, mapping, own=own)

    def product(self, entry: Entry) -> dict[str, object] | Rejected:
        """The members of a product, as models.ProductDraft accepts them, or why it is none.

        Ids are unique in what one Assembler gives.
        """
        try:
            product = self._members(entry)
        except Unfit as why:
            return _rejected(entry, str(why))
        if "id" not in product:
            return self._with_id(entry, product)
        if (present := self._taken(str(product["id"]), _Seen(entry.number, None))) is not None:
            return _rejected(entry, f"the same id as row {present.number}")
        return product

    def _taken(self, product_id: str, seen: _Seen) -> _Seen | None:
        """Who has this id; None when it was free and is now taken."""
        if (present := self._seen.get(product_id)) is None:
            self._seen[product_id] = seen
        return present

    def _members(self, entry: Entry) -> dict[str, object]:
        if not isinstance(entry, _ExactEntry):
            return members_of(entry, self._shop)
        if not entry.fields and {"name", "price"} <= entry.exact.keys():
            return dict(entry.exact)
        known = {name: entry.exact[name] for name in ("name", "price") if name in entry.exact}
        return members_of(replace(entry, fields={**known, **entry.fields}), self._shop) | dict(entry.exact)

    def _with_id(self, entry: Entry, product: dict[str, object]) -> dict[str, object] | Rejected:
        """Give an id that comes from the handle or the name, told apart where others have it already."""
        handle = text_in(entry.fields.get(Field.HANDLE))
        base = handle or id_from_name(str(product["name"]))
        digest = _digest(product)
        for candidate in _candidates(base, product, digest):
            if (present := self._taken(candidate, _Seen(entry.number, digest))) is None:
                if handle and candidate == base:
                    _forget_handle(entry, product, handle)
                return {"id": candidate, **product}
            if present.digest == digest:
                return _rejected(entry, f"the same as row {present.number}")
        return _rejected(entry, f"the same as row {self._seen[base].number}")


def _entry(record: Record, mapping: Mapping[str, str | None], *, own: bool) -> Entry:
    if not record.section:
        if (exact := exact_object(record.members, mapping)) is not None:
            return _ExactEntry(record.number, {}, {}, {}, exact)
        if own:
            exact = exact_cells(record.members)
            left = {name: value for name, value in record.members.items() if name not in exact and not is_empty(value)}
            return _ExactEntry(record.number, left, {}, {}, exact)
    placing = _Placing(mapping)
    told = [(title, value) for title, value in record.members.items() if not is_empty(value)]
    for title, value in sorted(told, key=lambda member: member[0] not in mapping):
        placing.place(title, value)
    if record.section:
        placing.fields.setdefault(Field.CATEGORY, record.section)
    return Entry(record.number, placing.fields, placing.specifications, placing.titles)


class _Placing:
    """Puts the members of one record where they belong."""

    def __init__(self, mapping: Mapping[str, str | None]) -> None:
        self.fields: dict[str, object] = {}
        self.specifications: dict[str, object] = {}
        self.titles: dict[str, str] = {}
        self._mapping = mapping

    def place(self, title: str, value: object) -> None:
        field = self._mapping[title] if title in self._mapping else self._guess(title)
        if field is None:
            return
        if field == SPECIFICATIONS:
            self._specify(spread(title, value) if field_of(title) is Field.SPECIFICATIONS else {title: value})
        elif field in _SHARED and field in self.fields:
            self.fields[field] = _several(field, self.fields[field]) + _several(field, value)
        elif field in self.fields:
            self._specify({title: value})
        else:
            self.fields[field] = value
            self.titles[field] = title

    def _guess(self, title: str) -> str | None:
        """The field of a member that the first records did not have; those of the mapping are placed by then."""
        return None if is_left_out(title) else field_of(title) or SPECIFICATIONS

    def _specify(self, members: Mapping[str, object]) -> None:
        for title, value in members.items():
            key, number = title, 2
            while key in self.specifications:
                key, number = f"{title} ({number})", number + 1
            self.specifications[key] = value


def _several(field: str, value: object) -> list[object]:
    if isinstance(value, list):
        return value
    return list(features_of(value)) if field == Field.FEATURES and isinstance(value, str) else [value]


def _decimal_signs(
    records: Iterable[Record | Rejected], mapping: Mapping[str, str | None]
) -> Mapping[str, DecimalSign]:
    """The decimal sign of each column of prices; one that does not show it follows the others."""
    titles = [title for title, field in mapping.items() if field in _PRICES]
    texts = {
        title: [
            value
            for record in records
            if isinstance(record, Record) and isinstance(value := record.members.get(title), str)
        ]
        for title in titles
    }
    shared = decimal_sign_of(text for below in texts.values() for text in below)
    signs = {title: decimal_sign_of(below) or shared for title, below in texts.items()}
    return {title: sign for title, sign in signs.items() if sign is not None}


def _rejected(entry: Entry, reason: str) -> Rejected:
    members = {entry.titles.get(name, name): value for name, value in entry.fields.items()}
    if isinstance(entry, _ExactEntry):
        members = {**entry.exact, **members}
    return Rejected(entry.number, reason, {**members, **entry.specifications})


def _digest(product: Mapping[str, object]) -> bytes:
    return hashlib.sha256(json.dumps(product, sort_keys=True, default=str).encode()).digest()


def _candidates(base: str, product: Mapping[str, object], digest: bytes) -> Iterator[str]:
    """Ids to try: the next only when somebody else has it."""
    yield base
    yield f"{base}-{_digest(_lasting(product)).hex()[:_HEX_DIGITS]}"
    yield f"{base}-{digest.hex()[:_HEX_DIGITS]}"
    yield f"{base}-{digest.hex()}"


def _lasting(product: Mapping[str, object]) -> dict[str, object]:
    """What tells a product from another of its name, and stays when its price changes."""
    specifications = product.get("specifications")
    kept = (
        {
            title: value
            for title, value in specifications.items()
            if title != REGULAR_PRICE and field_of(title) not in _PASSING
        }
        if isinstance(specifications, Mapping)
        else {}
    )
    return {name: product.get(name) for name in ("category", "description", "features", "url")} | {"of": kept}


def _forget_handle(entry: Entry, product: dict[str, object], handle: str) -> None:
    """A handle that became the id is no specification besides."""
    specifications = product.get("specifications")
    title = entry.titles.get(Field.HANDLE, Field.HANDLE)
    if isinstance(specifications, dict) and specifications.get(title) == handle:
        del specifications[title]
        if not specifications:
            del product["specifications"]
