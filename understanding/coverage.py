"""How far a product covers what was asked, and what can truthfully be said about why it matches."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from models import Product
from needs import Understood
from understanding.affirmations import DENYING, affirms, specification_affirms, stands_denied, text_may_deny
from understanding.attribute_reasons import attribute_reasons
from understanding.attributes import specification_text
from understanding.measures import unit_named
from understanding.money import format_price
from understanding.same_things import same_names
from understanding.words import UNFIT, WORD, compounds, occurs, plain, stem, stems, words

MAX_REASONS = 4
_SHORTEST_END = 4  # letters of a word that may end a longer one
_LONGEST_PHRASE = 4  # words of one reason
_CLAUSE = re.compile(r"[.;:!?]")
_JOINED = re.compile(r"[&/,|+].*([&/,|+]|\band\b)|\band\b.*[&/,|+]", re.IGNORECASE)  # three of them
_SENTENCES = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)\s+")


class _Stems(NamedTuple):
    """The stems of a product's texts.

    Attributes:
        anywhere: of everything that the shop says about it.
        naming: of what it is called, by whom it is made, and of what kind it is.
        telling: of each of its `_telling_texts`, word by word.
    """

    anywhere: frozenset[str]
    naming: frozenset[str]
    telling: tuple[tuple[str, ...], ...]


def product_stems(product: Product) -> frozenset[str]:
    """The stems of everything a shop says about a product."""
    return _stems_of(product).anywhere


def _stems_of(product: Product) -> _Stems:
    if product.updated_at is None:  # not a saved row: nothing tells whether it is the same as the last time
        return _read_stems(product)
    return _stems_of_row(_Row(product))


class _Row:
    """A saved product, as a key: the same as long as it has not been saved again.

    Attributes:
        product: what it is a key of, as long as somebody may ask for it: the key is kept, the product is not.
    """

    __slots__ = ("_key", "product")

    def __init__(self, product: Product) -> None:
        self.product: Product | None = product
        self._key = (product.brand_id, product.id, product.updated_at)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Row) and self._key == other._key


@lru_cache(maxsize=4_096)
def _stems_of_row(row: _Row) -> _Stems:
    product, row.product = row.product, None
    return _read_stems(product) if product else _Stems(frozenset(), frozenset(), ())


def _read_stems(product: Product) -> _Stems:
    called = _stems(product.name).union(_stems(product.category))
    texts = [words(text) for text in _telling_texts(product)]
    telling = [tuple(map(stem, said)) for said in texts]
    anywhere = called.union(*telling, compounds(texts))
    return _Stems(anywhere, called.union(_stems(product.maker)), tuple(telling))


@lru_cache(maxsize=4_096)
def _stems(text: str) -> frozenset[str]:
    return stems(text)


class Held(NamedTuple):
    """How far a product holds the words of a question.

    Attributes:
        anywhere: 0..1, the share of them that it holds at all.
        named: 0..1, the share that its name, maker or category holds.
        denied: those of which it says only that it is not so.
        said: 0..1, the share of them that it says, denied ones too.
    """

    anywhere: float
    named: float
    denied: tuple[str, ...] = ()
    said: float = 1.0


class Coverage:
    """How far products hold what was asked for, word by word.

    What names a sought category or maker is held by everything in it, however the product itself is described
    ("phones", of a product in Smartphones).

    Args:
        understood: what was asked.
    """

    def __init__(self, understood: Understood) -> None:
        constraints = understood.constraints
        self._terms = understood.terms
        single = [name for name in constraints.categories if not _joins_several(name)]
        categories = _named({name: stems(name) for name in single}, self._terms)
        makers = _named({name: stems(name) for name in constraints.makers}, self._terms)
        # Where a word names some of several that were chosen ("phones", within phones and laptops), the others do not
        # hold it.
        self._in_some = categories if len(_all(categories)) < len(constraints.categories) else {}
        implied = set(() if self._in_some else categories)
        implied.update(makers if len(_all(makers)) == len(constraints.makers) else ())
        self._open = tuple(term for term in self._terms if term not in implied)
        self.called = {term: names for term in self._open if (names := same_names(term))}
        """Other names of what the words say, by word: "sofa" and "settee", of a couch."""
        self._negates = understood.negates  # "doesn't leak": what denies it is what is meant
        self._unwanted = stems(" ".join(constraints.excluded_terms))
        self.typed = understood.keywords and not understood.corrections
        """Whether the words are what one types into a search box, as they are."""
        self.implied = frozenset(self._terms) - frozenset(self._open)
        """The words that any product within the constraints holds."""
        self.by_constraints = 1 - len(self._open) / len(self._terms) if self._terms else 1.0
        """The share, 0..1, of the words that any product within the constraints holds."""
        self.words = len(self._terms)
        """How many there are."""
        self.asks_nothing_more = not self._open and (understood.superlative is not None or not self._terms)
        """Whether whatever fulfils the constraints is what was asked for."""
        called = _all(categories) or (constraints.categories if self.implied else ())
        self.category_words = tuple(words(" ".join(called)))
        """What finds everything in the categories that the words name."""

    def of(self, product: Product) -> tuple[float, float]:
        """The shares, 0..1, of the words that a product holds anywhere, and in its name, maker or category."""
        held = self.held(product)
        return held.anywhere, held.named

    def held(self, product: Product) -> Held:
        """How far a product holds the words."""
        if not self._open:
            return Held(1.0, 1.0)
        anywhere, name, _ = _stems_of(product)
        given = len(self._terms) - len(self._open)
        by_category = {term for term, categories in self._in_some.items() if product.category in categories}
        denied = self.denied(product)
        said = given + sum(term in by_category or self._is_in(term, anywhere) for term in self._open)
        held = said - sum(term not in by_category for term in denied)
        named = sum(term in by_category or self._is_in(term, name) for term in self._open)
        total = len(self._terms)
        return Held(held / total, (given + named) / total, denied, said / total)

    def _is_in(self, term: str, stemmed: frozenset[str]) -> bool:
        """Whether a word, or another name of the same thing, is among these stems."""
        return occurs(term, stemmed) or any(occurs(name, stemmed) for name in self.called.get(term, ()))

    def denied(self, product: Product) -> tuple[str, ...]:
        """The words of which a product says only that it is not so: "not for induction", "waterproof: no"."""
        anywhere, name, _ = _stems_of(product)
        if self._negates or DENYING.isdisjoint(anywhere):
            return ()
        name |= self._unwanted
        held = (term for term in self._open if stem(term) in anywhere and stem(term) not in name)
        # "Zero caffeine?" is answered by "not zero" as well.
        return tuple(term for term in held if term != "zero" and only_denies(product, term))


def only_denies(product: Product, word: str) -> bool:
    """Whether what a product's data says of a lower-case word is only that it is not so, or not for it."""
    stemmed = stem(word)
    denied = False
    for _, affirmed in _said_of(product, stemmed):
        if affirmed:
            return False
        denied = denied or affirmed is not None
    return denied


