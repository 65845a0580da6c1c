"""Search by meaning on the real server: at once, anew, after a loss, with another embedder, and while there is none."""

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.functional.server import ROOT, FakeModel, Server, await_until, run_program, running_server

CLI = str(ROOT / "cli.py")

# No word of the question stands in the product.
GRILL: dict[str, Any] = {"id": "grill-1", "name": "Charcoal barbecue", "category": "Outdoor", "price": 149.0}
QUESTION = "bbq grill"


def vectors(server: Server) -> str:
    """What /readyz says of the vectors."""
    return str(server.http.get("/readyz").json()["checks"]["vectors"])


def await_vectors(server: Server) -> None:
    await_until("the vectors are complete", lambda: vectors(server) == "ok")


def found(server: Server, query: str, brand: str = "techpro") -> list[str]:
    answer = server.http.post(f"/brands/{brand}/products/search", json={"query": query, "limit": 50})
    return [hit["product"]["id"] for hit in answer.raise_for_status().json()["results"]]


def live_collections(folder: Path) -> dict[str, tuple[str, str]]:
    with sqlite3.connect(folder / "data" / "chatbot.db") as connection:
        rows = connection.execute("SELECT brand_id, collection, embedder FROM vector_indexes WHERE state = 'live'")
        return {brand: (collection, embedder) for brand, collection, embedder in rows}


