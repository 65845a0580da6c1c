"""Finds what a reply says without a source, and withholds it where a brand wants that."""

import re

from replies.checking import Checker, Evidence
from replies.clauses import Sentences
from replies.currencies import LETTERS_OF_DOLLARS, PREFIXES, SIGNS
from replies.names import is_ordinary
from replies.promises import may_begin

__all__ = ["WITHHELD", "Evidence", "GroundingFilter"]

# Stands where something was withheld.
WITHHELD = "[…]"

MAX_UNSUPPORTED = 50
MAX_UNSUPPORTED_CHARS = 120

_JOINTS = "'\u2019.-"
_JOINT = re.compile(rf"[{_JOINTS}]")
_LONGEST_WORD = 60  # characters; whoever writes a longer one waits for its sentence to end
_WORD_OR_SIGN = re.compile(rf"[^\W_]+(?:['\u2019.\-][^\W_]+)*|[{SIGNS}%]")


class GroundingFilter:
    """Checks money, percentages, measures, dates, stock, promises and names of products against their sources.

    Without `redact` the text passes at once, and is checked when somebody asks. With it, what a claim may begin with is
    held back until its sentence has ended; then `[…]` stands for each claim that has no source.

    Args:
        evidence: what the reply may rest on.
        redact: whether what has no source is withheld.
    """

    def __init__(self, evidence: Evidence, *, redact: bool = False) -> None:
        self._evidence = evidence
        self._redact = redact
        self._unread: list[str] = []
        self._sentences = Sentences()
        self._checker: Checker | None = None
        self._unsupported: dict[str, None] = {}
        self._shown = 0  # how much of the sentence that has begun was passed on
        self._holds = False

    def feed(self, piece: str) -> str:
        """Take a piece of the stream; return what may be shown now."""
        if self._redact:
            return self._checked(piece)
        self._unread.append(piece)
        return piece

    def finish(self) -> str:
        """The stream has ended: what was held back, without what has no source."""
        if not self._redact:
            return ""
        return self._released(self._sentences.finish())

    @property
    def unsupported(self) -> list[str]:
        """What was said without a source, as it was written, each once and in order; at most 50 entries."""
        if self._unread:
            text = "".join(self._unread)
            self._unread.clear()
            for sentence in self._sentences.feed(text):
                self._check(sentence)
        if self._redact or not self._sentences.rest:
            return list(self._unsupported)
        return self._with_the_rest()

    def _with_the_rest(self) -> list[str]:
        """Everything so far, and what the sentence says that has begun: more of it may come and change that."""
        before, named = dict(self._unsupported), self._checking.named
        self._check(self._sentences.rest)
        found, self._unsupported = list(self._unsupported), before
        self._checking.named = named
        return found

    @property
    def _checking(self) -> Checker:
        if self._checker is None:
            self._checker = Checker(self._evidence)
        return self._checker

    def _check(self, sentence: str) -> list[tuple[int, int]]:
        """The spans of a sentence that have no source; they are noted."""
        if not self._redact and len(self._unsupported) >= MAX_UNSUPPORTED:
            return []
        spans = self._checking.unsupported(sentence)
        for start, end in spans:
            if len(self._unsupported) < MAX_UNSUPPORTED:
                self._unsupported.setdefault(sentence[start:end].strip()[:MAX_UNSUPPORTED_CHARS])
        return spans

    # --- Withholding ---

    def _checked(self, piece: str) -> str:
        passed = [self._released(sentence) for sentence in self._sentences.feed(piece)]
        passed.append(self._harmless())
        return "".join(passed)

    def _released(self, sentence: str) -> str:
        """What is still to be shown of a sentence that has ended."""
        position, parts = self._shown, []
        for start, end in self._check(sentence):
            if end > position:
                parts += [sentence[position:start], WITHHELD]
                position = end
        self._shown, self._holds = 0, False
        return "".join([*parts, sentence[position:]])

    def _harmless(self) -> str:
        """What can be shown of the sentence that has begun: everything before what a claim may begin with."""
        if self._holds:
            return ""
        rest, start = self._sentences.rest, self._shown
        safe, self._holds = _safe_end(rest, start)
        self._shown = safe
        return rest[start:safe]


def _safe_end(text: str, start: int) -> tuple[int, bool]:
    """Up to where a sentence may be shown, and whether a claim may begin there; else a word is only incomplete."""
    found = _WORD_OR_SIGN.search(text, start)
    while found:
        following = _WORD_OR_SIGN.search(text, found.end())
        word = found[0]
        if not _is_complete(text, found):
            return found.start(), len(word) > _LONGEST_WORD
        after = following[0] if following and _is_complete(text, following) else None
        if _is_trigger(word) or _marks_money(word, after):
            return found.start(), after is not None or _is_trigger(word)
        if may_begin(word, after):
            return found.start(), after is not None
        found = following
    return len(text), False


def _is_complete(text: str, word: re.Match[str]) -> bool:
    """Whether a word cannot go on in the next piece."""
    return word.end() < len(text) - 1 or (word.end() < len(text) and text[-1] not in _JOINTS)


def _is_trigger(word: str) -> bool:
    """Whether a figure or a name may begin with a word: it has a digit or a sign, or a capital that says something."""
    if word in SIGNS or any(char.isdigit() for char in word):
        return True
    if all(char.islower() for char in word):
        return False
    return any(char.isupper() for char in word) and (not is_ordinary(word) or word[1:] != word[1:].lower())


def _marks_money(word: str, after: str | None) -> bool:
    """Whether an amount of money may begin with a word: "Rp", or the letter of "A$"."""
    mark = _JOINT.split(word)[-1].lower()
    if mark in PREFIXES:
        return after is None or after[0].isdigit() or after in SIGNS
    return mark in LETTERS_OF_DOLLARS and (after is None or after == "$")
