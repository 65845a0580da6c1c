"""What of a product is searched, by words and by meaning; full-text search over it, kept in step by storage.products.

Words are searched in two FTS5 tables per brand. One holds what a shop says of a product, the other its specifications:
bm25 divides by a row's length, so that in one table a long data sheet would count against the product's own name
(measured on a shop of 19,406 products and 116 judged queries: nDCG@10 .69 in one table with the specifications at no
weight, .74 in a table without them, .76 with both).

Tables are per brand, because bm25 counts documents: in a shared one a brand's upload shifts another's scores.
"""

import itertools
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import orjson
from sqlalchemy import Connection, TableClause, bindparam, column, literal_column, table
from sqlalchemy.sql.elements import ColumnElement, quoted_name

from models import BrandId, Product
from storage.prepared import fetched
from storage.row_ids import NO_ROWS, RowIds
from storage.tables import own_table
from understanding.attributes import specification_text

# The first table's columns with their weights in bm25: a word in the name weighs as much as in two sentences about it.
_SAID = {"name": 2.0, "maker": 1.0, "category": 2.0, "features": 1.0, "description": 1.5}
_LISTED = {"specifications": 1.0}

# What a score in the second table counts beside one in the first.
LISTED_WEIGHT = 0.15

TOKENIZE = "tokenize = 'porter unicode61 remove_diacritics 2'"


# A word that so many products hold tells them apart from few others, and ranking all of them takes longest: beside
# rarer words it is not looked for, and counts in the order alone. At 40,000 products the lexical leg takes 2.3 ms
# instead of 6.6 at the median of generated queries; catalogues of fewer products know no such words.
COMMON = 4_000

# Of a long text so many words are counted in what a product holds.
MAX_HELD = 12

# An embedder reads so many characters of a product at most: more than any of them takes into account.
_EMBEDDED_CHARS = 4_000


class TextIndex(NamedTuple):
    """One of a brand's full-text tables.

    Attributes:
        name: the table's.
        columns: in order, with their weights in bm25.
    """

    name: str
    columns: dict[str, float]

    def source(self) -> tuple[TableClause, ColumnElement[bool], ColumnElement[float]]:
        """What a query joins: the table, the condition (parameter `match`), the rank (least first)."""
        weights = ", ".join(str(weight) for weight in self.columns.values())
        return (
            table(quoted_name(self.name, quote=True), column("rowid")),
            literal_column(f'"{self.name}"').op("MATCH", is_comparison=True)(bindparam("match")),
            literal_column(f'bm25("{self.name}", {weights})'),
        )


def said(brand_id: BrandId) -> TextIndex:
    """What the brand says of its products."""
    return TextIndex(table_name(brand_id), _SAID)


def listed(brand_id: BrandId) -> TextIndex:
    """Their specifications."""
    return TextIndex(own_table("product_details", brand_id), _LISTED)


def table_name(brand_id: BrandId) -> str:
    """The brand's own table of what it says."""
    return own_table("product_text", brand_id)


def create(connection: Connection, brand_id: BrandId) -> None:
    """Make the brand's tables, unless they are there."""
    for index in (said(brand_id), listed(brand_id)):
        connection.exec_driver_sql(
            f'CREATE VIRTUAL TABLE IF NOT EXISTS "{index.name}" USING fts5({", ".join(index.columns)}, {TOKENIZE})'
        )
    words = _words_table(brand_id)
    connection.exec_driver_sql(
        f'CREATE VIRTUAL TABLE IF NOT EXISTS "{words}" USING fts5vocab("{table_name(brand_id)}", "row")'
    )


def drop(connection: Connection, brand_id: BrandId) -> None:
    """Remove the brand's tables with everything in them."""
    for name in (_words_table(brand_id), said(brand_id).name, listed(brand_id).name):
        connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}"')


