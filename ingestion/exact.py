"""Catalogues that left us and come back: every value is exactly what it was."""

import math
import re
from collections.abc import Mapping, Sequence

from ingestion.nested import parsed
from ingestion.own_form import TITLES, cell_text

_OURS = frozenset(TITLES)
_STAMPS = frozenset({"brand_id", "created_at", "updated_at"})
_STATES = {"true": True, "false": False}
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_TEXTS = ("id", "name", "description", "category", "url", "image_url")


def is_own_table(titles: Sequence[str], mapping: Mapping[str, str | None]) -> bool:
    """Whether the columns are those of our CSV, and each stands for itself."""
    return set(titles) == _OURS and all(mapping.get(title) == title for title in TITLES)


def exact_cells(members: Mapping[str, object]) -> dict[str, object]:
    """The members of a row of our CSV, as far as they are written as we write them; somebody may have edited others."""
    exact: dict[str, object] = {}
    for title in TITLES:
        value = members.get(title)
        if isinstance(value, str) and value and title in _TEXTS:
            exact[title] = cell_text(value)
        elif value is not None and value != "" and (read := _read(title, value)) is not None:
            exact[title] = read
    return exact


def exact_object(members: Mapping[str, object], mapping: Mapping[str, str | None]) -> dict[str, object] | None:
    """The members of an object of our JSON; None when it is anybody else's."""
    is_ours = (
        members.keys() <= (_OURS | _STAMPS)
        and {"name", "price", "features", "specifications"} <= members.keys()
        and all(mapping.get(title, title) == title for title in members if title not in _STAMPS)
    )
    if not is_ours:
        return None
    told = {title: value for title, value in members.items() if title in _OURS and value is not None}
    return told if all(_is_own(title, value) for title, value in told.items()) else None


def _read(title: str, cell: object) -> object:
    """A cell that holds no text; None when it is not in our form."""
    if not isinstance(cell, str):
        return cell if title in {"price", "availability"} and _is_own(title, cell) else None
    if title == "price":
        return number if _NUMBER.fullmatch(cell) and math.isfinite(number := float(cell)) else None
    if title == "availability":
        return _STATES.get(cell.lower())
    if title == "currency":
        return cell if _CURRENCY.fullmatch(cell) else None
    value = parsed(cell)
    return value if _is_own(title, value) else None


def _is_own(title: str, value: object) -> bool:
    if title in _TEXTS or title == "currency":
        return isinstance(value, str)
    if title == "price":
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and math.isfinite(value)
    if title == "availability":
        return isinstance(value, bool)
    if title == "features":
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(value, dict)
