"""Bad input over REST: each gets a clear problem document, and nothing is changed by it."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from itertools import chain
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.functional.server import Server, running_server

TECHPRO = "/brands/techpro"
PRODUCTS = f"{TECHPRO}/products"
SEARCH = f"{PRODUCTS}/search"
LAPTOP = f"{PRODUCTS}/laptop-kestrel-studio-16"

LAMP = {"id": "lamp-1", "name": "Lamp", "price": 12.5, "category": "Lamps"}

JSON = {"Content-Type": "application/json"}

# Whatever reads like this was written for us, not for a client.
INSIDES = re.compile(r"Traceback|sqlite|sqlalchemy|pydantic|File \"|/work/|/tmp/|errors\.py", re.IGNORECASE)


def state_of(http: httpx.Client) -> dict[str, Any]:
    """All that a bad request could have changed."""
    brands = http.get("/brands").json()
    stats = http.get("/stats").json()
    return {
        "brands": brands,
        "totals": {name: stats[name] for name in ("total_brands", "total_products", "total_conversations")},
        "configs": [http.get(f"/brands/{brand['id']}/config").json() for brand in brands],
        "products": [http.get(f"/brands/{brand['id']}/products").json() for brand in brands if brand["is_active"]],
    }


@pytest.fixture(scope="module")
def known_states() -> list[dict[str, Any]]:
    """The state that the last test has left, so that the next one need not read it again; empty when unknown."""
    return []


@pytest.fixture
def http(server: Server, known_states: list[dict[str, Any]]) -> Iterator[httpx.Client]:
    """A client of a server that must be at the end as it was at the beginning."""
    before = known_states.pop() if known_states else state_of(server.http)
    yield server.http
    after = state_of(server.http)
    known_states.append(after)
    assert after == before


@pytest.fixture
def shop(server: Server, known_states: list[dict[str, Any]]) -> Iterator[str]:
    """The path of a brand that the test may change; it is gone afterwards."""
    known_states.clear()
    made = server.http.post("/brands", json={"name": "Scratch Shop", "description": ""}).raise_for_status().json()
    yield f"/brands/{made['id']}"
    server.http.delete(f"/brands/{made['id']}").raise_for_status()


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, f"{answer.request.method} {answer.request.url}: {answer.text}"
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() == {"type", "title", "status", "detail", "code"}
    assert problem["type"] == "about:blank"
    assert problem["title"] == HTTPStatus(status).phrase
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["detail"]
    if status == HTTPStatus.UNPROCESSABLE_ENTITY and isinstance(problem["detail"], list):
        assert all({"loc", "msg", "type"} <= mistake.keys() for mistake in problem["detail"])
    else:
        assert isinstance(problem["detail"], str)
    assert not INSIDES.search(answer.text), answer.text


def assert_refused(answer: httpx.Response) -> None:
    """It was the client's mistake: 400 or FastAPI's 422."""
    status = HTTPStatus.BAD_REQUEST if answer.status_code == HTTPStatus.BAD_REQUEST else HTTPStatus.UNPROCESSABLE_ENTITY
    assert_problem(answer, status, "invalid_request")


# --- Bodies that are no JSON ---

WITH_JSON_BODY = (
    ("POST", "/brands"),
    ("PUT", TECHPRO),
    ("PUT", f"{TECHPRO}/config"),
    ("PUT", f"{TECHPRO}/system-prompt"),
    ("POST", PRODUCTS),
    ("PUT", LAPTOP),
    ("POST", SEARCH),
    ("POST", f"{PRODUCTS}/bulk"),
    ("POST", "/chat/techpro"),
    ("POST", "/chat"),
    ("POST", "/products"),
    ("POST", "/products/search"),
)

MALFORMED = {
    "cut off": b'{"name": "Lamp", "price": ',
    "single quotes": b"{'name': 'Lamp'}",
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "bytes": b"\x00\x01\x02",
    "two values": b"{} {}",
    "nested deeply": b"[" * 100_000,
    "a huge number": b'{"price": ' + b"9" * 5_000 + b"}",
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_body_that_is_no_json_is_refused(http: httpx.Client, content: bytes) -> None:
    for method, path in WITH_JSON_BODY:
        answer = http.request(method, path, content=content, headers=JSON)
        assert answer.status_code in {400, 422}, (method, path, answer.text)
        assert_problem(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("body", ["5", '"text"', "true"])
def test_a_body_of_another_kind_is_refused(http: httpx.Client, body: str) -> None:
    for method, path in WITH_JSON_BODY:
        assert_refused(http.request(method, path, content=body, headers=JSON))


# --- Members of the wrong type, or out of range ---


def _with(**members: object) -> dict[str, object]:
    return LAMP | members


# The raw body, since NaN and lone surrogates are no JSON that httpx would write.
BAD_PRODUCTS = {
    "a list": [],
    "no name": {"price": 1},
    "name empty": _with(name=""),
    "name null": _with(name=None),
    "name a number": _with(name=5),
    "name with NUL": _with(name="La\0mp"),
    "name with half a surrogate pair": _with(name="\ud83d"),
    "name too long": _with(name="x" * 501),
    "no price": {"name": "Lamp"},
    "price null": _with(price=None),
    "price NaN": _with(price=float("nan")),
    "price infinite": _with(price=float("inf")),
    "price minus infinity": _with(price=float("-inf")),
    "price negative": _with(price=-0.01),
    "price no number": _with(price="cheap"),
    "price a list": _with(price=[1]),
    "price a boolean": _with(price=True),
    "price beyond all bounds": _with(price=1e13),
    "id empty": _with(id=""),
    "id a list": _with(id=["x"]),
    "id a boolean": _with(id=True),
    "id too long": _with(id="x" * 257),
    "id with NUL": _with(id="lamp\0"),
    "category a list": _with(category=["Lamps"]),
    "features a text": _with(features="bright"),
    "features of numbers": _with(features=[1, 2]),
    "specifications a list": _with(specifications=["brand"]),
    "specifications with NaN": _with(specifications={"weight": float("nan")}),
    "availability a word": _with(availability="perhaps"),
    "currency unknown": _with(currency="euro"),
}


# A change leaves out what stays as it is.
CHANGES_THAT_CAN_BE = [BAD_PRODUCTS["no name"], BAD_PRODUCTS["no price"]]


@pytest.mark.parametrize("product", BAD_PRODUCTS.values(), ids=BAD_PRODUCTS.keys())
class TestABadProduct:
    def test_is_not_added(self, server: Server, shop: str, product: object) -> None:
        assert_refused(server.http.post(f"{shop}/products", content=json.dumps(product), headers=JSON))
        assert server.http.get(f"{shop}/products").json() == []

    def test_is_named_among_the_errors_of_a_bulk(self, server: Server, shop: str, product: object) -> None:
        answer = server.http.post(f"{shop}/products/bulk", content=json.dumps([product]), headers=JSON)
        assert answer.status_code == 200, answer.text
        assert (answer.json()["success_count"], answer.json()["total_count"]) == (0, 1)
        (error,) = answer.json()["errors"]
        assert error["index"] == 0
        assert error["reason"]
        assert not INSIDES.search(error["reason"])
        assert server.http.get(f"{shop}/products").json() == []

    def test_does_not_change_the_one_that_is_there(self, server: Server, shop: str, product: object) -> None:
        server.http.post(f"{shop}/products", json=LAMP).raise_for_status()
        before = server.http.get(f"{shop}/products").json()
        answer = server.http.put(f"{shop}/products/lamp-1", content=json.dumps(product), headers=JSON)
        if product not in CHANGES_THAT_CAN_BE:
            assert_refused(answer)
            assert server.http.get(f"{shop}/products").json() == before


BAD_SEARCHES = {
    "no query": {},
    "query empty": {"query": ""},
    "query null": {"query": None},
    "query a number": {"query": 5},
    "query with NUL": {"query": "lap\0top"},
    "query with half a surrogate pair": {"query": "\ud83d"},
    "query too long": {"query": "x" * 2_001},
    "limit 0": {"query": "laptop", "limit": 0},
    "limit 101": {"query": "laptop", "limit": 101},
    "limit 10,000": {"query": "laptop", "limit": 10_000},
    "limit negative": {"query": "laptop", "limit": -1},
    "limit a fraction": {"query": "laptop", "limit": 1.5},
    "limit a word": {"query": "laptop", "limit": "many"},
    "offset negative": {"query": "laptop", "offset": -1},
    "prices of one": {"query": "laptop", "price_range": [500]},
    "prices of three": {"query": "laptop", "price_range": [1, 2, 3]},
    "prices of words": {"query": "laptop", "price_range": ["low", "high"]},
    "a negative price": {"query": "laptop", "price_range": [-1, 500]},
    "a price of NaN": {"query": "laptop", "price_range": [float("nan"), 500]},
    "an infinite price": {"query": "laptop", "price_range": [0, float("inf")]},
    "prices a number": {"query": "laptop", "price_range": 500},
    "category a list": {"query": "laptop", "category": ["Laptops"]},
    "makers a text": {"query": "laptop", "makers": "Kestrel"},
    "attributes a list": {"query": "laptop", "attributes": ["memory"]},
}


@pytest.mark.parametrize("query", BAD_SEARCHES.values(), ids=BAD_SEARCHES.keys())
def test_a_search_that_cannot_be_meant_is_refused(http: httpx.Client, query: dict[str, Any]) -> None:
    for path in (SEARCH, "/products/search"):
        assert_refused(http.post(path, content=json.dumps(query), headers=JSON))


BAD_CHATS = {
    "no message": {},
    "message empty": {"message": ""},
    "message blank": {"message": " \n\t"},
    "message null": {"message": None},
    "message a number": {"message": 5},
    "message too long": {"message": "x" * 8_001},
    "message with half a surrogate pair": {"message": "\ud83d"},
    "conversation_id with a slash": {"message": "Hello", "conversation_id": "a/b"},
    "conversation_id too long": {"message": "Hello", "conversation_id": "x" * 129},
    "conversation_id a number": {"message": "Hello", "conversation_id": 7},
    "user_id a list": {"message": "Hello", "user_id": ["me"]},
    "voice a word": {"message": "Hello", "voice": "loud"},
    "client_message_id empty": {"message": "Hello", "client_message_id": ""},
}


@pytest.mark.parametrize("body", BAD_CHATS.values(), ids=BAD_CHATS.keys())
def test_a_message_that_cannot_be_answered_is_refused(http: httpx.Client, body: dict[str, Any]) -> None:
    for path in ("/chat/techpro", "/chat"):
        assert_refused(http.post(path, content=json.dumps(body), headers=JSON))


BAD_BRANDS = {
    "no name": {"description": "nameless"},
    "name empty": {"name": ""},
    "name blank": {"name": "  "},
    "name null": {"name": None},
    "name a number": {"name": 5},
    "name with NUL": {"name": "Sh\0p"},
    "name with a line end": {"name": "Sh\np"},
    "name with half a surrogate pair": {"name": "\ud83d"},
    "name too long": {"name": "x" * 201},
    "description too long": {"name": "Shop", "description": "x" * 2_001},
    "description a list": {"name": "Shop", "description": []},
    "id with a slash": {"name": "Shop", "brand_id": "a/b"},
    "id with dots": {"name": "Shop", "brand_id": ".."},
    "id in capitals": {"name": "Shop", "brand_id": "Shop"},
    "id not ASCII": {"name": "Shop", "brand_id": "schöp"},
    "id with NUL": {"name": "Shop", "brand_id": "shop\0"},
    "id with a line end": {"name": "Shop", "brand_id": "shop\n"},
    "id with a space": {"name": "Shop", "brand_id": "my shop"},
    "id that begins with a dash": {"name": "Shop", "brand_id": "-shop"},
    "id that ends with an underscore": {"name": "Shop", "brand_id": "shop_"},
    "id too long": {"name": "Shop", "brand_id": "x" * 64},
    "id that is a path": {"name": "Shop", "brand_id": "active"},
    "id a number": {"name": "Shop", "brand_id": 5},
}


@pytest.mark.parametrize("brand", BAD_BRANDS.values(), ids=BAD_BRANDS.keys())
def test_a_brand_that_cannot_be_is_not_made(http: httpx.Client, brand: dict[str, Any]) -> None:
    assert_refused(http.post("/brands", content=json.dumps(brand), headers=JSON))


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        (TECHPRO, {"name": ""}),
        (TECHPRO, {"name": 5}),
        (TECHPRO, {"name": "x" * 201}),
        (TECHPRO, {"is_active": "perhaps"}),
        (TECHPRO, {"version": "first"}),
        (f"{TECHPRO}/config", {"system_prompt": 5}),
        (f"{TECHPRO}/config", {"welcome_message": ["Hi"]}),
        (f"{TECHPRO}/config", {"welcome_message": "\ud83d"}),
        (f"{TECHPRO}/config", {"company_info": []}),
        (f"{TECHPRO}/config", {"company_info": {"founded": float("nan")}}),
        (f"{TECHPRO}/config", {"appearance_settings": "blue"}),
        (f"{TECHPRO}/config", {"settings": {"currency": "euro"}}),
        (f"{TECHPRO}/config", {"settings": {"retention_days": 0}}),
        (f"{TECHPRO}/config", {"version": "first"}),
        (f"{TECHPRO}/system-prompt", {"system_prompt": ""}),
        (f"{TECHPRO}/system-prompt", {"system_prompt": "  "}),
        (f"{TECHPRO}/system-prompt", {"system_prompt": 5}),
        (f"{TECHPRO}/system-prompt", {}),
    ],
)
def test_a_change_of_a_brand_that_cannot_be_is_refused(http: httpx.Client, path: str, changes: dict[str, Any]) -> None:
    assert_refused(http.put(path, content=json.dumps(changes), headers=JSON))


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": -1}, {"limit": 10_001}, {"limit": "all"}, {"offset": -1}, {"offset": 2**64}]
)
def test_a_page_that_cannot_be_is_refused(http: httpx.Client, query: dict[str, Any]) -> None:
    for path in ("/brands", "/brands/active", PRODUCTS, "/products", f"{TECHPRO}/conversations", "/uploads"):
        assert_refused(http.get(path, params=query))


@pytest.mark.parametrize(
    "query", [{}, {"query": ""}, {"query": "x" * 2_001}, {"query": "x", "limit": 0}, {"query": "x", "limit": 101}]
)
def test_recommendations_for_nothing_are_refused(http: httpx.Client, query: dict[str, Any]) -> None:
    for path in (f"{TECHPRO}/recommendations", "/recommendations"):
        assert_refused(http.post(path, params=query))


# --- What is not there, or is there already ---


def of_brand(brand: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Every request about a brand, each valid but for the brand."""
    path, chat = f"/brands/{quote(brand, safe='')}", f"/chat/{quote(brand, safe='')}"
    return [
        ("POST", chat, {"json": {"message": "Hello"}}),
        ("GET", f"{path}/products", {}),
        ("GET", f"{path}/products/lamp-1", {}),
        ("POST", f"{path}/products/search", {"json": {"query": "lamp"}}),
        ("GET", f"{path}/categories", {}),
        ("POST", f"{path}/recommendations", {"params": {"query": "lamp"}}),
        ("GET", path, {}),
        ("PUT", path, {"json": {"name": "Renamed"}}),
        ("DELETE", path, {}),
        ("GET", f"{path}/config", {}),
        ("PUT", f"{path}/config", {"json": {"welcome_message": "Hi"}}),
        ("GET", f"{path}/system-prompt", {}),
        ("PUT", f"{path}/system-prompt", {"json": {"system_prompt": "Be brief."}}),
        ("GET", f"{path}/stats", {}),
        ("GET", f"{path}/conversations", {}),
        ("POST", f"{path}/products", {"json": LAMP}),
        ("PUT", f"{path}/products/lamp-1", {"json": {"price": 1}}),
        ("DELETE", f"{path}/products/lamp-1", {}),
        ("POST", f"{path}/products/bulk", {"json": [LAMP]}),
        ("POST", f"{path}/upload/products", {"files": {"file": ("p.json", json.dumps([LAMP]).encode())}}),
        ("GET", f"{chat}/history/conv_1", {}),
        ("DELETE", f"{chat}/conv_1", {}),
    ]


