"""Products in a JSON file: an array of objects, or an object that holds one under a usual name."""

import orjson

from errors import UnreadableFile
from ingestion.rows import ParsedRows

_LIST_MEMBERS = ("products", "items", "data", "catalog", "catalogue")


def parse_json(content: bytes) -> ParsedRows:
    """Read the objects.

    Raises:
        UnreadableFile: it is no JSON, or holds no list of objects.
    """
    try:
        document = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise UnreadableFile(f"The file is no valid JSON: line {error.lineno}, column {error.colno}.") from None
    if isinstance(document, dict):
        lists = [document[name] for name in _LIST_MEMBERS if isinstance(document.get(name), list)]
        document = lists[0] if lists else [document]
    if not isinstance(document, list):
        raise UnreadableFile('The file holds no list of products; write [{"name": ..., "price": ...}, ...].')
    parsed = ParsedRows()
    for number, item in enumerate(document, 1):
        if isinstance(item, dict):
            parsed.rows.append((number, item))
        else:
            parsed.rejected.append((number, "a product is an object with members"))
    return parsed
