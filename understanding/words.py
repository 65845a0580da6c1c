"""Words, their stems, and which of them say what a customer is looking for."""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from Stemmer import Stemmer  # type: ignore[import-not-found]  # compiled, without types

# A word may hold digits and inner hyphens ("x-200", "27-inch"); a number keeps its separators ("2.5", "1,500").
WORD = re.compile(r"[0-9]+(?:[.,][0-9]+)+\w*|\w+(?:['-]\w+)*")
_SIMPLE = re.compile(r"[A-Za-z' ,.;:!?()/\n]*")  # no word of such a text is a number, or is made of two
_TRADE_MARKS = str.maketrans(dict.fromkeys("™®©℠", " "))  # NFKC would glue them to the name as letters
_ONE_SPELLING = str.maketrans({"\u2019": "'", "\u02bc": "'", "`": "'", "\u2010": "-", "\u2011": "-", "\u00ad": None})


def word_set(listed: str) -> frozenset[str]:
    """The words of a list that is written with spaces between them."""
    return frozenset(listed.split())


STOPWORDS = word_set(
    """
    a about above across after again against all almost along already also although always am an and another any
    anybody anyone anything are aren't around as at away back be because been before being below beneath between both
    but by can can't cannot could couldn't did didn't do does doesn't doing don't done down during each either else
    enough even ever every everybody everyone everything except few for from had has hasn't have haven't having he
    he's her here hers him himself his how how's however i i'd i'll i'm i've if in inside instead into is isn't it
    it'd it'll it's its itself just least less let let's like lot lots many may maybe me might mine more most much
    must my myself near neither never next no nobody none nor not nothing now of off often oh ok okay on once one ones
    only onto or other others our ours out outside over own per perhaps quite rather really same she she's should
    shouldn't since so some somebody someone something sometimes somewhat still such than that that's the their
    theirs them themselves then there there's these they they're this those though through till to together too
    toward towards under underneath until up upon us versus very via vs was wasn't we we'd we'll we're we've well were
    weren't what what's whatever when when's where where's whether which while who who's whoever whom whose why will
    with within without won't would wouldn't yes yet you you'd you'll you're you've your yours yourself
    im ive id whats smth sth u ur lol shes hes theyre youre thats theres hows wheres itll theyll youll
    tho btw em ppl tf wtf abt rn tbh idk aswell cuz coz ye w wait
    dont doesnt didnt isnt arent wasnt werent cant couldnt wont wouldnt shouldnt havent hasnt
    """
)

# "Not" written together with its verb, the apostrophe left out.
UNSPELLED_NOT = word_set("dont doesnt didnt isnt arent wasnt werent cant couldnt wont wouldnt shouldnt havent hasnt")

# Adjectives that praise any product.
PRAISE = word_set(
    "good great nice best better decent perfect ideal suitable right new newest latest cheap affordable inexpensive"
)

# Qualities by which everybody means something else: that no product says them of itself tells nothing.
VAGUE = PRAISE | word_set(
    """
    powerful fast quick strong big large small heavy light bright comfortable beautiful pretty stylish elegant modern
    fancy quality reliable durable sturdy robust solid easy simple basic advanced professional smart premium luxury
    everyday daily special unique popular fun handy practical useful versatile serious proper cute lovely trendy
    fashionable all day days time times high-quality long-lasting favourite favorite classic pleasant real really main
    """
)

# Words of asking and of trade that no product is found by. They are not stop words: "what do you offer?" is no noise.
FILLER = PRAISE | word_set(
    """
    need needs needed needing want wants wanted wanting wish looking look looks search searching seek seeking find
    finding show showing see recommend recommended recommendation recommendations suggest suggested suggestion
    suggestions advise please pls plz thanks thank hi hello hey dear give get getting got buy buying purchase
    purchasing shop shopping sell selling offer offers offering carry stock interested help tell know think thinking
    guess hiya hoping hope prefer preferably preferred consider considering choose choosing pick option options choice
    choices model models kind kinds type types sort sorts range selection variety product products item items thing
    things stuff idea ideas budget price prices priced cost costs costing money deal deals spend spending available
    availability anyway actually currently today use using make makes made go going come comes bit kindly compare
    comparing comparison difference differences different take wondering question quick able sure hopefully possibly
    diff
    ya yeah yep allergic wow hm hmm hmmm huh oops omg lol haha ugh meh gonna wanna maximum minimum max min works working
    add died hated likes loves enjoys learn learning alternative alternatives version versions variant variants order
    ordering ordered only highest lowest longest shortest greatest fewest
    """
)

UNFIT = STOPWORDS | FILLER  # nothing to search by

