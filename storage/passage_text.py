"""Full-text search over passages, one FTS5 table per brand, kept in step by storage.knowledge.

Per brand, because bm25 counts documents: in a shared table one brand's documents would shift another's order.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from models import BrandId
from storage.prepared import fetched
from storage.product_text import TOKENIZE
from storage.tables import own_table

# A word of a passage's title path says what the passage is about; one in its text may be there by the way.
TITLE_WEIGHT, TEXT_WEIGHT = 3.0, 1.0


def create(connection: Connection, brand_id: BrandId) -> None:
    """Make the brand's table, unless it is there."""
    connection.exec_driver_sql(
        f'CREATE VIRTUAL TABLE IF NOT EXISTS "{_table(brand_id)}" USING fts5(title, text, {TOKENIZE})'
    )


def drop(connection: Connection, brand_id: BrandId) -> None:
    """Remove the brand's table with everything in it."""
    connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{_table(brand_id)}"')


def put(connection: Connection, brand_id: BrandId, rows: Sequence[tuple[int, str, str]]) -> None:
    """Index passages: row id, title, text. Those that are indexed already must be removed first."""
    if rows:
        sql = f'INSERT INTO "{_table(brand_id)}" (rowid, title, text) VALUES (?, ?, ?)'  # noqa: S608, no user text in it
        connection.exec_driver_sql(sql, list(rows))


def remove(connection: Connection, brand_id: BrandId, row_ids: Iterable[int]) -> None:
    """Take these rows out of the index."""
    if given := [(row_id,) for row_id in row_ids]:
        connection.exec_driver_sql(f'DELETE FROM "{_table(brand_id)}" WHERE rowid = ?', given)  # noqa: S608, as above


def search(connection: Connection, brand_id: BrandId, words: Sequence[str], limit: int) -> list[int]:
    """The rows that hold one of the words, best first; the table must be there.

    Each word is quoted: nothing in it is an operator. One that the tokenizer divides is found as it stands.
    """
    match = " OR ".join(_quoted(word) for word in dict.fromkeys(words))
    if not match:
        return []
    name = _table(brand_id)
    sql = (
        f'SELECT rowid FROM "{name}" WHERE "{name}" MATCH ? '  # noqa: S608, no user text in it
        f'ORDER BY bm25("{name}", {TITLE_WEIGHT}, {TEXT_WEIGHT}), rowid LIMIT ?'
    )
    return [int(row[0]) for row in fetched(connection, sql, (match, limit))]


def _table(brand_id: BrandId) -> str:
    return own_table("passage_text", brand_id)


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""').replace("\0", "") + '"'
