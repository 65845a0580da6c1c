"""Names in a sentence: where products of the evidence are named, and what looks like a product and is none."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from replies.claims import Claim, Kind
from replies.moments import DAY_NAMES, MONTH_NAMES
from replies.numerals import NUMBER_WORDS, folded
from understanding.words import FILLER, STOPWORDS, word_set

# --- Products of the evidence ---


class Mention(NamedTuple):
    """A product's name, or enough of its beginning to tell it from the others.

    Attributes:
        product: its place among the products.
        start: offset of its first character in the sentence.
        end: offset behind its last character.
    """

    product: int
    start: int
    end: int


class Names:
    """The names by which a sentence may mean one of several products.

    Args:
        names: the products' folded names.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._short = [_telling(place, names) for place in range(len(names))]

    def mentions(self, low: str) -> list[Mention]:
        """Where products are named in a `folded` sentence, in order; a name within a longer one does not count."""
        found: list[Mention] = []
        for one in sorted(self._candidates(low), key=lambda one: (one.start - one.end, one.product)):
            if not any(other.start < one.end and one.start < other.end for other in found):
                found.append(one)
        return sorted(found, key=lambda mention: mention.start)

    def _candidates(self, low: str) -> Iterator[Mention]:
        for place, short in enumerate(self._short):
            start = low.find(short)
            while start >= 0:
                end = start + len(short)
                if _is_whole(low, start, end):
                    yield Mention(place, start, _extended(low, start, end, self._names[place]))
                start = low.find(short, end)


def _telling(place: int, names: Sequence[str]) -> str:
    """The shortest beginning of a name, of two words or more, with which no other name begins."""
    name = names[place]
    words = name.split(" ")
    for count in range(2, len(words)):
        short = " ".join(words[:count])
        if not any(other.startswith(short) for at, other in enumerate(names) if at != place):
            return short
    return name


def _is_whole(low: str, start: int, end: int) -> bool:
    return not (start and low[start - 1].isalnum()) and not (end < len(low) and low[end].isalnum())


def _extended(low: str, start: int, end: int, name: str) -> int:
    """Where a mention ends that goes on as the name does."""
    for word in name[end - start :].split(" ")[1:]:
        if not low.startswith(word, end + 1) or not _is_whole(low, start, end + 1 + len(word)):
            return end
        end += 1 + len(word)
    return end


# --- What looks like a product ---

# A character of a word that is no small letter: words without one can be passed over.
_MARKED = re.compile(r"[^\W_a-z]")
_JOINTS = "'\u2019.-+"
_CANDIDATE = re.compile(rf"[^\W_]+(?:[{re.escape(_JOINTS)}][^\W_]+)*\+?")
_COINED = re.compile(r"[a-zà-ÿ][A-Z]|[A-Z]{2,}[a-z]{2,}|[A-Za-z][0-9]|[0-9][A-Za-z]")
_NUMERIC = re.compile(r"[0-9]+(?:[.\-][0-9]+)*\+?")
_LONGEST_NAME = 8  # words
_SHORTEST_PLURAL = 3  # letters without the "s": "us" is no plural
_SHORTEST_SINGLE = 4  # letters of a name of one word

_GERMAN = re.compile(
    r"(?<!\w)(?:der|das|und|ist|für|nicht|ein|eine|einen|wir|kostet|haben|empfehle|ich|zum|bei|auf|sie)(?!\w)"
)

_VERBS = (
    r"recommend(?:ed|ing|s)?|suggest(?:ed|ing|s)?|try|consider|choose|pick|love|might like|propose|we offer|we stock|"
    r"we have|we also have|sell|carry|buy|called|named|meet|introducing|"
    r"(?:go|going|went) with|how about|what about|go for|"
    r"look at|opt for|enjoy|"
    r"empfehle|empfehlen|anbieten|recomiendo|recomendamos|sugiero|tenemos|recommande|recommandons|conseille|suggère|"
    r"merekomendasikan|rekomendasikan|menyarankan|sarankan|punya"
)
_RECOMMENDING = re.compile(
    rf"(?<!\w)(?:{_VERBS}) (?:you )?(?:also )?"
    r"(?:(?:the|our|a|an|new|der|die|das|den|dem|unser\w*|el|la|los|nuestr\w+|le|les|notre) )*[*_\"“„]*$"
)
_ARTICLE = re.compile(
    r"(?<!\w)(?:the|our|a|an|this|der|die|das|den|el|la|le|les|un|une|una|notre|nuestr[oa]|ini) [*_\"“„]*$"
)
_TOLD = re.compile(
    r"[*_\"”“]* (?:is|has|costs?|comes|offers|features|would|weighs|gives|sells|delivers|includes|provides|"
    r"kostet|hat|bietet|cuesta|tiene|ofrece|coûte|offre|harganya|memiliki)(?!\w)"
)
_LISTED = re.compile(
    r"(?:^|\n)\s{0,8}(?:[-*•+]|\(?[0-9]{1,2}[.)])\s{1,3}[*_\"]{0,3}$|(?:^|\n)\s{0,8}\|\s{0,3}[*_\"]{0,3}$"
)
_BOLD = re.compile(r"(?:\*\*|__)$")
_UNBOLD = re.compile(r"(?:\*\*|__)")
_PRICE_NEAR = re.compile(r"[\s*_|:,(\"”-]*(?:[^\W\d]+[\s*_:(-]+){0,4}[(*]*$")
_BESIDE_OTHERS = re.compile(
    r"(?<!\w)(?:compatible with|works with|with|like|such as|by|from|in|on|via|using|of|und|mit|von|de|con|avec) $"
)
_DENIED = re.compile(r"(?:n't|\bnot|\bno longer|\bnever|\bcannot|\bnor) (?:[\w']+ ){0,4}[*_\"“„]*$")
_LOOK_BACK = 40

