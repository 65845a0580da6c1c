"""What earlier versions kept in the Chroma folder: there a product's only copy was the metadata of its vector.

v2.0 had a collection `products_{brand_id}` for each brand, v1 one named `products`; each record's metadata hold the
product as JSON in `product_data`. It is read with SQL alone, because Chroma changes a folder of an older version by
opening it, while its tables have kept this part since 0.4: folders of chromadb 0.4.24, 0.5.23, 0.6.3, 1.0.20 and 1.5.9
were read alike, also after the writing process was killed. Vectors are not read: they are of another model.

All of this comes before a `VectorStore` opens the folder: Python's SQLite and Chroma's undo each other's locks.
"""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import structlog

from durable_files import sync
from errors import StartError
from vector_files import DATABASE_FILE

logger = structlog.get_logger(__name__)

COPY_SUFFIX = ".before-2.1"

_OLD_NAME = re.compile(r"products(_.+)?", re.DOTALL)
OLD_PREFIX = "products_"

_ROWS = """
    SELECT e.embedding_id, m.string_value
    FROM collections c
    JOIN segments s ON s.collection = c.id AND s.scope = 'METADATA'
    JOIN embeddings e ON e.segment_id = s.id
    LEFT JOIN embedding_metadata m ON m.id = e.id AND m.key = 'product_data'
    WHERE c.name = ?
    ORDER BY e.id
"""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that holds no product.

    Attributes:
        record: the record's id in its collection.
        reason: what is wrong with it, as half a sentence for the operator.
    """

    record: str
    reason: str


def old_collections(folder: Path) -> list[str]:
    """The names of earlier versions' collections in this folder, in order; none when there is no Chroma folder.

    Raises:
        StartError: there is a database, and it cannot be read now; another program may hold it.
    """
    if not (folder / DATABASE_FILE).is_file():
        return []
    try:
        with closing(_connect(folder)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'collections'").fetchone():
                return []
            names = [name for (name,) in connection.execute("SELECT name FROM collections ORDER BY name")]
    except sqlite3.OperationalError as error:
        logger.warning("vector_folder_not_readable", reason=str(error))
        raise StartError(
            f"The database in CHROMA_PERSIST_DIRECTORY ({folder}) cannot be read; if another program has it open, an "
            "earlier version of this service perhaps, end that first."
        ) from None
    except sqlite3.DatabaseError as error:  # what is no database holds nothing; the vectors are made anew
        logger.warning("vector_folder_broken", reason=str(error))
        return []
    return [name for name in names if _OLD_NAME.fullmatch(name)]


def brand_of(collection: str) -> str | None:
    """The id of the brand whose products an old collection holds; None for v1's, which knew no brands."""
    return collection.removeprefix(OLD_PREFIX) if collection.startswith(OLD_PREFIX) else None


def old_products(folder: Path) -> Iterator[tuple[str, dict[str, Any] | Unreadable]]:
    """Each record of each old collection, with the collection's name: the product as it was written, or why not.

    Nothing of the product is checked but that it is a JSON object. It blocks: call it from a thread.

    Raises:
        sqlite3.Error: the database cannot be read.
    """
    for collection in old_collections(folder):
        with closing(_connect(folder)) as connection:
            for record, text in connection.execute(_ROWS, (collection,)):
                yield collection, _product(record, text)


def copy_beside(folder: Path) -> Path:
    """Copy the folder to `{folder}.before-2.1`, once: a copy that is there is returned as it is.

    The copy gets its name when it is whole and on disk, so half of one is never taken for one. Nobody else may write
    to the folder meanwhile.

    Raises:
        OSError: the disk is full, or the place beside the folder cannot be written.
    """
    copy = folder.with_name(folder.name + COPY_SUFFIX)
    if copy.is_dir():
        return copy
    partial = copy.with_name(copy.name + ".partial")
    if partial.exists():
        shutil.rmtree(partial)
    shutil.copytree(folder, partial, copy_function=_copy_to_disk)
    partial.rename(copy)
    sync(copy.parent)
    return copy


def _product(record: str, text: str | None) -> dict[str, Any] | Unreadable:
    if text is None:
        return Unreadable(record, "it has no product_data")
    try:
        product = orjson.loads(text)
    except orjson.JSONDecodeError:
        return Unreadable(record, "its product_data is not JSON")
    return product if isinstance(product, dict) else Unreadable(record, "its product_data is not a JSON object")


def _connect(folder: Path) -> sqlite3.Connection:
    """Open for reading. Not with `mode=ro`, which refuses what a killed process left: SQLite must roll that back."""
    connection = sqlite3.connect(f"{(folder / DATABASE_FILE).absolute().as_uri()}?mode=rw", uri=True)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _copy_to_disk(source: str, target: str) -> None:
    shutil.copy2(source, target)
    sync(Path(target))
