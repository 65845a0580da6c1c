"""Where the titles of a table stand among its first rows, and what they are when they take two rows."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from ingestion.columns import Field, field_of

# Two known titles make a header; so do two cells of words with numbers below them.
MIN_TITLES = 2

_TITLE_CHARS = 200
_ROWS_BELOW = 5
_FEW_LETTERS = 4
_WORDS_SHARE = 0.8

_NEEDED = frozenset({Field.NAME, Field.PRICE})
_OF_ONE_PRODUCT = frozenset({Field.NAME, Field.ID, Field.SKU})

# What a section's name is adorned with: "--- Laptops ---", "* Phones *".
ORNAMENTS = " \t-_=*#~|:>\u2013\u2014\u2022\u00b7"


class Row(NamedTuple):
    """A row that is not blank.

    Attributes:
        number: where it is in the file, from 1.
        cells: as written; None and blank texts are empty.
        filled: indexes of the cells that are not empty.
        after_blank: whether the row before it was blank.
    """

    number: int
    cells: Sequence[object]
    filled: Sequence[int]
    after_blank: bool


class Header(NamedTuple):
    """The titles of a table.

    Attributes:
        titles: of each column as written; empty where there is none.
        rows: the titles' own rows, by text and column, to know them when they come again on the next page.
        end: how many of the rows that were looked at come before the first one of values.
        section: the heading that stands directly above; empty when it is only a banner.
    """

    titles: Sequence[str]
    rows: Sequence[Sequence[tuple[int, str]]]
    end: int
    section: str = ""


def title_of(cell: object) -> str:
    """A cell as a title: white space collapsed, marks of byte order gone."""
    return " ".join(str(cell).replace("\ufeff", "").split())


def is_number(cell: object) -> bool:
    """Whether a cell holds an amount or a count, written with a few letters at most ("12 EUR", "3 kg")."""
    if isinstance(cell, str):
        return any(map(str.isdigit, cell)) and sum(map(str.isalpha, cell)) < _FEW_LETTERS
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def is_wordy(cell: object) -> bool:
    """Whether a cell could be a title: words in which digits are few, and no address."""
    if not isinstance(cell, str) or len(cell) > _TITLE_CHARS or "://" in cell:
        return False
    letters, digits = sum(map(str.isalpha, cell)), sum(map(str.isdigit, cell))
    return letters > 0 and (digits == 0 or letters >= max(_FEW_LETTERS, 2 * digits))


def texts_of(row: Row) -> list[tuple[int, str]]:
    """The column and text of each filled cell."""
    return [(column, title_of(row.cells[column])) for column in row.filled]


def fields_of(row: Row) -> set[Field]:
    """The fields that cells of a row name."""
    return {field for column in row.filled if (field := known_field(row.cells[column])) is not None}


def known_field(cell: object) -> Field | None:
    """The field that a cell names, if it is a title that is known."""
    if not isinstance(cell, str) or len(cell) > _TITLE_CHARS:
        return None
    return _field(title_of(cell))


@lru_cache(maxsize=4096)
def _field(title: str) -> Field | None:
    return field_of(title) if title else None


def is_header(row: Row) -> bool:
    """Whether a row within a table begins another one: words alone, and a name or a price is among its titles."""
    if len(row.filled) < MIN_TITLES or not all(is_wordy(row.cells[column]) for column in row.filled):
        return False
    fields = fields_of(row)
    enough = {Field.NAME, Field.PRICE} <= fields or (row.after_blank and not fields.isdisjoint(_NEEDED))
    return enough and len(fields) >= MIN_TITLES


def lone_text(row: Row) -> str:
    """The text of a row that holds one alone, be it merged over cells that repeat it; empty for every other row."""
    first = row.cells[row.filled[0]]
    if not isinstance(first, str) or not any(map(str.isalpha, first)):
        return ""
    if len(row.filled) > 1 and row.filled[-1] - row.filled[0] != len(row.filled) - 1:
        return ""
    if any(row.cells[column] != first for column in row.filled[1:]):
        return ""
    return title_of(first)


def find_header(rows: Sequence[Row]) -> Header | None:
    """The titles among the first rows of a table; None when no row looks like titles.

    It is the first row in which two cells are titles that are known. One that names neither names nor prices
    ("Currency | EUR | Brand | Acme") gives way to a later one that does. When no titles are known it is
    the first row of different words that has numbers below it in the same columns.
    """
    at = _known_titles(rows)
    if at is None:
        at = next((place for place in range(len(rows)) if _words_above_numbers(rows, place)), None)
    return header_at(rows, at) if at is not None else None


def _known_titles(rows: Sequence[Row]) -> int | None:
    first = None
    for place, row in enumerate(rows):
        fields = fields_of(row)
        if len(fields) < MIN_TITLES:
            continue
        likely = len(fields) * 2 > len(row.filled) or _fitting(rows, place)
        if fields >= _NEEDED or (likely and not fields.isdisjoint(_NEEDED)):
            return place
        first = place if first is None else first
    return first


def _fitting(rows: Sequence[Row], place: int) -> Sequence[Row]:
    """Of the rows just below, those that have their values in a row's columns; none when most have them elsewhere."""
    columns = set(rows[place].filled)
    below = [row for row in rows[place + 1 : place + 1 + _ROWS_BELOW] if len(row.filled) >= MIN_TITLES]
    fitting = [row for row in below if columns.issuperset(row.filled) and len(row.filled) >= min(3, len(columns) / 2)]
    return fitting if len(fitting) * 2 > len(below) else []


