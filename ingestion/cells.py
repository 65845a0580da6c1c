"""What cells say beside money: numbers of pieces, states of stock, lists, pairs, dates and addresses of images."""

import math
import re
from collections.abc import Iterable
from datetime import date, datetime

from ingestion.titles import folded, phrases, without

_LONGEST_STATE = 200
_COUNT = re.compile(r"(?P<about>[<>≥≤~]?)\s?(?P<number>-?[0-9]{1,15}(?:[.,][0-9]{1,3})?)\s?\+?(?P<unit>[^0-9+-]{0,20})")
_COUNTED = re.compile(r"(?<!\w)[0-9]{1,9}(?!\w)")
_MARKED = {"✓": True, "✔": True, "✅": True, "☑": True, "+": True, "✗": False, "✘": False, "❌": False, "☐": False}

_ITEM_ENDS = re.compile(r"[|;\n\r•]")
_BULLET = re.compile(r"^[\s\-\u2013\u2014*·‣▪●✓✔]+(?=\s)|^[*·‣▪●✓✔]+")
_PAIR_ENDS = re.compile(r"[;|\n\r•]")
_LONGEST_KEY = 100
_FORMULA = frozenset("=+-@")

_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[T ].{0,40})?")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2((?:20)?[0-9]{2})(?:,? .{0,40})?")

_BETWEEN_ADDRESSES = re.compile(r"[,;|\s]{1,8}(?=https?://|//)")
_BETWEEN_PATHS = re.compile(r"\s?[,;|\n]\s?")
_IMAGE_NAME = re.compile(r"\S(?:.{0,500}\S)?\.(?:jpe?g|png|webp|gif|avif|svg|bmp|tiff?)", re.IGNORECASE)


def cell_text(value: str) -> str:
    """A cell without the blanks around it, and without the mark with which spreadsheets make "=", "+" and "@" text.

    Its lines are parted by line feeds alone.
    """
    text = value.strip().replace("\r\n", "\n").replace("\r", "\n")
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA else text


def quantity(value: object) -> float | None:
    """How many pieces a cell says there are: 12, "12 pcs", ">10", "10+"; None when it says something else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value if math.isfinite(value) else None
    if not isinstance(value, str) or len(value) > _LONGEST_STATE:
        return None
    match = _COUNT.fullmatch(value.strip())
    if match is None or without(folded(match["unit"]), "apiece"):
        return None
    number = match["number"].replace(",", ".")
    return float(number.replace(".", "") if re.search(r"\.[0-9]{3}$", number) else number)


def availability(value: object) -> bool | None:
    """Whether a product can be bought: "in stock", "auf Lager (5)", "https://schema.org/InStock", 3.

    None when the value does not say it in words or numbers that are known.
    """
    if isinstance(value, bool):
        return value
    if (count := quantity(value)) is not None:
        return count > 0
    if not isinstance(value, str) or len(value) > _LONGEST_STATE:
        return None
    text = value.strip()
    return _MARKED[text] if text in _MARKED else _state(text)


def _state(text: str) -> bool | None:
    words = folded(text.rsplit("/", 1)[-1] if "schema.org/" in text else text)
    counts = _COUNTED.findall(words)
    state = " ".join(_COUNTED.sub(" ", words).split()) if len(counts) == 1 else words
    for phrase in (state, without(state, "apiece")):
        if phrase in phrases("unavailable"):
            return False
        if phrase in phrases("available"):
            return not counts or int(counts[0]) > 0
    return None


def features_of(text: str) -> list[str]:
    """The features that one cell lists: parted by "|", ";", line breaks or bullets, else by ", ", else a single one."""
    parts = _ITEM_ENDS.split(text)
    if len(parts) == 1:
        parts = text.split(", ")
    return [part for one in parts if (part := _BULLET.sub("", one).strip())]


def pairs_of(text: str) -> dict[str, str] | None:
    """Members from "memory: 16GB; weight: 1.4 kg"; None when a part is no pair, or two have the same name."""
    parts = [part.strip() for part in _PAIR_ENDS.split(text) if part.strip()]
    pairs: dict[str, str] = {}
    for part in parts:
        name, colon, value = (one.strip() for one in _BULLET.sub("", part).partition(":"))
        is_pair = colon and name and value and len(name) <= _LONGEST_KEY and not value.startswith("//")
        if not is_pair or name in pairs:
            return None
        pairs[name] = value
    return pairs or None


def days_of(value: object, *, month_first: bool = False) -> frozenset[date]:
    """The days that a date may mean: both of "05/06/2026" unless the month is known to be first; none of no date."""
    if isinstance(value, datetime):
        return frozenset({value.date()})
    if isinstance(value, date):
        return frozenset({value})
    text = value.strip() if isinstance(value, str) and len(value) <= _LONGEST_STATE else ""
    if match := _YEAR_FIRST.fullmatch(text):
        return _days([(match[1], match[2], match[3])])
    if match := _YEAR_LAST.fullmatch(text):
        year = match[4] if len(match[4]) > len("26") else f"20{match[4]}"
        orders = [(year, match[1], match[3]), (year, match[3], match[1])]
        return _days(orders[1:] if match[2] == "." else orders[:1] if month_first else orders)
    return frozenset()


def _days(written: Iterable[tuple[str, str, str]]) -> frozenset[date]:
    days = set()
    for year, month, day in written:
        try:
            days.add(date(int(year), int(month), int(day)))
        except ValueError:  # no such day
            continue
    return frozenset(days)


def is_now(today: date, start: object, end: object, *, month_first: bool = False) -> bool:
    """Whether a time that begins and ends on these days surely includes today; an empty end is open."""
    if isinstance(start, str) and end is None and start.count("/") == 1 and len(start) <= _LONGEST_STATE:
        start, _, end = start.partition("/")  # "2026-01-01T00:00+0100/2026-01-31T23:59+0100"
    first_days, last_days = days_of(start, month_first=month_first), days_of(end, month_first=month_first)
    has_begun = start is None or (bool(first_days) and max(first_days) <= today)
    is_lasting = end is None or (bool(last_days) and min(last_days) >= today)
    return has_begun and is_lasting


def addresses_of(text: str) -> list[str]:
    """The images that one cell names: several when they are plainly parted, else the text as it is."""
    if len(parts := [part for part in _BETWEEN_ADDRESSES.split(text) if part]) > 1:
        return parts
    parts = [part for part in _BETWEEN_PATHS.split(text) if part]
    return parts if len(parts) > 1 and all(_IMAGE_NAME.fullmatch(part) for part in parts) else [text]
