"""HTML of descriptions as text: a line per paragraph, item and row.

A scanner of its own, since little is wanted and nothing may be slow: every step goes over the text once, however deep,
broken or hostile the markup is.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from understanding.words import word_set

_BREAKING = word_set(
    """
    address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main menu nav ol optgroup option p pre section summary
    table tbody tfoot thead title tr ul
    """
)
_INLINE = word_set(
    """
    a abbr acronym b bdi bdo big button cite code col colgroup data del dfn em embed font i iframe img input ins kbd
    label link mark meta noscript object param picture q s samp script small source span strike strong style sub sup
    svg td template th time tt u var video wbr
    """
)
# With one of these an author has said where lines end; without any, a line break in the text is one.
_SAYS_LINES = word_set("p br div table h1 h2 h3 h4 h5 h6 dl")
_UNSAID = frozenset({"script", "style", "template", "iframe", "svg", "object"})
_CELLS = frozenset({"td", "th"})
_DEEPEST_TABLE = 20

_OPENING = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,63})(?=[\s/>])")
_NAMES = "|".join(sorted(_BREAKING | _INLINE))
_KNOWN_TAG = re.compile(
    rf"<(?:/?(?:{_NAMES})(?=[\s/>])[^<>]{{0,2000}}>|!--|!doctype\s)",
    re.IGNORECASE,
)
_CLOSINGS = {name: re.compile(rf"</{name}(?=[\s/>])[^>]*>", re.IGNORECASE) for name in _UNSAID}
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_QUOTE_OR_END = re.compile("[\"'>]")
_BLANK_LINE = re.compile(r"\n[ \t]*+\n")
_BLANKS = re.compile(r"[ \t\r\f\v\u00a0]+")


class _Kind(Enum):
    TEXT = auto()
    OPENS = auto()
    CLOSES = auto()


class _Token(NamedTuple):
    kind: _Kind
    text: str  # of a tag its name


def looks_like_html(text: str) -> bool:
    """Whether a text has tags that HTML knows, or entities; "a < b" and "I <3 it" have neither."""
    return ("<" in text and _KNOWN_TAG.search(text) is not None) or _has_entity(text)


def text_of(html: str) -> str:
    """What a reader sees of HTML, as plain lines without blank ones.

    Paragraphs and other blocks stand on lines of their own, items of lists as "- item", the cells of a table's row
    joined by " | ". Entities are decoded; scripts, styles, templates and comments are gone. A text without tags keeps
    its lines.
    """
    text = html.replace("\r\n", "\n").replace("\r", "\n")
    if "<![CDATA[" in text:
        text = text.replace("<![CDATA[", "").replace("]]>", "")
    if "&lt;" in text and not _KNOWN_TAG.search(text) and _KNOWN_TAG.search(unescaped := _decoded(text)):
        text = unescaped  # escaped once too often by whoever wrote the file
    tokens = list(_tokens(text))
    names = {token.text for token in tokens if token.kind is not _Kind.TEXT}
    lines = _Lines(keeps_breaks=not names & _SAYS_LINES)
    for token in tokens:
        lines.take(token)
    return "\n".join(lines.finished())


def _has_entity(text: str) -> bool:
    return "&" in text and any(_decoded(found[0]) != found[0] for found in _ENTITY.finditer(text))


def _decoded(text: str) -> str:
    if "&" not in text:
        return text
    try:
        return html.unescape(text)
    except ValueError:  # "&#" with thousands of digits is no character
        return text


def _tokens(text: str) -> Iterator[_Token]:
    """Texts and tags in order. What only looks like the beginning of a tag is text."""
    markup = _Markup(text)
    place = start = 0
    while (place := text.find("<", place)) >= 0:
        found = _OPENING.match(text, place)
        end = markup.tag_end(found) if found else markup.other_end(place)
        if end < 0:
            place += 1
            continue
        yield _Token(_Kind.TEXT, text[start:place])
        if found:
            name = found[2].lower()
            yield _Token(_Kind.CLOSES if found[1] else _Kind.OPENS, name)
            if name in _UNSAID and not found[1] and not text.endswith("/>", place, end):
                closing = _CLOSINGS[name].search(text, end)
                end = closing.end() if closing else len(text)
        place = start = end
    yield _Token(_Kind.TEXT, text[start:])


class _Markup:
    """Finds where markup ends. What was looked for to the end of the text in vain is not looked for again."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._last_end = text.rfind(">")
        self._last_comment_end = text.rfind("-->")
        self._quotes_close = True

    def tag_end(self, opening: re.Match[str]) -> int:
        """Behind the ">" of a tag; -1 when there is none."""
        end = _tag_end(self._text, opening.end()) if self._quotes_close else -1
        if end < 0:
            self._quotes_close = False
            end = self._simple_end(opening.end())
        return end

    def other_end(self, place: int) -> int:
        """Behind a comment or declaration; -1 when what stands at the place is neither."""
        text = self._text
        if text.startswith("<!--", place):
            return text.find("-->", place + 4) + 3 if self._last_comment_end >= place + 4 else place + 4
        return self._simple_end(place) if text.startswith(("<!", "<?", "</"), place) else -1

    def _simple_end(self, place: int) -> int:
        return self._text.find(">", place) + 1 if self._last_end >= place else -1


