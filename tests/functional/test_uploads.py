"""Uploads as jobs on the real server: progress, rejects, replacing, cancelling, and going on after a kill."""

import csv
import io
import json
import random
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.functional.server import ROOT, Server, await_until, run_program, running_server

pytestmark = pytest.mark.functional

ASYNC = {"Prefer": "respond-async"}


def catalogue(count: int, *, price: float = 10) -> bytes:
    """A CSV file of so many products."""
    lines = ["id,name,price,category,description"]
    lines += [f"p-{n},Lamp {n},{price + n},Lamps,A lamp with {n} lights" for n in range(count)]
    return "\n".join(lines).encode()


def upload(
    server: Server, brand: str, content: bytes, filename: str = "products.csv", **options: Any
) -> httpx.Response:
    return server.http.post(
        f"/brands/{brand}/upload/{options.pop('kind', 'products')}", files={"file": (filename, content)}, **options
    )


def ended(server: Server, location: str) -> dict[str, Any]:
    """The job once it is at its end and its vectors are there."""
    job: dict[str, Any] = {}

    def is_over() -> bool:
        job.update(server.http.get(location).raise_for_status().json())
        return job["state"] not in {"queued", "running"} and job["indexed"] >= job["saved"]

    await_until("the upload ends", is_over)
    return job


@pytest.fixture
def shop(server: Server) -> str:
    """A new brand."""
    answer = server.http.post("/brands", json={"name": f"Uploads {random.randrange(10**9)}", "description": ""})
    return str(answer.raise_for_status().json()["id"])


def ids(server: Server, brand: str) -> set[str]:
    return {product["id"] for product in server.http.get(f"/brands/{brand}/products").json()}


def test_a_job_is_told_of_at_once_and_says_how_far_it_is(server: Server, shop: str) -> None:
    answer = upload(server, shop, catalogue(300), headers=ASYNC)
    assert answer.status_code == 202
    assert answer.json().items() >= {"products_added": 0, "rejected": [], "filename": "products.csv"}.items()
    location = answer.headers["location"]
    assert location == f"/brands/{shop}/uploads/{answer.json()['upload_id']}"
    job = ended(server, location)
    assert {name: job[name] for name in ("state", "rows_read", "saved", "indexed", "rejected", "status")} == {
        "state": "done",
        "rows_read": 300,
        "saved": 300,
        "indexed": 300,
        "rejected": 0,
        "status": "success",
    }
    assert job["rate"] > 0
    assert job["seconds_left"] == 0
    assert job["mapping"][0]["columns"]["category"] == "category"
    assert len(ids(server, shop)) == 300