# Words that headings, courtesy and shops write with a capital, and that are nobody's product.
_ORDINARY = (
    STOPWORDS
    | FILLER
    | NUMBER_WORDS
    | frozenset(MONTH_NAMES)
    | frozenset(DAY_NAMES)
    | word_set(
        """
        key main features feature battery life weight size sizes colour color colours colors material materials display
        screen memory storage delivery shipping returns return policy policies warranty guarantee customer service
        services support team overview summary details detail pros cons best value quality top pick pros note notes
        important tip tips question questions answer answers step order orders payment payments card gift free total
        subtotal tax vat discount sale offer offers deal availability stock yes no sure great good thanks thank sorry
        unfortunately certainly absolutely happy glad welcome hello hi dear kind regards cheers recommendation
        recommendations comparison compare dimensions processor performance design comfort fit care instructions
        specifications specs included includes contact email phone address hours monday friday open closed today
        tomorrow american european german english french spanish italian dutch swedish danish indonesian japanese
        chinese korean british usa uk eu us europe germany france spain italy netherlands sweden norway denmark
        indonesia canada united states kingdom america australia asia africa north south east west new standard express
        home page website online shop store brand price prices range budget usd eur gbp option category categories
        product products name brief quick final first second third however also additionally finally overall ideal
        perfect ok okay faq ps please remember plus pro tv pc dear sir madam mr mrs christmas easter
        wir sie ich der die das und für leider gerne natürlich ja nein danke hallo preis versand lieferung größe farbe
        unser unsere ihr ihre el la los las un una para con por nuestro nuestra sí gracias hola precio envío le les des
        nous vous votre notre merci bonjour prix livraison oui non il elle kami anda ini itu dan untuk dengan harga ya
        tidak terima kasih halo produk bagi silakan saya pengiriman
        """
    )
)


class _Word(NamedTuple):
    text: str
    low: str
    start: int
    end: int


class Strangers:
    """Finds names of products that the evidence does not have.

    Args:
        known: whether folded words stand anywhere in the evidence.
        fits: whether every one of some folded words is said of one and the same product, or of none in particular.
    """

    def __init__(self, known: Callable[[str], bool], fits: Callable[[Sequence[str]], bool]) -> None:
        self._known = known
        self._fits = fits
        self._words: dict[str, bool] = {}

    def names_in(self, raw: str, low: str, mentions: Sequence[Mention], figures: Sequence[Claim]) -> Iterator[Claim]:
        """The unknown names of one sentence. What is a figure, or a mention, is no part of a name."""
        taken = sorted([(one.start, one.end) for one in mentions] + [(one.start, one.end) for one in figures])
        prices = [one.start for one in figures if one.kind is Kind.MONEY]
        for sequence in _sequences(raw, low, taken):
            name = _trimmed(sequence)
            unknown = [word for word in name if not self._is_known(word.low)]
            if not unknown and len(name) <= 1:
                continue
            if self._is_strange(name, unknown, _Place(raw, low, name, prices)):
                yield Claim(Kind.NAME, name[0].start, name[-1].end)

    def _is_strange(self, name: Sequence[_Word], unknown: Sequence[_Word], place: "_Place") -> bool:
        coined = any(_COINED.search(word.text) or _NUMERIC.fullmatch(word.text) for word in name)
        if not unknown:
            strong = len(name) > 1 and (place.priced or place.recommended) and not place.german
            return strong and not self._fits([word.low for word in name])
        if len(name) == 1:
            return _stands_alone(unknown[0], place, coined=coined)
        if place.priced or place.denied:
            return place.priced
        if place.introduced:
            return coined or (not place.german and (len(unknown) > 1 or place.recommended))
        is_told_of = place.after_article or place.starts
        return coined and is_told_of and not place.beside_others and not place.german

    def _is_known(self, word: str) -> bool:
        if word in _ORDINARY:
            return True
        known = self._words.get(word)
        if known is None:
            single = word.removesuffix("'s").removesuffix("s")
            is_plural = len(single) >= _SHORTEST_PLURAL and single != word
            known = self._words[word] = self._known(word) or (is_plural and self._known(single))
        return known


