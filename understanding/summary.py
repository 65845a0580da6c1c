"""What a customer said long ago and a reply may still need: their own sentences, the telling ones.

A language model could write such a summary, and could get it wrong: what it invents would be believed for the rest of
the conversation. Sentences that the customer said are true, cost no second call of a model, and are the same whichever
model answers.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from models import Message, Role
from needs import Vocabulary
from understanding.prices import PriceRange, read_prices
from understanding.words import word_set, words

# About 300 tokens: what a conversation costs more per turn once it has outgrown its window.
MAX_CHARS = 1_200

_LONGEST_SENTENCE = 240
_FEWEST_WORDS = 3  # "ok, thanks" and "the second" say nothing by themselves
_SENTENCE_END = re.compile(r"(?<=[.!?…。\uff01\uff1f])\s+|\n+")
_NUMBER = re.compile(r"\d")
# Somebody says what is theirs, or speaks of themselves: in English, German, Spanish, French and Indonesian.
_THEIRS = word_set("my mine our ours mein meine meinen meiner unser unsere mi mis nuestro nuestra mon ma mes notre nos")
_THEMSELVES = word_set(
    """i i'm i've i'd i'll we we're we've ich wir yo nosotros soy tengo necesito je j'ai nous saya aku kami
    allergic allergy budget"""
)
# What a kind of sentence weighs; they add up.
_PRICE, _THEIR_OWN, _OF_THEMSELVES, _A_NUMBER = 4, 3, 2, 1


def summarised(earlier: str, messages: Iterable[Message]) -> str:
    """The earlier summary with what the customer said in further messages, at most MAX_CHARS.

    Args:
        earlier: what this function returned before, one sentence a line; empty at first.
        messages: those that followed, in order; only the customer's count.

    Returns:
        One sentence a line, in the order in which they were said. Where they are too many, those with an amount of
        money outlive those on what is the customer's own, these the others on themselves, and these the rest; among
        equals the latest stay.
    """
    said = [line for line in earlier.splitlines() if line]
    for message in messages:
        if message.role is Role.USER:
            said += _sentences(message.content)
    # Said again, it counts where it was said last.
    lines = list(dict.fromkeys(reversed(said)))[::-1]
    return "\n".join(_fitting(lines))


def _sentences(text: str) -> Iterator[str]:
    for sentence in _SENTENCE_END.split(text):
        flat = " ".join(sentence.split())[:_LONGEST_SENTENCE]
        if len(flat.split()) >= _FEWEST_WORDS and (_NUMBER.search(flat) or not flat.endswith("?")):
            yield flat


def _fitting(lines: Sequence[str]) -> list[str]:
    """As many lines as there is room for, the most telling first, in their old order."""
    order = sorted(range(len(lines)), key=lambda place: (-_weight(lines[place]), -place))
    room = MAX_CHARS
    kept = []
    for place in order:
        room -= len(lines[place]) + 1
        if room < 0:
            break
        kept.append(place)
    return [lines[place] for place in sorted(kept)]


def _weight(line: str) -> int:
    said = set(words(line.lower()))
    weight = _A_NUMBER if _NUMBER.search(line) else 0
    if read_prices(line.lower(), Vocabulary())[0] != PriceRange():
        weight += _PRICE
    if not _THEIRS.isdisjoint(said):
        return weight + _THEIR_OWN
    return weight if _THEMSELVES.isdisjoint(said) else weight + _OF_THEMSELVES
