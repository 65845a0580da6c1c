"""Cosines of any embedder on the scale of the one that thresholds and probabilities were fitted with.

Embedders spread their vectors differently: two texts that have nothing to do with each other are at .1 for
all-MiniLM-L6-v2 and at .7 and more for some of OpenAI's. What "near" means is therefore measured, with a few texts
whose nearness is known, and mapped linearly.
"""

from dataclasses import dataclass

import numpy as np

from providers.base import Embedder

# What a customer may ask for, and how a shop may call it; no two rows have to do with each other.
_PAIRS = (
    ("couch for the living room", "Three-seat fabric sofa"),
    ("coffee maker", "Espresso machine with milk frother"),
    ("earphones", "Wireless in-ear headphones"),
    ("running shoes", "Lightweight trainers for joggers"),
    ("laptop bag", "Padded notebook sleeve"),
    ("toy for a baby", "Wooden rattle for infants"),
    ("bicycle helmet", "Protective headgear for cyclists"),
    ("raincoat", "Waterproof hooded jacket"),
    ("garden hose", "Flexible watering pipe, 20 m"),
    ("lipstick", "Matte lip colour, long-lasting"),
    ("dog food", "Dry kibble for adult dogs"),
    ("office chair", "Ergonomic swivel desk seat"),
)

REFERENCE = "all-minilm-l6-v2"

# Its mean cosines: of each row's two texts, and of texts of different rows.
REFERENCE_ALIKE, REFERENCE_UNRELATED = 0.548, 0.097

# An embedder that hardly tells the one from the other has no scale to speak of.
_LEAST_SPREAD = 0.05


@dataclass(frozen=True, slots=True)
class CosineScale:
    """A linear map from an embedder's cosines to the reference's.

    Attributes:
        factor: by which they are multiplied.
        shift: what is then added.
    """

    factor: float = 1.0
    shift: float = 0.0

    def of(self, cosine: float) -> float:
        """A cosine as the reference would have it, about -1 to 1."""
        return cosine * self.factor + self.shift


async def measure_scale(embedder: Embedder) -> CosineScale:
    """Find out how an embedder spreads its vectors, by one request of two dozen short texts; the reference needs none.

    Raises:
        ModelError: it does not answer.
    """
    if embedder.name == REFERENCE:
        return CosineScale()
    vectors = await embedder.embed([text for pair in _PAIRS for text in pair])
    cosines = vectors[0::2] @ vectors[1::2].T
    alike = float(np.mean(np.diag(cosines)))
    unrelated = float(np.mean(cosines[~np.eye(len(_PAIRS), dtype=bool)]))
    if alike - unrelated < _LEAST_SPREAD:
        return CosineScale()
    factor = (REFERENCE_ALIKE - REFERENCE_UNRELATED) / (alike - unrelated)
    return CosineScale(factor, REFERENCE_UNRELATED - factor * unrelated)
