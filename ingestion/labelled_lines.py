"""The lines of a text or Markdown as what they are: headings, labels with values, names with prices, items, tables."""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from ingestion.columns import field_of
from ingestion.markdown_cells import cells_of, plain_rows, said

UNMARKED = 7  # the level of a heading that only stands as one: a bold line, "--- Laptops ---"

_LONGEST_TITLE = 60
_MOST_WORDS_OF_TITLE = 7
_LONGEST_HEADING = 200
_MOST_PARTS = 12
_TAB_WIDTH = 4

_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)$")
_UNDERLINE = re.compile(r" {0,3}(?:={3,}|-{3,})[ \t]*$")
_RULE = re.compile(r" {0,3}([-*_=~])(?:[ \t]*\1){2,}[ \t]*$")
_FENCE = re.compile(r" {0,3}(?:`{3,}|~{3,})[ \t]*[\w-]*[ \t]*$")
_ITEM = re.compile(r"([-*+\u2022\u2023\u25aa\u25e6\u00b7\u2013\u2014]|[0-9]{1,4}[.)])[ \t]+(\S.*)$")
_NUMBERED = re.compile(r"[0-9]{1,3}[.)][ \t]+(?=\S)")
_QUOTE = re.compile(r" {0,3}>[ ]?")
_COMMENT = re.compile(r"[ \t]*<!--[^<>]*-->[ \t]*$")
_BOLD = re.compile(r"(\*\*|__)([^*_\n]+)\1$")
_DECORATED = re.compile(
    r"([-=*~\u2013\u2014]{1,20})[ \t]+([^\s\-=*~\u2013\u2014](?:.*\S)?)[ \t]+[-=*~\u2013\u2014]{1,20}$"
)
_COLUMNS = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_LABEL = re.compile(r"([^:\uff1a\n]{1,60})[:\uff1a](?:[ \t]+(\S.*)|[ \t]*)$")
_WIDE_LABEL = re.compile(r"([^:\uff1a\n]{1,60})\uff1a(\S.*)$")
_SENTENCE_WITHIN = re.compile(r"[.!?;][ \t]")
_ALONE_IMAGE = re.compile(r"!\[[^\[\]]*\]\(<?([^()\s<>]++)>?[^()\n]*+\)$")
_ALONE_LINK = re.compile(r"!?\[[^\[\]]*\]\(<?([^()\s<>]++)>?[^()\n]*+\)$|<([^<>\s]+)>$")

_CODES = (
    "EUR|USD|GBP|SEK|NOK|DKK|ISK|CHF|JPY|CNY|RUB|IDR|INR|PLN|CZK|HUF|RON|BGN|TRY|UAH|BRL|MXN|ARS|CLP|COP|PEN|CAD|AUD|"
    "NZD|SGD|HKD|TWD|KRW|THB|MYR|PHP|VND|ZAR|AED|SAR|ILS|KZT|BYN|EGP|NGN|KES|PKR|BDT|LKR"
)
_CURRENCY = (
    rf"(?:(?:US|CA|AU|NZ|HK|C|A|S|R)?\$|[\u20ac\u00a3\u00a5\u20bd\u20b9\u20b4\u20a9]|z\u0142|K\u010d|kr\.?|Rp\.?|"
    rf"S?Fr\.|\u0440\u0443\u0431\.?|(?:{_CODES})\b|[Ee]uro?\b|\u0440\.)"
)
_AMOUNT = r"\d[\d.,'\u2019 \u00a0\u202f]{0,20}(?:[.,:]?[-\u2013]{1,2})?"
_MONEY = re.compile(
    rf"(?:(?P<before>{_CURRENCY})[ \u00a0]?)?(?P<amount>{_AMOUNT})(?:[ \u00a0]?(?P<after>{_CURRENCY}))?"
    r"(?:[ \t]*\((?P<aside>[^()]{1,200})\))?$",
    re.IGNORECASE,
)
_DECIMALS = re.compile(r"\d[.,]\d\d$")
_GAP = re.compile(
    r"[ \t]*(?:\.{3,}|\u2026+|(?:\.[ ]){3,}\.?|_{3,}|[-\u2013\u2014]{3,})[ \t]*"
    r"|[ ]*\t\s*|[ ]{2,}|[ ]+[-\u2013\u2014|][ ]+"
)
_SIGN_LAST = re.compile(rf"(?P<name>\S.*?)[ ](?P<price>{_CURRENCY}[ \u00a0]?\d[\d.,'\u2019]{{0,20}})$")
_BRACKETED = re.compile(r"(?P<name>\S[^()]*)\((?P<price>[^()]{1,40})\)$")
_FIELD_PARTS = re.compile(r"[ \t]*[|;\u2022][ \t]*|,[ \t]+|[ \t]{2,}")


class LineKind(Enum):
    """What a line is."""

    BLANK = auto()
    HEADING = auto()
    RULE = auto()
    LABEL = auto()
    PRICED = auto()
    ITEM = auto()
    TEXT = auto()
    TABLE = auto()


