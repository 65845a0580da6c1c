"""Sets of row ids as sorted arrays: a search compares thousands of them."""

import numpy as np
from numpy.typing import NDArray

RowIds = NDArray[np.int64]
"""Row ids, rising, each once."""

NO_ROWS: RowIds = np.empty(0, dtype=np.int64)


def is_in(ids: NDArray[np.int64], rows: RowIds) -> NDArray[np.bool_]:
    """Which of the ids, in any order, are among the rows."""
    if not len(rows):
        return np.zeros(len(ids), dtype=np.bool_)
    found: NDArray[np.bool_] = rows[np.minimum(np.searchsorted(rows, ids), len(rows) - 1)] == ids
    return found