CUSTOMERS = 6  # so many of them are a customer's; the rest are the brand's own


def test_whatever_is_asked_of_a_brand_that_is_none_is_404(http: httpx.Client) -> None:
    for method, path, options in of_brand("nosuchbrand"):
        answer = http.request(method, path, **options)
        assert_problem(answer, 404, "brand_not_found")
        assert answer.json()["detail"] == "Brand 'nosuchbrand' not found or inactive"


def test_customers_of_an_inactive_brand_get_404_and_the_brand_itself_is_still_managed(
    server: Server, shop: str
) -> None:
    http, brand = server.http, shop.removeprefix("/brands/")
    http.post(f"{shop}/products", json=LAMP).raise_for_status()
    http.put(shop, json={"is_active": False}).raise_for_status()
    for method, path, options in of_brand(brand)[:CUSTOMERS]:
        assert_problem(http.request(method, path, **options), 404, "brand_not_found")
    for path in (shop, f"{shop}/config", f"{shop}/system-prompt", f"{shop}/stats", f"{shop}/conversations"):
        assert http.get(path).is_success
    assert http.put(f"{shop}/config", json={"welcome_message": "Soon back"}).is_success
    http.put(shop, json={"is_active": True}).raise_for_status()
    assert http.get(f"{shop}/products").json()[0]["id"] == "lamp-1"


