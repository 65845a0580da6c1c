"""Vectors in memory, beside the vector store, where they are compared without asking it.

Of 1,000 shops with 50 products each most are cold at any time: the store takes 5 ms to load one and 1 ms to search it,
while comparing 50 vectors takes 0.05 ms, and their 77 KB are a fortieth of what the loaded collection takes. Of a large
collection the store hands out single vectors in 18 us each, and holds the interpreter's lock meanwhile: 500 of them
take 7 ms, and 0.1 ms from here. Comparing with all of 40,000 takes 2 ms here, on one thread and without the lock.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from errors import VectorIndexBroken
from providers.base import Vectors

# A collection of up to so many vectors is small: it is read as a whole when it is first asked for, in some 30 ms.
LARGEST_SMALL: Final = 2_000
# So many vectors are kept in all, of the collections that were used last: 92 MB.
MAX_KEPT: Final = 60_000

# A vector that is shorter has no direction.
_SHORTEST: Final = 1e-12

_FEWEST_PLACES: Final = 16


class KeptVectors:
    """The vectors of a collection that are in memory, by row id, with length 1.

    Attributes:
        unread: the rows whose vectors are in the collection and not here; None while nobody has listed them.
    """

    def __init__(self) -> None:
        self.unread: list[int] | None = None
        self._ids: list[int] = []
        self._places: dict[int, int] = {}
        self._unit: Vectors = np.empty((0, 0), dtype=np.float32)  # its first len(ids) rows
        self._last: tuple[Vectors, Vectors] | None = None  # the vector that all were compared with last, and how near

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def is_whole(self) -> bool:
        """Whether all of the collection's vectors are here."""
        return self.unread is not None and not self.unread

    def put(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Keep these.

        Args:
            ids: of the rows, each once.
            vectors: theirs, shape (ids, dimension).
        """
        if not len(ids):
            return
        self._last = None
        new = [row_id for row_id in ids if row_id not in self._places]
        self._places.update(zip(new, range(len(self), len(self) + len(new)), strict=True))
        self._ids += new
        self._make_room(vectors.shape[1])
        length = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _SHORTEST)
        self._unit[[self._places[row_id] for row_id in ids]] = vectors / length

    def remove(self, ids: Iterable[int]) -> None:
        """These are no longer in the collection."""
        self._last = None
        for row_id in ids:
            if (place := self._places.pop(row_id, None)) is not None:
                last = self._ids.pop()
                if last != row_id:  # the last one takes its place
                    self._ids[place], self._places[last] = last, place
                    self._unit[place] = self._unit[len(self._ids)]

    def missing(self, ids: Iterable[int]) -> list[int]:
        """Those of these rows whose vectors may be in the collection and are not here, each once."""
        return [] if self.is_whole else [row_id for row_id in dict.fromkeys(ids) if row_id not in self._places]

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[int, float]]:
        """Up to `limit` row ids with their cosines, best first."""
        if not self._ids:
            return []
        cosines = self._compared_with_all(vector)
        best: Sequence[int] = range(len(cosines))
        if limit < len(cosines):
            best = np.argpartition(-cosines, limit)[:limit].tolist()
        found = [(self._ids[place], float(cosines[place])) for place in best]
        return sorted(found, key=lambda one: (-one[1], one[0]))

    def similarities(self, vector: Vectors, ids: Iterable[int]) -> dict[int, float]:
        """The cosines of these rows, as far as they are here."""
        here = [row_id for row_id in dict.fromkeys(ids) if row_id in self._places]
        if not here:
            return {}
        places = [self._places[row_id] for row_id in here]
        if self._last is not None and np.array_equal(self._last[0], vector):
            cosines = self._last[1][places]
        else:
            cosines = _cosines(self._unit[places], vector)
        return dict(zip(here, cosines.tolist(), strict=True))

    def _compared_with_all(self, vector: Vectors) -> Vectors:
        """The cosines of all, by place. A search often asks for more of the nearest, or for others, a moment later."""
        if self._last is None or not np.array_equal(self._last[0], vector):
            self._last = vector.copy(), _cosines(self._unit[: len(self)], vector)
        return self._last[1]

    def _make_room(self, dimension: int) -> None:
        """Room for as many rows as there are ids. What is reserved and not written takes no memory."""
        if len(self) <= len(self._unit):
            return
        small = len(self) <= LARGEST_SMALL
        places = min(2 * len(self), LARGEST_SMALL) if small else max(2 * len(self), MAX_KEPT)
        unit = np.empty((max(places, _FEWEST_PLACES), dimension), dtype=np.float32)
        if len(self._unit):
            unit[: len(self._unit)] = self._unit
        self._unit = unit


def _cosines(unit: Vectors, vector: Vectors) -> Vectors:
    if unit.shape[1] != len(vector):
        raise VectorIndexBroken("The search index is of another embedder and has to be built again.")
    # Not `unit @ vector`: its threads wait for each other in a loop, and everything else in the process for them.
    cosines: Vectors = np.vecdot(unit, vector / max(float(np.linalg.norm(vector)), _SHORTEST))
    return np.clip(cosines, -1.0, 1.0)


class VectorCache:
    """The collections that were used last, by name; together they keep no more than MAX_KEPT vectors."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, KeptVectors] = OrderedDict()

    @property
    def size(self) -> int:
        """How many vectors are kept."""
        return sum(map(len, self._kept.values()))

    def get(self, name: str) -> KeptVectors | None:
        """What is kept of a collection."""
        if name in self._kept:
            self._kept.move_to_end(name)
        return self._kept.get(name)

    def add(self, name: str) -> KeptVectors:
        """Begin to keep vectors of a collection; after each time that some were put into it, `shrink`."""
        self._kept[name] = KeptVectors()
        return self._kept[name]

    def shrink(self) -> None:
        """Let the collections go that were not used for longest, while there are too many vectors."""
        kept = self.size
        while kept > MAX_KEPT:
            kept -= len(self._kept.popitem(last=False)[1])

    def forget(self, name: str) -> None:
        """Keep nothing of a collection."""
        self._kept.pop(name, None)
