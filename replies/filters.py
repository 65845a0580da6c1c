"""All filters on a reply's way to the customer, in their order.

Marks come out first, since what they stand beside is text for all the others. Links and echoes of the prompt are cut
before figures are checked, so that nothing is reported which nobody sees; what is spoken is shaped last.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from models import Passage, Product
from replies.citations import CitationFilter
from replies.echo import EchoFilter, SecretWords
from replies.grounding import Evidence, GroundingFilter
from replies.links import LinkFilter, OwnLinks
from replies.voice import VoiceFilter


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a reply is held against.

    Attributes:
        offered: the products that a mark may name.
        passages: the passages that a mark may name.
        evidence: what figures and names are checked against.
        own_links: the addresses that may be shown.
        secret: what of the prompt is not for customers.
        redact: whether what has no source is withheld rather than reported.
    """

    offered: Sequence[Product]
    passages: Sequence[Passage]
    evidence: Evidence
    own_links: OwnLinks
    secret: SecretWords
    redact: bool = False


class ReplyFilters:
    """Takes a model's text piece by piece and gives back what the customer may see.

    Args:
        grounds: what the reply is held against.
        voice: whether it will be spoken.
    """

    def __init__(self, grounds: Grounds, *, voice: bool) -> None:
        self._grounds = grounds
        self._citations = CitationFilter(grounds.offered, grounds.passages)
        self._links = LinkFilter(grounds.own_links)
        self._echo = EchoFilter(grounds.secret)
        self._grounding = GroundingFilter(grounds.evidence, redact=grounds.redact)
        self._voice = VoiceFilter() if voice else None

    @property
    def done(self) -> bool:
        """Whether the rest of the reply need not come."""
        return self._voice is not None and self._voice.done

    def feed(self, piece: str) -> str:
        """Take a piece of the stream; return what may be shown now."""
        text = self._grounding.feed(self._echo.feed(self._links.feed(self._citations.feed(piece))))
        return self._voice.feed(text) if self._voice else text

    def finish(self) -> str:
        """The stream has ended: what the filters held back."""
        text = self._links.feed(self._citations.finish()) + self._links.finish()
        text = self._echo.feed(text) + self._echo.finish()
        text = self._grounding.feed(text) + self._grounding.finish()
        return self._voice.feed(text) + self._voice.finish() if self._voice else text

    def suggested(self) -> list[Product]:
        """The products that the reply recommends, in the order in which it names them."""
        return self._citations.suggested()

    def sources(self, shown: str) -> list[Passage]:
        """The passages that the reply rests on: those it marks, else those of which it quotes a sentence."""
        return self._citations.quoted() or [one for one in self._grounds.passages if _is_quoted(one, shown)]

    @property
    def unsupported(self) -> list[str]:
        """What the reply says without a source, as it says it."""
        return self._grounding.unsupported

    @property
    def removed(self) -> dict[str, int]:
        """How much was taken out, by what it was; what did not occur is left out."""
        counts = {
            "unknown_marks": self._citations.unknown_marks,
            "links": self._links.removed,
            "echoes": self._echo.cut,
        }
        return {name: count for name, count in counts.items() if count}


# A shorter sentence ("Yes.") may stand in a reply by accident.
_QUOTED_CHARS = 20
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


def _is_quoted(passage: Passage, shown: str) -> bool:
    """Whether a sentence of a passage stands in the reply, or all of a shorter passage."""
    sentences = [one for one in _SENTENCE_END.split(passage.text) if len(one) >= _QUOTED_CHARS]
    return any(one in shown for one in sentences or [passage.text])