@pytest.mark.parametrize(
    "brand", ["%2e%2e", "..techpro", "\0", "techpro\0", "techpro\n", "TECHPRO", "tëch", "💻", "x" * 999]
)
def test_a_brand_id_that_no_brand_can_have_is_404(http: httpx.Client, brand: str) -> None:
    for method, path, options in of_brand(brand):
        assert_problem(http.request(method, path, **options), 404, "brand_not_found")


@pytest.mark.parametrize("brand", ["a/b", "../techpro", "a/b/c"])
def test_a_brand_id_with_a_slash_reaches_nothing(http: httpx.Client, brand: str) -> None:
    for method, path, options in of_brand(brand):
        answer = http.request(method, path, **options)
        assert answer.status_code in {404, 405}, (method, path, answer.text)  # the path may be another's
        assert_problem(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", f"{PRODUCTS}/none", "product_not_found"),
        ("DELETE", f"{PRODUCTS}/none", "product_not_found"),
        ("GET", f"{PRODUCTS}/a/b%00c", "product_not_found"),
        ("GET", "/chat/techpro/history/none", "conversation_not_found"),
        ("DELETE", "/chat/techpro/none", "conversation_not_found"),
        ("GET", "/uploads/none.csv", "upload_not_found"),
        ("GET", "/nowhere", "not_found"),
        ("GET", "/docs-assets/none.js", "not_found"),
    ],
)
def test_what_is_not_there_is_404(http: httpx.Client, method: str, path: str, code: str) -> None:
    assert_problem(http.request(method, path), 404, code)