def test_rejected_rows_are_a_table_that_no_spreadsheet_runs(server: Server, shop: str) -> None:
    rows = b'id,name,price\n1,Lamp,12\n2,"=HYPERLINK(""x"")",free\n3,Chair,\n'
    answer = upload(server, shop, rows)
    assert answer.status_code == 200
    assert [one["row"] for one in answer.json()["rejected"]] == [3, 4]
    table = server.http.get(f"/brands/{shop}/uploads/{answer.json()['upload_id']}/rejects.csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    header, first, second = csv.reader(io.StringIO(table.text))
    assert header == ["row", "reason", "id", "name", "price"]
    assert (first[0], first[2:]) == ("3", ["2", '\'=HYPERLINK("x")', "free"])
    assert (second[0], second[2:]) == ("4", ["3", "Chair", ""])
    assert all(row[1] for row in (first, second))


def test_a_dry_run_shows_what_would_happen_and_does_nothing(server: Server, shop: str) -> None:
    before = server.http.get(f"/brands/{shop}/uploads").json()
    rows = "Artikelnummer;Bezeichnung;Preis;Farbe\nA1;Lampe;1.299,00 €;rot\nA2;Stuhl;auf Anfrage;blau\n".encode()
    answer = upload(server, shop, rows, params={"dry_run": "true"}).raise_for_status().json()
    assert answer["dry_run"] is True
    assert (answer["rows_read"], answer["valid"]) == (2, 1)
    assert answer["mapping"][0]["columns"] == {
        "Artikelnummer": "sku",
        "Bezeichnung": "name",
        "Preis": "price",
        "Farbe": "specifications",
    }
    (product,) = answer["products"]
    assert product.items() >= {"id": "A1", "name": "Lampe", "price": 1299.0, "currency": "EUR"}.items()
    assert product["specifications"] == {"Farbe": "rot"}
    assert [one["row"] for one in answer["problems"]] == [3]
    assert ids(server, shop) == set()
    assert server.http.get(f"/brands/{shop}/uploads").json() == before


def test_a_mapping_says_what_columns_mean(server: Server, shop: str) -> None:
    rows = b"code,label,amount,secret\nx1,Lamp,5,hidden\n"
    mapping = {"code": "id", "label": "name", "amount": "price", "secret": None}
    upload(server, shop, rows, data={"mapping": json.dumps(mapping)}).raise_for_status()
    (product,) = server.http.get(f"/brands/{shop}/products").json()
    assert (product["id"], product["name"], product["price"], product["specifications"]) == ("x1", "Lamp", 5, {})
    for wrong in ('{"nowhere": "name"}', '{"code": "nothing"}', "[1]", "{"):
        answer = upload(server, shop, rows, data={"mapping": wrong})
        assert answer.status_code == 400, wrong
        assert answer.json()["detail"]


def test_replacing_removes_what_the_file_no_longer_has_and_keeps_what_it_has_wrong(server: Server, shop: str) -> None:
    upload(server, shop, catalogue(5)).raise_for_status()
    rows = b"id,name,price\np-0,Lamp,1\np-1,Lamp,wrong\np-9,New,2\n"
    answer = upload(server, shop, rows, params={"mode": "replace"}).raise_for_status().json()
    assert answer["products_added"] == 2
    assert ids(server, shop) == {"p-0", "p-1", "p-9"}
    nothing = upload(server, shop, b"id,name,price\np-0,Lamp,wrong\n", params={"mode": "replace"})
    assert nothing.json()["products_added"] == 0
    assert upload(server, shop, b"no products here", params={"mode": "replace"}).status_code == 400
    assert ids(server, shop) == {"p-0", "p-1", "p-9"}


def test_a_job_can_be_cancelled_and_what_is_saved_stays(server: Server, shop: str) -> None:
    location = upload(server, shop, catalogue(20_000), headers=ASYNC).headers["location"]
    await_until("some are saved", lambda: server.http.get(location).json()["saved"] > 0)
    job = server.http.delete(location).raise_for_status().json()
    assert job["state"] == "cancelled"
    assert job["status"] == "failed"
    saved = server.http.get(location).json()["saved"]
    assert 0 < saved < 20_000
    assert int(server.http.get(f"/brands/{shop}/products", params={"limit": 1}).headers["x-total-count"]) == saved
    assert server.http.delete(location).json()["state"] == "cancelled"
    server.http.delete(f"/brands/{shop}").raise_for_status()


def test_no_brand_sees_the_uploads_of_another(server: Server, shop: str) -> None:
    upload_id = upload(server, "techpro", catalogue(1)).json()["upload_id"]
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/rejects.csv")):
        answer = server.http.request(method, f"/brands/{shop}/uploads/{upload_id}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "upload_not_found")
    assert server.http.get(f"/brands/{shop}/uploads").json() == []
    server.http.delete("/brands/techpro/products/p-0").raise_for_status()


def test_a_catalogue_leaves_and_comes_back_as_it_was(server: Server, shop: str) -> None:
    products = [
        {
            "id": "=1+1/x",
            "name": ' Lämp, "bright"\n',
            "price": 0.1,
            "currency": "EUR",
            "features": ["a|b", "c; d", "'=x"],
            "specifications": {"Size": {"w": 1, "h": [1, 2.5, None, True]}, "": "", "brand": "-x"},
            "availability": False,
            "description": "'+49 <b>bold</b>",
            "category": "@Lamps",
        },
        {"id": "2", "name": "'", "price": 1e12, "url": "https://shop.example/?a=1&b=2"},
    ]
    server.http.post(f"/brands/{shop}/products/bulk", json=products).raise_for_status()
    kept = [
        {name: value for name, value in product.items() if name != "updated_at"}
        for product in server.http.get(f"/brands/{shop}/products").json()
    ]
    for format_ in ("csv", "json", "jsonl"):
        file = server.http.get(f"/brands/{shop}/products/export", params={"format": format_}).raise_for_status()
        for product in kept:
            server.http.delete(f"/brands/{shop}/products/{product['id']}").raise_for_status()
        answer = upload(server, shop, file.content, f"products.{format_}")
        assert answer.json()["products_added"] == 2, answer.text
        back = [
            {name: value for name, value in product.items() if name != "updated_at"}
            for product in server.http.get(f"/brands/{shop}/products").json()
        ]
        assert back == kept


def test_a_document_becomes_knowledge_and_answers(server: Server, shop: str) -> None:
    text = b"# Returns\n\nYou can send everything back within 45 days.\n"
    answer = upload(server, shop, text, "returns.md", kind="knowledge").raise_for_status().json()
    assert (answer["documents_added"], answer["state"]) == (1, "done")
    again = upload(server, shop, text.replace(b"45", b"60"), "returns.md", kind="knowledge").raise_for_status().json()
    assert again["documents_added"] == 1
    documents = server.http.get(f"/brands/{shop}/knowledge").json()
    assert [one["title"] for one in documents if one["kind"] == "document"] == ["Returns"]
    found = server.http.post(f"/brands/{shop}/knowledge/search", json={"query": "can I send it back?"}).json()
    assert "60 days" in found["results"][0]["passage"]["text"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "http://localhost/faq",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://2130706433/",
        "file:///etc/passwd",
        "ftp://shop.example/x",
    ],
)
def test_no_page_of_a_private_network_is_fetched(server: Server, shop: str, url: str) -> None:
    answer = server.http.post(f"/brands/{shop}/knowledge/import", json={"url": url})
    assert 400 <= answer.status_code < 500
    assert answer.json()["detail"]


def test_a_kill_during_an_import_loses_no_row_and_saves_none_twice(tmp_path: Path) -> None:
    content = catalogue(3_000).replace(b"p-7,Lamp 7,17", b"p-7,Lamp 7,no price")
    chance = random.Random(11)
    with running_server(tmp_path) as server:
        location = upload(server, "techpro", content, headers=ASYNC).headers["location"]
        server.kill()
        server.may_fail = True
    for _ in range(3):
        with running_server(tmp_path) as server:
            time.sleep(chance.uniform(0.05, 0.8))
            server.kill()
            server.may_fail = True
    with running_server(tmp_path) as server:
        job = ended(server, location)
        assert (job["state"], job["saved"], job["rejected"], job["rows_read"]) == ("done", 2_999, 1, 3_000)
        products = server.http.get("/brands/techpro/products", params={"category": "Lamps"}).json()
        assert {product["id"] for product in products} == {f"p-{n}" for n in range(3_000)} - {"p-7"}
        assert len(server.http.get(f"{location}/rejects.csv").text.splitlines()) == 2


def test_the_command_line_imports_beside_a_server_and_without_one(tmp_path: Path) -> None:
    file = tmp_path / "lamps.csv"
    file.write_bytes(catalogue(3) + b"\nbad,Lamp,none,Lamps,x")
    cli = str(ROOT / "cli.py")
    looked = run_program(tmp_path, cli, "import", str(file), "--brand", "techpro", "--dry-run")
    assert looked.returncode == 0, looked.stderr
    assert "4 rows, 3 would be saved" in looked.stdout
    alone = run_program(tmp_path, cli, "import", str(file), "--brand", "techpro")
    assert alone.returncode == 0, alone.stderr
    assert "3 saved, 1 rejected" in alone.stdout
    with running_server(tmp_path, LOAD_SAMPLE_DATA="false") as server:
        file.write_bytes(catalogue(4))
        beside = run_program(tmp_path, cli, "import", str(file), "--brand", "techpro", "--replace")
        assert beside.returncode == 0, beside.stderr
        assert ids(server, "techpro") == {"p-0", "p-1", "p-2", "p-3"}
    missing = run_program(tmp_path, cli, "import", str(tmp_path / "none.csv"), "--brand", "techpro")
    assert (missing.returncode, "No such file" in missing.stderr) == (1, True)