def _tag_end(text: str, place: int) -> int:
    """Behind the ">" that ends a tag, those in quoted values passed over; -1 when a quotation never ends."""
    while found := _QUOTE_OR_END.search(text, place):
        if found[0] == ">":
            return found.end()
        closing = text.find(found[0], found.end())
        if closing < 0:
            return -1
        place = closing + 1
    return -1


@dataclass(slots=True)
class _Table:
    """A table being read: the cells of its present row, each a list of lines."""

    cells: list[list[str]] = field(default_factory=list)

    def lines(self) -> list[str]:
        filled = [cell for cell in self.cells if cell]
        if len(filled) == 1:
            return filled[0]
        return [" | ".join(" ".join(cell) for cell in filled)] if filled else []


class _Lines:
    """Lines being put together from tokens."""

    def __init__(self, *, keeps_breaks: bool) -> None:
        self._keeps_breaks = keeps_breaks
        self._line: list[str] = []
        self._mark = ""  # of a list's item whose text has not begun
        self._preformatted = 0
        self._tables: list[_Table] = []
        self._out: list[str] = []

    def take(self, token: _Token) -> None:
        if token.kind is _Kind.TEXT:
            self._take_text(token.text)
        elif token.text in _CELLS:
            self._break()
            self._mark = ""
            if token.kind is _Kind.OPENS and self._tables:
                self._tables[-1].cells.append([])
        elif token.text in _BREAKING:
            self._break()
            self._take_block(token.text, opens=token.kind is _Kind.OPENS)

    def finished(self) -> list[str]:
        self._break()
        while self._tables:
            self._end_row()
            self._tables.pop()
        return self._out

    def _take_text(self, text: str) -> None:
        keeps = self._keeps_breaks or self._preformatted
        parts = text.split("\n") if keeps else _BLANK_LINE.split(text)
        for number, part in enumerate(parts):
            if number:
                self._break()
            self._line.append(_decoded(part))

    def _take_block(self, name: str, *, opens: bool) -> None:
        if name == "li":
            self._mark = "- " if opens else ""
        elif name == "pre":
            self._preformatted = max(0, self._preformatted + (1 if opens else -1))
        elif name == "table" and opens and len(self._tables) < _DEEPEST_TABLE:
            self._tables.append(_Table())
        elif name in {"tr", "table"}:
            self._tables = self._tables or [_Table()]  # rows that somebody cut out of their table
            self._end_row()
            if name == "table" and not opens:
                self._tables.pop()

    def _end_row(self) -> None:
        lines = self._tables[-1].lines()
        self._tables[-1].cells.clear()
        for line in lines:
            self._emit(line)

    def _break(self) -> None:
        line = _BLANKS.sub(" ", "".join(self._line).replace("\n", " ")).strip()
        self._line.clear()
        if line:
            self._emit(self._mark + line)
            self._mark = ""

    def _emit(self, line: str) -> None:
        within = next((table.cells[-1] for table in reversed(self._tables) if table.cells), self._out)
        within.append(line)