def test_a_change_of_a_product_that_is_not_there_makes_none(http: httpx.Client) -> None:
    assert_problem(http.put(f"{PRODUCTS}/none", json=LAMP | {"id": "none"}), 404, "product_not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", TECHPRO, "DELETE, GET, PUT"),
        ("DELETE", "/brands", "GET, POST"),
        ("POST", "/stats", "GET"),
        ("OPTIONS", f"{PRODUCTS}/a/b", "DELETE, GET, PUT"),
    ],
)
def test_a_method_that_a_path_does_not_have_is_405(http: httpx.Client, method: str, path: str, allowed: str) -> None:
    answer = http.request(method, path)
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == allowed


def test_ids_that_are_taken_are_409(http: httpx.Client) -> None:
    assert_problem(http.post("/brands", json={"name": "Another", "brand_id": "techpro"}), 409, "already_exists")
    taken = LAMP | {"id": "laptop-kestrel-studio-16"}
    assert_problem(http.post(PRODUCTS, json=taken), 409, "already_exists")


def test_of_two_products_with_one_id_in_a_list_the_second_is_named_as_an_error(server: Server, shop: str) -> None:
    answer = server.http.post(f"{shop}/products/bulk", json=[LAMP, LAMP | {"name": "Another lamp"}]).json()
    assert (answer["success_count"], [error["index"] for error in answer["errors"]]) == (1, [1])
    assert [product["name"] for product in server.http.get(f"{shop}/products").json()] == ["Lamp"]


