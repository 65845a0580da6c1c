"""The columns that filters look at, of large catalogues, in memory; each serves one state of its catalogue alone."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic
from typing import Final

import structlog

from models import BrandId
from storage import product_columns
from storage.engine import Database
from storage.product_columns import Columns

logger = structlog.get_logger(__name__)

# So many products are kept in all, of the catalogues that were filtered last: 29 bytes each, 6 MB.
MAX_KEPT: Final = 200_000

# A catalogue is read (0.1 s for 40,000 products) when it has been as it is for so long: not between two parts of an
# import.
AT_REST_S: Final = 2.0


@dataclass(slots=True)
class _Catalogue:
    """A catalogue in one state.

    Attributes:
        revision: the state.
        since: the moment (monotonic) from which it is known.
        reading: what reads it, or has read it.
        columns: what was read.
    """

    revision: int
    since: float
    reading: asyncio.Task[None] | None = None
    columns: Columns | None = None


class CatalogueColumns:
    """Keeps columns of the catalogues that are filtered.

    Args:
        database: where the rows are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._catalogues: OrderedDict[BrandId, _Catalogue] = OrderedDict()

    def of(self, brand_id: BrandId) -> Columns | None:
        """A brand's, in the state in which they were read; whoever uses them compares the revision. None: not read."""
        known = self._catalogues.get(brand_id)
        if known is None or known.columns is None:
            return None
        self._catalogues.move_to_end(brand_id)
        return known.columns

    def met(self, brand_id: BrandId, revision: int) -> None:
        """A filter was applied to a large catalogue in this state: read it, once it has been in it for a while."""
        known = self._catalogues.get(brand_id)
        if known is None or known.revision != revision:
            self._catalogues[brand_id] = _Catalogue(revision, monotonic())
        elif known.reading is None and monotonic() >= known.since + AT_REST_S:
            known.reading = asyncio.create_task(self._read(brand_id, known))

    def forget(self, brand_id: BrandId) -> None:
        """The brand is being deleted."""
        self._catalogues.pop(brand_id, None)

    async def _read(self, brand_id: BrandId, known: _Catalogue) -> None:
        try:
            columns = await self._database.read(lambda tx: product_columns.read(tx, brand_id, most=MAX_KEPT))
        except Exception:  # filters go on in SQL, until the catalogue changes
            logger.exception("columns_not_read", brand=brand_id)
            return
        if columns is not None and columns.revision == known.revision:
            known.columns = columns
            self._shrink()

    def _shrink(self) -> None:
        """Let those go that were not used for longest, while there are too many rows."""
        kept = sum(len(one.columns.rows) for one in self._catalogues.values() if one.columns is not None)
        while kept > MAX_KEPT:
            _, oldest = self._catalogues.popitem(last=False)
            kept -= len(oldest.columns.rows) if oldest.columns is not None else 0