def _words_above_numbers(rows: Sequence[Row], place: int) -> bool:
    row = rows[place]
    words = {title_of(row.cells[column]) for column in row.filled if is_wordy(row.cells[column])}
    if len(words) < max(MIN_TITLES, _WORDS_SHARE * len(row.filled)):
        return False
    return any(is_number(below.cells[column]) for below in _fitting(rows, place) for column in below.filled)


def header_at(rows: Sequence[Row], at: int) -> Header:
    """The titles of the row at a place, together with those that stand in the row above or below it as groups."""
    row = rows[at]
    titles = [title_of(cell) if cell is not None else "" for cell in row.cells]
    own = [texts_of(row)]
    end = at + 1
    if end < len(rows) and _is_second_row(row, rows[end], rows[end + 1 :]):
        second = rows[end]
        own.append(texts_of(second))
        titles = _joined(titles, [title_of(cell) if cell is not None else "" for cell in second.cells])
        end += 1
    elif at and not row.after_blank and _is_group_row(rows[at - 1], row):
        above = rows[at - 1]
        own.append(texts_of(above))
        groups = _spread(above, len(titles))
        repeated = Counter(titles)
        titles = [
            f"{group} {title}" if group and title and (repeated[title] > 1 or known_field(title) is None) else title
            for group, title in zip(groups, titles, strict=True)
        ]
    return Header(titles, own, end, _heading_above(rows, at))


def _spread(groups: Row, width: int) -> list[str]:
    """Groups over each of their columns: up to where the next one begins."""
    spread = []
    group = ""
    for column in range(width):
        text = title_of(groups.cells[column] or "") if column < len(groups.cells) else ""
        group = text or group
        spread.append(group)
    return spread


def _is_second_row(first: Row, second: Row, rest: Sequence[Row]) -> bool:
    """Whether a row goes on with the titles of the one above: words below groups, and nothing new below the others."""
    if second.after_blank or not rest or len(rest[0].filled) < MIN_TITLES:
        return False
    if _tells_repeated_apart(first, second):
        return True
    titled = set(first.filled)
    for column in second.filled:
        cell = second.cells[column]
        if not is_wordy(cell):
            return False
        if column in titled and title_of(cell) != title_of(first.cells[column]):
            known = known_field(cell) is not None
            if column + 1 in titled or (known_field(first.cells[column]) in _OF_ONE_PRODUCT and not known):
                return False
    return not titled.issuperset(second.filled) and second.filled[0] >= first.filled[0]


def _tells_repeated_apart(first: Row, second: Row) -> bool:
    """Whether different words stand below titles that are the same, below each of these, and nowhere else."""
    above = texts_of(first)
    written = Counter(text for _, text in above)
    repeated = [column for column, text in above if written[text] > 1]
    below = {title_of(second.cells[column]) for column in second.filled}
    return (
        list(second.filled) == repeated
        and 0 < len(repeated) < len(above)
        and len(below) == len(repeated)
        and all(is_wordy(second.cells[column]) for column in repeated)
    )


def _joined(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """Titles of two rows: "Price" above "net" and "gross" gives "Price net" and "Price gross"."""
    titles = []
    group = ""
    for column in range(max(len(first), len(second))):
        above = first[column] if column < len(first) else ""
        below = second[column] if column < len(second) else ""
        group = above or group
        titles.append(f"{group} {below}".strip() if below and below != group else above)
    return titles


def _is_group_row(above: Row, row: Row) -> bool:
    """Whether the row above titles groups them: it names a field that none of them does, over more than one."""
    if len(above.filled) > len(row.filled) or not {*above.filled} <= {*row.filled}:
        return False
    if not all(is_wordy(above.cells[column]) for column in above.filled):
        return False
    fields = fields_of(above)
    divides = bool(fields) and fields.isdisjoint(fields_of(row))
    return divides and (above.filled[0] > row.filled[0] or len(above.filled) >= MIN_TITLES)


def _heading_above(rows: Sequence[Row], at: int) -> str:
    """A lone text above the first titles is a banner, unless the titles come again below with another above them."""
    if not at or not (heading := lone_text(rows[at - 1])):
        return ""
    own = texts_of(rows[at])
    again = any(
        texts_of(rows[later]) == own and lone_text(rows[later - 1]) not in {"", heading}
        for later in range(at + 2, len(rows))
    )
    return heading.strip(ORNAMENTS) if again else ""


def named(titles: Sequence[str]) -> list[str]:
    """Titles that differ: the second "Price" is "Price (2)", and the seventh column without a title "column 7"."""
    last: dict[str, int] = {}
    different: dict[str, None] = {}
    for column, title in enumerate(titles, 1):
        plain = name = title or f"column {column}"
        while name in different:
            last[plain] = last.get(plain, 1) + 1
            name = f"{plain} ({last[plain]})"
        different[name] = None
    return list(different)