def test_a_product_keeps_its_id(http: httpx.Client) -> None:
    product = http.get(LAPTOP).json()
    answer = http.put(LAPTOP, json=product | {"id": "another", "price": 1.0})
    assert_problem(answer, 400, "invalid_request")
    assert "laptop-kestrel-studio-16" in answer.json()["detail"]


# --- Sizes ---


@pytest.fixture(scope="module")
def small_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("small"), MAX_BODY_BYTES=4_096, MAX_UPLOAD_BYTES=8_192) as running:
        yield running


def chunked(content: bytes) -> Iterator[bytes]:
    """The content without its length, in parts."""
    for at in range(0, len(content), 1_024):
        yield content[at : at + 1_024]


@pytest.mark.parametrize("size", [4_097, 40_000])
def test_a_body_over_the_limit_is_413_whether_its_length_is_declared_or_not(small_server: Server, size: int) -> None:
    before = state_of(small_server.http)
    content = json.dumps(LAMP | {"message": "Hello", "query": "lamp"}).encode().ljust(size)
    for method, path in WITH_JSON_BODY:
        for body in (content, chunked(content)):
            assert_problem(small_server.http.request(method, path, content=body, headers=JSON), 413, "too_large")
    assert state_of(small_server.http) == before


def test_a_body_of_just_the_limit_is_taken(small_server: Server) -> None:
    content = json.dumps({"query": "lamp"}).encode().ljust(4_096)
    for body in (content, chunked(content)):
        answer = small_server.http.post(SEARCH, content=body, headers=JSON)
        assert answer.status_code == 200, answer.text


def test_a_file_over_the_limit_is_413(small_server: Server) -> None:
    content = json.dumps([LAMP]).encode().ljust(100_000)
    answer = small_server.http.post(f"{TECHPRO}/upload/products", files={"file": ("lamps.json", content)})
    assert_problem(answer, 413, "too_large")


def test_more_products_than_a_bulk_may_hold_are_refused(http: httpx.Client) -> None:
    assert_refused(http.post(f"{PRODUCTS}/bulk", json=[{"name": "L", "price": 1}] * 10_001))


# --- Files ---


