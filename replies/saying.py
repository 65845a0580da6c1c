"""One sentence as its readers see it, and what of it takes back a claim: a denial, a condition, a question."""

import re
from collections.abc import Callable

from replies.claims import Claim, Kind

_CONDITION = re.compile(
    r"(?<!\w)(?:if|whether|when|once|as soon as|unless|in case|check|ask|asking|falls|ob|wenn|sobald|si|cuando|quand|"
    r"jika|kalau|apakah|ketika)(?!\w)"
)
_DENIED = re.compile(
    r"(?:\b(?:no|not|without|never|any|cannot|kein\w{0,2}|nicht|ohne|sin|sans|pas|ningún|ninguna|aucun\w{0,2}|tidak|"
    r"tanpa|belum)\b|n't\b)(?:[ ][\w'-]+){0,4} ?$"
)
_NOT_SO = re.compile(r"(?:\b(?:not|no longer|never|nicht|non|no|pas|tidak|belum)\b|n't\b)(?: (?!but\b)[\w'-]+){0,2} ?$")
_UNKNOWING = re.compile(
    r"\b(?:don't|do not|can't|cannot|unable to|couldn't) (?:\w+ )?(?:have|know|see|find|confirm|say|offer|give|promise|"
    r"grant|apply|tell|provide|make)\b|\bno (?:information|details)\b"
)
_NEVER = re.compile(r"(?:^|\b)(?:never|do not|don't|avoid|niemals|nunca|jamais|jangan)\b")
_LOOK_BACK = 48  # characters in which a denial stands before what it denies
_ASKED = re.compile(r"\b(?:do|did|are|would|will|can|could|have|were) you\b|\bwhen\b|\bwhat\b|\blooking\b")


class Saying:
    """One sentence, and what of it takes back a claim."""

    def __init__(self, raw: str, low: str, *, source: bool) -> None:
        self.raw = raw
        self.low = low
        self.source = source
        ends_asking = low.rstrip(" *_\"')\n").endswith("?")
        self.asks = ends_asking and not source
        self.asks_customer = self.asks and _ASKED.search(low) is not None
        self._condition: int | None = len(low) if source else None

    def before(self, start: int) -> str:
        """The words before an offset, as far as a denial reaches."""
        return self.low[max(0, start - _LOOK_BACK) : start]

    def denied(self, start: int) -> bool:
        """Whether what stands at `start` is said not to be."""
        return _DENIED.search(self.before(start)) is not None

    def reversed(self, start: int) -> bool:
        """Whether "not" stands close before `start`, so that the opposite is said."""
        return _NOT_SO.search(self.before(start)) is not None

    def supposed(self, start: int) -> bool:
        """Whether what stands at `start` is asked, or only said to be under a condition."""
        if self._condition is None:
            condition = _CONDITION.search(self.low)
            self._condition = condition.start() if condition else len(self.low)
        return self.asks or self._condition < start

    def unknown(self) -> bool:
        """Whether the sentence says that it cannot tell or give."""
        return not self.source and _UNKNOWING.search(self.low) is not None


def forbids(low: str) -> bool:
    """Whether a `folded` sentence tells the model what not to say."""
    return _NEVER.search(low) is not None


def denied_before(low: str, start: int) -> bool:
    """Whether what stands at an offset of a `folded` text is said not to be."""
    return _DENIED.search(low[max(0, start - _LOOK_BACK) : start]) is not None


Reader = Callable[[Saying, int, str], Claim | None]


def phrase(pattern: re.Pattern[str], kind: Kind, *key: str) -> Reader:
    """A reader of a fixed phrase, which claims unless it is denied."""

    def read(sentence: Saying, start: int, word: str) -> Claim | None:
        del word
        match = pattern.match(sentence.low, start)
        if match is None or sentence.denied(start) or sentence.unknown():
            return None
        return Claim(kind, start, match.end(), key)

    return read
