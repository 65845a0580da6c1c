"""Tables whose cells hold links and pictures: where they lead stands in columns of its own."""

from collections.abc import Sequence
from typing import NamedTuple

from ingestion.columns import Field, field_of

_ADDRESSES = frozenset({Field.URL, Field.IMAGE_URL, Field.IMAGES})
_FEWEST_TITLES = 2
_HEADER_ROWS = 50


class Cell(NamedTuple):
    """What a cell holds.

    Attributes:
        text: what it says.
        links: ("link" or "image", address), in order.
        alone: what stands in it where a column holds addresses; the text when it is no link.
    """

    text: str
    links: Sequence[tuple[str, str]] = ()
    alone: str = ""


Row = tuple[int, Sequence[Cell]]


def plain_cells(rows: Sequence[Row]) -> list[tuple[int, list[str]]]:
    """The rows of a table as texts; a row's number stays.

    A link in a cell is its text. Where it leads stands in a column "url" when it is the name's and there is no such
    column yet, else in a column of its own ("Brand link"); pictures beside a name likewise in "image_url". In columns
    of addresses, and of pictures under unknown titles, it is the address that stays.

    Args:
        rows: number and cells; the titles first, or among the first.
    """
    above = next((place for place, (_, cells) in enumerate(rows[:_HEADER_ROWS]) if _are_titles(cells)), len(rows))
    out = [(number, [cell.alone or cell.text for cell in cells]) for number, cells in rows[:above]]
    if above == len(rows):
        return out
    titles = [cell.alone or cell.text for cell in rows[above][1]]
    table = _Table(titles)
    plain = [
        (number, [table.cell(row, place, cell) for place, cell in enumerate(cells)])
        for row, (number, cells) in enumerate(rows[above + 1 :])
    ]
    found = list(table.found.items())
    width = max(len(titles), *(len(cells) for _, cells in plain)) if plain and found else len(titles)
    out.append((rows[above][0], [*titles, *[""] * (width - len(titles)), *(title for title, _ in found)]))
    out += [
        (number, [*cells, *[""] * (width - len(cells)), *(below.get(at, "") for _, below in found)] if found else cells)
        for at, (number, cells) in enumerate(plain)
    ]
    return out


def _are_titles(cells: Sequence[Cell]) -> bool:
    fields = {field_of(cell.alone or cell.text) for cell in cells}
    return Field.NAME in fields and len(fields - {None}) >= _FEWEST_TITLES


class _Table:
    """The addresses that were found in the cells of a table.

    Attributes:
        found: by the title of a new column, address by row, from 0.
    """

    def __init__(self, titles: Sequence[str]) -> None:
        self.found: dict[str, dict[int, str]] = {}
        self._titles = titles
        self._fields = [field_of(title) for title in titles]

    def cell(self, row: int, place: int, cell: Cell) -> str:
        """The text of a cell."""
        if not cell.links or place >= len(self._titles):
            return cell.alone or cell.text
        field = self._fields[place]
        if field in _ADDRESSES or (field is None and cell.links[0][0] == "image"):
            return cell.alone or cell.text
        for kind, address in cell.links:
            self._keep(row, place, kind, address)
        return cell.text

    def _keep(self, row: int, place: int, kind: str, address: str) -> None:
        own = Field.IMAGE_URL if kind == "image" else Field.URL
        is_its_own = self._fields[place] is Field.NAME and own not in self._fields
        title = str(own) if is_its_own else f"{self._titles[place]} {kind}"
        below = self.found.setdefault(title, {})
        below[row] = f"{below[row]} {address}" if row in below else address
