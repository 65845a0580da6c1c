"""What a sentence promises in words: discounts, codes, gifts, stock, and days such as "tomorrow" or "by Friday"."""

import re
from collections.abc import Iterator, Mapping

from replies import days, gifts, stock
from replies.claims import Claim
from replies.currencies import CENTS, PREFIXES, currencies_named
from replies.moments import BUSINESS, MONTH_NAMES, UNIT_WORDS
from replies.numerals import NUMBER_WORDS, folded
from replies.saying import Reader, Saying, forbids
from understanding.measures import unit_named
from understanding.words import word_set

_WORD = re.compile(r"[^\W\d_]+")
_READERS: Mapping[str, tuple[Reader, ...]] = {**gifts.READERS, **stock.READERS, **days.READERS}


def promises_in(raw: str, low: str, *, source: bool = False) -> Iterator[Claim]:
    """The promises of one sentence; they may overlap.

    Args:
        raw: the sentence.
        low: the same, `folded`.
        source: the sentence is evidence: what it only mentions supports as much as what it promises, but what it
            forbids ("never promise a discount") supports nothing.
    """
    if source and forbids(low):
        return
    words = _WORD.findall(low)
    sentence = Saying(raw, low, source=source)
    if not _READERS.keys().isdisjoint(words):
        for match in _WORD.finditer(low):
            for reader in _READERS.get(match[0], ()):
                if claim := reader(sentence, match.start(), match[0]):
                    yield claim
    yield from stock.counts_left(sentence)
    yield from gifts.for_one_in(sentence)


# --- Words that a claim may begin with, for who must decide what can be shown already ---

_OPENERS: dict[str, frozenset[str]] = {
    "in": frozenset({"stock", "der"}), "out": frozenset({"of"}), "sold": frozenset({"out"}),
    "on": frozenset({"sale", "offer", "special"}), "auf": frozenset({"lager"}),
    "en": frozenset({"stock", "existencias", "rupture"}), "buy": frozenset({"one", "two", "three"}),
    "ready": frozenset({"to"}), "end": frozenset({"of"}), "same": frozenset({"day", "business"}),
    "half": frozenset({"the", "price", "off"}), "marked": frozenset({"down"}),
    "last": frozenset({"one", "ones", "piece", "pieces", "unit", "units", "pair", "pairs", "item", "items"}),
    "this": word_set("business day week month year weekend morning afternoon evening quarter"),
    "a": word_set("hour day week month year"), "an": frozenset({"hour"}),
    "the": word_set("hour day week month year"), "money": frozenset({"back"}),
    "lifetime": word_set("warranty guarantee repair repairs support return returns"),
}  # fmt: skip


# What stands behind a number in words that counts for a claim.
_COUNTED = (
    NUMBER_WORDS
    | UNIT_WORDS
    | BUSINESS
    | CENTS
    | word_set(
        "% to or and bis oder a à hingga percent per prozent por pour left remaining "
        "units unit pieces piece items item pairs "
        "pair stück more of are is in available übrig auf for"
    )
)
_PARTS = re.compile(r"[-'\u2019.]")


def may_begin(word: str, following: str | None) -> bool:
    """Whether a promise or a number in words may begin with a word; `following` is the next, None while unknown."""
    parts = _PARTS.split(word)
    nexts: list[str | None] = [*parts[1:], following]
    return any(_begins(part, after) for part, after in zip(parts, nexts, strict=True))


def _begins(word: str, following: str | None) -> bool:
    low, after = folded(word), None if following is None else folded(following)
    if after and (letters := _WORD.match(after)):
        after = letters[0]
    if low in MONTH_NAMES and word.islower():
        return False  # "may"; behind a day's number it belongs to what is held back already
    if low in NUMBER_WORDS:
        return (
            after is None
            or after in _COUNTED
            or after in PREFIXES
            or unit_named(after)
            or bool(currencies_named(after))
        )
    if low in _OPENERS:
        return after is None or after in _OPENERS[low] or after[:1].isdigit()
    return low in _READERS
