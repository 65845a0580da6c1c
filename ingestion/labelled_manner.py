"""A text in stretches from heading to heading, and the manner in which each of them names products."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ingestion.labelled_lines import Line, LineKind, Rows, field_named, is_money
from ingestion.labelled_product import NAME, PRICE

_LONGEST_STRETCH = 20_000  # lines under one heading that are looked at together
_NEAREST_BLANK = 1_000  # more of them for the sake of an end at a blank line
_PAIR = 2  # columns of a table of labels and their values


class Stretch(NamedTuple):
    """The lines below one heading, or before the first.

    Attributes:
        heading: None before the first, and where a long stretch goes on.
        lines: without headings.
        goes_on: it is the next part of the stretch before it.
    """

    heading: Line | None
    lines: list[Line]
    goes_on: bool = False


def stretches_of(lines: Iterable[Line]) -> Iterator[Stretch]:
    """The stretches of a text in order; very long ones in parts that go on, so that not all of it is in memory."""
    heading: Line | None = None
    gathered: list[Line] = []
    goes_on = False
    for line in lines:
        if line.kind is LineKind.HEADING:
            yield Stretch(heading, gathered, goes_on)
            heading, gathered, goes_on = line, [], False
        else:
            gathered.append(line)
            is_full = len(gathered) >= _LONGEST_STRETCH
            if is_full and (line.kind is LineKind.BLANK or len(gathered) >= _LONGEST_STRETCH + _NEAREST_BLANK):
                yield Stretch(heading, gathered, goes_on)
                heading, gathered, goes_on = None, [], True
    yield Stretch(heading, gathered, goes_on)


class Manner(NamedTuple):
    """How a stretch of lines names products.

    Attributes:
        is_listing: by names with prices, one a line; otherwise by labels.
        name: what the first label for it says; empty when there is none.
        has_tables: a table stands there that is not one product's.
        holds_several: more than one product.
        has_own_price: a price stands outside of such tables.
    """

    is_listing: bool
    name: str
    has_tables: bool
    holds_several: bool
    has_own_price: bool

    @property
    def has_names(self) -> bool:
        """Whether a label says the name."""
        return bool(self.name)

    @property
    def has_price(self) -> bool:
        """Whether a price may stand somewhere."""
        return self.has_own_price or self.has_tables


def manner_of(lines: Sequence[Line]) -> Manner:
    """How the lines of a stretch name products; of a very long one its beginning shows it."""
    labels = [line for line in lines if line.kind is LineKind.LABEL]
    names = [line.value for line in labels if field_named(line.text) == NAME]
    prices = sum(field_named(line.text) == PRICE and bool(line.value) for line in labels)
    with_names = sum(line.kind is LineKind.PRICED and bool(line.text) for line in lines)
    alone = sum(line.kind is LineKind.PRICED and not line.text for line in lines)
    money = sum(not field_named(line.text) and is_money(line.value) for line in labels)
    is_listing = not prices and not alone and (with_names > 0 or money > 1)
    has_tables = any(line.kind is LineKind.TABLE and not is_of_pairs(line.table) for line in lines)
    in_pairs = any(
        field_named(cells[0]) == PRICE
        for line in lines
        if line.kind is LineKind.TABLE and is_of_pairs(line.table)
        for _, cells in line.table.rows
    )
    return Manner(
        is_listing,
        names[0] if names else "",
        has_tables,
        len(names) > 1 or prices > 1 or alone > 1 or is_listing,
        prices + with_names + alone + money > 0 or in_pairs,
    )


def is_of_pairs(table: Rows, *, is_owned: bool = False) -> bool:
    """Whether a table is one product's: two columns, labels in the first; of fields, when it is not clear whose."""
    rows = [cells for _, cells in table.rows if any(cells)]
    if not rows or any(len(cells) != _PAIR for cells in rows):
        return False
    if field_named(rows[0][0]) and field_named(rows[0][1]):
        return False
    known = sum(bool(field_named(cells[0])) for cells in rows)
    return is_owned or known > 1 or (known == 1 and (len(rows) == 1 or not field_named(rows[0][0])))


def upright(table: Rows) -> Rows:
    """A table with a product in each row: turned when its titles stand in the first column."""
    rows = [cells for _, cells in table.rows if any(cells)]
    beside = {field_named(cells[0]) for cells in rows if cells}
    above = {field_named(cell) for cell in rows[0]} if rows else set()
    if PRICE not in beside or len(beside - {""}) < _PAIR or len(above - {""}) >= _PAIR:
        return table
    width = max(map(len, rows))
    titles = [cells[0] for cells in rows]
    if NAME not in beside:
        titles[0] = NAME
    columns = ([cells[place] if place < len(cells) else "" for cells in rows] for place in range(1, width))
    return Rows(list(enumerate([titles, *columns], start=1)))