# Plurals that no rule gives, and spellings that differ between one English and another, to the form that is stemmed.
_SAME_AS = {
    "strongest": "strong", "stronger": "strong",
    "mice": "mouse", "men": "man", "women": "woman", "feet": "foot", "teeth": "tooth", "geese": "goose",
    "children": "child", "kids": "kid", "knives": "knife", "shelves": "shelf", "scarves": "scarf", "loaves": "loaf",
    "leaves": "leaf", "wolves": "wolf", "wives": "wife", "halves": "half", "gpus": "gpu", "cpus": "cpu",
    "colour": "color", "colours": "color", "coloured": "colored", "grey": "gray", "favourite": "favorite",
    "fibre": "fiber", "fibres": "fiber", "metre": "meter", "metres": "meter", "litre": "liter", "litres": "liter",
    "centre": "center", "theatre": "theater", "aluminium": "aluminum", "jewellery": "jewelry", "tyre": "tire",
    "tyres": "tire", "pyjamas": "pajamas", "moisturiser": "moisturizer", "organiser": "organizer",
}  # fmt: skip
_MAX_WORD = 60  # longer "words" are noise; the stemmer's time grows with them
_PLURAL_OF_LETTERS = re.compile(r"[bcdfghjklmnpqrtvwxz]{2,4}s")  # "tvs", "pcs"


class Token(NamedTuple):
    """A word and where it stands.

    Attributes:
        word: lower case.
        start: offset of its first character in the text.
        end: offset behind its last character.
    """

    word: str
    start: int
    end: int


def plain(text: str) -> str:
    """The text in Unicode's compatibility form, with one kind of apostrophe and of hyphen; offsets may change."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text.translate(_TRADE_MARKS)).translate(_ONE_SPELLING)


def tokens(text: str) -> list[Token]:
    """The words of a `plain` text with their offsets."""
    return [Token(match[0].lower(), match.start(), match.end()) for match in WORD.finditer(text)]


def words(text: str) -> list[str]:
    """The words of any text, lower case, in order; "x-200", "16gb" and "27-inch" are one word each."""
    if text.isascii():
        return WORD.findall(text.lower())
    return [match.lower() for match in WORD.findall(plain(text))]


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The English stem of one lower-case word; a word with digits is its own stem."""
    if len(word) > _MAX_WORD or has_digit(word):
        return word
    if _PLURAL_OF_LETTERS.fullmatch(word):
        return word[:-1]
    # A new stemmer each time (0.5 us): it keeps the word it works on in itself, and searches run on several threads.
    return str(Stemmer("english", 0).stemWord(_SAME_AS.get(word, word)))


def content_words(text: str) -> list[str]:
    """The words that carry meaning: neither stop words nor single letters, in order, with repetitions."""
    return [word for word in words(text) if is_content(word)]


def is_content(word: str) -> bool:
    """Whether a lower-case word carries meaning by itself; a single letter does not, a Chinese character does."""
    return word not in STOPWORDS and (len(word) > 1 or word.isdigit() or not word.isascii())


def ends_in_not(word: str) -> bool:
    """Whether a lower-case word is a verb with "not" ("don't", "dont")."""
    return word.endswith("n't") or word in UNSPELLED_NOT


def stems(text: str) -> frozenset[str]:
    """Everything a word could be recognised by: stems, the parts of hyphenated words, and both written as one.

    "Wi-Fi" is found by "wifi" and by "wi fi", "16 GB" by "16gb", "X-200" by "x200".
    """
    if _SIMPLE.fullmatch(text):
        return frozenset(map(stem, WORD.findall(text.lower())))
    said = words(text)
    return compounds([said]).union(map(stem, said))


def compounds(texts: Sequence[Sequence[str]]) -> frozenset[str]:
    """What is in the `stems` of texts beside the stems of their words, which are given: of parts, and of two as one."""
    different = set(itertools.chain.from_iterable(texts))
    found: set[str] = set()
    for word in different:
        if "-" in word:
            found.update(map(stem, word.split("-")))
            found.add(joined(word))
    if numbers := set(filter(has_digit, different)):
        pairs = itertools.chain.from_iterable(
            itertools.pairwise(said) for said in texts if not numbers.isdisjoint(said)
        )
        found.update(before + word for before, word in pairs if (before in numbers) != (word in numbers))
    return frozenset(found)


def joined(word: str) -> str:
    """The stem of a hyphenated word written as one: "wi-fi" is "wifi"."""
    return stem(word.replace("-", ""))


def occurs(word: str, found: frozenset[str]) -> bool:
    """Whether a lower-case word is among the `stems` of a text, however either spells it."""
    if stem(word) in found:
        return True
    if "-" not in word:
        return False
    # Of a word with a digit both parts may stand in the text without belonging together ("27" cm, 14 "inch").
    return joined(word) in found or (not has_digit(word) and all(stem(part) in found for part in word.split("-")))


@lru_cache(maxsize=65_536)
def has_digit(word: str) -> bool:
    """Whether a word is or holds a number."""
    return any(char.isdigit() for char in word)


def unique(items: Iterable[str]) -> tuple[str, ...]:
    """The items in order, each once."""
    return tuple(dict.fromkeys(items))
