"""Keys and roles on the real server: who may do what, and that nobody gets in otherwise."""

import json
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from auth_service import RIGHTS, Right, Role
from main import create_app
from routes.rights import right_of
from tests.functional.server import Server, running_server
from tests.services import settings_in

pytestmark = pytest.mark.functional

ADMIN = "an-operators-key-of-32-characters"
ROLES = ("admin", "editor", "viewer", "widget")

# What the framework itself serves; there is no brand in it.
PAGES = {"/openapi.json", "/docs-assets"}


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an operator's key."""
    with running_server(tmp_path_factory.mktemp("closed"), ADMIN_API_KEY=ADMIN) as server:
        yield server


@pytest.fixture(scope="module")
def keys(closed: Server) -> dict[tuple[str, str], str]:
    """A key of every role, of each of two brands."""
    made = {}
    for brand in ("techpro", "stylehub"):
        for role in ROLES:
            body = {"role": role, "name": f"a {role}"}
            answer = closed.http.post(f"/brands/{brand}/keys", json=body, headers=bearer(ADMIN))
            made[brand, role] = answer.raise_for_status().json()["key"]
    return made


def routes(folder: Path) -> list[tuple[str, str, Right]]:
    """Method, path and right of every route of the application."""
    found: list[tuple[str, str, Right]] = []

    def walk(every: Any) -> None:
        for route in every:
            if isinstance(route, APIRoute):
                found.extend((method, route.path, right_of(route.endpoint)) for method in sorted(route.methods or ()))
            elif isinstance(route, APIWebSocketRoute):
                found.append(("WEBSOCKET", route.path, right_of(route.endpoint)))
            elif hasattr(route, "original_router"):
                walk(route.original_router.routes)
            else:
                assert getattr(route, "path", None) in PAGES, route

    walk(create_app(settings_in(folder)).routes)
    return found


def test_every_route_declares_a_right(tmp_path: Path) -> None:
    assert len(routes(tmp_path)) > 45


@pytest.mark.parametrize("role", ROLES)
def test_a_key_opens_what_its_role_may_and_nothing_of_another_brand(
    closed: Server, keys: dict[tuple[str, str], str], tmp_path: Path, role: str
) -> None:
    for method, path, right in routes(tmp_path):
        if method == "WEBSOCKET" or right is Right.PUBLIC:
            continue
        if "{brand_id}" in path:
            other = path.replace("{brand_id}", "stylehub")
            answer = closed.http.request(method, _filled(other), headers=bearer(keys["techpro", role]), json={})
            assert answer.status_code in {401, 403, 404}, (method, other, answer.text)
            assert "StyleHub" not in answer.text
        own = _filled(path.replace("{brand_id}", "techpro"))
        answer = closed.http.request(method, own, headers=bearer(keys["techpro", role]), content=b"{")
        if right not in RIGHTS[Role(role)]:
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), (method, own)
        elif method == "GET":
            assert answer.status_code in {200, 404, 422}, (method, own, answer.text)


@pytest.mark.parametrize("role", ROLES)
def test_a_key_opens_no_socket_of_another_brand(
    closed: Server, keys: dict[tuple[str, str], str], tmp_path: Path, role: str
) -> None:
    protocols = [Subprotocol("chat.v2"), Subprotocol(f"token.{keys['techpro', role]}")]
    paths = [path for method, path, _ in routes(tmp_path) if method == "WEBSOCKET" and "{brand_id}" in path]
    for path in paths:
        address = closed.ws_url + path.replace("{brand_id}", "stylehub")
        with connect(address, subprotocols=protocols, proxy=None) as socket_:
            answered = str(socket_.recv(timeout=10))
        assert "forbidden" in answered, (path, answered)
        assert "StyleHub" not in answered
    assert len(paths) > 1


def _filled(path: str) -> str:
    for name in ("product_id:path", "product_id", "doc_id", "conversation_id", "upload_id", "filename", "key_id"):
        path = path.replace(f"{{{name}}}", "none")
    return path


def test_without_a_key_customers_are_served_and_administration_is_not(closed: Server, tmp_path: Path) -> None:
    for method, path, right in routes(tmp_path):
        if method == "WEBSOCKET":
            continue
        address = _filled(path.replace("{brand_id}", "techpro"))
        answer = closed.http.request(method, address, content=b"{")
        if right in {Right.PUBLIC, Right.CHAT, Right.CUSTOMER}:
            assert answer.status_code not in {401, 403}, (method, address)
        else:
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), (method, address)
            assert "ADMIN_API_KEY" in answer.json()["detail"]