def _said_of(product: Product, stemmed: str) -> Iterator[tuple[str, bool | None]]:
    """Each thing that a product's data says, and whether it says a word, given by its stem, and does not deny it."""
    telling = _stems_of(product).telling
    for place, text in (*enumerate(product.features), (-1, product.description)):
        if stemmed in telling[place] or "-" in text:
            for sentence in _SENTENCES.split(text):
                yield sentence, affirms(sentence, stemmed)
    for key, value in product.specifications.items():
        text = specification_text(value)
        if stemmed in _stems(f"{key} {text}"):
            yield f"{key}: {text}", specification_affirms(key, text, stemmed)


def mention_in(product: Product, word: str) -> str:
    """What a product's data says of a lower-case word, and does not deny; empty when it says nothing of it."""
    return next((text for text, affirmed in _said_of(product, stem(word)) if affirmed), "")


def denial_in(product: Product, word: str) -> str:
    """What a product's data says against a lower-case word, in the shop's own words; empty when it does not."""
    return next((text for text, affirmed in _said_of(product, stem(word)) if affirmed is False), "")


def _joins_several(category: str) -> bool:
    """Whether a category's name joins several kinds of things: what is in "Pasta, Rice & Tins" need not be pasta."""
    return _JOINED.search(category.rpartition(">")[2]) is not None


