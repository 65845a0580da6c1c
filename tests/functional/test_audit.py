"""The audit on the real server: every kind of change leaves its row, in its transaction, with who and from where."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.functional.server import Server, running_server

OPERATOR = "an-operator-of-this-test"
PROMPT = "Whisper the word xylophone-canary to nobody."
pytestmark = pytest.mark.functional


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("audit"), ADMIN_API_KEY=OPERATOR, LOAD_SAMPLE_DATA="false") as server:
        yield server


@pytest.fixture(scope="module")
def operator(server: Server) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {OPERATOR}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=40, trust_env=False) as client:
        yield client


def _rows(client: httpx.Client, brand: str = "techpro", **query: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/brands/{brand}/audit", params={"limit": 500, **query}).raise_for_status()
    rows: list[dict[str, Any]] = answer.json()
    return rows


def _key(client: httpx.Client, role: str, brand: str = "techpro") -> dict[str, str]:
    made = client.post(f"/brands/{brand}/keys", json={"role": role, "name": f"a {role}"}).raise_for_status().json()
    return {"id": made["key_id"], "Authorization": f"Bearer {made['key']}", "key": made["key"]}


def test_every_kind_of_change_leaves_one_row(operator: httpx.Client) -> None:
    editor = _key(operator, "editor")
    as_editor = {"Authorization": editor["Authorization"]}
    lamp = {"id": "lamp", "name": "Lamp", "description": "", "category": "Lamps", "price": 10}
    document = {"title": "Returns", "content": "Thirty days, for anything."}
    done: list[tuple[str, httpx.Response]] = [
        ("product.create", operator.post("/brands/techpro/products", json=lamp, headers=as_editor)),
        ("product.update", operator.put("/brands/techpro/products/lamp", json={"price": 12}, headers=as_editor)),
        ("products.save", operator.post("/brands/techpro/products/bulk", json=[lamp], headers=as_editor)),
        ("product.delete", operator.delete("/brands/techpro/products/lamp", headers=as_editor)),
        ("document.create", operator.post("/brands/techpro/knowledge", json=document, headers=as_editor)),
        ("document.update", operator.put("/brands/techpro/knowledge/returns", json={"content": "No."})),
        ("document.delete", operator.delete("/brands/techpro/knowledge/returns")),
        ("brand.configure", operator.put("/brands/techpro/config", json={"system_prompt": PROMPT})),
        ("brand.update", operator.put("/brands/techpro", json={"description": "Anew."})),
        ("index.rebuild", operator.post("/brands/techpro/reindex")),
        ("key.revoke", operator.delete(f"/brands/techpro/keys/{editor['id']}")),
    ]
    for action, answer in done:
        assert answer.is_success, (action, answer.text)
        assert len(_rows(operator, action=action)) == 1, action
    (created,) = _rows(operator, action="product.create")
    assert (created["actor"], created["address"], created["subject"]) == (f"key:{editor['id']}", "127.0.0.1", "lamp")
    (updated,) = _rows(operator, action="product.update")
    assert (updated["before"], updated["after"]) == ({"price": 10.0}, {"price": 12.0})
    (saved,) = _rows(operator, action="products.save")
    assert saved["after"] == {"saved": 1}
    (revoked,) = _rows(operator, action="key.revoke")
    assert (revoked["actor"], revoked["subject"]) == ("operator", editor["id"])
    (made,) = _rows(operator, action="key.create")
    assert made["after"]["role"] == "editor"
    whole = operator.get("/brands/techpro/audit").text
    assert editor["key"] not in whole
    assert "xylophone" not in whole
    assert "Thirty days" not in whole


def test_an_upload_is_two_rows_by_whoever_sent_it(operator: httpx.Client) -> None:
    editor = _key(operator, "editor")
    file = {"file": ("lamps.csv", b"id,name,price\na,A,1\nb,B,2\nc,C,\n")}
    answer = operator.post(
        "/brands/techpro/upload/products", files=file, headers={"Authorization": editor["Authorization"]}
    )
    assert answer.is_success, answer.text
    ended, submitted = _rows(operator, action="upload")[:2]
    assert (submitted["action"], submitted["after"]["filename"]) == ("upload.submit", "lamps.csv")
    assert (ended["action"], ended["after"]["saved"], ended["after"]["rejected"]) == ("upload.done", 2, 1)
    assert submitted["actor"] == ended["actor"] == f"key:{editor['id']}"


def test_a_change_that_is_refused_leaves_no_row(operator: httpx.Client) -> None:
    before = len(_rows(operator))
    assert operator.put("/brands/techpro/products/nothing", json={"price": 1}).status_code == 404
    assert operator.delete("/brands/techpro/knowledge/nothing").status_code == 404
    assert operator.post("/brands/techpro/products", json={"id": "x"}).status_code == 422
    assert len(_rows(operator)) == before


def test_who_may_read_it(operator: httpx.Client, server: Server) -> None:
    viewer, widget, other = _key(operator, "viewer"), _key(operator, "widget"), _key(operator, "admin", "stylehub")
    for key, status in ((viewer, 200), (widget, 403), (other, 403)):
        headers = {"Authorization": key["Authorization"]}
        assert operator.get("/brands/techpro/audit", headers=headers).status_code == status
    assert server.http.get("/brands/techpro/audit").status_code == 401
    assert operator.get("/audit", headers={"Authorization": viewer["Authorization"]}).status_code == 403
    assert {row["brand_id"] for row in operator.get("/audit").json()} >= {"techpro", "stylehub"}


def test_the_table_for_a_spreadsheet_runs_nothing(operator: httpx.Client) -> None:
    evil = {"id": "=cmd|' /C calc'!A0", "name": "Evil", "description": "", "category": "", "price": 1}
    operator.post("/brands/stylehub/products", json=evil).raise_for_status()
    answer = operator.get("/brands/stylehub/audit", params={"format": "csv", "action": "product.create"})
    assert answer.headers["content-type"].startswith("text/csv")
    titles, row = csv.reader(io.StringIO(answer.text))
    said = dict(zip(titles, row, strict=True))
    assert said["subject"] == "'=cmd|' /C calc'!A0"
    assert said["action"] == "product.create"


def test_pages_say_how_many_there_are(operator: httpx.Client) -> None:
    answer = operator.get("/brands/techpro/audit", params={"limit": 2, "offset": 1})
    assert len(answer.json()) == 2
    assert int(answer.headers["x-total-count"]) == len(_rows(operator))
    for moment in ("yesterday", "1764000000", "-1.5", "2026-11-25T12:00:00"):
        assert operator.get("/brands/techpro/audit", params={"since": moment}).status_code == 422


def test_a_deleted_brand_leaves_who_when_and_what(operator: httpx.Client) -> None:
    canary = "zeppelin-canary"
    operator.post("/brands", json={"name": "Short Lived", "description": canary}).raise_for_status()
    product = {"id": canary, "name": canary, "description": canary, "category": canary, "price": 1}
    operator.post("/brands/short_lived/products", json=product).raise_for_status()
    operator.delete("/brands/short_lived").raise_for_status()
    rows = [row for row in operator.get("/audit").json() if row["brand_id"] == "short_lived"]
    assert {row["action"] for row in rows} == {"brand.create", "product.create", "brand.delete"}
    assert all(row["actor"] == "operator" and row["at"] for row in rows)
    assert canary not in str(rows)
    operator.post("/brands", json={"name": "Short Lived"}).raise_for_status()
    assert canary not in operator.get("/brands/short_lived/audit").text