@pytest.mark.parametrize(
    "content",
    [b"", b"  \n", b"[", b"[]", b"%PDF-1.7 \x00\x01", b"just a sentence", b"name;colour\nLamp;red\n", b'"unclosed'],
)
def test_a_file_without_products_is_refused_and_listed_as_failed(http: httpx.Client, content: bytes) -> None:
    answer = http.post(f"{TECHPRO}/upload/products", files={"file": ("broken.csv", content)})
    assert_problem(answer, 400, "unreadable_file")
    assert http.get("/uploads").json()[0].items() >= {"filename": "broken.csv", "status": "failed"}.items()


def test_rows_that_are_no_products_are_named_with_their_rows(http: httpx.Client) -> None:
    rows = b"id,name,price\nlamp-1,Lamp,cheap\nlamp-2,,5\nlamp-3,Lamp,-1\nlamp-4,Lamp,nan\n"
    answer = http.post(f"{TECHPRO}/upload/products", files={"file": ("lamps.csv", rows)})
    assert answer.status_code == 200
    assert answer.json()["products_added"] == 0
    assert [rejected["row"] for rejected in answer.json()["rejected"]] == [2, 3, 4, 5]
    assert all(rejected["reason"] for rejected in answer.json()["rejected"])


def test_an_upload_without_a_file_is_refused(http: httpx.Client) -> None:
    assert_refused(http.post(f"{TECHPRO}/upload/products"))
    assert_refused(http.post(f"{TECHPRO}/upload/products", files={"products": ("p.json", b"[]")}))


# --- Words that a search engine might take for commands ---


@pytest.mark.parametrize(
    "query",
    [
        '" OR 1=1 --',
        '"',
        "''",
        "'; DROP TABLE products; --",
        "NEAR(",
        "NEAR(laptop phone, 5)",
        "*",
        "lap*",
        "^",
        "^laptop",
        "a AND",
        "AND",
        "OR OR OR",
        "NOT laptop",
        "name:laptop",
        "{name category}: laptop",
        "laptop + phone",
        "-laptop",
        "(laptop",
        "laptop)",
        "%",
        "_",
        "\\",
        "?",
        ";",
        "🎧",
        "\u200b",
        "\uff2c\uff21\uff30",
        "price < 5 OR price > 5",
        "x " * 900,
    ],
)
def test_operators_and_quotes_in_a_query_are_words_like_others(http: httpx.Client, query: str) -> None:
    for filters in ({}, {"category": query, "makers": [query]}, {"attributes": {query: query}}):
        answer = http.post(SEARCH, json={"query": query, "limit": 100, **filters})
        assert answer.status_code == 200, answer.text
        assert all(result["product"]["brand_id"] == "techpro" for result in answer.json()["results"])
    assert http.get(PRODUCTS, params={"category": query}).json() == []
    assert http.post(f"{TECHPRO}/recommendations", params={"query": query}).is_success


# --- Doing it once, and not over somebody else's work ---


def test_a_request_with_the_same_idempotency_key_is_answered_again_and_done_once(server: Server, shop: str) -> None:
    http, key = server.http, {"Idempotency-Key": "order-66"}
    first = http.post(f"{shop}/products", json={"name": "Lamp", "price": 5}, headers=key)
    again = http.post(f"{shop}/products", json={"name": "Lamp", "price": 5}, headers=key)
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert len(http.get(f"{shop}/products").json()) == 1

    other_body = http.post(f"{shop}/products", json={"name": "Lamp", "price": 6}, headers=key)
    assert_problem(other_body, 422, "idempotency_key_reused")
    other_query = http.post(f"{shop}/products?x=1", json={"name": "Lamp", "price": 5}, headers=key)
    assert_problem(other_query, 422, "idempotency_key_reused")
    assert len(http.get(f"{shop}/products").json()) == 1

    other_path = http.post(f"{shop}/products/bulk", json=[{"name": "Chair", "price": 9}], headers=key)
    assert other_path.json()["success_count"] == 1


def test_a_refusal_is_not_kept_and_the_request_may_be_tried_again(server: Server, shop: str) -> None:
    http, key = server.http, {"Idempotency-Key": "refused"}
    http.post(f"{shop}/products", json=LAMP).raise_for_status()
    assert_problem(http.post(f"{shop}/products", json=LAMP, headers=key), 409, "already_exists")
    http.delete(f"{shop}/products/lamp-1").raise_for_status()
    assert http.post(f"{shop}/products", json=LAMP, headers=key).is_success