def _stands_alone(word: _Word, place: "_Place", *, coined: bool) -> bool:
    """Whether a name of one word is a product's: a made-up word where a product is told of, or any with a price."""
    if len(word.text) < _SHORTEST_SINGLE or _NUMERIC.fullmatch(word.text) or place.starts:
        return False
    if coined and any(char.isdigit() for char in word.text) and not word.text[0].isalpha():
        return False  # "16-core"
    if place.priced and (place.after_article or place.bold):
        return coined or not place.german
    return (
        coined
        and place.introduced
        and not place.denied
        and not place.german
        and word.text[0].isupper()
        and not word.text.isupper()
    )


class _Place:
    """Where a name stands in its sentence."""

    def __init__(self, raw: str, low: str, name: Sequence[_Word], prices: Sequence[int]) -> None:
        start, end = name[0].start, name[-1].end
        before = low[max(0, start - _LOOK_BACK) : start]
        self.german = _GERMAN.search(low) is not None
        self.starts = not raw[:start].strip(' \n*_"-•')
        self.priced = any(
            end <= price <= end + _LOOK_BACK and _PRICE_NEAR.fullmatch(low, end, price) is not None for price in prices
        )
        self.recommended = _RECOMMENDING.search(before) is not None
        self.after_article = _ARTICLE.search(before) is not None
        listed = _LISTED.search(raw, max(0, start - _LOOK_BACK), start) is not None
        bold_end = _UNBOLD.match(raw, end)
        self.bold = bool(_BOLD.search(before) and bold_end and raw[bold_end.end() : bold_end.end() + 1] != ":")
        told = (self.after_article or self.starts) and _TOLD.match(low, end) is not None
        self.introduced = self.recommended or self.bold or told or (listed and raw[end : end + 1] != ":")
        self.denied = _DENIED.search(before) is not None
        self.beside_others = _BESIDE_OTHERS.search(before) is not None


def _sequences(raw: str, low: str, taken: Sequence[tuple[int, int]]) -> Iterator[list[_Word]]:
    """Runs of words with a capital or a digit, one space apart, outside of what is taken."""
    run: list[_Word] = []
    place = 0
    for match in _candidates(raw):
        start, end = match.span()
        while place < len(taken) and taken[place][1] <= start:
            place += 1
        if not run and match[0].isdigit():
            continue  # no name begins with a bare number
        free = place >= len(taken) or taken[place][0] >= end
        text = match[0]
        named = free and (text[0].isupper() or text[0].isdigit() or _COINED.search(text) is not None)
        joined = bool(run) and raw[run[-1].end : start] in {" ", " & "}
        if run and not (named and joined and len(run) < _LONGEST_NAME):
            yield run
            run = []
        if named:
            run.append(_Word(text, low[start:end], start, end))
    if run:
        yield run


def _candidates(raw: str) -> Iterator[re.Match[str]]:
    """The words with a capital, a digit or a letter that is not ASCII, in order."""
    end = 0
    while (marked := _MARKED.search(raw, end)) and (word := _CANDIDATE.match(raw, _begin(raw, end, marked.start()))):
        end = word.end()
        yield word


def _begin(raw: str, least: int, offset: int) -> int:
    """Where the word begins that goes on at an offset; `least` is where it may begin at the earliest."""
    while offset > least:
        before = raw[offset - 1]
        if not (before.isalnum() or (before in _JOINTS and offset - 1 > least and raw[offset - 2].isalnum())):
            return offset
        offset -= 1
    return offset


def _trimmed(run: list[_Word]) -> list[_Word]:
    """A run without the ordinary words and bare numbers around it; empty when nothing with a capital remains."""
    first, last = 0, len(run)
    while first < last and (run[first].low in _ORDINARY or _NUMERIC.fullmatch(run[first].text)):
        first += 1
    while last > first and run[last - 1].low in _ORDINARY:
        last -= 1
    kept = run[first:last]
    has_capital = any(any(char.isupper() for char in word.text) for word in kept)
    return kept if has_capital else []


def is_ordinary(word: str) -> bool:
    """Whether a word with a capital says nothing: it begins a sentence or a heading, and no name."""
    return folded(word) in _ORDINARY
