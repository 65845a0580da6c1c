"""What filters look at, of a whole catalogue: columns in memory, over which a filter takes 0.2 ms at 40,000 products.

In SQL each row costs 0.4 us: to tell which of the 20,000 products that hold a word lie between two prices takes longer
than to find them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from models import BrandId
from storage import products
from storage.prepared import fetched
from storage.product_search import Within
from storage.row_ids import RowIds
from understanding.requirements import demands_of

# By row id, so that they rise; the row lookups go to the index that holds all that filters look at.
_COLUMNS = """
SELECT found.row_id, found.price, found.currency, found.category, found.maker, found.availability
FROM (SELECT row_id FROM products WHERE brand_id = ? ORDER BY row_id LIMIT ?) AS its
CROSS JOIN products AS found INDEXED BY ix_products_filter_row ON found.row_id = its.row_id
"""

_Mask = NDArray[np.bool_]


class _Names:
    """A column of names, as the places of each in a list of those that there are."""

    def __init__(self, names: Iterable[str | None]) -> None:
        places: dict[str | None, int] = {}
        self._places = np.array([places.setdefault(name, len(places)) for name in names], dtype=np.int32)
        self._names = tuple(places)

    def are(self, fits: Callable[[str | None], bool]) -> _Mask:
        """Of which rows the name fits; asked once for each name."""
        return np.array([fits(name) for name in self._names], dtype=np.bool_)[self._places]


@dataclass(frozen=True, slots=True)
class Columns:
    """One catalogue in one state.

    Attributes:
        revision: the state.
        rows: the ids of its rows, of which the other columns tell in the same order.
        prices: in the row's currency.
        currencies: None is the brand's own.
        categories: as the catalogue spells them.
        makers: likewise.
        available: whether they are in stock.
    """

    revision: int
    rows: RowIds
    prices: NDArray[np.float64]
    currencies: _Names
    categories: _Names
    makers: _Names
    available: _Mask

    def fulfilling(self, within: Within) -> RowIds | None:
        """The rows that fulfil the constraints; None when those are of what the columns do not tell (facts)."""
        asked = within.constraints
        if any(demands_of(asked)):
            return None
        conditions: list[_Mask] = []
        if asked.price_min is not None or asked.price_max is not None:
            currency = asked.currency or within.currency
            conditions.append(self.currencies.are(lambda name: (within.currency if name is None else name) == currency))
        if asked.price_min is not None:
            conditions.append(self.prices >= asked.price_min)
        if asked.price_max is not None:
            conditions.append(self.prices <= asked.price_max)
        if asked.available_only:
            conditions.append(self.available)
        for column, wanted, unwanted in (
            (self.categories, asked.categories, asked.excluded_categories),
            (self.makers, asked.makers, asked.excluded_makers),
        ):
            if wanted:
                conditions.append(column.are(set(wanted).__contains__))
            if unwanted:
                conditions.append(~column.are(set(unwanted).__contains__))
        return self.rows[np.logical_and.reduce(conditions)] if conditions else self.rows


def read(connection: Connection, brand_id: BrandId, *, most: int) -> Columns | None:
    """A brand's; None when it has more products than `most`. It takes 2 us for each."""
    found = fetched(connection, _COLUMNS, (brand_id, most + 1)).fetchall()
    if len(found) > most:
        return None
    rows, prices, currencies, categories, makers, available = zip(*found, strict=True) if found else ((),) * 6
    return Columns(
        products.revision(connection, brand_id),
        np.array(rows, dtype=np.int64),
        np.array(prices, dtype=np.float64),
        _Names(currencies),
        _Names(categories),
        _Names(makers),
        np.array(available, dtype=np.bool_),
    )
