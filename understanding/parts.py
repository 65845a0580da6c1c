"""A message in parts, of which one alone may say what is looked for: "setting up an office. a 4k monitor first"."""

import re

from understanding.words import words

# A sentence ends; something is set against what was said; or a wish begins behind a story.
_BETWEEN = re.compile(
    r"[.!?;]+\s+|\n+|,? but |,? (?:and|so) (?=(?:i(?:'m|'d| am| would)? )?(?:need|want|like|look|looking)\b)",
    re.IGNORECASE,
)


def parts_of(text: str) -> list[str]:
    """The parts of a message in order, each with a word; one alone when it has no others."""
    return [part for part in _BETWEEN.split(text) if words(part)]