def put(connection: Connection, brand_id: BrandId, rows: Sequence[tuple[int, Product]]) -> None:
    """Index these products under their row ids; those that are indexed already must be removed first."""
    _insert(connection, said(brand_id), [(row_id, *_said_texts(product)) for row_id, product in rows])
    _insert(connection, listed(brand_id), [(row_id, listed_text(product)) for row_id, product in rows])


def remove(connection: Connection, brand_id: BrandId, row_ids: Sequence[int]) -> None:
    """Take these rows out of the index."""
    for index in (said(brand_id), listed(brand_id)):
        connection.exec_driver_sql(
            f'DELETE FROM "{index.name}" WHERE rowid = ?',  # noqa: S608, no user text in it
            [(row_id,) for row_id in row_ids],
        )


def any_of(terms: Sequence[str], *, but: Collection[str] = ()) -> str:
    """An FTS5 expression for rows with at least one of the terms, or two neighbours written as one ("head set").

    Each is quoted: nothing is an operator. A term that the tokenizer divides ("x-200") is found as it stands. What is
    in `but` is left out; the expression is empty when nothing is left.
    """
    neighbours = [first + second for first, second in itertools.pairwise(terms)]
    return " OR ".join(_quoted(term) for term in dict.fromkeys((*terms, *neighbours)) if term not in but)


def holders(connection: Connection, brand_id: BrandId, words: Sequence[str]) -> dict[str, RowIds]:
    """The rows that hold each of these words; words that COMMON products or more hold are left out."""
    found = {word: _holding(connection, brand_id, _quoted(word), most=COMMON) for word in words}
    return {word: rows for word, rows in found.items() if rows is not None}


def holding_neighbours(connection: Connection, brand_id: BrandId, words: Sequence[str]) -> RowIds:
    """The rows that hold two of these words that stand side by side, written as one."""
    together = any_of(words, but=words)
    found = _holding(connection, brand_id, together) if together else None
    return NO_ROWS if found is None else found


def known(connection: Connection, brand_id: BrandId, terms: Iterable[str]) -> frozenset[str]:
    """Those of these terms that some product's text holds, or its specifications."""
    statements = [
        f'SELECT 1 FROM "{index.name}" WHERE "{index.name}" MATCH ? LIMIT 1'  # noqa: S608, no user text in it
        for index in (said(brand_id), listed(brand_id))
    ]
    return frozenset(
        term for term in terms if any(fetched(connection, sql, (_quoted(term),)).fetchone() for sql in statements)
    )


def listed_somewhere(connection: Connection, brand_id: BrandId, terms: Iterable[str]) -> frozenset[str]:
    """Those of these terms that some product's features or specifications hold."""
    features, specifications = said(brand_id).name, listed(brand_id).name
    statements = (
        (f'SELECT 1 FROM "{features}" WHERE "{features}" MATCH ? LIMIT 1', "features : {}"),  # noqa: S608, no user text
        (f'SELECT 1 FROM "{specifications}" WHERE "{specifications}" MATCH ? LIMIT 1', "{}"),  # noqa: S608, as above
    )
    return frozenset(
        term
        for term in terms
        if any(fetched(connection, sql, (match.format(_quoted(term)),)).fetchone() for sql, match in statements)
    )


def held_by(connection: Connection, brand_id: BrandId, terms: Iterable[str], among: RowIds) -> dict[str, RowIds]:
    """Those of these rows that hold each of the terms."""
    found = {term: _holding(connection, brand_id, _quoted(term), among=among) for term in terms}
    return {term: NO_ROWS if rows is None else rows for term, rows in found.items()}