@pytest.mark.parametrize("headers", [bearer(ADMIN), {"X-API-Key": ADMIN}])
def test_the_operators_key_opens_everything(closed: Server, headers: dict[str, str]) -> None:
    assert {brand["id"] for brand in closed.http.get("/brands", headers=headers).json()} >= {"techpro", "stylehub"}
    body = {"name": f"Brand {secrets.token_hex(4)}"}
    brand = closed.http.post("/brands", json=body, headers=headers).raise_for_status().json()
    assert closed.http.delete(f"/brands/{brand['id']}", headers=headers).status_code == 200


def test_lists_over_brands_show_a_key_its_own(closed: Server, keys: dict[tuple[str, str], str]) -> None:
    viewer = bearer(keys["techpro", "viewer"])
    assert [brand["id"] for brand in closed.http.get("/brands", headers=viewer).json()] == ["techpro"]
    stats = closed.http.get("/stats", headers=viewer).json()
    assert [one["brand_id"] for one in stats["brands_stats"]] == ["techpro"]
    for brand in ("techpro", "stylehub"):
        file = {"file": (f"{brand}.csv", b"id,name,price\nx-1,Lamp,1\n")}
        editor = bearer(keys[brand, "editor"])
        closed.http.post(f"/brands/{brand}/upload/products", files=file, headers=editor).raise_for_status()
        closed.http.delete(f"/brands/{brand}/products/x-1", headers=editor).raise_for_status()
    assert {one["brand_id"] for one in closed.http.get("/uploads", headers=viewer).json()} == {"techpro"}
    assert closed.http.get("/uploads/stylehub.csv", headers=viewer).status_code == 404


@pytest.mark.parametrize(
    "key", ["x", "sk_" + "A" * 51, ADMIN[:-1], "ADMIN", "ключ".encode().hex(), "sk_' OR 1=1 --", "a" * 8_000]
)
def test_a_key_that_is_none_is_refused_even_where_none_is_needed(closed: Server, key: str) -> None:
    for path in ("/brands", "/brands/techpro/products"):
        answer = closed.http.get(path, headers=bearer(key))
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert key not in answer.text


def test_a_key_in_the_address_counts_for_nothing(closed: Server) -> None:
    for name in ("key", "api_key", "token", "access_token", "X-API-Key"):
        assert closed.http.get("/brands", params={name: ADMIN}).status_code == 401


def test_a_key_is_shown_once_listed_by_prefix_and_revoked_at_once(closed: Server) -> None:
    admin = bearer(ADMIN)
    again = admin | {"Idempotency-Key": secrets.token_hex(8)}
    body = {"role": "editor", "name": "robot"}
    made = closed.http.post("/brands/techpro/keys", json=body, headers=again).raise_for_status().json()
    assert made.keys() >= {"key_id", "key", "prefix", "role"}
    assert made["key"].startswith(made["prefix"])
    repeated = closed.http.post("/brands/techpro/keys", json=body, headers=again)
    assert repeated.status_code == 409
    assert made["key"] not in repeated.text
    listed = closed.http.get("/brands/techpro/keys", headers=admin)
    assert made["key_id"] in listed.text
    assert made["key"] not in listed.text
    assert closed.http.get("/brands/techpro/stats", headers=bearer(made["key"])).status_code == 200
    other = closed.http.delete(f"/brands/stylehub/keys/{made['key_id']}", headers=admin)
    assert (other.status_code, other.json()["code"]) == (404, "key_not_found")
    with _socket(closed, made["key"]) as opened:
        assert json.loads(opened.recv(timeout=20))["type"] == "welcome"
        closed.http.delete(f"/brands/techpro/keys/{made['key_id']}", headers=admin).raise_for_status()
        with pytest.raises(Exception, match="1008"):
            opened.recv(timeout=20)
    assert closed.http.get("/brands/techpro/stats", headers=bearer(made["key"])).status_code == 401
    database = b"".join(path.read_bytes() for path in _files(closed))
    assert made["key"].encode() not in database


def _files(server: Server) -> list[Path]:
    folder = server._log.parent / "data"
    return [path for path in folder.glob("chatbot.db*") if path.is_file()]


def _socket(server: Server, key: str, brand: str = "techpro") -> Any:
    protocols = [Subprotocol("chat.v2"), Subprotocol(f"token.{key}")]
    return connect(f"{server.ws_url}/ws/chat/{brand}", subprotocols=protocols, proxy=None, open_timeout=20)


