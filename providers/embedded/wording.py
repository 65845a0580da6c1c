"""How products, prices, lists and quotations are put into words."""

import re
from collections.abc import Sequence
from decimal import Decimal

from models import Passage, Product
from understanding.money import format_price, spoken_price
from understanding.words import stems

MAX_CATEGORIES = 5  # named in one sentence
_LONGEST_SHORT_FACT = 60  # characters; a passage no longer than this is named with its title ("Founded: 2012")
_SPOKEN_SENTENCES = 2

_BRACKETS = re.compile(r"\[{2,}|\]{2,}")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_BULLET = re.compile(r"^\s*(?:[-*•]|[0-9]+[.)])\s+", re.MULTILINE)
_CURRENCIES = {"$": "dollars", "€": "euros", "£": "pounds", "¥": "yen"}
_PRICED = re.compile(r"(?P<sign>[$€£¥]) ?(?P<figure>[0-9]+(?:[.,][0-9]+)*)")
_MARKUP = re.compile(r"[*_#`|<>~]+")


def quoted(text: str) -> str:
    """A shop's own words on one line, without what would read as a mark of ours."""
    return " ".join(_unmarked(text).split())


def _unmarked(text: str) -> str:
    return _BRACKETS.sub(lambda match: match[0][0], text)


def named(product: Product) -> str:
    """A product's name with its mark; an id that holds brackets itself cannot be marked."""
    name = quoted(product.name).rstrip("[ ")
    return name if "[" in product.id or "]" in product.id else f"{name}[[{product.id}]]"


def price(product: Product, *, voice: bool = False) -> str:
    """What a product costs, in writing or for a voice to read."""
    return amount(product.price, product, voice=voice)


def amount(value: float | Decimal, product: Product, *, voice: bool = False) -> str:
    """An amount in a product's currency."""
    spell = spoken_price if voice else format_price
    return spell(value, product.currency or "USD")


def enumerated(items: Sequence[str], last: str = "and") -> str:
    """Items as a sentence names them: "a", "a and b", "a, b and c"."""
    if len(items) < 2:  # noqa: PLR2004 - there is nothing to join
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def range_of(categories: Sequence[str], *, last: str = "and", more: str = "and more") -> str:
    """What a brand sells, in its own words; empty when it has no categories.

    Args:
        categories: their names.
        last: the word before the last one.
        more: what stands behind the first ones where there are too many.
    """
    shown = [quoted(category) for category in categories if category.strip()]
    if len(shown) > MAX_CATEGORIES:
        return f"{', '.join(shown[:MAX_CATEGORIES])} {more}"
    return enumerated(shown, last)


def sentence(text: str) -> str:
    """A text that begins with a capital and ends with a full stop or another end."""
    text = text.strip()
    ended = text if text.endswith((".", "!", "?", ":")) else f"{text}."
    return ended[:1].upper() + ended[1:]


def lowered(text: str) -> str:
    """A text as it goes on within a sentence: lower-cased at its start, unless it starts with a name or a number."""
    first, _, _ = text.partition(" ")
    return text if len(first) < 2 or first[1:] != first[1:].lower() else text[0].lower() + text[1:]  # noqa: PLR2004


def first_sentences(text: str, count: int) -> str:
    """The beginning of a text, in whole sentences."""
    return " ".join(_SENTENCE_END.split(text.strip())[:count])


def telling_sentences(text: str, question: str) -> str:
    """As much of a text as is spoken, in whole sentences that follow each other: those with most of the question."""
    sentences = _SENTENCE_END.split(text.strip())
    asked = stems(question)
    starts = range(max(1, len(sentences) - _SPOKEN_SENTENCES + 1))
    spoken = [" ".join(sentences[start : start + _SPOKEN_SENTENCES]) for start in starts]
    return max(spoken, key=lambda said: len(asked & stems(said)))


def spelled_out(text: str) -> str:
    """A text whose prices a voice can read: "$140" is "140 dollars"."""
    return _PRICED.sub(lambda match: f"{match['figure']} {_CURRENCIES[match['sign']]}", text)


def quotation(passage: Passage, *, question: str = "", voice: bool = False) -> str:
    """A passage in the brand's own words; a bare fact with what it is about; for a voice what answers the question."""
    text = _BULLET.sub("", passage.text) if voice else passage.text
    text = quoted(text) if voice or "\n" not in text.strip() else _unmarked(text.strip())
    if voice:
        text = telling_sentences(spelled_out(_MARKUP.sub("", text)), question)
    is_sentence = text.endswith((".", "!", "?")) and " " in text
    if is_sentence or len(text) > _LONGEST_SHORT_FACT:
        return text
    return f"{quoted(passage.title)}: {text}" if not voice else sentence(f"{quoted(passage.title)}: {text}")


def reply(lead: str, lines: Sequence[str] = (), question: str = "") -> str:
    """A written reply: a sentence, then one line for each product or fact, then a question."""
    parts = [lead, "\n".join(f"- {line}" for line in lines), question]
    return "\n\n".join(part for part in parts if part)
