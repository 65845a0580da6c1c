"""The words of a PDF page as lines: in reading order, divided where columns part, with what their type shows."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from pdfplumber.page import Page

from ingestion.labelled_lines import is_money

# Of the height of the type: a space is about a quarter, the gap between two columns of a table at least this.
_SPACE = 0.12
_COLUMN_GAP = 1.0
_SAME_LINE = 0.5
# A page is set in columns of prose when both sides of a free strip hold lines of so many words.
_GUTTER = 9.0  # points
_WORDS_OF_PROSE = 4
_LINES_OF_PROSE = 6
_FULL = 0.75
_PLACES = 200

_BULLETS = str.maketrans(dict.fromkeys("\uf0b7\uf0a7\uf0d8\u25cf\u25a0\u25cb\u2756\u27a2\u2713\uf0fc", "\u2022"))


class Segment(NamedTuple):
    """Words that stand together in a line; positions in points from the left."""

    text: str
    left: float
    right: float


class TextLine(NamedTuple):
    """A line of a page.

    Attributes:
        segments: from left to right; several where wide gaps part them.
        top: in points from the top of the page.
        bottom: the same.
        size: of its type, in points.
        is_bold: whether all of it is.
        page: its number, from 1.
        place: from 0 at the top of the page to 1 at the bottom.
    """

    segments: tuple[Segment, ...]
    top: float
    bottom: float
    size: float
    is_bold: bool
    page: int
    place: float

    @property
    def text(self) -> str:
        """The whole line; wide gaps are tabs."""
        return "\t".join(segment.text for segment in self.segments)

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.segments[0].left


class _Word(NamedTuple):
    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    is_bold: bool


Box = tuple[float, float, float, float]


def lines_of_page(page: Page, taken: Sequence[Box]) -> list[TextLine]:
    """The lines of a page outside of some boxes (left, top, right, bottom), top down; columns of prose one by one."""
    words = [word for word in _words(page) if not any(_is_within(word, box) for box in taken)]
    gutter = _gutter(words, float(page.width)) if not taken else None
    if gutter is None:
        return _lines(words, page)
    above: list[TextLine] = []
    left: list[TextLine] = []
    right: list[TextLine] = []
    for line in _lines(words, page):
        crossing = any(segment.left < gutter < segment.right for segment in line.segments)
        sides = [[one for one in line.segments if (one.right <= gutter) == is_left] for is_left in (True, False)]
        if crossing:
            above.extend([*left, *right, line])
            left, right = [], []
            continue
        for side, segments in zip((left, right), sides, strict=True):
            if segments:
                side.append(line._replace(segments=tuple(segments)))
    return [*above, *left, *right]


def _words(page: Page) -> Iterator[_Word]:
    found = page.extract_words(extra_attrs=["size", "fontname"], x_tolerance_ratio=_SPACE, keep_blank_chars=False)
    for word in found:
        name = str(word["fontname"]).lower()
        yield _Word(
            str(word["text"]).translate(_BULLETS).replace("\0", ""),
            float(word["x0"]),
            float(word["x1"]),
            float(word["top"]),
            float(word["bottom"]),
            float(word["size"]) or 1.0,
            any(mark in name for mark in ("bold", "black", "heavy", "semibold", "demi")),
        )


def _is_within(word: _Word, box: Box) -> bool:
    across, down = (word.left + word.right) / 2, (word.top + word.bottom) / 2
    return box[0] <= across <= box[2] and box[1] <= down <= box[3]


def _lines(words: Sequence[_Word], page: Page) -> list[TextLine]:
    """Words whose middles are level are a line."""
    gathered: list[list[_Word]] = []
    for word in sorted(words, key=lambda one: (one.top + one.bottom) / 2):
        middle = (word.top + word.bottom) / 2
        last = gathered[-1] if gathered else None
        if last and abs(middle - (last[0].top + last[0].bottom) / 2) <= _SAME_LINE * min(word.size, last[0].size):
            last.append(word)
        else:
            gathered.append([word])
    return [_line(sorted(line, key=lambda one: one.left), page) for line in gathered]


def _line(words: Sequence[_Word], page: Page) -> TextLine:
    segments: list[Segment] = []
    for word in words:
        gap = word.left - segments[-1].right if segments else 0.0
        if segments and gap <= _COLUMN_GAP * word.size:
            between = " " if gap > _SPACE * word.size else ""
            segments[-1] = Segment(
                f"{segments[-1].text}{between}{word.text}", segments[-1].left, max(word.right, segments[-1].right)
            )
        else:
            segments.append(Segment(word.text, word.left, word.right))
    sizes: Counter[float] = Counter()
    for word in words:
        sizes[round(word.size, 1)] += len(word.text)
    top, bottom = min(word.top for word in words), max(word.bottom for word in words)
    return TextLine(
        tuple(segments),
        top,
        bottom,
        sizes.most_common(1)[0][0],
        all(word.is_bold for word in words),
        int(page.page_number),
        (top + bottom) / 2 / (float(page.height) or 1.0),
    )


def _gutter(words: Sequence[_Word], width: float) -> float | None:
    """The middle of a strip between two columns of prose; None when the page is not set in such."""
    free = [0] * _PLACES
    for word in words:
        first, last = (int(edge / width * _PLACES) for edge in (word.left, word.right))
        for place in range(max(first, 0), min(last + 1, _PLACES)):
            free[place] += 1
    tolerated = len(words) // 100  # of a title over both
    inner = range(_PLACES * 3 // 10, _PLACES * 7 // 10)
    strips: list[list[int]] = [[]]
    for place in inner:
        if free[place] <= tolerated:
            strips[-1].append(place)
        elif strips[-1]:
            strips.append([])
    widest = max(strips, key=len)
    if not widest or len(widest) * width / _PLACES < _GUTTER:
        return None
    middle = (widest[0] + widest[-1] + 1) / 2 / _PLACES * width
    sides = [word for word in words if word.right <= middle], [word for word in words if word.left >= middle]
    return middle if all(_is_prose(side) for side in sides) else None


def _is_prose(words: Sequence[_Word]) -> bool:
    """Whether the words of one side are lines of a text: of many words without gaps, most as long as there is room."""
    by_line: dict[int, list[_Word]] = {}
    for word in words:
        by_line.setdefault(round(word.bottom), []).append(word)
    if len(by_line) < _LINES_OF_PROSE:
        return False
    room = max(word.right for word in words) - min(word.left for word in words)
    full = 0
    for line in by_line.values():
        line.sort(key=lambda word: word.left)
        gaps = [right.left - left.right for left, right in pairwise(line)]
        has_gap = max(gaps, default=0.0) > _COLUMN_GAP * line[0].size
        is_full = line[-1].right - line[0].left >= _FULL * room
        has_money = any(is_money(word.text) for word in line)
        full += len(line) >= _WORDS_OF_PROSE and is_full and not has_gap and not has_money
    return full * 2 > len(by_line)
