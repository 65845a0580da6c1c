"""Vectors of small collections in memory, beside the vector store: there comparing with all is the fastest search.

Of 1,000 shops with 50 products each most are cold at any time: the store takes 5 ms to load one and 1 ms to search it,
while comparing 50 vectors takes 0.05 ms, and their 77 KB are a fortieth of what the loaded collection takes.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import numpy as np

from errors import VectorIndexBroken
from providers.base import Vectors

# A collection of up to so many vectors is small: 0.3 ms to compare with all, 1.5 KB each.
LARGEST_KEPT: Final = 2_000
# So many vectors are kept in all, of the collections that were searched last: 92 MB.
MAX_KEPT: Final = 60_000

# A vector that is shorter has no direction.
_SHORTEST: Final = 1e-12


class SmallCollection:
    """All vectors of a collection, or of a part of it.

    Args:
        ids: of the rows, each once.
        vectors: theirs, shape (ids, dimension).
    """

    def __init__(self, ids: Sequence[int], vectors: Vectors) -> None:
        self._ids = ids
        self._places = {row_id: place for place, row_id in enumerate(ids)}
        self._unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _SHORTEST)

    def __len__(self) -> int:
        return len(self._ids)

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[int, float]]:
        """Up to `limit` row ids with their cosines, best first."""
        cosines = self._cosines(vector)
        return [(self._ids[place], float(cosines[place])) for place in np.argsort(-cosines, kind="stable")[:limit]]

    def similarities(self, vector: Vectors, ids: Sequence[int]) -> dict[int, float]:
        """The cosines of these rows, as far as they are here."""
        cosines = self._cosines(vector).tolist()
        return {row_id: cosines[self._places[row_id]] for row_id in ids if row_id in self._places}

    def _cosines(self, vector: Vectors) -> Vectors:
        if not self._ids:
            return np.empty(0, dtype=np.float32)
        if self._unit.shape[1] != len(vector):
            raise VectorIndexBroken("The search index is of another embedder and has to be built again.")
        cosines: Vectors = self._unit @ (vector / max(float(np.linalg.norm(vector)), _SHORTEST))
        return np.clip(cosines, -1.0, 1.0)


class SmallCollections:
    """Those that were searched last, by name. It also remembers which collections are not small."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, SmallCollection | None] = OrderedDict()

    def knows(self, name: str) -> bool:
        """Whether `keep` was told of it, and nothing was forgotten since."""
        return name in self._kept

    def get(self, name: str) -> SmallCollection | None:
        """The collection; None when it is not small, or unknown."""
        if name in self._kept:
            self._kept.move_to_end(name)
        return self._kept.get(name)

    def keep(self, name: str, collection: SmallCollection | None) -> None:
        """Keep one, or note with None that it is not small; those that were not searched for longest go."""
        self._kept[name] = collection
        kept = sum(len(one) for one in self._kept.values() if one)
        while kept > MAX_KEPT:
            _, oldest = self._kept.popitem(last=False)
            kept -= len(oldest) if oldest else 0

    def forget(self, name: str) -> None:
        """The collection changes."""
        self._kept.pop(name, None)
