"""Products in JSON: an array, a document that holds one somewhere, objects by id, JSON-LD, or one object per line."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import orjson

from errors import UnreadableFile
from ingestion.columns import Field, field_of
from ingestion.decoding import decoded, opened
from ingestion.json_items import members_of, told_as_product
from ingestion.json_ld import is_linked_data, products_of
from ingestion.records import Limits, Record, RecordTable, Rejected
from understanding.words import word_set

# One document becomes objects as a whole, about six times its size; line by line there is no such limit.
_LARGEST_DOCUMENT = 160 * 1024 * 1024
_LONGEST_LINE = 8 * 1024 * 1024

_DEEPEST_LIST = 3
_WIDEST_OBJECT = 1_000  # members of one object that show what it is
_SAMPLED = 20
_TITLED = 200  # records whose members are a table's titles
_FIRST_LINES = 10

# Members that hold the products, whatever the rest of the document is about; best first.
_USUAL = (
    "products", "items", "data", "catalog", "catalogue", "results", "records", "rows", "edges", "nodes", "entries",
    "offers", "listings", "hits", "value", "list", "articles", "goods", "produkte", "artikel", "productos", "produits",
    "produk", "barang", "товары", "produkter", "artiklar",
)  # fmt: skip
# Lists of a product whose objects may have names and prices too.
_OF_A_PRODUCT = word_set("offers variants variations skus models options related accessories bundles prices upsells")
_TITLES = frozenset({Field.NAME, Field.CATEGORY})
_NO_PRODUCTS = 'The file holds no list of products; write [{"name": ..., "price": ...}, ...].'


class _Found(NamedTuple):
    """A list of objects within a document.

    Attributes:
        name: of the member that holds it.
        items: the list, or the values of an object whose members are products.
        keys: the names of those members.
    """

    name: str
    items: Sequence[object]
    keys: Sequence[str] = ()


def read(path: Path, limits: Limits) -> Iterator[RecordTable]:
    """The products of a JSON or JSON Lines file as one table; a record's number is its place in the list, or its line.

    Raises:
        UnreadableFile: it is no JSON (the sentence says where), nested too deeply, or holds no products.
    """
    records = _lines(path, limits) if _has_lines(path) else _items(_document(path), limits)
    first = list(islice(records, _TITLED))
    titles: dict[str, None] = {}
    for record in first:
        if isinstance(record, Record):
            titles.update(dict.fromkeys(record.members))
    yield RecordTable(tuple(titles), chain(first, records))


# --- Text to values ---


def _document(path: Path) -> object:
    if path.stat().st_size > _LARGEST_DOCUMENT:
        megabytes = _LARGEST_DOCUMENT // 1024 // 1024
        raise UnreadableFile(f"The JSON document is larger than {megabytes} MB; send it in parts, or as JSON Lines.")
    content = path.read_bytes().strip()
    try:
        return orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        del content  # in another encoding, or with NaN in it, or broken
    with decoded(path) as stream:
        return _tolerantly_read(stream.read())


def _tolerantly_read(text: str) -> object:
    """The value of a text that may have NaN and Infinity in it, which are no values.

    Raises:
        UnreadableFile: it is no JSON, or nested too deeply.
    """
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except RecursionError:
        raise UnreadableFile("The JSON is nested too deeply to be a product list.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            raise UnreadableFile(f"The file is no complete JSON: it breaks off behind {where}.") from None
        raise UnreadableFile(f"The file is no valid JSON: {_mistake(text, error.pos)}{where}.") from None
    except ValueError:
        raise UnreadableFile("The JSON holds a number with thousands of digits.") from None


def _mistake(text: str, place: int) -> str:
    """What is wrong there, when it is a usual thing; a text that ends in " at "."""
    here = text[place : place + 2]
    before = text[max(0, place - 200) : place].rstrip()
    if here in {"//", "/*"} or here.startswith("#"):
        return "a comment, which JSON does not have, at "
    if before.endswith(",") and here[:1] in {"]", "}"}:
        return "a comma with nothing behind it at "
    if here.startswith("'"):
        return "a text in single quotation marks instead of double ones at "
    if before.endswith('"') and here.startswith('"'):
        return "a missing comma at "
    return ""


def _has_lines(path: Path) -> bool:
    """Whether most of the first lines are objects by themselves; a document of one line is not meant."""
    whole = seen = 0
    with decoded(path) as stream:
        while seen < _FIRST_LINES and (line := stream.readline(_LONGEST_LINE)):
            said = line.strip()
            if len(line) == _LONGEST_LINE:
                break
            if said:
                seen += 1
                whole += said.startswith("{") and said.endswith("}") and isinstance(_value(said), dict)
    return seen > 1 and whole * 2 >= seen


def _value(text: str) -> object:
    """The value of one line; None when it is no JSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return _tolerantly_read(text)
    except UnreadableFile:
        return None