def test_a_chat_and_an_upload_with_the_same_key_are_done_once(server: Server, shop: str) -> None:
    http, brand = server.http, shop.removeprefix("/brands/")
    chats = [
        http.post(f"/chat/{brand}", json={"message": "Hello"}, headers={"Idempotency-Key": "hello"}) for _ in range(2)
    ]
    assert chats[0].json() == chats[1].json()
    assert http.get(f"{shop}/stats").json()["active_conversations"] == 1

    file = ("lamps.json", json.dumps([LAMP]).encode())
    uploads = [
        http.post(f"{shop}/upload/products", files={"file": file}, headers={"Idempotency-Key": "upload"})
        for _ in range(2)  # httpx chooses another boundary each time
    ]
    assert uploads[0].json() == uploads[1].json()
    assert uploads[0].json()["products_added"] == 1


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_an_idempotency_key_that_cannot_be_is_refused(http: httpx.Client, key: str) -> None:
    assert_refused(http.post(PRODUCTS, json=LAMP, headers={"Idempotency-Key": key}))


def test_an_edit_of_a_version_that_is_no_more_is_409_and_changes_nothing(server: Server, shop: str) -> None:
    http = server.http
    read = http.get(f"{shop}/config")
    stale = read.headers["etag"]
    assert stale == f'"{read.json()["version"]}"'
    first = http.put(f"{shop}/config", json={"welcome_message": "First"}, headers={"If-Match": stale})
    assert first.status_code == 200
    assert first.json()["version"] == read.json()["version"] + 1
    assert first.headers["etag"] == f'"{first.json()["version"]}"'

    behind = read.json()["version"]
    for path, options in (
        (f"{shop}/config", {"json": {"welcome_message": "Second"}, "headers": {"If-Match": stale}}),
        (f"{shop}/config", {"json": {"welcome_message": "Second", "version": behind}}),
        (shop, {"json": {"name": "Second"}, "headers": {"If-Match": stale}}),
        (shop, {"json": {"name": "Second", "version": behind}}),
    ):
        assert_problem(http.put(path, **options), 409, "stale_version")
    assert http.get(f"{shop}/config").json() == first.json()

    last = http.put(f"{shop}/config", json={"welcome_message": "Whatever it is"}, headers={"If-Match": "*"})
    assert last.status_code == 200


def test_a_stale_edit_of_the_system_prompt_is_409_too(server: Server, shop: str) -> None:
    stale = server.http.get(f"{shop}/config").headers["etag"]
    server.http.put(f"{shop}/config", json={"welcome_message": "First"}).raise_for_status()
    prompt = {"system_prompt": "Second"}
    answer = server.http.put(f"{shop}/system-prompt", json=prompt, headers={"If-Match": stale})
    assert_problem(answer, 409, "stale_version")


@pytest.mark.parametrize(
    "etag",
    [b"abc", b'"1.5"', b'"-1"', b"", b"\xb2", b"9" * 5_000],
    ids=["word", "fraction", "negative", "empty", "high", "long"],
)
def test_an_if_match_that_is_no_version_is_refused(http: httpx.Client, etag: bytes) -> None:
    answer = http.put(f"{TECHPRO}/config", json={"welcome_message": "Hi"}, headers=[(b"If-Match", etag)])
    assert_refused(answer)


# --- Pages and paths ---


def test_lists_page_and_tell_their_total(http: httpx.Client) -> None:
    for path in (PRODUCTS, "/products", "/brands", "/brands/active"):
        whole = http.get(path)
        total = len(whole.json())
        assert whole.headers["x-total-count"] == str(total)
        pages = [http.get(path, params={"limit": 1, "offset": offset}) for offset in (0, total - 1, total)]
        assert [page.json() for page in pages] == [whole.json()[:1], whole.json()[-1:], []]
        assert {page.headers["x-total-count"] for page in pages} == {str(total)}


def test_a_page_of_one_category_tells_the_total_of_that_category(http: httpx.Client) -> None:
    answer = http.get(PRODUCTS, params={"category": "Laptops", "limit": 2})
    assert [product["category"] for product in answer.json()] == ["Laptops"] * 2
    every = [product for product in http.get(PRODUCTS).json() if product["category"] == "Laptops"]
    assert answer.headers["x-total-count"] == str(len(every))


def test_conversations_and_uploads_page_too(server: Server, shop: str) -> None:
    http, brand = server.http, shop.removeprefix("/brands/")
    ids = [http.post(f"/chat/{brand}", json={"message": "Hello"}).json()["conversation_id"] for _ in range(3)]
    page = http.get(f"{shop}/conversations", params={"limit": 2})
    assert page.headers["x-total-count"] == "3"
    assert [each["conversation_id"] for each in page.json()["conversations"]] == ids[:0:-1]

    before = int(http.get("/uploads").headers["x-total-count"])
    for number in range(2):
        file = (f"lamps-{number}.json", json.dumps([LAMP]).encode())
        http.post(f"{shop}/upload/products", files={"file": file}).raise_for_status()
    page = http.get("/uploads", params={"limit": 1, "offset": 1})
    assert page.headers["x-total-count"] == str(before + 2)
    assert page.json()[0]["filename"] == "lamps-0.json"