class Rows(NamedTuple):
    """A table that stands in a text; every row with the number of its line, page row or the like.

    Attributes:
        rows: number and cells of each.
        lines: how many lines of the text they are, when they are any.
    """

    rows: Sequence[tuple[int, Sequence[str]]]
    lines: int = 0


class Line(NamedTuple):
    """A line and what it says, its markup taken off.

    Attributes:
        number: of the line, from 1; of a table, of its first row.
        kind: what it is.
        text: a heading, a label's title, the name of something priced (empty when the price stands alone), or the text.
        value: of a label, or the price of something priced, as written.
        level: of a heading 1 to 7, of anything else how far it is indented.
        is_item: whether a mark of a list stands before it; `is_numbered` when that is a number.
        is_numbered: see there.
        aside: what else a priced line says.
        table: of a TABLE.
    """

    number: int
    kind: LineKind
    text: str = ""
    value: str = ""
    level: int = 0
    is_item: bool = False
    is_numbered: bool = False
    aside: str = ""
    table: Rows = Rows(())


@lru_cache(maxsize=4096)
def field_named(title: str) -> str:
    """The field that a label names; empty when it names none."""
    return str(field_of(title) or "")


def lines_of(items: Iterable[str | Rows]) -> Iterator[Line]:
    """The lines of a text, with the tables that stand between them; a line that says several things becomes several."""
    held: str | None = None  # a line whose meaning the next one decides
    number = 0
    table: list[tuple[int, Sequence[str]]] = []
    for item in items:
        if isinstance(item, Rows):
            yield from _line(held, number)
            held = None
            yield Line(item.rows[0][0] if item.rows else number, LineKind.TABLE, table=item)
            number += item.lines
            continue
        number += 1
        text = _QUOTE.sub("", item.rstrip("\r\n"), count=1)
        if table and "|" in text:
            table.append((number, cells_of(text)))
            continue
        if table:
            yield Line(table[0][0], LineKind.TABLE, table=Rows(plain_rows(table)))
            table = []
        if held is not None and "|" in held and "|" in text and _COLUMNS.match(text):
            table, held = [(number - 1, cells_of(held))], None
        elif held is not None and _UNDERLINE.match(text) and _may_be_underlined(held):
            yield _heading(number - 1, held.strip(), 1 if "=" in text else 2)
            held = None
        else:
            yield from _line(held, number - 1)
            held = text
    if table:
        yield Line(table[0][0], LineKind.TABLE, table=Rows(plain_rows(table)))
    yield from _line(held, number)


def is_money(text: str) -> bool:
    """Whether a text is an amount and shows that it is one: by a currency or by cents."""
    found = _MONEY.match(text)
    return found is not None and _shows_money(found)


def priced(text: str) -> tuple[str, str, str] | None:
    """The name, the price and what else a line says; None when it is no name with a price."""
    if (alone := _MONEY.match(text)) and _shows_money(alone) and (alone["before"] or alone["after"]):
        return "", *_price_of(text)
    if (last := _BRACKETED.match(text)) and is_money(last["price"].strip()):
        return last["name"].strip(" -\u2013\u2014"), last["price"].strip(), ""
    parts = [part for part in _GAP.split(text, _MOST_PARTS) if part.strip()]
    if len(parts) > 1 and any(character.isalpha() for character in parts[0]):
        amounts = [place for place, part in enumerate(parts) if place and is_money(part.strip())]
        if len(amounts) == 1:
            price, aside = _price_of(parts[amounts[0]].strip())
            others = [part.strip() for place, part in enumerate(parts) if place not in {0, amounts[0]}]
            return parts[0].strip(), price, " - ".join([*others, aside] if aside else others)
    if (last := _SIGN_LAST.match(" ".join(text.split()))) and any(character.isalpha() for character in last["name"]):
        return last["name"].rstrip(" :-\u2013\u2014"), last["price"], ""
    return None


def parted(text: str, *, is_led: bool) -> tuple[str, str] | None:
    """The two parts of a line with one gap; `is_led`: only when it is filled with dots, as in a list of prices."""
    parts = [part.strip() for part in _GAP.split(text, _MOST_PARTS)]
    is_filled = ".." in text or "\u2026" in text or "__" in text
    if len(parts) != 2 or not all(parts) or (is_led and not is_filled):  # noqa: PLR2004, a name and the rest
        return None
    return (parts[0], parts[1]) if any(map(str.isalpha, parts[0])) else None


def _shows_money(found: re.Match[str]) -> bool:
    return bool(found["before"] or found["after"] or _DECIMALS.search(found["amount"].strip()))


def _price_of(text: str) -> tuple[str, str]:
    found = _MONEY.match(text)
    if found and found["aside"]:
        return text[: found.start("aside") - 1].strip(), found["aside"]
    return text, ""


# --- One line ---


