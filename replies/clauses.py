"""Sentences of a stream, and the clauses of a sentence."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from understanding.words import word_set

# A sentence without an end is cut between two words behind the first number of characters, and anywhere at the second:
# what is held back, and what a reader looks at, stays bounded.
LONGEST_SENTENCE = 2_000
HARD_END = 2_400

_RUN, _CLOSERS = 8, 4  # ends and closing signs in a row; a longer row of dots ends nothing
_END = re.compile(rf"(?<![.!?…])[.!?…]{{1,{_RUN}}}+[\"'\u201d\u2019)\]*_`~]{{0,{_CLOSERS}}}+(?=\s)|\n")
_LOOK_BACK = _RUN + _CLOSERS + 1  # how far before the end of a text an end of a sentence may begin that it decides
_BETWEEN_WORDS = re.compile(r"(?<=[^\W\d])[,;]? (?=[^\W\d])")
_LAST_WORD = re.compile(r"([\w.]*)$")
_LONGEST_ABBREVIATION = 8
_ABBREVIATIONS = word_set(
    """mr mrs ms dr st no nr vs e.g i.e etc inc approx max min incl excl rp rs kr fr tel ca z.b bzw
    ggf usw aprox env a.m p.m"""
)


class Sentences:
    """Cuts a stream into sentences and lines; the same for every split of the stream."""

    def __init__(self) -> None:
        self.rest = ""
        self._scanned = 0

    def feed(self, piece: str) -> Iterator[str]:
        """Take a piece; yield the sentences that have ended, each with its end, and keep the `rest`."""
        text = self.rest + piece
        start = 0
        while end := self._end(text, start):
            yield text[start:end]
            start, self._scanned = end, 0
        self.rest = text[start:]

    def finish(self) -> str:
        """The last sentence, which has no end; perhaps empty."""
        rest, self.rest, self._scanned = self.rest, "", 0
        return rest

    def _end(self, text: str, start: int) -> int:
        """Where the sentence ends that begins at `start`; 0 when that cannot be told yet."""
        longest, hard = start + LONGEST_SENTENCE, start + HARD_END
        for match in _END.finditer(text, start + self._scanned, min(len(text), hard)):
            if match.end() > longest:
                break
            if match[0] == "\n" or not _is_abbreviation(text, match):
                return match.end()
        self._scanned = max(0, min(len(text), longest) - start - _LOOK_BACK)
        if len(text) <= longest:
            return 0
        between = _BETWEEN_WORDS.search(text, longest, min(len(text), hard))
        if between:
            return between.end()
        return hard if len(text) > hard else 0


def sentences_of(text: str) -> Iterator[str]:
    """The sentences and lines of a whole text."""
    cut = Sentences()
    yield from cut.feed(text)
    if rest := cut.finish():
        yield rest


def _is_abbreviation(text: str, end: re.Match[str]) -> bool:
    """Whether a full stop ends no sentence: "approx. $20", "1. The ...", "am 3. März"."""
    if end[0] != ".":
        return False
    before = _LAST_WORD.search(text, max(0, end.start() - _LONGEST_ABBREVIATION), end.start())
    word = before[1].lower() if before else ""
    if word in _ABBREVIATIONS:
        return True
    is_ordinal = word.isdigit() and len(word) <= 2  # noqa: PLR2004 - days and places in lists have two digits
    return is_ordinal and text[end.start() - len(word) - 1 : end.start() - len(word)] in {"", " ", "\n"}


_CLAUSE_END = re.compile(
    r"[;|]|, |: (?=[a-z])|(?<!\w)(?:and|but|while|whereas|or|und|aber|oder|während|y|pero|o|et|mais|ou|dan|"
    r"tetapi|atau)(?!\w)"
)


def clause_bounds(low: str, names: Iterable[tuple[int, int]]) -> list[int]:
    """The offsets at which the clauses of a sentence begin and the last one ends; a name is never cut in two."""
    inside = list(names)
    cuts = [
        match.end()
        for match in _CLAUSE_END.finditer(low)
        if not any(start <= match.start() < end for start, end in inside)
    ]
    return [0, *cuts, len(low)]


def clause_around(bounds: Sequence[int], offset: int) -> tuple[int, int]:
    """The clause that an offset stands in."""
    place = min(bisect_right(bounds, offset), len(bounds) - 1)
    return bounds[place - 1], bounds[place]
