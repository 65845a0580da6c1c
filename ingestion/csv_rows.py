"""Products in a CSV file with a header row."""

import csv
import io
from collections.abc import Mapping

from errors import UnreadableFile
from ingestion.rows import ParsedRows

# Columns that are members of a product; every other column goes to the specifications, never to the bin.
_MEMBERS = frozenset(
    {"id", "name", "description", "category", "price", "features", "availability", "currency", "url", "image_url"}
)
_SPECIFICATIONS = "specifications"
_FALSE = frozenset({"false", "no", "n", "0", "out of stock", "unavailable", "sold out"})
_TRUE = frozenset({"true", "yes", "y", "1", "in stock", "available"})
_DELIMITERS = ",;\t|"

# A cell larger than this is no product's description.
_CELL_CHARS = 131_072


def parse_csv(content: bytes) -> ParsedRows:
    """Read the rows; cells become members of the right kind.

    Raises:
        UnreadableFile: it is no text, or its header names neither a name nor a price.
    """
    text = _text(content)
    csv.field_size_limit(_CELL_CHARS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    parsed = ParsedRows()
    try:
        header = [cell.strip() for cell in next(reader, [])]
        names = [cell.lower().replace(" ", "_") for cell in header]
        if not {"name", "price"} <= set(names):
            raise UnreadableFile("The first row must name the columns; 'name' and 'price' are needed among them.")
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                parsed.rejected.append((reader.line_num, f"{len(cells)} cells, but only {len(header)} columns"))
            else:
                parsed.rows.append((reader.line_num, _product(header, names, cells)))
    except csv.Error as error:
        raise UnreadableFile(f"The file breaks off in row {reader.line_num}: {error}.") from None
    return parsed


def _text(content: bytes) -> str:
    if b"\0" in content:
        raise UnreadableFile("The file holds NUL bytes; save it as CSV in UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    return max(_DELIMITERS, key=header.count)


def _product(header: list[str], names: list[str], cells: list[str]) -> Mapping[str, object]:
    product: dict[str, object] = {}
    specifications: dict[str, object] = {}
    for title, name, raw in zip(header, names, cells, strict=False):
        cell = raw.strip()
        if not cell:
            continue
        if name in _MEMBERS:
            product[name] = _member(name, cell)
        elif name == _SPECIFICATIONS:
            specifications |= _pairs(cell)
        else:
            specifications[title] = cell
    return product | {_SPECIFICATIONS: specifications}


def _member(name: str, cell: str) -> object:
    if name == "price":
        return cell.replace(" ", "").removeprefix("$").replace(",", "")
    if name == "features":
        return [part.strip() for part in cell.replace("|", ";").split(";") if part.strip()]
    if name == "availability":
        word = cell.lower()
        return True if word in _TRUE else False if word in _FALSE else cell
    if name == "currency":
        return cell.upper()
    return cell


def _pairs(cell: str) -> dict[str, object]:
    """Members from "memory: 16GB; weight: 1.4 kg"; text without a colon stays whole under its own column's name."""
    pairs: dict[str, object] = {}
    for part in cell.split(";"):
        key, colon, value = part.partition(":")
        if colon and key.strip():
            pairs[key.strip()] = value.strip()
        elif part.strip():
            pairs.setdefault(_SPECIFICATIONS, part.strip())
    return pairs
