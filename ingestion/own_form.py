"""The form in which catalogues leave us, made so that they come back as they were.

A text that a spreadsheet would run as a formula gets a "'" in front, and so does one that has one there already;
reading takes one away.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

# The columns of a catalogue as CSV; features and specifications are JSON.
TITLES = (
    "id",
    "name",
    "description",
    "category",
    "price",
    "currency",
    "features",
    "specifications",
    "availability",
    "url",
    "image_url",
)

_RUN = re.compile(r"'*[=+\-@\t\r]")
_MADE_HARMLESS = re.compile(r"'+[=+\-@\t\r]")


def harmless_cell(text: str) -> str:
    """A text as a cell that no spreadsheet runs."""
    return f"'{text}" if _RUN.match(text) else text


def cell_text(cell: str) -> str:
    """The text that was made a harmless cell."""
    return cell[1:] if _MADE_HARMLESS.match(cell) else cell


def csv_header() -> str:
    """The first line."""
    return _line(TITLES)


def csv_line(product: Mapping[str, Any]) -> str:
    """A product as a line, its break included.

    Args:
        product: members of models.Product.
    """
    return _line([_cell(product.get(title)) for title in TITLES])


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return harmless_cell(value)
        case float() | int():
            return repr(value)
        case _:
            return orjson.dumps(value).decode()


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