def _line(text: str | None, number: int) -> Iterator[Line]:
    if text is None or _FENCE.match(text) or _COMMENT.match(text):
        return
    bare = text.strip()
    if not bare:
        yield Line(number, LineKind.BLANK)
    elif heading := _ATX.match(text):
        yield _heading(number, heading[2].rstrip().rstrip("#").rstrip(), len(heading[1]))
    elif _RULE.match(text):
        yield Line(number, LineKind.RULE)
    elif decorated := _DECORATED.match(bare):
        yield _heading(number, decorated[2], UNMARKED)
    else:
        yield from _content(bare, number, _indentation(text))


def _content(bare: str, number: int, level: int) -> Iterator[Line]:
    item = _ITEM.match(bare)
    marked = Line(number, LineKind.TEXT, level=level, is_item=bool(item), is_numbered=bool(item) and bare[0].isdigit())
    inner = item[2] if item else bare
    if image := _ALONE_IMAGE.match(inner):
        yield marked._replace(kind=LineKind.LABEL, text="Image", value=image[1])
        return
    bold = None if item else _BOLD.match(inner)
    if bold and not _label(bold[2].strip()) and not bold[2].rstrip().endswith((".", "!", "?")):
        yield from [_opening(marked, bold[2])] if field_named(bold[2]) else [_heading(number, bold[2], UNMARKED)]
        return
    plain = said(inner)
    parts = _labels_in(plain)
    if parts:
        first = marked
        for part in parts:
            label = _label(part)
            yield first._replace(kind=LineKind.LABEL, text=label[0], value=label[1]) if label else _told(first, part)
            first = marked._replace(is_item=False, is_numbered=False, level=level + 1)
    elif label := _label(plain):
        yield marked._replace(kind=LineKind.LABEL, text=label[0], value=_addressed(label[1], inner))
    else:
        yield _told(marked, plain)


def _told(marked: Line, plain: str) -> Line:
    if found := priced(plain):
        name, price, aside = found
        return marked._replace(kind=LineKind.PRICED, text=name, value=price, aside=aside)
    return marked._replace(kind=LineKind.ITEM if marked.is_item else LineKind.TEXT, text=plain)


def _opening(marked: Line, title: str) -> Line:
    return marked._replace(kind=LineKind.LABEL, text=" ".join(title.split()))


def _heading(number: int, text: str, level: int) -> Line:
    plain = _NUMBERED.sub("", said(text), count=1)
    return Line(number, LineKind.HEADING, " ".join(plain.split())[:_LONGEST_HEADING].rstrip(": "), level=level)


def _label(plain: str) -> tuple[str, str] | None:
    """A title and its value, which may be empty; with other signs than a colon only when the title is a field's."""
    if found := _LABEL.match(plain) or _WIDE_LABEL.match(plain):
        title, value = " ".join(found[1].split()), (found[2] or "").strip()
        return (title, value) if _may_be_title(title) else None
    parts = re.split(r"[ ]+[=\u2013\u2014-][ ]+|\t+|[ ]*\.{4,}[ ]*", plain, maxsplit=1)
    if len(parts) > 1 and parts[1].strip() and len(parts[0]) <= _LONGEST_TITLE and field_named(parts[0].strip()):
        return " ".join(parts[0].split()), parts[1].strip()
    return None


def _labels_in(plain: str) -> list[str]:
    """The parts of a line that holds several labels of known fields; empty when it does not."""
    if ":" not in plain:
        return []
    spans: list[tuple[int, int]] = []
    known = last = 0
    for start, end in [*(match.span() for match in _FIELD_PARTS.finditer(plain)), (len(plain), len(plain))]:
        label = _label(plain[last:start].strip())
        known += bool(label and label[1] and field_named(label[0]))
        if spans and not label:
            spans[-1] = spans[-1][0], start  # "memory: 8 GB, fast" is one value
        elif start > last:
            spans.append((last, start))
        last = end
    parts = [plain[start:end].strip() for start, end in spans]
    is_named = known == 1 and len(parts) > 1 and "|" in plain and not _label(parts[0])
    return parts if known > 1 or is_named else []


def _may_be_title(title: str) -> bool:
    if "|" in title or not any(character.isalpha() for character in title) or len(title.split()) > _MOST_WORDS_OF_TITLE:
        return False
    return not _SENTENCE_WITHIN.search(title)


def _addressed(value: str, raw: str) -> str:
    """A label's value; of a link that is all of it, the address."""
    written = raw.split(":", 1)[-1].strip().lstrip("*_ ")
    alone = _ALONE_LINK.match(written)
    return (alone[1] or alone[2]) if alone else value


def _may_be_underlined(line: str) -> bool:
    bare = line.strip()
    if not bare or len(bare) > _LONGEST_HEADING or bare.endswith((".", "!", ",")):
        return False
    return not _ITEM.match(bare) and not _label(said(bare))


def _indentation(text: str) -> int:
    expanded = text.expandtabs(_TAB_WIDTH)
    return len(expanded) - len(expanded.lstrip())
