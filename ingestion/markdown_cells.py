"""Tables of Markdown: cells without their markup, and what their links and pictures lead to in columns of its own."""

import re
from collections.abc import Sequence

from ingestion.columns import Field, field_of
from understanding.markdown import plain_line

_ALONE_LINK = re.compile(r"!?\[[^\[\]]*\]\(<?([^()\s<>]++)>?[^()\n]*+\)$|<([^<>\s]+)>$")
_INLINE_IMAGE = re.compile(r"!(?=\[[^\[\]]*\]\()")
_LINK = re.compile(r"(!?)\[([^\[\]]*)\]\(<?([^()\s<>]++)>?[^()\n]*+\)")
_ADDRESSES = frozenset({Field.URL, Field.IMAGE_URL, Field.IMAGES})
_FEWEST_TITLES = 2


def said(text: str) -> str:
    """A text without its Markdown; a link or picture that stands alone is its address."""
    if alone := _ALONE_LINK.match(text):
        return alone[1] or alone[2]
    return plain_line(_INLINE_IMAGE.sub("", text))


def cells_of(row: str) -> list[str]:
    """The cells of a row of a Markdown table, with their markup."""
    inner = row.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [cell.replace("\0", "|").strip() for cell in inner.replace("\\|", "\0").split("|")]


def plain_rows(rows: Sequence[tuple[int, Sequence[str]]]) -> list[tuple[int, list[str]]]:
    """The rows of a table without markup; a row's number stays.

    A link in a cell is its text. Where it leads stands in a column "url" when it is the name's and there is no such
    column yet, else in a column of its own ("Brand link"); pictures beside a name likewise in "image_url". In columns
    of addresses, and of pictures under unknown titles, it is the address that stays.

    Args:
        rows: number and cells, the titles first.
    """
    if not rows:
        return []
    titles = [said(cell) for cell in rows[0][1]]
    fields = [field_of(title) for title in titles]
    if Field.NAME not in fields or len(set(fields) - {None}) < _FEWEST_TITLES:
        return [(number, [said(cell) for cell in cells]) for number, cells in rows]
    table = _Table(titles, fields)
    plain = [(number, [table.cell(place, cell) for place, cell in enumerate(cells)]) for number, cells in rows[1:]]
    found = list(table.found.items())
    width = max(len(titles), *(len(cells) for _, cells in plain)) if plain and found else len(titles)
    out = [(rows[0][0], [*titles, *[""] * (width - len(titles)), *(title for title, _ in found)])]
    out += [
        (number, [*cells, *[""] * (width - len(cells)), *(below.get(at, "") for _, below in found)] if found else cells)
        for at, (number, cells) in enumerate(plain)
    ]
    return out


class _Table:
    """The addresses that were found in the cells of a table.

    Attributes:
        found: by the title of a new column, address by row, from 0.
    """

    def __init__(self, titles: Sequence[str], fields: Sequence[Field | None]) -> None:
        self.found: dict[str, dict[int, str]] = {}
        self._titles = titles
        self._fields = fields
        self._row = -1

    def cell(self, place: int, cell: str) -> str:
        """The text of a cell; the cells of a row are asked for in order."""
        self._row += place == 0
        field = self._fields[place] if place < len(self._fields) else None
        links = _LINK.findall(cell) if "](" in cell else []
        is_address = field in _ADDRESSES or (field is None and links and links[0][0] == "!")
        if not links or is_address or place >= len(self._titles):
            return said(cell)
        for mark, _, address in links:
            self._keep(place, "image" if mark else "link", address)
        text = _LINK.sub(lambda link: "" if link[1] else link[2], cell)
        return plain_line(text if text.strip() else _LINK.sub(r"\2", cell)).strip()

    def _keep(self, place: int, kind: str, address: str) -> None:
        own = Field.IMAGE_URL if kind == "image" else Field.URL
        is_its_own = self._fields[place] is Field.NAME and own not in self._fields
        title = str(own) if is_its_own else f"{self._titles[place]} {kind}"
        below = self.found.setdefault(title, {})
        below[self._row] = f"{below[self._row]} {address}" if self._row in below else address
