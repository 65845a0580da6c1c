"""Values that hold others: the offers, brands, categories and images of JSON and XML."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import orjson

from ingestion.cells import addresses_of, cell_text
from ingestion.columns import is_private

DEEPEST = 100  # levels; deeper values are cut, and no product can have as many
_NAMES = ("name", "title", "label", "value")
_ADDRESSES = ("src", "url", "link", "href", "contentUrl", "original", "image")
_AMOUNTS = ("amount", "value", "price", "gross", "current", "amountMax")
_CURRENCIES = ("currency", "currencyCode", "currency_code", "priceCurrency", "currencyId")
_OF_NO_INTEREST = frozenset({"@type", "@id", "@context", "id"})


class Offer(NamedTuple):
    """A price with what is told beside it.

    Attributes:
        amount: as written.
        currency: as written; None when there is none.
        availability: as written; None when there is none.
        rest: members that say something else.
    """

    amount: object
    currency: object = None
    availability: object = None
    rest: Mapping[str, object] | None = None


def number_text(value: float) -> str:
    """A number as one writes it: 1299.0 is "1299"."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def text_in(value: object) -> str | None:
    """The text that a value is or holds under a usual name ({"name": "Acme"}); None when it is none."""
    if isinstance(value, str):
        return cell_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_text(value)
    if isinstance(value, Mapping):
        return next((cell_text(text) for name in _NAMES if isinstance(text := value.get(name), str)), None)
    return value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str) else None


def beside_text(value: object) -> Mapping[str, object]:
    """What an object holds beside the text that `text_in` takes."""
    if not isinstance(value, Mapping):
        return {}
    taken = next((name for name in _NAMES if isinstance(value.get(name), str)), None)
    return {name: one for name, one in value.items() if name != taken and name not in _OF_NO_INTEREST and one}


def path_of(value: object) -> str | None:
    """A category: a text as it is, a list as a path; None when a part has no name."""
    if not isinstance(value, list):
        return text_in(value)
    parts = [text_in(part) for part in value]
    return None if None in parts else " > ".join(part for part in parts if part)


def images_of(value: object) -> tuple[list[str], object]:
    """The addresses of images, and what of the value is none."""
    if isinstance(value, str):
        text = cell_text(value)
        listed = parsed(text) if text.startswith("[") else None
        if not isinstance(listed, list):
            return ([address for address in addresses_of(text) if address], None)
        value = listed
    if isinstance(value, Mapping):
        address = next((value[name] for name in _ADDRESSES if isinstance(value.get(name), str)), None)
        return ([cell_text(address)], None) if address else ([], value)
    if not isinstance(value, list):
        return [], value
    found: list[str] = []
    rest: list[object] = []
    for one in value:
        addresses, other = images_of(one) if not isinstance(one, list) else ([], one)
        found += addresses
        rest += [other] if other is not None else []
    return found, rest or None


def offer_of(value: object) -> Offer | None:
    """The one price that an object or a list of one object holds; None when it holds none, or several."""
    if isinstance(value, list) and len(value) == 1:
        (value,) = value
    if not isinstance(value, Mapping):
        return None
    members = dict(value)
    low, high = members.get("lowPrice"), members.get("highPrice")
    amount_name = next((name for name in _AMOUNTS if members.get(name) not in (None, "")), None)
    if amount_name is None and low is not None and low == high:
        amount_name = "lowPrice"
        del members["highPrice"]
    if amount_name is None or isinstance(members[amount_name], Mapping | list):
        return None
    amount = members.pop(amount_name)
    currency = next((members.pop(name) for name in _CURRENCIES if name in members), None)
    availability = members.pop("availability", None)
    rest = {name: one for name, one in members.items() if name not in _OF_NO_INTEREST and one not in (None, "")}
    return Offer(amount, currency, availability, rest or None)


def public(value: object, depth: int = 0) -> object:
    """A value to be kept: texts trimmed, and members left out that no customer may be told.

    None, an empty text, list or object, and what is nested too deeply to be kept give None.
    """
    if isinstance(value, str):
        return cell_text(value) or None
    if isinstance(value, date):
        return value.isoformat()
    if depth > DEEPEST:
        return None
    if isinstance(value, Mapping):
        kept = {str(name): public(one, depth + 1) for name, one in value.items() if not is_private(str(name))}
        return {name: one for name, one in kept.items() if one is not None} or None
    if isinstance(value, list | tuple):
        return [one for item in value if (one := public(item, depth + 1)) is not None] or None
    return value if isinstance(value, bool | int | float) else str(value) if value is not None else None


def parsed(text: str) -> object:
    """The value that a text is as JSON; None when it is none, or nested too deeply."""
    try:
        value: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return None if _is_too_deep(value) else value


def _is_too_deep(value: object) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True