def test_a_brand_whose_access_is_by_key_talks_to_keys_alone(closed: Server, keys: dict[tuple[str, str], str]) -> None:
    admin = bearer(ADMIN)
    config = {"settings": {"access": "key"}}
    closed.http.put("/brands/stylehub/config", json=config, headers=admin).raise_for_status()
    try:
        ask = {"message": "Hello"}
        assert closed.http.post("/chat/stylehub", json=ask).status_code == 401
        widget = bearer(keys["stylehub", "widget"])
        assert closed.http.post("/chat/stylehub", json=ask, headers=widget).status_code == 200
        with closed.open_chat("stylehub") as chat:
            assert chat.expect("error")["code"] == "unauthorized"
        with _socket(closed, keys["stylehub", "widget"], "stylehub") as opened:
            assert json.loads(opened.recv(timeout=20))["type"] == "welcome"
        with _socket(closed, keys["techpro", "widget"], "stylehub") as opened:
            assert json.loads(opened.recv(timeout=20))["data"]["code"] == "forbidden"
    finally:
        closed.http.put("/brands/stylehub/config", json={"settings": {}}, headers=admin).raise_for_status()


def test_a_publishable_key_counts_on_its_pages_alone(closed: Server) -> None:
    body = {"role": "widget", "name": "shop", "origins": ["https://shop.example"]}
    made = closed.http.post("/brands/techpro/keys", json=body, headers=bearer(ADMIN)).raise_for_status().json()
    assert made["key"].startswith("pk_")
    for origin in ("https://evil.example", "https://shop.example.evil.example", "null", "http://shop.example", None):
        headers = bearer(made["key"]) | ({"Origin": origin} if origin else {})
        assert closed.http.get("/brands/techpro/products", headers=headers).status_code == 401, origin
    headers = bearer(made["key"]) | {"Origin": "https://shop.example"}
    assert closed.http.get("/brands/techpro/products", headers=headers).status_code == 200


def test_two_customers_without_keys_cannot_read_each_others_chosen_conversations(closed: Server) -> None:
    ask = {"message": "My name is Marigold", "conversation_id": "mine"}
    closed.http.post("/chat/techpro", json=ask).raise_for_status()
    assert closed.http.get("/chat/techpro/history/mine").status_code == 404
    first = closed.http.post("/chat/techpro", json={"message": "Hello"}).json()["conversation_id"]
    assert closed.http.get(f"/chat/techpro/history/{first}").status_code == 200  # its id is the right


def test_the_right_is_asked_before_the_body_is_read(closed: Server) -> None:
    head = (
        f"POST /brands/techpro/upload/products HTTP/1.1\r\nHost: 127.0.0.1:{closed.port}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 50000000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", closed.port), timeout=20) as raw:
        raw.sendall(head.encode())
        assert raw.recv(64).startswith(b"HTTP/1.1 401")


LOCAL_ONLY: list[dict[str, str]] = [
    {"Host": "shop.example"},
    {"Host": "127.0.0.1.evil.example"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Forwarded-Host": "localhost"},
    {"X-Real-IP": "127.0.0.1"},
    {"Forwarded": "for=127.0.0.1"},
    {"Via": "1.1 proxy"},
]


@pytest.mark.parametrize("headers", LOCAL_ONLY)
def test_with_no_key_at_all_only_this_machine_administers(server: Server, headers: dict[str, str]) -> None:
    assert server.http.get("/brands").status_code == 200
    answer = server.http.get("/brands", headers=headers)
    assert answer.status_code == 401
    assert "ADMIN_API_KEY" in answer.json()["detail"]


def test_with_no_key_at_all_an_old_proxy_is_no_local_caller(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        raw.sendall(f"GET /brands HTTP/1.0\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
        assert raw.recv(64).startswith((b"HTTP/1.1 401", b"HTTP/1.0 401"))


def test_the_first_key_closes_what_was_open_for_good(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        body = {"role": "admin", "name": "first"}
        key = server.http.post("/brands/stylehub/keys", json=body).raise_for_status().json()
        assert server.http.get("/brands").status_code == 401
        assert server.http.get("/brands/stylehub/config", headers=bearer(key["key"])).status_code == 200
        revoked = server.http.delete(f"/brands/stylehub/keys/{key['key_id']}", headers=bearer(key["key"]))
        assert revoked.status_code == 200
        assert server.http.get("/brands").status_code == 401
    with running_server(tmp_path, ADMIN_API_KEY=ADMIN) as server:
        server.http.delete("/brands/stylehub", headers=bearer(ADMIN)).raise_for_status()
    with running_server(tmp_path) as server:
        assert server.http.get("/brands").status_code == 401
