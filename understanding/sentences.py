"""A sentence as far as grammar is needed: what is a head, what only describes, what is denied."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from understanding.words import FILLER, PRAISE, STOPWORDS, Token, tokens, word_set

DETERMINERS = frozenset({"a", "an", "any", "the", "some", "this", "that", "these", "those", "another", "new"})
_POSSESSIVES = frozenset({"my", "our", "his", "her", "their", "your"})
# A noun behind one of these says more about another noun: "a bag for a laptop" is a bag.
_PREPOSITIONS = frozenset(
    {"for", "with", "to", "on", "in", "inside", "into", "under", "over", "at", "by", "from", "as"}
)
_COMPARING = frozenset({"than", "like", "as"})
NEGATORS = frozenset({"no", "not", "without", "except", "excluding", "avoid", "avoiding", "hate", "dislike", "never"})
VERBAL = FILLER - PRAISE  # "looking", "recommend": a noun phrase begins behind it
# "Shoes size 42", "a dress XL", "a laptop lighter than 1 kg": an attribute follows.
_MEASURES = word_set(
    """size sizes sized color colour xxs xs xl xxl xxxl 2xl 3xl 4xl 5xl lighter heavier smaller larger bigger thinner
    longer shorter wider taller narrower cheaper fewer"""
)
_PAUSE = re.compile(r"""[^\s'"-]""")
_BREAK = re.compile(r"""[^\s'"&-]""")


class Found(NamedTuple):
    """A name at tokens `first` to `last`, both included."""

    names: tuple[str, ...]
    first: int
    last: int


class Sentence(NamedTuple):
    """A text in tokens.

    Attributes:
        tokens: its words.
        pauses: for each, whether punctuation stands before it.
        breaks: for each, whether a name cannot go on with it; names may hold an ampersand.
    """

    tokens: list[Token]
    pauses: list[bool]
    breaks: list[bool]

    def word(self, index: int) -> str:
        """The word at a place; empty outside of the sentence."""
        return self.tokens[index].word if 0 <= index < len(self.tokens) else ""


def sentence_of(text: str) -> Sentence:
    """The tokens of a `plain` text and the pauses between them."""
    found = tokens(text)
    ends = [0, *(token.end for token in found)]
    gaps = [text[end : token.start] for end, token in zip(ends, found, strict=False)]
    return Sentence(found, [bool(_PAUSE.search(gap)) for gap in gaps], [bool(_BREAK.search(gap)) for gap in gaps])


def negated(sentence: Sentence, index: int) -> bool:
    """Whether the word at `index` denies what directly follows it ("not", "other than", "anything but")."""
    word = sentence.word(index)
    if index < 0 or sentence.pauses[index + 1]:
        return False
    before = sentence.word(index - 1)
    return (
        word in NEGATORS
        or word.endswith("n't")
        or (word in {"than", "but"} and before in {"other", "anything", "everything"})
        or (word == "of" and before == "instead")
    )


def is_head(sentence: Sentence, last: int) -> bool:
    """Whether a noun phrase ends at `last`: "laptop" in "a laptop for school", not in "a laptop bag"."""
    following = sentence.word(last + 1)
    return (
        not following
        or sentence.pauses[last + 1]
        or following in STOPWORDS
        or following in FILLER
        or following in _MEASURES
        or following[0].isdigit()
    )


def phrase_start(sentence: Sentence, index: int) -> int:
    """Where the noun phrase around `index` begins, its determiner included."""
    while index > 0 and not sentence.pauses[index] and sentence.word(index - 1) not in STOPWORDS:
        if sentence.word(index - 1) in VERBAL or sentence.word(index - 1) in NEGATORS:
            break
        index -= 1
    while index > 0 and not sentence.pauses[index] and sentence.word(index - 1) in DETERMINERS:
        index -= 1
    return index


def describes(sentence: Sentence, index: int, makers: Iterable[Found]) -> bool:
    """Whether the noun at `index` only says more about something else.

    It does behind a preposition that follows another noun ("a bag for a laptop", not "looking for a laptop"), and when
    the customer owns it ("something for my laptop").
    """
    start = phrase_start(sentence, index)
    before = sentence.word(start - 1)
    if start < 1 or sentence.pauses[start]:
        return False
    if before in _POSSESSIVES:
        return before != "your"
    if before in _COMPARING:
        return True
    if before not in _PREPOSITIONS or start < 2:  # noqa: PLR2004 - a preposition with a word before it
        return False
    governing = sentence.word(start - 2)
    if before == "with" and any(maker.last == start - 2 for maker in makers):
        return False  # "compare Sony with Bose"
    return not (sentence.pauses[start - 1] or governing in STOPWORDS or governing in FILLER)
