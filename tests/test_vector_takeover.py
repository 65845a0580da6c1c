"""Products of earlier versions are read from the Chroma folder as it is, which stays as it was."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import orjson

from vector_takeover import Unreadable, brand_of, copy_beside, old_collections, old_products

# What v2.0 did, in a process of its own: Chroma's copy of SQLite and Python's do not get along in one.
WRITER = """
import os, sys
import chromadb
from chromadb.config import Settings

client = chromadb.PersistentClient(sys.argv[1], settings=Settings(anonymized_telemetry=False))
for name in sys.argv[2:]:
    collection = client.get_or_create_collection(name, metadata={"hnsw:space": "cosine"}, embedding_function=None)
    collection.add(
        ids=["1", "2", "3", "4", "5"],
        embeddings=[[0.5] * 1536] * 5,
        documents=["Lamp A lamp"] * 5,
        metadatas=[
            {"name": "Lamp", "price": 9.5, "product_data": '{"id": "1", "name": "Lampé", "price": 9.5}'},
            {"name": "Broken", "product_data": "{'id': 2}"},
            {"name": "List", "product_data": "[]"},
            {"name": "None"},
            {"name": "Gone", "product_data": "{}"},
        ],
    )
    collection.delete(ids=["5"])
os._exit(0)
"""


def written(folder: Path, *names: str) -> Path:
    subprocess.run([sys.executable, "-c", WRITER, str(folder), *names], check=True, timeout=60)
    return folder


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_each_record_is_a_product_as_it_was_written_or_a_reason(tmp_path: Path) -> None:
    folder = written(tmp_path / "chroma_db", "products_techpro", "products", "brand.techpro.products.tiny")
    before = contents(folder)
    expected = [
        {"id": "1", "name": "Lampé", "price": 9.5},
        Unreadable("2", "its product_data is not JSON"),
        Unreadable("3", "its product_data is not a JSON object"),
        Unreadable("4", "it has no product_data"),
    ]
    assert old_collections(folder) == ["products", "products_techpro"]
    assert list(old_products(folder)) == [(name, record) for name in old_collections(folder) for record in expected]
    assert contents(folder) == before


def test_a_collections_name_says_whose_products_it_holds() -> None:
    assert brand_of("products_my_shop") == "my_shop"
    assert brand_of("products") is None


def test_a_folder_without_a_database_has_no_old_collections(tmp_path: Path) -> None:
    assert old_collections(tmp_path / "missing") == []
    assert list(old_products(tmp_path)) == []
    (tmp_path / "chroma.sqlite3").touch()
    assert old_collections(tmp_path) == []


def test_the_folder_is_copied_once_and_half_a_copy_is_not_taken_for_one(tmp_path: Path) -> None:
    folder = tmp_path / "chroma_db"
    (folder / "segment").mkdir(parents=True)
    (folder / "segment" / "data.bin").write_bytes(b"first")
    half = tmp_path / "chroma_db.before-2.1.partial"
    half.mkdir()
    (half / "remains").touch()

    copy = copy_beside(folder)
    assert copy == tmp_path / "chroma_db.before-2.1"
    assert contents(copy) == contents(folder)
    assert not half.exists()

    (folder / "segment" / "data.bin").write_bytes(b"second")
    assert copy_beside(folder) == copy
    assert (copy / "segment" / "data.bin").read_bytes() == b"first"


def test_what_a_killed_process_left_in_the_write_ahead_log_is_read(tmp_path: Path) -> None:
    folder = written(tmp_path / "chroma_db", "products_techpro")
    script = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1] + "/chroma.sqlite3", isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("UPDATE embedding_metadata SET string_value = '{\\"id\\": \\"9\\"}' WHERE string_value = '[]'")
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", script, str(folder)], check=True, timeout=60)
    assert (folder / "chroma.sqlite3-wal").stat().st_size > 0
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    for place in (folder, copy):
        assert ("products_techpro", orjson.loads('{"id": "9"}')) in list(old_products(place))