def _lines(path: Path, limits: Limits) -> Iterator[Record | Rejected]:
    text = opened(path)
    number = text.lines_before
    with text.stream as stream:
        while line := stream.readline(_LONGEST_LINE):
            number += 1
            if len(line) == _LONGEST_LINE and not line.endswith("\n"):
                while len(line) == _LONGEST_LINE and not line.endswith("\n"):
                    line = stream.readline(_LONGEST_LINE)
                yield Rejected(number, f"the line has more than {_LONGEST_LINE:,} characters")
            elif said := line.strip():
                value = _value(said)
                if value is None:
                    yield Rejected(number, "the line is no valid JSON")
                else:
                    yield members_of(value, number, limits)


# --- Values to products ---


def _items(document: object, limits: Limits) -> Iterator[Record | Rejected]:
    if is_linked_data(document):
        items = products_of(document)
        if not items:
            raise UnreadableFile(_NO_PRODUCTS)
        return (members_of(item, number, limits) for number, item in enumerate(items, 1))
    return _numbered(_lists(document), limits)


def _numbered(lists: Sequence[_Found], limits: Limits) -> Iterator[Record | Rejected]:
    number = 0
    for found in lists:
        keyed = bool(found.keys) and not any(_has(item, Field.ID) for item in found.items)
        section = "" if found.name.casefold() in _USUAL or found.keys else found.name
        for place, item in enumerate(found.items):
            number += 1
            value = _unwrapped(item)
            if keyed and isinstance(value, dict):
                value = {"id": found.keys[place], **value}
            yield members_of(value, number, limits, section=section)


def _lists(document: object) -> Sequence[_Found]:
    """The lists that hold the products.

    Raises:
        UnreadableFile: there is none.
    """
    found: Sequence[_Found] = []
    if isinstance(document, list) and any(isinstance(item, dict) for item in document):
        found = ([] if _sells(document) else list(_grouped(document))) or [_Found("", document)]
    elif isinstance(document, dict):
        found = _lists_within(document)
    if not found:
        raise UnreadableFile(_NO_PRODUCTS)
    return found


def _lists_within(document: Mapping[str, object]) -> Sequence[_Found]:
    """The lists of an object: of what has names and prices, else of groups of such, else of what has one of them."""
    levels = _levels(document)
    is_product = told_as_product(document)
    for level in levels:
        sold = [found for found in level if _sells(found.items)]
        if sold and (not is_product or any(found.name.casefold() in _USUAL for found in sold)):
            return sold
    if is_product:
        return [_Found("", [document])]
    for level in levels:
        if grouped := [inner for found in level for inner in _grouped(found.items)]:
            return grouped
    for level in levels:
        named = [found for found in level if any(_has(item, Field.NAME, Field.PRICE) for item in found.items)]
        if named:
            return [min(named, key=_unusual)]
    return []


def _grouped(items: Sequence[object], above: str = "", depth: int = 1) -> Iterator[_Found]:
    """Lists of products within objects that group them, each under its group's name."""
    for item in items:
        if not isinstance(item, dict):
            continue
        title = next(
            (value for name, value in item.items() if field_of(name) in _TITLES and isinstance(value, str)), ""
        )
        path = f"{above} > {title}" if above and title else above or title
        for name, value in item.items():
            if name.casefold() in _OF_A_PRODUCT or not isinstance(value, list):
                continue
            if _sells(value):
                yield _Found(path, value)
            elif depth < _DEEPEST_LIST:
                yield from _grouped(value, path, depth + 1)


def _unusual(found: _Found) -> tuple[int, int]:
    name = found.name.casefold()
    return (_USUAL.index(name) if name in _USUAL else len(_USUAL)), -len(found.items)


def _levels(document: Mapping[str, object]) -> list[list[_Found]]:
    """Lists of objects, and objects of objects, by how deep they are."""
    levels: list[list[_Found]] = []
    level: list[tuple[str, Mapping[str, object]]] = [("", document)]
    for _ in range(_DEEPEST_LIST):
        found: list[_Found] = []
        below: list[tuple[str, Mapping[str, object]]] = []
        for name, parent in level:
            if _is_keyed(parent):
                found.append(_Found(name, list(parent.values()), list(parent)))
                continue
            for member, value in parent.items():
                if isinstance(value, list) and any(isinstance(item, dict) for item in value):
                    found.append(_Found(member, value))
                elif isinstance(value, dict):
                    below.append((member, value))
        levels.append(found)
        level = below
    levels.append([_Found(name, list(one.values()), list(one)) for name, one in level if _is_keyed(one)])
    return levels


def _is_keyed(parent: Mapping[str, object]) -> bool:
    """Whether an object's members are products by their ids."""
    values = list(islice(parent.values(), _SAMPLED))
    return bool(values) and all(isinstance(value, dict) for value in values) and any(map(told_as_product, values))


def _sells(items: Sequence[object]) -> bool:
    return any(told_as_product(_unwrapped(item)) for item in items[:_SAMPLED])


def _unwrapped(item: object) -> object:
    """An object itself, where a list holds it as GraphQL and search engines do."""
    if isinstance(item, dict):
        for name in ("node", "_source"):
            if isinstance(item.get(name), dict):
                return item[name]
    return item


def _has(item: object, *fields: Field) -> bool:
    unwrapped = _unwrapped(item)
    return isinstance(unwrapped, dict) and any(field_of(name) in fields for name in islice(unwrapped, _WIDEST_OBJECT))