def _holding(
    connection: Connection,
    brand_id: BrandId,
    match: str,
    *,
    among: RowIds | None = None,
    most: int | None = None,
) -> RowIds | None:
    """The rows, of these or of all, that match in one table or the other; None when `most` match in one of them."""
    found: list[int] = []
    for index in (said(brand_id), listed(brand_id)):
        # The plus keeps SQLite from looking each row up by itself: 22 ms for 264 rows instead of 0.3. One row of JSON
        # comes back: for each row the driver would take Python's lock once more.
        sql = (
            f'SELECT json_group_array(rowid) FROM (SELECT rowid FROM "{index.name}" WHERE "{index.name}" MATCH ?1 '  # noqa: S608, the table's name
            "AND (?2 IS NULL OR +rowid IN (SELECT value FROM json_each(?2))) LIMIT ?3)"
        )
        among_them = None if among is None else orjson.dumps(among.tolist()).decode()
        rows = orjson.loads(fetched(connection, sql, (match, among_them, -1 if most is None else most)).fetchone()[0])
        if len(rows) == most:
            return None
        found += rows
    return np.unique(np.array(found, dtype=np.int64))


def holding_all(connection: Connection, brand_id: BrandId, terms: Sequence[str]) -> list[int]:
    """Rows that hold every one of the terms, the first MAX_HELD of them."""
    parts, values = [], []
    for term in terms[:MAX_HELD]:
        found = [
            f'SELECT rowid FROM "{index.name}" WHERE "{index.name}" MATCH ?'  # noqa: S608, no user text in it
            for index in (said(brand_id), listed(brand_id))
        ]
        parts.append(f"SELECT rowid FROM ({' UNION '.join(found)})")  # noqa: S608, as above
        values += [_quoted(term)] * 2
    return [int(row[0]) for row in connection.exec_driver_sql(" INTERSECT ".join(parts), tuple(values))]


def spellings(connection: Connection, brand_id: BrandId, term: str) -> list[str]:
    """Texts that hold a stem, some of them: how the brand writes it."""
    name = table_name(brand_id)
    sql = f'SELECT name, category, features, description FROM "{name}" WHERE "{name}" MATCH ? LIMIT 20'  # noqa: S608, as above
    return [" ".join(row) for row in connection.exec_driver_sql(sql, (_quoted(term),))]


def named(connection: Connection, brand_id: BrandId, phrases: Iterable[str]) -> dict[str, int]:
    """How many products have each of these words, or phrases, in their names."""
    name = table_name(brand_id)
    sql = f'SELECT count(*) FROM "{name}" WHERE "{name}" MATCH ?'  # noqa: S608, no user text in it
    return {phrase: int(fetched(connection, sql, (f"name : {_quoted(phrase)}",)).fetchone()[0]) for phrase in phrases}


def vocabulary(connection: Connection, brand_id: BrandId) -> dict[str, int]:
    """Every stem in what the brand says of its products, with the number of products that have it."""
    return dict(fetched(connection, f'SELECT term, doc FROM "{_words_table(brand_id)}"', ()))  # noqa: S608, as above


def embedded_text(product: Product) -> str:
    """What an embedder is given of a product: how it is called first, since what comes late may be cut off."""
    parts = (product.name, product.maker, product.category, product.description, *product.features)
    return ". ".join(part for part in (*parts, listed_text(product)) if part)[:_EMBEDDED_CHARS]


def listed_text(product: Product) -> str:
    """The specifications in words, one a line."""
    return "\n".join(f"{key} {specification_text(value)}" for key, value in product.specifications.items())


def _said_texts(product: Product) -> tuple[str, ...]:
    return (product.name, product.maker, product.category, "\n".join(product.features), product.description)


def _insert(connection: Connection, index: TextIndex, rows: Sequence[tuple[object, ...]]) -> None:
    places = ", ".join("?" for _ in index.columns)
    connection.exec_driver_sql(
        f'INSERT INTO "{index.name}" (rowid, {", ".join(index.columns)}) VALUES (?, {places})',  # noqa: S608, as above
        list(rows),
    )


def _words_table(brand_id: BrandId) -> str:
    return own_table("product_words", brand_id)


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""').replace("\0", "") + '"'
