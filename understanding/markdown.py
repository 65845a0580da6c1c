"""Markdown, HTML or plain text read into blocks: headings, paragraphs, items of lists, rows of tables, code.

A reader of its own, since little is wanted and nothing may be slow: no rendering, no nesting, and every step goes over
the text once, whatever the text is.
"""

import html
import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from understanding.words import word_set


class BlockKind(Enum):
    """What a block is."""

    HEADING = auto()
    PARAGRAPH = auto()
    ITEM = auto()  # of a list
    ROW = auto()  # of a table, each cell behind the name of its column
    CODE = auto()


class Block(NamedTuple):
    """A piece of a text that belongs together, its markup taken off.

    Attributes:
        kind: what it is.
        text: not empty.
        level: of a heading: 1 to 6, or UNMARKED for a line that only stands as one.
    """

    kind: BlockKind
    text: str
    level: int = 0


UNMARKED = 7

_LONGEST_HEADING = 150
_LONGEST_UNMARKED = 60
_MOST_FRONT_MATTER_LINES = 60

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-{2,})[ \t]*$")
_RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_ITEM = re.compile(r"[ \t]*(?:[-*+\u2022\u2013]|[0-9]{1,9}[.)])[ \t]+(\S.*)$")
_QUOTE = re.compile(r"^ {0,3}>[ ]?")
_COLUMNS = re.compile(r"[ \t|:-]*-[ \t|:-]*$")
_DEFINITION = re.compile(r" {0,3}\[[^\[\]]+\]:[ \t]*\S+")
_FRONT_MATTER_LINE = re.compile(r"(?:[\w.-]+[ \t]*:.*|[ \t#-].*|)$")
_FRONT_MATTER_TITLE = re.compile(r"title[ \t]*:[ \t]*(.*)$", re.IGNORECASE)

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})(?=[\s/>])[^<>]*>")
_ADDRESS = re.compile(r"<((?:https?://|mailto:)[^<>\s]+|[^<>\s@]{1,64}@[^<>\s@]{1,255})>", re.IGNORECASE)
_HEADING_TAGS = {f"h{level}": level for level in range(1, 7)}
_BREAKING_TAGS = word_set(
    """
    p div br hr ul ol dl dt dd table thead tbody tr section article header footer main nav aside figure figcaption
    blockquote pre form fieldset details summary address body head html title
    """
)
_INLINE_TAGS = word_set(
    """
    a abbr b big button caption center cite code del em font i img input ins kbd label link mark meta q s samp small
    span strike strong sub sup time tt u var video wbr svg path iframe th td
    """
)
# What stands between such tags is not said to anybody.
_UNSAID = tuple(
    (re.compile(opening, re.IGNORECASE), re.compile(closing, re.IGNORECASE))
    for opening, closing in (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>"))
)

# A line without any of these is not marked up.
_MARKED = re.compile(r"[\[*_~`\\&]")
_IMAGE = re.compile(r"!\[([^\[\]]*)\]\([^()\n]*\)")
_LINK = re.compile(r"\[([^\[\]]++)\]\([ ]*+<?([^()\s<>]*+)>?[^()\n]*+\)")
_REFERENCE = re.compile(r"\[([^\[\]]+)\]\[[^\[\]]*\]")
_STARS = re.compile(r"(?<![\w*])(\*{1,3})(?=[^\s*])([^*\n]+)(?<=\S)\1(?![\w*])")
_BARS = re.compile(r"(?<![\w_])(_{1,3})(?=[^\s_])([^_\n]+)(?<=\S)\1(?![\w_])")
_STRUCK = re.compile(r"~~([^~\n]+)~~")
_TICKS = re.compile(r"`+([^`\n]+)`+")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])")
_BOLD_LINE = re.compile(r"(\*\*|__)([^*_\n]+)\1[ \t]*:?$")
_ASKED = re.compile(r"^(?:Q|Question|Frage)[ \t]*[0-9]{0,4}[ \t]*[:.)][ \t]*(?=\S)", re.IGNORECASE)
_ANSWERED = re.compile(r"^(?:A|Answer|Antwort)[ \t]*[:.)][ \t]+(?=\S)", re.IGNORECASE)


