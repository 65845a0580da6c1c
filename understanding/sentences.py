"""A sentence as far as grammar is needed: what is a head, what only describes, what is denied."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from understanding.attributes import colour_of
from understanding.words import FILLER, PRAISE, STOPWORDS, Token, ends_in_not, tokens, word_set

DETERMINERS = frozenset({"a", "an", "any", "the", "some", "this", "that", "these", "those", "another", "new"})
_POSSESSIVES = frozenset({"my", "our", "his", "her", "their", "your"})
# A noun behind one of these says more about another noun: "a bag for a laptop" is a bag.
_PREPOSITIONS = frozenset(
    {"for", "with", "to", "on", "in", "inside", "into", "under", "over", "at", "by", "from", "as"}
)
_COMPARING = frozenset({"than", "like", "as"})
NEGATORS = word_set("no not neither nor without except excluding avoid avoiding hate dislike never")
WISHES = frozenset({"want", "like"})
ALTERNATIVES = frozenset({"or", "and", "nor"})
VERBAL = FILLER - PRAISE  # "looking", "recommend": a noun phrase begins behind it
# "Shoes size 42", "a dress XL", "a laptop lighter than 1 kg": an attribute follows.
_MEASURES = word_set(
    """size sizes sized color colour xxs xs xl xxl xxxl 2xl 3xl 4xl 5xl lighter heavier smaller larger bigger thinner
    longer shorter wider taller narrower cheaper fewer"""
)
_SHADES = word_set("dark light bright pale deep")
_LONGEST_ITEM = 3  # words of one thing in a list
_LONGEST_LIST = 24  # words
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
        commas: for each, whether a comma and nothing else stands before it.
    """

    tokens: list[Token]
    pauses: list[bool]
    breaks: list[bool]
    commas: list[bool]

    def word(self, index: int) -> str:
        """The word at a place; empty outside of the sentence."""
        return self.tokens[index].word if 0 <= index < len(self.tokens) else ""


def sentence_of(text: str) -> Sentence:
    """The tokens of a `plain` text and the pauses between them."""
    found = tokens(text)
    ends = [0, *(token.end for token in found)]
    gaps = [text[end : token.start] for end, token in zip(ends, found, strict=False)]
    return Sentence(
        found,
        [bool(_PAUSE.search(gap)) for gap in gaps],
        [bool(_BREAK.search(gap)) for gap in gaps],
        [gap.strip() == "," for gap in gaps],
    )


def negated(sentence: Sentence, index: int) -> bool:
    """Whether the word at `index` denies what directly follows it ("not", "other than", "anything but")."""
    word = sentence.word(index)
    if index < 0 or sentence.pauses[index + 1]:
        return False
    before = sentence.word(index - 1)
    return (
        word in NEGATORS
        or ends_in_not(word)
        or (word in {"than", "but"} and before in {"other", "anything", "everything"})
        or (word == "of" and before == "instead")
    )


def refuses(sentence: Sentence, index: int) -> bool:
    """Whether the word at `index` is a wish that is denied: "want" in "I don't want", "dont want", "do not want"."""
    before = sentence.word(index - 1)
    denied = ends_in_not(before) or before in {"not", "never"}
    return sentence.word(index) in WISHES and denied and not sentence.pauses[index]


def goes_on_listing(sentence: Sentence, index: int) -> bool:
    """Whether a list goes on with the word behind a comma: "fur" in "no leather, fur or wool".

    It does when "or" or "nor" stands before its last thing. "And" does not tell: "without laces, comfortable and
    light" wishes for what is comfortable.
    """
    if index >= len(sentence.tokens) or not sentence.commas[index]:
        return False
    length = 0
    for place in range(index, min(index + _LONGEST_LIST, len(sentence.tokens))):
        word = sentence.word(place)
        if word in {"or", "nor"}:
            return place > index and (not sentence.pauses[place] or sentence.commas[place])
        if place > index and sentence.pauses[place]:
            if not sentence.commas[place]:
                return False
            length = 0
        length += 1
        if length > _LONGEST_ITEM or word in STOPWORDS or word in FILLER:
            return False
    return False


def _colours_it(sentence: Sentence, index: int) -> bool:
    """Whether what stands at `index` is the colour of the noun before it: "a dress red", not "a phone silver case"."""
    if sentence.word(index) in _SHADES and not _ends(sentence, index):
        index += 1
    return bool(colour_of(sentence.word(index), sentence.word(index + 1))) and _ends(sentence, index)


def is_head(sentence: Sentence, last: int) -> bool:
    """Whether a noun phrase ends at `last`: "laptop" in "a laptop for school", not in "a laptop bag"."""
    return _ends(sentence, last) or _colours_it(sentence, last + 1)


def _ends(sentence: Sentence, last: int) -> bool:
    """Whether no noun follows what stands at `last`."""
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
    is_range = before == "to" and governing[0].isdigit() and sentence.word(start)[0].isdigit()
    if is_range or (before == "with" and any(maker.last == start - 2 for maker in makers)):
        return False  # "a 14 to 16 inch laptop", "compare Sony with Bose"
    return not (sentence.pauses[start - 1] or governing in STOPWORDS or governing in FILLER)
