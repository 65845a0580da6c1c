"""Other sites' pages: they may chat and search, and cannot administer; preflights say the same."""

from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus

from tests.functional.server import Server, running_server

EVIL = {"Origin": "https://evil.example"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/brands?name=Evil"),
        ("POST", "/brands/techpro/products"),
        ("POST", "/products"),
        ("PUT", "/brands/techpro/config"),
        ("DELETE", "/brands/techpro"),
    ],
)
@pytest.mark.parametrize("headers", [EVIL, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_change_from_another_sites_page_is_refused(
    server: Server, method: str, path: str, headers: dict[str, str]
) -> None:
    brands = server.http.get("/brands").json()
    answer = server.http.request(method, path, headers=headers, content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert server.http.get("/brands").json() == brands


def test_a_shops_page_may_chat_search_and_list(server: Server) -> None:
    answers = [
        server.http.post("/chat/techpro", json={"message": "hello"}, headers=EVIL),
        server.http.post("/brands/techpro/products/search", json={"query": "laptop"}, headers=EVIL),
        server.http.get("/brands/techpro/products", headers=EVIL),
    ]
    assert [(one.status_code, one.headers["Access-Control-Allow-Origin"]) for one in answers] == [(200, "*")] * 3


def test_a_preflight_for_a_change_is_not_granted(server: Server) -> None:
    asked = EVIL | {"Access-Control-Request-Method": "POST"}
    assert server.http.options("/brands/techpro/products/search", headers=asked).status_code == 200
    assert server.http.options("/brands/techpro/products", headers=asked).status_code == 400
    assert "Access-Control-Allow-Origin" not in server.http.options("/brands/techpro/config", headers=asked).headers


def test_the_own_pages_of_the_server_may_change_things(server: Server) -> None:
    own = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
    answer = server.http.post("/brands", json={"name": "From my own page"}, headers=own)
    assert answer.status_code == 200
    server.http.delete(f"/brands/{answer.json()['id']}", headers=own)


def test_a_brand_that_takes_a_deleted_ones_id_meets_nothing_of_it(server: Server) -> None:
    def sells() -> str:
        answer = server.http.post("/chat/phoenix", json={"message": "what do you sell?", "conversation_id": "c"})
        return str(answer.json()["response"])

    for category in ("Alphas", "Betas"):
        server.http.post("/brands", json={"name": "Phoenix", "brand_id": "phoenix"}).raise_for_status()
        assert server.http.get("/brands/phoenix/conversations").json()["conversations"] == []
        product = {"id": "p", "name": category, "price": 1, "category": category}
        server.http.post("/brands/phoenix/products", json=product).raise_for_status()
        assert category in sells()
        server.http.delete("/brands/phoenix").raise_for_status()
        assert server.http.get("/brands/phoenix/products").status_code == 404
    server.http.post("/brands", json={"name": "Phoenix", "brand_id": "phoenix"}).raise_for_status()
    assert "Alphas" not in sells()
    assert "Betas" not in sells()
    server.http.delete("/brands/phoenix").raise_for_status()


SHOP = "https://shop.example"


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a list of its own, and a brand with another."""
    with running_server(tmp_path_factory.mktemp("listed"), ALLOWED_ORIGINS="https://group.example") as server:
        settings = {"settings": {"origins": [SHOP]}}
        server.http.put("/brands/techpro/config", json=settings).raise_for_status()
        yield server


FOREIGN = [
    "https://evil.example",
    "https://shop.example.evil.example",
    "https://evilshop.example",
    "https://shop.example:8443",
    "http://shop.example",
    "null",
]


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_page_that_is_not_in_the_list_gets_nothing(listed: Server, origin: str) -> None:
    headers = {"Origin": origin}
    answer = listed.http.post("/chat/techpro", json={"message": "hello"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert "access-control-allow-origin" not in listed.http.get("/brands/techpro/products", headers=headers).headers
    asked = headers | {"Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in listed.http.options("/chat/techpro", headers=asked).headers
    with pytest.raises(InvalidStatus) as refused, listed.chat(origin=origin):
        pass
    assert refused.value.response.status_code == 403


def test_a_page_of_the_list_is_let_in(listed: Server) -> None:
    for origin in (SHOP, "https://group.example"):
        answer = listed.http.post("/chat/techpro", json={"message": "hello"}, headers={"Origin": origin})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, origin)
        with listed.chat(origin=origin) as chat:
            chat.ask("hello")


def test_a_brands_list_is_its_own(listed: Server) -> None:
    answer = listed.http.post("/chat/stylehub", json={"message": "hello"}, headers={"Origin": SHOP})
    assert answer.status_code == 403
    with pytest.raises(InvalidStatus), listed.chat("stylehub", origin=SHOP):
        pass


def test_who_names_no_page_needs_a_key_where_there_is_a_list(listed: Server) -> None:
    with pytest.raises(InvalidStatus) as refused, listed.chat():
        pass
    assert refused.value.response.status_code == 403


def test_the_servers_own_pages_are_always_let_in(listed: Server) -> None:
    own = {"Origin": listed.url, "Sec-Fetch-Site": "same-origin"}
    assert listed.http.post("/chat/techpro", json={"message": "hello"}, headers=own).status_code == 200