def test_what_was_saved_is_found_by_meaning_when_the_answer_comes(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        saved = server.http.post("/brands/techpro/products", json=GRILL).raise_for_status().json()
        assert "pending" not in saved
        assert found(server, QUESTION)[0] == "grill-1"
        # A change of its text changes what it is found by.
        changed = {"name": "Espresso machine", "category": "Kitchen"}
        server.http.put("/brands/techpro/products/grill-1", json=changed).raise_for_status()
        assert found(server, "coffee maker")[0] == "grill-1"
        assert "grill-1" not in found(server, QUESTION)[:1]
        server.http.delete("/brands/techpro/products/grill-1").raise_for_status()
        assert "grill-1" not in found(server, "coffee maker")
        bulk = server.http.post("/brands/techpro/products/bulk", json=[GRILL, {"name": "No price"}]).json()
        assert (bulk["success_count"], bulk["pending"]) == (1, 0)
        assert found(server, QUESTION)[0] == "grill-1"


def test_vectors_are_made_anew_while_search_goes_on(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        server.http.post("/brands/techpro/products", json=GRILL).raise_for_status()
        await_vectors(server)
        before = live_collections(tmp_path)["techpro"]
        asked = server.http.post("/brands/techpro/reindex")
        assert asked.status_code == 202
        assert asked.json()["brand_id"] == "techpro"
        while vectors(server) != "ok":
            assert found(server, QUESTION)[0] == "grill-1"
        after = live_collections(tmp_path)["techpro"]
        assert after != before
        assert found(server, QUESTION)[0] == "grill-1"
        assert server.http.post("/brands/nobody/reindex").status_code == 404
        # The operator's command beside the running server asks it for the same.
        told = run_program(tmp_path, CLI, "reindex", "techpro")
        assert told.returncode == 0, told.stderr
        assert "A server is running" in told.stdout
        await_until("the server has done it", lambda: live_collections(tmp_path)["techpro"] != after)
        await_vectors(server)
        assert found(server, QUESTION)[0] == "grill-1"
    alone = run_program(tmp_path, CLI, "reindex")
    assert alone.returncode == 0, alone.stderr
    assert alone.stdout.rstrip().endswith("Done.")
    assert run_program(tmp_path, CLI, "reindex", "nobody").returncode == 1


@pytest.mark.parametrize("loss", ["folder", "database"])
def test_vectors_that_are_gone_or_broken_are_made_again(tmp_path: Path, loss: str) -> None:
    with running_server(tmp_path) as server:
        server.http.post("/brands/techpro/products", json=GRILL).raise_for_status()
        await_vectors(server)
    if loss == "folder":
        shutil.rmtree(tmp_path / "chroma")
    else:
        (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"no database" * 1_000)
    with running_server(tmp_path) as server:
        server.may_fail = True  # the log tells what could not be opened
        await_vectors(server)
        assert found(server, QUESTION)[0] == "grill-1"


def test_another_embedder_fills_an_index_of_its_own_and_takes_over(tmp_path: Path, model: FakeModel) -> None:
    other = {"OPENAI_BASE_URL": model.base_url, "EMBEDDING_MODEL": "other-embedder", "CHAT_PROVIDER": "embedded"}
    with running_server(tmp_path) as server:
        server.http.post("/brands/techpro/products", json=GRILL).raise_for_status()
        await_vectors(server)
        assert live_collections(tmp_path)["techpro"][1] != "other-embedder"
    model.behave(header_delay_ms=300)
    with running_server(tmp_path, **other) as server:
        assert "filled" in vectors(server)
        assert found(server, "barbecue") == ["grill-1"]  # by words meanwhile
        await_vectors(server)
        assert live_collections(tmp_path)["techpro"][1] == "other-embedder"
    with running_server(tmp_path) as server:  # and back
        await_vectors(server)
        assert found(server, QUESTION)[0] == "grill-1"


def test_while_the_embedder_fails_products_are_saved_and_found_by_words(tmp_path: Path, model: FakeModel) -> None:
    other = {"OPENAI_BASE_URL": model.base_url, "EMBEDDING_MODEL": "other-embedder", "CHAT_PROVIDER": "embedded"}
    model.behave(status=401)
    with running_server(tmp_path, **other) as server:
        saved = server.http.post("/brands/techpro/products", json=GRILL).raise_for_status().json()
        assert saved["pending"] == 1
        assert found(server, "barbecue") == ["grill-1"]
        assert vectors(server).startswith("paused")
        assert server.http.get("/readyz").is_success
        with server.chat() as chat:
            assert "laptop" in chat.ask("Which laptops do you have?").text.lower()
        model.behave()
        await_vectors(server)
        saved = server.http.post("/brands/techpro/products", json=GRILL | {"id": "grill-2"}).json()
        assert "pending" not in saved


# --- What earlier versions kept ---

OLD_WRITER = """
import json, os, sys
import chromadb
from chromadb.config import Settings

client = chromadb.PersistentClient(sys.argv[1], settings=Settings(anonymized_telemetry=False))
for name, products in json.loads(sys.argv[2]).items():
    collection = client.get_or_create_collection(name, metadata={"hnsw:space": "cosine"}, embedding_function=None)
    collection.add(
        ids=[product["id"] for product in products],
        embeddings=[[0.5] * 1536] * len(products),
        documents=[product["name"] for product in products],
        metadatas=[{"name": product["name"], "product_data": json.dumps(product)} for product in products],
    )
os._exit(0)
"""


def old(number: int, name: str, **more: object) -> dict[str, object]:
    return {"id": f"old-{number}", "name": name, "description": "", "category": "Old", "price": 10.0 + number, **more}


def test_old_products_are_taken_over_once_instead_of_samples(tmp_path: Path) -> None:
    collections = {
        "products_techpro": [old(1, "Three-seat sofa"), old(2, "Cassette deck"), old(3, "Free radio", price="nothing")],
        "products": [old(1, "Two-seat sofa"), old(4, "Wax cylinder")],
        "products_vanished": [old(5, "Ghost")],
    }
    chroma = tmp_path / "chroma"
    subprocess.run([sys.executable, "-c", OLD_WRITER, str(chroma), json.dumps(collections)], check=True, timeout=60)
    with running_server(tmp_path) as server:
        names = {product["id"]: product["name"] for product in server.http.get("/brands/techpro/products").json()}
        # v2.0's own wins over v1's of the same id; no sample is among them.
        assert names == {"old-1": "Three-seat sofa", "old-2": "Cassette deck", "old-4": "Wax cylinder"}
        assert server.http.get("/brands/stylehub/products").json() == []
        await_vectors(server)
        assert found(server, "couch")[0] == "old-1"
        server.http.delete("/brands/techpro/products/old-2").raise_for_status()
    assert (tmp_path / "chroma.before-2.1" / "chroma.sqlite3").is_file()
    report = json.loads((tmp_path / "data" / "takeover-report.json").read_text())
    assert report["copy"].endswith("chroma.before-2.1")
    by_name = {one["collection"]: one for one in report["collections"]}
    assert by_name["products_techpro"]["saved"] == 2
    assert "price" in by_name["products_techpro"]["rejected"][0]["reason"]
    assert by_name["products"]["saved"] == 2
    assert by_name["products_vanished"]["skipped"]
    with running_server(tmp_path) as server:
        assert [one["id"] for one in server.http.get("/brands/techpro/products").json()] == ["old-1", "old-4"]
        assert server.http.get("/brands/stylehub/products").json() == []
