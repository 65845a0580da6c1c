"""A message in parts, of which one alone may say what is looked for: "setting up an office. a 4k monitor first"."""

import re

from understanding.words import words

# A sentence ends; a word or two follow it ("a pill box for my mum, dementia"); something is set against what was said;
# or a wish begins behind a story.
_BETWEEN = re.compile(
    r"(?<![.!?;])[.!?;]+\s+|\n+|,? but |"
    r"(?<! if)(?<! that)(?<! what)(?<! which)(?<! one)\s+(?=(?:he|she|they)(?:'s|s|'re| is| are| has| have)\b)|"
    r",\s+(?!(?:what|which|how|any|who|when|where|do|does|is|are|can|not|no|or|and)\b)(?=[\w'-]+(?: [\w'-]+)?\W*$)|"
    r",? (?:and|so) (?=(?:i(?:'m|'d| am| would)? )?(?:need|want|like|look|looking)\b)",
    re.IGNORECASE,
)


_AND = re.compile(r"[,;&]|\+(?![0-9])|\b(?:and|plus|as well as)\b", re.IGNORECASE)
_COUNT = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|[1-9][0-9]?)(?: ?x)? (?=[^\W\d_])", re.IGNORECASE
)
_LONGEST_ITEM, _MOST_ITEMS = 6, 6  # words of one, and how many


def items_of(text: str) -> list[str]:
    """What a message lists: "a cable, a tuner and a stand". Empty when it lists nothing."""
    items = [_COUNT.sub("", part.strip()) for part in _AND.split(text) if words(part)]
    short = all(len(words(part)) <= _LONGEST_ITEM for part in items[1:])
    return items if short and 1 < len(items) <= _MOST_ITEMS else []


def is_plural(item: str) -> bool:
    """Whether a listed thing is several of its kind, by its article and its last letter."""
    said = words(item)
    return bool(said) and said[0] not in {"a", "an"} and said[-1].endswith("s") and not said[-1].endswith("ss")


_FOR_THESE = re.compile(
    r"^(?P<head>[\w' -]{2,40}?) for (?:the|this|that|these|those)(?: [\w-]+){1,2}\W*$", re.IGNORECASE
)


def head_of(text: str) -> str:
    """What is looked for in "solution for the monthly lenses", whatever that is for; empty where nothing is said so."""
    match = _FOR_THESE.match(text)
    return match["head"] if match else ""


def parts_of(text: str) -> list[str]:
    """The parts of a message in order, each with a word; one alone when it has no others."""
    return [part for part in _BETWEEN.split(text) if words(part)]
