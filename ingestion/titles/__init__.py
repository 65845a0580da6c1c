"""What shops write above their columns and into their cells, a table for each language (README.md says how)."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import yaml

LANGUAGES = ("en", "de", "es", "fr", "id", "ru", "sv")
CURRENCY_SIGNS = "€$£¥₹₩₫₺₽₴₪฿"

_FOLDER = Path(__file__).parent
_BY_FIELD = frozenset({"titles", "otherwise"})

_SMALL, _CAPITAL = "a-z\u00df-\u00ff\u0430-\u044f", "A-Z\u0410-\u042f"
_LOWER_UPPER = re.compile(rf"(?<=[{_SMALL}0-9])(?=[{_CAPITAL}])|(?<=[{_CAPITAL}])(?=[{_CAPITAL}][{_SMALL}]{{2}})")
_NUMBER_SIGNS = re.compile(r"[#№]")
_NO_WORD = re.compile(rf"[^\w{CURRENCY_SIGNS}]|_")
_SIGN = re.compile(rf"([{CURRENCY_SIGNS}])")
_UMLAUTS = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"))


@dataclass(frozen=True, slots=True)
class LanguageTable:
    """One language's words, as the file has them.

    Attributes:
        titles: of each field, the best first.
        otherwise: titles that stand for a field only when no other column does ("type" for the category).
        private: titles of what no customer may be told (purchase prices, margins).
        private_within: phrases that make any title private which has them.
        charges: phrases of amounts beside the price (postage, deposits): a title that has them is never the price.
        gross: notes beside a price that say that tax is in it.
        net: notes beside a price that say that tax is not in it.
        notes: words beside a title that change nothing ("required").
        available: states in which a product can be bought.
        unavailable: states in which it cannot.
        apiece: what stands behind the price of one piece ("each"), or behind a number of pieces.
    """

    titles: Mapping[str, tuple[str, ...]]
    otherwise: Mapping[str, tuple[str, ...]]
    private: tuple[str, ...]
    private_within: tuple[str, ...]
    charges: tuple[str, ...]
    gross: tuple[str, ...]
    net: tuple[str, ...]
    notes: tuple[str, ...]
    available: tuple[str, ...]
    unavailable: tuple[str, ...]
    apiece: tuple[str, ...]


@cache
def tables() -> Mapping[str, LanguageTable]:
    """The tables by language, read once."""
    return {language: _table(_FOLDER / f"{language}.yaml") for language in LANGUAGES}


@cache
def phrases(part: str) -> Mapping[str, None]:
    """The folded entries of one part ("available") in all languages, as keys."""
    found = {
        phrase for table in tables().values() for text in getattr(table, part) for phrase in folded_spellings(text)
    }
    return dict.fromkeys(sorted(found))


def folded(text: str) -> str:
    """A text in small letters without accents, its words parted by single spaces: "Art.-Nr. (SKU)" -> "art nr sku".

    Signs of currencies stay, each as a word; "imageUrl" is two words, and "#" is the word "number".
    """
    text = _LOWER_UPPER.sub(" ", _NUMBER_SIGNS.sub(" number ", text.replace("MwSt", "mwst")))
    parted = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    letters = "".join(char for char in parted if not unicodedata.combining(char) and char != "\u00ad")
    return " ".join(_SIGN.sub(r" \1 ", _NO_WORD.sub(" ", letters)).split())


def folded_spellings(text: str) -> frozenset[str]:
    """The ways in which a text of the tables may be written: umlauts also as two letters ("verfuegbarkeit")."""
    spelled = text
    for umlaut, letters in _UMLAUTS:
        spelled = spelled.replace(umlaut, letters)
    return frozenset({folded(text), folded(spelled)})


def without(words: str, *parts: str) -> str:
    """Folded words without the phrases of these parts of the tables."""
    left = words.split()
    for part in parts:
        place, kept = 0, list[str]()
        while place < len(left):
            length = _phrase_at(left, place, part)
            kept += left[place : place + 1] if length == 0 else []
            place += max(length, 1)
        left = kept
    return " ".join(left)


def has_phrase(words: str, part: str) -> bool:
    """Whether folded words have a phrase of this part of the tables among them."""
    listed = words.split()
    return any(_phrase_at(listed, place, part) for place in range(len(listed)))


def _phrase_at(words: list[str], place: int, part: str) -> int:
    """How many words the longest phrase has that begins there; 0 when none does."""
    for phrase in _by_first_word(part).get(words[place], ()):
        if words[place : place + len(phrase)] == phrase:
            return len(phrase)
    return 0


@cache
def _by_first_word(part: str) -> Mapping[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for phrase in phrases(part):
        found.setdefault(phrase.split()[0], []).append(phrase.split())
    for listed in found.values():
        listed.sort(key=len, reverse=True)
    return found


def _table(path: Path) -> LanguageTable:
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    lists = {part.name: _texts(written.get(part.name)) for part in fields(LanguageTable) if part.name not in _BY_FIELD}
    return LanguageTable(_by_field(written.get("titles")), _by_field(written.get("otherwise")), **lists)


def _by_field(written: Mapping[str, list[str]] | None) -> Mapping[str, tuple[str, ...]]:
    return {field: _texts(titles) for field, titles in (written or {}).items()}


def _texts(written: list[str] | None) -> tuple[str, ...]:
    return tuple(written or ())
