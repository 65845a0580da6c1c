"""What a product must fulfil, read out of a customer's words: prices, categories, makers, being in stock."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from models import Constraints, Vocabulary
from understanding.prices import MASK, read_prices
from understanding.words import FILLER, PRAISE, STOPWORDS, UNFIT, Token, plain, stem, tokens, unique

_LONGEST_NAME = 6  # words; longer category or maker names are matched by nobody typing

_IN_STOCK = re.compile(
    r"(?<!out )\b(?:(?:only|that (?:is|are)|which (?:is|are)|currently|immediately|right now)\s+)?"
    r"(?:in stock|available (?:now|today|immediately|right now|straight away)|(?:currently|immediately) available|"
    r"ready to ship)\b",
    re.IGNORECASE,
)
_ASKS_OR_DENIES = re.compile(r"\s*(?:is|are|was|will|when|isn't|aren't)\b|.*\b(?:not|isn't|aren't)\s*$", re.IGNORECASE)

_DETERMINERS = frozenset({"a", "an", "any", "the", "some", "this", "that", "these", "those", "another", "new"})
_POSSESSIVES = frozenset({"my", "our", "his", "her", "their", "your"})
# A noun behind one of these says more about another noun: "a bag for a laptop" is a bag.
_PREPOSITIONS = frozenset(
    {"for", "with", "to", "on", "in", "inside", "into", "under", "over", "at", "by", "from", "as"}
)
_COMPARING = frozenset({"than", "like", "as"})
_NEGATORS = frozenset({"no", "not", "without", "except", "excluding", "avoid", "avoiding", "hate", "dislike", "never"})
_BESIDE_MAKER = frozenset({"from", "by", "want", "like", "made", "of", "brand"}) | _DETERMINERS
_ALTERNATIVES = frozenset({"or", "and", "nor"})
_VERBAL = FILLER - PRAISE  # "looking", "recommend": a noun phrase begins behind it
_MEASURES = frozenset({"size", "sizes", "sized", "color", "colour"})  # "shoes size 42": an attribute follows
_PAUSE = re.compile(r"""[^\s'"-]""")
_BREAK = re.compile(r"""[^\s'"&-]""")


class _Names(NamedTuple):
    """A vocabulary as it is looked up.

    Attributes:
        categories: stems of a category's name, or of one of the names it joins ("Bags & Luggage"), to categories.
        makers: the words of a maker's name, to the maker.
        firsts: every first element of those keys: where no name begins, nothing is looked up.
    """

    categories: Mapping[tuple[str, ...], tuple[str, ...]]
    makers: Mapping[tuple[str, ...], str]
    firsts: frozenset[str]


class _Found(NamedTuple):
    """A name at tokens `first` to `last`, both included."""

    names: tuple[str, ...]
    first: int
    last: int


class _Sentence(NamedTuple):
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
        return self.tokens[index].word if 0 <= index < len(self.tokens) else ""


def read_constraints(text: str, vocabulary: Vocabulary) -> tuple[Constraints, str]:
    """Read what a product must fulfil.

    Args:
        text: the customer's words, any Unicode.
        vocabulary: the names that the brand's catalogue gives to things.

    Returns:
        The constraints, and the remaining text: prices, "in stock" and what is to be excluded are taken out, the names
        of categories and makers stay, because they are also good words to search by.
    """
    prices, text = read_prices(plain(text), vocabulary)
    available, text = _read_availability(text)
    names = _names_of(vocabulary)
    sentence = _sentence(text)
    categories, makers = _find(sentence, names, text)
    wanted, unwanted_makers = _split_makers(sentence, makers)
    sought, unwanted_categories = _split_categories(sentence, categories, makers)
    for found in (*unwanted_makers, *unwanted_categories):
        start, end = sentence.tokens[found.first].start, sentence.tokens[found.last].end
        text = text[:start] + MASK * (end - start) + text[end:]
    constraints = Constraints(
        price_min=prices.low,
        price_max=prices.high,
        currency=prices.currency,
        categories=_all_names(sought),
        makers=_all_names(wanted),
        excluded_makers=_all_names(unwanted_makers),
        available_only=available,
    )
    return constraints, " ".join(text.replace(MASK, " ").split())


def category_stems(categories: Iterable[str]) -> frozenset[str]:
    """The stems of all words in the names of categories."""
    return frozenset(stem(token.word) for name in categories for token in tokens(plain(name)))


def _all_names(found: Iterable[_Found]) -> tuple[str, ...]:
    return unique(name for one in found for name in one.names)


def _read_availability(text: str) -> tuple[bool, str]:
    match = _IN_STOCK.search(text)
    # "Is it in stock?" asks about a product; it does not hide those that are sold out.
    if match is None or _ASKS_OR_DENIES.match(text[: match.start()]):
        return False, text
    return True, text[: match.start()] + MASK * (match.end() - match.start()) + text[match.end() :]


# --- Finding names ---


@lru_cache(maxsize=512)
def _names_of(vocabulary: Vocabulary) -> _Names:
    categories: dict[tuple[str, ...], tuple[str, ...]] = {}
    for category in vocabulary.categories:
        for key in _category_keys(category):
            categories[key] = unique((*categories.get(key, ()), category))
    makers = {key: maker for maker in vocabulary.makers if (key := tuple(token.word for token in tokens(plain(maker))))}
    return _Names(categories, makers, frozenset(key[0] for key in (*categories, *makers)))


def _category_keys(category: str) -> set[tuple[str, ...]]:
    """The ways to say a category: its whole name, each name that it joins, and several words written as one."""
    name = plain(category).lower()
    keys = {tuple(_key(token.word) for token in tokens(part)) for part in (name, *re.split(r"[&/,>|+]| and ", name))}
    return {key for key in keys if key} | {(stem("".join(token.word for token in tokens(name))),)} - {("",)}


def _key(word: str) -> str:
    return stem(word.replace("-", ""))


def _sentence(text: str) -> _Sentence:
    found = tokens(text)
    ends = [0, *(token.end for token in found)]
    gaps = [text[end : token.start] for end, token in zip(ends, found, strict=False)]
    return _Sentence(found, [bool(_PAUSE.search(gap)) for gap in gaps], [bool(_BREAK.search(gap)) for gap in gaps])


def _find(sentence: _Sentence, names: _Names, text: str) -> tuple[list[_Found], list[_Found]]:
    """The categories and the makers named, longest names first where names overlap."""
    keys = [_key(token.word) for token in sentence.tokens]
    plain_words = [token.word.removesuffix("'s") for token in sentence.tokens]
    categories: list[_Found] = []
    makers: list[_Found] = []
    for index, (key, word) in enumerate(zip(keys, plain_words, strict=True)):
        if key not in names.firsts and word not in names.firsts:
            continue
        for length in range(_LONGEST_NAME, 0, -1):
            if index + length > len(keys) or any(sentence.breaks[index + 1 : index + length]):
                continue
            last = index + length - 1
            category = names.categories.get(tuple(keys[index : last + 1]))
            if category and not _inside(categories, index):
                categories.append(_Found(category, index, last))
            maker = names.makers.get(tuple(plain_words[index : last + 1]))
            if maker and not _inside(makers, index) and _means_maker(sentence, index, last, maker, text):
                makers.append(_Found((maker,), index, last))
    return categories, makers


def _inside(found: list[_Found], index: int) -> bool:
    return bool(found) and found[-1].first <= index <= found[-1].last


def _means_maker(sentence: _Sentence, first: int, last: int, maker: str, text: str) -> bool:
    """A maker called by an everyday word ("Next", "On") is meant only when it is written as a name."""
    if last > first or sentence.word(first) not in UNFIT:
        return True
    token = sentence.tokens[first]
    return first > 0 and text[token.start : token.end] == maker and not maker.islower()


# --- What a name is said for ---


def _split_makers(sentence: _Sentence, found: list[_Found]) -> tuple[list[_Found], list[_Found]]:
    """The makers wanted and those excluded; one that only describes what the customer owns is neither."""
    wanted: list[_Found] = []
    excluded: list[_Found] = []
    for one in found:
        index = one.first - 1
        chained = excluded and excluded[-1].last == index - 1 and sentence.word(index) in _ALTERNATIVES
        while sentence.word(index) in _BESIDE_MAKER and not sentence.pauses[index + 1]:
            index -= 1
        if chained or _negated(sentence, index):
            first = one.first if chained else max(index, 0)
            excluded.append(_Found(one.names, first, one.last))
        elif not _describes(sentence, one.first, found) or sentence.word(one.first - 1) in {"from", "by"}:
            wanted.append(one)
    return wanted, excluded


def _negated(sentence: _Sentence, index: int) -> bool:
    """Whether the word at `index` denies what directly follows it ("not", "other than", "anything but")."""
    word = sentence.word(index)
    if index < 0 or sentence.pauses[index + 1]:
        return False
    before = sentence.word(index - 1)
    return (
        word in _NEGATORS
        or word.endswith("n't")
        or (word in {"than", "but"} and before in {"other", "anything", "everything"})
        or (word == "of" and before == "instead")
    )


def _split_categories(
    sentence: _Sentence, found: list[_Found], makers: list[_Found]
) -> tuple[list[_Found], list[_Found]]:
    """The categories sought and those denied; one that only describes another noun is neither."""
    sought: list[_Found] = []
    denied: list[_Found] = []
    maker_starts = {maker.first for maker in makers}
    for one in found:
        if not (_is_head(sentence, one.last) or one.last + 1 in maker_starts):
            continue
        start = _phrase_start(sentence, one.first)
        # "Anything but Sony headphones" denies the maker, not the headphones.
        if _negated(sentence, start - 1) and not any(start <= maker.first < one.first for maker in makers):
            denied.append(_Found(one.names, start - 1, one.last))
        elif not _describes(sentence, one.first, ()):
            sought.append(one)
    return sought, denied


def _is_head(sentence: _Sentence, last: int) -> bool:
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


def _phrase_start(sentence: _Sentence, index: int) -> int:
    """Where the noun phrase around `index` begins, its determiner included."""
    while index > 0 and not sentence.pauses[index] and sentence.word(index - 1) not in STOPWORDS:
        if sentence.word(index - 1) in _VERBAL or sentence.word(index - 1) in _NEGATORS:
            break
        index -= 1
    while index > 0 and not sentence.pauses[index] and sentence.word(index - 1) in _DETERMINERS:
        index -= 1
    return index


def _describes(sentence: _Sentence, index: int, makers: Iterable[_Found]) -> bool:
    """Whether the noun at `index` only says more about something else.

    It does behind a preposition that follows another noun ("a bag for a laptop", not "looking for a laptop"), and when
    the customer owns it ("something for my laptop").
    """
    start = _phrase_start(sentence, index)
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