def blocks_of(content: str) -> list[Block]:
    """The blocks of a text in order; front matter, comments, scripts and rules are left out."""
    _, body = _front_matter(content.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff"))
    found: list[Block] = []
    for is_code, text in _segments(body):
        if is_code:
            found.extend([Block(BlockKind.CODE, text.strip("\n"))] if text.strip() else [])
        else:
            found.extend(_prose(_without_tags(text)))
    marked = any(block.kind is BlockKind.HEADING for block in found)
    return list(_with_unmarked_headings(found, marked=marked))


def title_of(content: str) -> str:
    """What a text calls itself: in its front matter, by its first heading, or by its first words."""
    named, _ = _front_matter(content.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff"))
    blocks = blocks_of(content)
    heading = next((block.text for block in blocks if block.kind is BlockKind.HEADING), "")
    title = named or heading or (blocks[0].text if blocks else "")
    return " ".join(title[: 4 * _LONGEST_UNMARKED].split())[:_LONGEST_UNMARKED].strip()


def plain_line(text: str) -> str:
    """A line of Markdown as it is read aloud: no emphasis, links with their addresses behind them."""
    if not _MARKED.search(text):
        return text.strip()
    text = _IMAGE.sub(r"\1", text)
    text = _LINK.sub(_linked, text)
    text = _REFERENCE.sub(r"\1", text)
    text = _TICKS.sub(r"\1", text)
    text = _STRUCK.sub(r"\1", text)
    for _ in range(2):  # one within the other
        text = _BARS.sub(r"\2", _STARS.sub(r"\2", text))
    return html.unescape(_ESCAPED.sub(r"\1", text)).strip()


def _linked(match: re.Match[str]) -> str:
    said, target = match[1].strip(), match[2]
    leads_out = target.lower().startswith(("http://", "https://")) and target not in said
    return f"{said} ({target})" if leads_out else said


# --- Whole texts ---


def _front_matter(content: str) -> tuple[str, str]:
    """The title that a text's front matter gives, and the text without it."""
    lines = content.split("\n", _MOST_FRONT_MATTER_LINES + 1)
    if lines[0].strip() != "---":
        return "", content
    for number, line in enumerate(lines[1 : _MOST_FRONT_MATTER_LINES + 1], start=1):
        if line.strip() in {"---", "..."} and number > 1:
            titles = [
                found[1].strip().strip("\"'") for one in lines[1:number] if (found := _FRONT_MATTER_TITLE.match(one))
            ]
            return (titles or [""])[0], "\n".join(lines[number + 1 :])
        if not _FRONT_MATTER_LINE.match(line):
            break
    return "", content


def _segments(content: str) -> Iterator[tuple[bool, str]]:
    """Code between fences, and what stands around it."""
    gathered: list[str] = []
    fence = ""
    for line in content.split("\n"):
        found = _FENCE.match(line)
        closes = found and fence and found[1][0] == fence[0] and len(found[1]) >= len(fence)
        if closes or (found and not fence):
            yield bool(fence), "\n".join(gathered)
            gathered = []
            fence = "" if closes or not found else found[1]
        else:
            gathered.append(line)
    yield bool(fence), "\n".join(gathered)


def _without_tags(text: str) -> str:
    """HTML's headings and items as Markdown's, its other tags as breaks or nothing."""
    if "<" not in text:
        return text
    for opening, closing in _UNSAID:
        text = _without(text, opening, closing)
    return _TAG.sub(_instead_of_tag, _ADDRESS.sub(r"\1", text))


def _without(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    kept, at = [], 0
    while (start := opening.search(text, at)) and (end := closing.search(text, start.end())):
        kept.append(text[at : start.start()])
        at = end.end()
    return "".join([*kept, text[at:]])


def _instead_of_tag(match: re.Match[str]) -> str:
    closes, name = bool(match[1]), match[2].lower()
    if level := _HEADING_TAGS.get(name):
        return "\n\n" if closes else f"\n\n{'#' * level} "
    if name == "li":
        return "\n" if closes else "\n- "
    if name in {"td", "th"}:
        return " " if closes else ""
    if name == "br":
        return "\n"
    if name in _BREAKING_TAGS:
        return "\n\n"
    return "" if name in _INLINE_TAGS else match[0]  # "<your name>" is no tag


# --- Lines ---


class _Prose:
    """Lines outside of code on their way to blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._kind = BlockKind.PARAGRAPH
        self._lines: list[str] = []

    @property
    def is_open(self) -> bool:
        """Whether a paragraph or an item may go on."""
        return bool(self._lines)

    @property
    def is_single_line(self) -> bool:
        """Whether what is open is a paragraph of one line."""
        return self._kind is BlockKind.PARAGRAPH and len(self._lines) == 1

    def begin(self, kind: BlockKind, line: str) -> None:
        """Something new begins with this line."""
        self.end()
        self._kind, self._lines = kind, [line]

    def go_on(self, line: str) -> None:
        """The line belongs to what is open."""
        self._lines.append(line)

    def end(self) -> None:
        """What is open is complete."""
        text = "\n".join(line.strip() for line in self._lines)
        if self._kind is BlockKind.ITEM:
            text = " ".join(text.split())
        if text.strip():
            self.blocks.append(Block(self._kind, text.strip()))
        self._kind, self._lines = BlockKind.PARAGRAPH, []

    def head(self, line: str, level: int) -> None:
        """The line is a heading."""
        self.end()
        if text := " ".join(plain_line(line).split())[:_LONGEST_HEADING].rstrip(": "):
            self.blocks.append(Block(BlockKind.HEADING, text, level))

    def head_open(self, level: int) -> None:
        """The line that is open was a heading."""
        line, self._lines = self._lines[0], []
        self.head(line, level)


def _prose(text: str) -> list[Block]:
    prose = _Prose()
    lines = text.split("\n")
    columns: list[str] | None = None
    for number, raw in enumerate(lines):
        line = _QUOTE.sub("", raw, count=1)
        if columns is not None and "|" in line:
            if not _COLUMNS.match(line):
                prose.begin(BlockKind.ROW, _row(columns, _cells(line)))
                prose.end()
            continue
        columns = None
        if "|" in line and number + 1 < len(lines) and _is_table(line, lines[number + 1]):
            prose.end()
            columns = _cells(line)
        else:
            _take(prose, line)
    prose.end()
    return [
        block._replace(text=_plain_block(block)) if block.kind is not BlockKind.HEADING else block
        for block in prose.blocks
    ]


def _take(prose: _Prose, line: str) -> None:
    """A line that is no part of a table."""
    if not line.strip() or _DEFINITION.match(line):
        prose.end()
    elif heading := _ATX.match(line):
        prose.head((heading[2] or "").rstrip().rstrip("#"), len(heading[1]))
    elif prose.is_open and prose.is_single_line and _UNDERLINE.match(line):
        prose.head_open(1 if "=" in line else 2)
    elif _RULE.match(line) or (_UNDERLINE.match(line) and "-" in line):
        prose.end()
    elif item := _ITEM.match(line):
        prose.begin(BlockKind.ITEM, item[1])
    elif prose.is_open:
        prose.go_on(line)
    else:
        prose.begin(BlockKind.PARAGRAPH, line)


def _plain_block(block: Block) -> str:
    """A block's text without its markup; a line of nothing but bold words keeps it, for it may be a heading."""
    if block.kind is BlockKind.PARAGRAPH and _BOLD_LINE.match(block.text.split("\n", 1)[0]):
        return block.text
    return "\n".join(plain_line(line) for line in block.text.split("\n")) or block.text


def _is_table(line: str, below: str) -> bool:
    below = _QUOTE.sub("", below, count=1)
    return "|" in below and bool(_COLUMNS.match(below)) and len(_cells(line)) == len(_cells(below))


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [cell.replace("\0", "|").strip() for cell in inner.replace("\\|", "\0").split("|")]


def _row(columns: list[str], cells: list[str]) -> str:
    named = zip(columns, cells, strict=False)
    return "; ".join(f"{column}: {cell}" if column else cell for column, cell in named if cell)


# --- Headings that are not marked as such ---


def _with_unmarked_headings(blocks: list[Block], *, marked: bool) -> Iterator[Block]:
    """Bold lines that stand alone, questions of a list of questions, and in plain text short lines above paragraphs."""
    headed = False  # whether a heading stands directly above
    for number, block in enumerate(blocks):
        if block.kind is not BlockKind.PARAGRAPH:
            headed = block.kind is BlockKind.HEADING
            yield block
            continue
        following = blocks[number + 1].kind if number + 1 < len(blocks) else None
        line, _, rest = block.text.partition("\n")
        leads = line.endswith(":") and following in {BlockKind.ITEM, BlockKind.ROW}  # it stands above a list
        heads = bool(rest) or not (leads or following in {None, BlockKind.HEADING})
        if heads and (heading := _unmarked(line, is_alone=not rest, marked=marked)):
            yield Block(BlockKind.HEADING, heading, UNMARKED)
            block = block._replace(text=rest)  # noqa: PLW2901, what is left of it
            headed = True
        if text := _said(block.text, answers=headed):
            yield block._replace(text=text)
            headed = False


def _said(text: str, *, answers: bool) -> str:
    """A paragraph's text: without the "A:" of an answer, and the marks of a bold line that heads nothing."""
    line, _, rest = (_ANSWERED.sub("", text, count=1) if answers else text).partition("\n")
    return f"{plain_line(line) if _BOLD_LINE.match(line) else line}\n{rest}".strip()


def _unmarked(line: str, *, is_alone: bool, marked: bool) -> str:
    """The heading that a line is; empty when it is none."""
    bold = _BOLD_LINE.match(line)
    asked = _ASKED.match(line)
    said = plain_line(bold[2] if bold else line)
    said = _ASKED.sub("", said, count=1).rstrip(": ")
    if not said or len(said) > _LONGEST_HEADING:
        return ""
    if asked or (bold and (is_alone or said.endswith("?"))):
        return said
    if marked:
        return ""
    if said.endswith("?"):
        return said
    is_short = len(said) <= _LONGEST_UNMARKED and is_alone
    return said if is_short and said[0].isupper() and said[-1].isalnum() and ": " not in said else ""