@pytest.mark.parametrize(
    "product_id", ["lamps/desk/1", "a b", "50%", "%2F", "q?x=1#y", "ünï/🎧", "search", "bulk", "...", "a//b", "../x"]
)
def test_a_product_is_reached_under_whatever_id_it_has(server: Server, shop: str, product_id: str) -> None:
    http, path = server.http, f"{shop}/products/{quote(product_id, safe='')}"
    saved = http.post(f"{shop}/products", json=LAMP | {"id": product_id})
    assert saved.json()["product_id"] == product_id
    assert http.get(path).json()["id"] == product_id
    assert http.put(path, json=LAMP | {"id": product_id, "price": 9}).status_code == 200
    assert http.get(path).json()["price"] == 9
    assert http.delete(path).status_code == 200
    assert http.get(f"{shop}/products").json() == []


# --- The documentation ---


def test_the_documentation_pages_ask_no_other_server_for_anything(http: httpx.Client) -> None:
    for path in ("/docs", "/redoc"):
        page = http.get(path)
        assert page.status_code == 200
        assert not re.search(r"""(?:https?:)?//[\w.-]+\.\w+""", re.sub(r"<!--.*?-->", "", page.text, flags=re.DOTALL))
        addresses = re.findall(r"""(?:src|href|spec-url)=["']([^"']+)["']""", page.text)
        assert addresses
        for address in addresses:
            assert address.startswith("/")
            assert http.get(address).status_code == 200
        assert "/openapi.json" in page.text


def operations(openapi: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Each operation that takes a body."""
    each = chain.from_iterable(
        ((method, path, operation) for method, operation in methods.items())
        for path, methods in openapi["paths"].items()
    )
    return [(method, path, operation) for method, path, operation in each if "requestBody" in operation]


def examples_of(openapi: dict[str, Any], media: dict[str, Any]) -> list[Any]:
    """The examples of a body, wherever OpenAPI lets them stand."""
    if "examples" in media:
        return [example["value"] for example in media["examples"].values()]
    if "example" in media:
        return [media["example"]]
    return _examples_in(openapi, media["schema"])


def _examples_in(openapi: dict[str, Any], schema: dict[str, Any]) -> list[Any]:
    if found := schema.get("examples"):
        return list(found)
    if "$ref" in schema:
        return _examples_in(openapi, openapi["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    return list(chain.from_iterable(_examples_in(openapi, each) for each in schema.get("anyOf", [])))


def test_every_body_in_the_openapi_document_has_an_example_that_is_accepted(server: Server, shop: str) -> None:
    openapi = server.http.get("/openapi.json").json()
    server.http.post(f"{shop}/products", json=LAMP).raise_for_status()
    server.http.post(f"{shop}/knowledge", json={"id": "doc-1", "content": "Text."}).raise_for_status()
    made = []
    for method, path, operation in operations(openapi):
        media = operation["requestBody"]["content"].get("application/json")
        if media is None:
            continue
        examples = examples_of(openapi, media)
        assert examples, f"{method} {path} has no example"
        if path.endswith(("/keys", "/knowledge/import")):
            continue  # the first key would close this server, and there is no such page
        filled = path.replace("/brands/{brand_id}", shop).replace("{brand_id}", shop.removeprefix("/brands/"))
        filled = filled.replace("{product_id}", "lamp-1").replace("{doc_id}", "doc-1")
        for example in examples:
            answer = server.http.request(method, filled, json=example)
            assert answer.is_success, (method, path, answer.text)
            if path == "/brands":
                made.append(answer.json()["id"])
            if path == "/products":
                server.http.delete(f"{PRODUCTS}/{answer.json()['product_id']}").raise_for_status()
    server.http.delete(f"{shop}/knowledge/doc-1").raise_for_status()
    for brand_id in made:
        server.http.delete(f"/brands/{brand_id}").raise_for_status()


def test_an_upload_has_an_example_too(http: httpx.Client) -> None:
    openapi = http.get("/openapi.json").json()
    uploads = [
        media["schema"]
        for _, _, operation in operations(openapi)
        if (media := operation["requestBody"]["content"].get("multipart/form-data"))
    ]
    assert uploads
    for schema in uploads:
        name = schema["$ref"].rpartition("/")[2]
        assert openapi["components"]["schemas"][name]["properties"]["file"]["examples"]
