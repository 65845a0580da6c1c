"""Tables of Markdown: cells without their markup, and what their links and pictures lead to in columns of its own."""

import re
from collections.abc import Sequence

from ingestion.linked_cells import Cell, plain_cells
from understanding.markdown import plain_line

_ALONE_LINK = re.compile(r"!?\[[^\[\]]*\]\(<?([^()\s<>]++)>?[^()\n]*+\)$|<([^<>\s]+)>$")
_INLINE_IMAGE = re.compile(r"!(?=\[[^\[\]]*\]\()")
_LINK = re.compile(r"(!?)\[([^\[\]]*)\]\(<?([^()\s<>]++)>?[^()\n]*+\)")


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
    """The rows of a table without markup, links as ingestion/linked_cells.py has them; a row's number stays.

    Args:
        rows: number and cells, the titles first.
    """
    return plain_cells([(number, [_cell(cell) for cell in cells]) for number, cells in rows])


def _cell(cell: str) -> Cell:
    links = [("image" if mark else "link", address) for mark, _, address in _LINK.findall(cell)] if "](" in cell else []
    if not links:
        return Cell(said(cell))
    text = _LINK.sub(lambda link: "" if link[1] else link[2], cell)
    return Cell(plain_line(text if text.strip() else _LINK.sub(r"\2", cell)).strip(), links, said(cell))