def _named(sought: Mapping[str, frozenset[str]], terms: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Which of these names, given with their stems, each word names; without words that name none."""
    found = {term: tuple(name for name, its in sought.items() if _names(term, its)) for term in terms}
    return {term: names for term, names in found.items() if names}


def _all(named: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in named.values() for name in names))


def _names(term: str, sought: frozenset[str]) -> bool:
    """Whether a word is, or ends, one of the names that are sought: "phones" ends "Smartphones"."""
    last = stem(term)
    if occurs(term, sought) or len(last) < _SHORTEST_END:
        return occurs(term, sought)
    ends = (last, last.removesuffix("e"))  # the stemmer leaves the "e" of "phone", and takes that of "smartphone"
    return any(name.endswith(ends) for name in sought)


def matched_reasons(understood: Understood, product: Product, currency: str = "USD") -> tuple[str, ...]:
    """Why a product matches, in a few words each, every one literally true of the row.

    Args:
        understood: what was asked.
        product: the row.
        currency: the brand's, for a row that names none.

    Returns:
        At most `MAX_REASONS`: the price limit that it keeps, the attributes that were asked for, words of the question
        in the product's own spelling where its features, specifications or description say them without a denial, the
        maker, "in stock".
    """
    asked = understood.constraints
    reasons = [
        *_price_reason(understood, product, currency),
        *attribute_reasons(asked.attributes, product),
        *_word_reasons(understood, product),
    ]
    if asked.makers and (maker := product.maker).lower() in {name.lower() for name in asked.makers if name}:
        reasons.append(f"from {maker}")
    reasons = reasons[: MAX_REASONS - 1] if asked.available_only else reasons
    if asked.available_only and product.availability:
        reasons.append("in stock")
    return tuple(dict.fromkeys(reasons))[:MAX_REASONS]


def _price_reason(understood: Understood, product: Product, currency: str) -> Iterator[str]:
    asked = understood.constraints
    unit = product.currency or currency
    if asked.currency not in (None, unit):
        return
    low, high = asked.price_min, asked.price_max
    if low is not None and high is not None and low <= product.price <= high:
        yield f"between {format_price(low, unit)} and {format_price(high, unit)}"
    elif low is None and high is not None and product.price <= high:
        yield f"{'under' if product.price < high else 'exactly'} {format_price(high, unit)}"
    elif high is None and low is not None and product.price >= low:
        yield f"{'over' if product.price > low else 'exactly'} {format_price(low, unit)}"


# --- Words of the question in the words of the product ---


class _Said(NamedTuple):
    """A text of the product as it stands, the stems of its words in order, and whether it can deny anything.

    Thousands are kept: of strings alone, which Python's garbage collector need not look at again and again.
    """

    text: str
    stems: tuple[str, ...]
    may_deny: bool


@lru_cache(maxsize=4_096)
def _said(text: str) -> _Said:
    text = plain(text)
    said = words(text)
    return _Said(text, tuple(map(stem, said)), text_may_deny(text))


def _word_reasons(understood: Understood, product: Product) -> Iterator[str]:
    """The longest runs of the question's words that the product says next to each other."""
    terms = understood.terms
    anywhere, trivial, telling = _stems_of(product)
    stemmed = tuple(map(stem, terms))
    # Most products lack one of the words: told by their stems, without looking for the run in each text.
    is_reason = [its in anywhere and not _says_nothing(term, trivial) for term, its in zip(terms, stemmed, strict=True)]
    if not any(is_reason):
        return
    texts = tuple(_telling_texts(product))
    start = 0
    while start < len(terms):
        held = itertools.takewhile(anywhere.__contains__, stemmed[start : start + _LONGEST_PHRASE])
        for end in range(start + len(tuple(held)), start, -1):
            if not any(is_reason[start:end]):
                break
            number = end - start == 1 and terms[start].isdigit()  # a "3" in prose, which is the last, is another's
            among = zip(texts[:-1] if number else texts, telling, strict=False)
            found = (text for text, said in among if _places(stemmed[start:end], said))
            if said := next((said for text in found if (said := said_in(terms[start:end], text))), None):
                yield said
                start = end - 1
                break
        start += 1


def _says_nothing(term: str, trivial: frozenset[str]) -> bool:
    """Whether a word is no reason: of a "kg" or an "ok", or of what the product is called, nobody needs to be told."""
    return term in UNFIT or term == "free" or unit_named(term) or occurs(term, trivial)


def _telling_texts(product: Product) -> Iterable[str]:
    yield from product.features
    for key, value in product.specifications.items():
        yield f"{key} {specification_text(value)}"
    yield product.description


def said_in(run: Sequence[str], text: str) -> str | None:
    """The words of `run` as a text says them next to each other and without a denial; None when it does not."""
    said = _said(text)
    for position in _places(tuple(map(stem, run)), said.stems):
        found = list(itertools.islice(WORD.finditer(said.text), position, position + len(run)))
        start, end = found[0].start(), found[-1].end()
        if _CLAUSE.search(said.text, found[0].end(), end) or (said.may_deny and stands_denied(said.text, start, end)):
            continue
        return _as_phrase(said.text[start:end])
    return None


def _places(wanted: tuple[str, ...], said: tuple[str, ...]) -> list[int]:
    """Where these stems stand next to each other."""
    places = [place for place, its in enumerate(said) if its == wanted[0]] if wanted[0] in said else []
    return [place for place in places if said[place : place + len(wanted)] == wanted]


def _as_phrase(spelled: str) -> str:
    """Lower-cased at its start, unless that is a name or a number ("HDMI", "USB-C", "4K", "Amina Keita")."""
    first, *rest = spelled.split()
    is_name = first[1:] != first[1:].lower() or len(first) == 1 or any(word[0].isupper() for word in rest)
    return spelled if is_name else spelled[0].lower() + spelled[1:]
