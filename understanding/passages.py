"""Texts cut into passages: short enough to quote, each under the path of titles that says what it is about."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from understanding.markdown import Block, BlockKind, blocks_of

# Blocks are put together up to FULL characters: an embedder reads about 500 of them, and a reply quotes a few. One
# block alone may have LONGEST before it is divided.
FULL = 600
LONGEST = 800

# A sentence that leads a list ("We accept:") stands again above each part of it, when it is no longer than this.
LONGEST_LEAD = 200

MAX_TITLE = 300

_SENTENCE_END = re.compile(
    r"""[.!?\u2026\u3002\uff01\uff1f]["')\]\u201d\u2019]*(?:\s+(?=[^\W_a-z]|["'(\[\u201c])|(?<=[\u3002\uff01\uff1f]))"""
)
_WORDLESS = re.compile(r"[\W_]+")


class Piece(NamedTuple):
    """A passage before it has an id.

    Attributes:
        title: the path of titles, "Delivery: International"; up to MAX_TITLE characters.
        text: one or more sentences, up to LONGEST characters.
    """

    title: str
    text: str


def cut(content: str, title: str = "") -> list[Piece]:
    """Cut Markdown, HTML or plain text at its headings, and below them between paragraphs, items and rows.

    Args:
        content: the text.
        title: the document's; every piece's path begins with it.

    Returns:
        The pieces in order. Nothing of the text is lost but markup; a heading without text below it is a part of the
        paths of those that stand under it.
    """
    pieces: list[Piece] = []
    path: list[tuple[int, str]] = []
    section: list[Block] = []
    for block in [*blocks_of(content), Block(BlockKind.HEADING, "", 1)]:
        if block.kind is not BlockKind.HEADING:
            section.append(block)
            continue
        titled = _path(title, [text for _, text in path])
        pieces.extend(Piece(titled, text) for text in _packed(section))
        section = []
        path = [(level, text) for level, text in path if level < block.level]
        path.append((block.level, block.text))
    return pieces


def _path(title: str, headings: Sequence[str]) -> str:
    """Titles from the outermost to the innermost, each once; of a path that is too long its beginning is left out."""
    parts: list[str] = []
    for part in (title, *headings):
        if part and (not parts or _bare(part) != _bare(parts[-1])):
            parts.append(part)
    while len(parts) > 1 and len(": ".join(parts)) > MAX_TITLE:
        del parts[0]
    return ": ".join(parts)[:MAX_TITLE]


def _bare(text: str) -> str:
    return _WORDLESS.sub("", text.casefold())


def _packed(blocks: Sequence[Block]) -> Iterator[str]:
    """The texts of one section, each up to FULL characters unless one block alone is longer."""
    passage: list[str] = []
    lead = ""
    for block in blocks:
        goes_on = block.kind in {BlockKind.ITEM, BlockKind.ROW}
        for part in _divided(block):
            if passage and sum(map(len, passage)) + len(passage) + len(part) > FULL:
                led = [lead] if goes_on and lead and len(lead) + len(part) < LONGEST else []
                kept = passage[:-1] if led and passage[-1] == lead else passage
                if kept:
                    yield "\n".join(kept)
                passage = led
            passage.append(part)
        if block.kind is BlockKind.PARAGRAPH:
            lead = block.text if len(block.text) <= LONGEST_LEAD else ""
    if passage:
        yield "\n".join(passage)


def _divided(block: Block) -> Iterator[str]:
    """A block's text in parts of up to LONGEST characters: between sentences, else between lines or words."""
    text = f"- {block.text}" if block.kind is BlockKind.ITEM else block.text
    if len(text) <= LONGEST:
        yield text
        return
    ends = [match.end() for match in _SENTENCE_END.finditer(text)] if block.kind is not BlockKind.CODE else []
    start = place = 0
    while len(text) - start > LONGEST:
        latest = start + LONGEST
        end = start
        while place < len(ends) and ends[place] <= latest:
            end = ends[place]
            place += 1
        if end <= start:
            end = max(text.rfind("\n", start, latest), text.rfind(" ", start, latest)) + 1
        if end <= start:
            end = latest
        if part := text[start:end].strip():
            yield part
        start = end
    if part := text[start:].strip():
        yield part
