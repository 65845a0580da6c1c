"""Tables in texts whose columns are held apart by spaces alone."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ingestion.columns import Field, field_of
from ingestion.labelled_lines import Rows

_TAB_WIDTH = 8
_LONGEST_LINE = 1_000
_FEWEST_TITLES = 2
_PART = re.compile(r"\S+(?: \S+)*")
_RULE = re.compile(r"[ \t]*[-=_]{2,}(?:[ \t]+[-=_]{2,})*[ \t]*$")
_PRICES = frozenset({Field.PRICE, Field.SALE_PRICE})
_NAMING = frozenset({Field.NAME, Field.SKU, Field.ID, Field.DESCRIPTION})


class _Part(NamedTuple):
    """A text of a line between gaps, and where it stands."""

    text: str
    start: int
    end: int


def with_aligned_tables(lines: Iterable[str]) -> Iterator[str | Rows]:
    """The lines of a text, and in place of those that are such a table, the table.

    It begins with a line whose parts are titles, the name's and the price's among them, above a line whose parts stand
    in at least two of their columns. It ends before the first line whose parts do not fit the columns.
    """
    source = _Lines(lines)
    while (line := source.take()) is not None:
        titles = _titles(line)
        if titles and _begins(titles, source):
            yield _table(titles, line, source)
        else:
            yield line


class _Lines:
    """Lines that can be looked at before they are taken."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._rest = iter(lines)
        self._waiting: deque[str] = deque()
        self.number = 0

    def take(self) -> str | None:
        line = self._waiting.popleft() if self._waiting else next(self._rest, None)
        self.number += line is not None
        return line

    def look(self, place: int) -> str | None:
        while len(self._waiting) <= place and (line := next(self._rest, None)) is not None:
            self._waiting.append(line)
        return self._waiting[place] if place < len(self._waiting) else None


def _parts(line: str) -> list[_Part]:
    text = line.rstrip("\r\n").expandtabs(_TAB_WIDTH) if len(line) <= _LONGEST_LINE else ""
    return [_Part(found[0], found.start(), found.end()) for found in _PART.finditer(text)]


def _titles(line: str) -> list[_Part]:
    """The titles of a table, if a line is such; most lines have no gap and are told by that alone."""
    if "  " not in line.strip() and "\t" not in line.strip():
        return []
    parts = _parts(line)
    fields = {field_of(part.text) for part in parts}
    is_one = len(parts) >= _FEWEST_TITLES and not (fields.isdisjoint(_PRICES) or fields.isdisjoint(_NAMING))
    return parts if is_one else []


def _begins(titles: Sequence[_Part], source: _Lines) -> bool:
    below = source.look(0)
    if below is not None and _RULE.match(below[:_LONGEST_LINE]):
        below = source.look(1)
    cells = _placed(titles, _parts(below)) if below is not None else None
    return cells is not None and sum(map(bool, cells)) >= _FEWEST_TITLES


def _table(titles: Sequence[_Part], line: str, source: _Lines) -> Rows:
    first = source.number
    rows: list[tuple[int, Sequence[str]]] = [(first, [part.text for part in _parts(line)])]
    while (below := source.look(0)) is not None:
        if not below.strip():
            cells: list[str] | None = []
        elif _RULE.match(below[:_LONGEST_LINE]):
            cells = None
        elif (cells := _placed(titles, _parts(below))) is None:
            break
        source.take()
        if cells is not None:
            rows.append((source.number, cells))
    return Rows(rows, source.number - first + 1)


def _placed(titles: Sequence[_Part], parts: Sequence[_Part]) -> list[str] | None:
    """The cells of a line by the columns of the titles; None when its parts do not fit them.

    As many parts as there are titles are their values in order, wherever they stand.
    """
    cells = [""] * len(titles)
    if not parts:
        return None
    if len(parts) == len(titles):
        return [part.text for part in parts]
    if len(parts) == 1 and parts[0].start <= titles[0].start:
        return [parts[0].text, *cells[1:]]
    for part in parts:
        above = [place for place, title in enumerate(titles) if part.start < title.end and title.start < part.end]
        place = above[0] if len(above) == 1 else _nearest(titles, part) if not above else -1
        if place < 0 or cells[place]:
            return None
        cells[place] = part.text
    return cells


def _nearest(titles: Sequence[_Part], part: _Part) -> int:
    """The column of a part that stands below no title: of the one that ends or begins nearest to it."""
    return min(range(len(titles)), key=lambda at: max(titles[at].start - part.end, part.start - titles[at].end))
