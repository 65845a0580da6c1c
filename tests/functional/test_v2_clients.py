"""What was written for v2.0 goes on working: its Python and JavaScript clients, and every request of its README."""

import asyncio
import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import httpx
import pytest
from playwright.sync_api import Page, sync_playwright
from websockets.asyncio.client import connect

from tests.functional.server import PATIENCE_S, Server, running_server

BRAND_MEMBERS = {"id", "name", "description", "created_at", "updated_at", "is_active"}
CONFIG_MEMBERS = {
    "brand_id",
    "system_prompt",
    "persona_prompt",
    "welcome_message",
    "company_info",
    "appearance_settings",
    "updated_at",
}
PRODUCT_MEMBERS = {
    "id",
    "name",
    "description",
    "category",
    "price",
    "features",
    "specifications",
    "availability",
    "brand_id",
}
CHAT_MEMBERS = {"response", "conversation_id", "suggested_products", "confidence_score"}

NEED = "I need a powerful laptop for video editing"

DRONE = {
    "id": "drone-001",
    "name": "Swift Quadcopter",
    "description": "A foldable quadcopter with a stabilised camera.",
    "category": "Drones",
    "price": 749.5,
    "features": ["Stabilised camera", "31 minutes in the air"],
    "specifications": {"weight": "249 g", "range": "6 km"},
    "availability": True,
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose brands and products these tests may change."""
    with running_server(tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest.fixture
def http(shop: Server) -> httpx.Client:
    return shop.http


@pytest.fixture
def brand_id(http: httpx.Client) -> Iterator[str]:
    """A brand without products."""
    made = http.post("/brands", params={"name": "Throwaway", "description": "For one test"}).raise_for_status().json()
    yield made["id"]
    http.delete(f"/brands/{made['id']}").raise_for_status()


# --- Clients over WebSocket ---


async def _talk(address: str, *messages: dict[str, Any], welcomed: bool) -> list[dict[str, Any]]:
    """v2.0's example client: what it collects of each reply, with websockets' own defaults (compression among them)."""
    replies = []
    async with asyncio.timeout(PATIENCE_S), connect(address, proxy=None) as websocket:
        if welcomed:
            welcome = json.loads(await websocket.recv())
            assert welcome["type"] == "welcome"
            assert welcome["data"].keys() >= {"message", "brand_id", "brand_name"}
        for data in messages:
            await websocket.send(json.dumps({"type": "chat", "data": data}))
            text = ""
            while True:
                message = json.loads(await websocket.recv())
                if message["type"] == "chunk":
                    text += message["data"]["content"]
                elif message["type"] == "complete":
                    products = message["data"]["suggested_products"]
                    replies.append({"text": text, "count": len(products), **message["data"]})
                    break
    return replies


def test_a_python_client_that_never_reads_the_welcome_gets_its_reply_and_products(server: Server) -> None:
    (reply,) = asyncio.run(_talk(f"{server.ws_url}/ws/chat/techpro", {"message": NEED, "voice": False}, welcomed=False))
    assert reply["text"]
    assert 1 <= reply["count"] <= 3
    assert all(product.keys() >= PRODUCT_MEMBERS for product in reply["suggested_products"])
    assert 0 < reply["confidence_score"] <= 1


def test_a_python_client_that_sends_null_as_its_first_conversation_id_gets_a_conversation(server: Server) -> None:
    (reply,) = asyncio.run(
        _talk(f"{server.ws_url}/ws/chat/techpro", {"message": NEED, "conversation_id": None}, welcomed=True)
    )
    assert len(server.history(reply["conversation_id"])) == 2


def test_a_reply_that_suggests_nothing_still_has_a_list_to_take_the_length_of(server: Server) -> None:
    (reply,) = asyncio.run(
        _talk(f"{server.ws_url}/ws/chat/techpro", {"message": "What is your return policy?"}, welcomed=True)
    )
    assert "30 days" in reply["text"]
    assert reply["count"] == 0


def test_a_python_client_goes_on_in_the_conversation_that_it_has_chosen(server: Server) -> None:
    first, second = asyncio.run(
        _talk(
            f"{server.ws_url}/ws/chat/techpro",
            {"message": NEED, "conversation_id": "v2-session-1"},
            {"message": "Which of them is the cheapest?", "conversation_id": "v2-session-1"},
            welcomed=True,
        )
    )
    cheapest = min(first["suggested_products"], key=lambda product: product["price"])
    assert cheapest["name"] in second["text"]


def test_the_voice_socket_answers_the_same_client(server: Server) -> None:
    (reply,) = asyncio.run(_talk(f"{server.ws_url}/ws/voice/stylehub", {"message": "Do you have bags?"}, welcomed=True))
    assert reply["text"]


def test_a_conversation_over_websocket_is_read_and_deleted_over_rest(server: Server) -> None:
    chosen = "optional-conversation-id"
    (reply,) = asyncio.run(
        _talk(f"{server.ws_url}/ws/chat/techpro", {"message": NEED, "conversation_id": chosen}, welcomed=False)
    )
    history = server.http.get(f"/chat/techpro/history/{chosen}").raise_for_status().json()
    assert history.keys() >= {"conversation_id", "brand_id", "messages"}
    assert [(message["role"], message["content"]) for message in history["messages"]] == [
        ("user", NEED),
        ("assistant", reply["text"]),
    ]
    assert all(message["timestamp"] for message in history["messages"])

    assert server.http.delete(f"/chat/techpro/{chosen}").raise_for_status().json().keys() == {"message"}
    assert server.http.get(f"/chat/techpro/history/{chosen}").status_code == 404


# --- The client in a browser ---

# The README's JavaScript client, its `send` moved into `onopen`.
PAGE = """
<!doctype html>
<meta charset="utf-8">
<p id="reply"></p><ul id="products"></ul>
<script>
  const ask = (address, text) => new Promise((resolve, reject) => {
    const socket = new WebSocket(address);
    socket.onopen = () => socket.send(JSON.stringify({type: "chat", data: {message: text, voice: false}}));
    socket.onerror = () => reject(new Error("no connection"));
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.type === "chunk") {
        document.getElementById("reply").textContent += message.data.content;
      } else if (message.type === "complete") {
        for (const product of message.data.suggested_products) {
          const item = document.createElement("li");
          item.textContent = product.name;
          document.getElementById("products").append(item);
        }
        socket.close();
        resolve(message.data.suggested_products.length);
      }
    };
  });
</script>
"""


class _ShopPage(BaseHTTPRequestHandler):
    """A shop's own page, from another origin than the chat's."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002, the base class names it so
        """Say nothing."""


@pytest.fixture(scope="module")
def shop_page() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _ShopPage) as page_server:
        thread = threading.Thread(target=page_server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{page_server.server_port}/"
        page_server.shutdown()
        thread.join(PATIENCE_S)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page in the system's Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed (apt-get install chromium): the JavaScript client was not tried")
    quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", *quiet], timeout=PATIENCE_S * 1000
        )
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_S * 1000)
        yield page
        browser.close()


def test_a_javascript_client_renders_chunks_and_products_in_chromium(
    page: Page, shop_page: str, server: Server
) -> None:
    page.goto(shop_page)
    shown = page.evaluate("([address, text]) => ask(address, text)", [f"{server.ws_url}/ws/chat/techpro", NEED])
    names = page.locator("#products li").all_text_contents()
    assert len(names) == shown > 0
    assert all(name in str(page.locator("#reply").text_content()) for name in names)


# --- Brands ---


def test_a_brand_made_from_json_has_figures_under_the_id_of_its_name(http: httpx.Client) -> None:
    brand = http.post("/brands", json={"name": "Test Brand", "description": "Test description"})
    assert brand.status_code == 200
    assert brand.json().keys() == BRAND_MEMBERS
    assert brand.json()["id"] == "test_brand"
    assert "Test Brand" in [each["name"] for each in http.get("/brands").json()]

    stats = http.get("/brands/test_brand/stats")
    assert stats.status_code == 200
    assert (
        stats.json().items()
        >= {
            "brand_id": "test_brand",
            "brand_name": "Test Brand",
            "total_products": 0,
            "available_products": 0,
            "categories": [],
            "active_conversations": 0,
        }.items()
    )


def test_a_second_brand_of_the_same_name_gets_an_id_of_its_own(http: httpx.Client) -> None:
    first = http.post("/brands", json={"name": "Twin Shop", "description": "One"}).json()
    second = http.post("/brands", json={"name": "Twin Shop", "description": "Two"}).json()
    assert (first["id"], second["id"]) == ("twin_shop", "twin_shop_2")


def test_the_readme_s_brand_is_made_configured_and_greets_with_its_welcome(shop: Server) -> None:
    brand = {
        "name": "TechCorp Solutions",
        "description": "Enterprise technology solutions",
        "brand_id": "techcorp",
    }
    config = {
        "system_prompt": "You are a helpful assistant for TechCorp...",
        "welcome_message": "Welcome to TechCorp! How can I help?",
        "company_info": {"name": "TechCorp Solutions", "specialty": "Enterprise IT solutions"},
        "appearance_settings": {"primary_color": "#0066cc", "secondary_color": "#6c757d"},
    }
    assert shop.http.post("/brands", json=brand).json()["id"] == "techcorp"
    answer = shop.http.put("/brands/techcorp/config", json=config)
    assert answer.status_code == 200
    assert answer.json().keys() >= CONFIG_MEMBERS
    assert answer.json().items() >= config.items()
    assert shop.http.get("/brands/techcorp/config").json() == answer.json()
    with shop.chat("techcorp") as chat:
        assert chat.welcome["message"] == config["welcome_message"]
        assert chat.welcome["brand_name"] == brand["name"]


def test_brands_are_made_and_changed_by_query_parameters_as_v2_took_them(http: httpx.Client) -> None:
    made = http.post("/brands", params={"name": "Query Shop", "description": "By query", "brand_id": "by-query"})
    assert (made.status_code, made.json()["id"]) == (200, "by-query")

    changed = http.put("/brands/by-query", params={"name": "Query House", "is_active": "false"})
    assert changed.status_code == 200
    assert (
        changed.json().items()
        >= {
            "id": "by-query",
            "name": "Query House",
            "description": "By query",
            "is_active": False,
        }.items()
    )
    assert "by-query" not in [brand["id"] for brand in http.get("/brands/active").json()]

    assert http.put("/brands/by-query", params={"is_active": "true"}).json()["is_active"] is True
    assert "by-query" in [brand["id"] for brand in http.get("/brands/active").json()]


def test_a_config_is_changed_by_query_parameters_as_v2_took_them(http: httpx.Client, brand_id: str) -> None:
    words = {"system_prompt": "You sell kites.", "welcome_message": "Up, up and away!"}
    answer = http.put(f"/brands/{brand_id}/config", params=words)
    assert answer.status_code == 200
    assert answer.json().items() >= words.items()


def test_a_brand_is_read_and_deleted(http: httpx.Client) -> None:
    http.post("/brands", json={"name": "Short Lived", "description": ""})
    assert http.get("/brands/short_lived").json().keys() == BRAND_MEMBERS
    deleted = http.delete("/brands/short_lived")
    assert (deleted.status_code, deleted.json().keys()) == (200, {"message"})
    assert http.get("/brands/short_lived").status_code == 404


def test_the_system_prompt_is_read_and_replaced_alone(http: httpx.Client, brand_id: str) -> None:
    config = http.get(f"/brands/{brand_id}/config").json()
    replaced = http.put(f"/brands/{brand_id}/system-prompt", json={"system_prompt": "Answer in one sentence."})
    assert replaced.status_code == 200
    read = http.get(f"/brands/{brand_id}/system-prompt").json()
    assert read.keys() >= {"brand_id", "brand_name", "system_prompt", "updated_at"}
    assert read["system_prompt"] == replaced.json()["system_prompt"] == "Answer in one sentence."
    assert http.get(f"/brands/{brand_id}/config").json()["welcome_message"] == config["welcome_message"]


def test_the_front_page_says_what_runs(http: httpx.Client) -> None:
    front = http.get("/").json()
    assert front.keys() >= {"message", "status", "version", "timestamp", "active_brands", "brands"}
    assert front["status"] == "running"
    assert front["active_brands"] == len(front["brands"])
    assert {"id": "techpro", "name": "TechPro Solutions"} in front["brands"]


def test_the_figures_of_all_brands_add_up(http: httpx.Client) -> None:
    stats = http.get("/stats").json()
    assert stats.keys() >= {"total_brands", "active_brands", "total_products", "total_conversations", "brands_stats"}
    assert stats["total_brands"] == len(http.get("/brands").json()) == len(stats["brands_stats"])
    assert stats["total_products"] == sum(one["total_products"] for one in stats["brands_stats"])


# --- Products ---


def test_a_product_is_added_found_changed_and_deleted(http: httpx.Client, brand_id: str) -> None:
    products = f"/brands/{brand_id}/products"
    added = http.post(products, json=DRONE)
    assert added.status_code == 200
    assert added.json().items() >= {"product_id": "drone-001", "brand_id": brand_id}.items()
    assert added.json()["message"]

    (listed,) = http.get(products).json()
    assert listed.items() >= (DRONE | {"brand_id": brand_id}).items()
    assert listed.keys() >= PRODUCT_MEMBERS

    changed = http.put(f"{products}/drone-001", json=DRONE | {"price": 699.0, "availability": False})
    assert (changed.status_code, changed.json().keys()) == (200, {"message"})
    assert http.get(f"{products}/drone-001").json().items() >= {"price": 699.0, "availability": False}.items()

    deleted = http.delete(f"{products}/drone-001")
    assert (deleted.status_code, deleted.json().keys()) == (200, {"message"})
    assert http.get(products).json() == []


@pytest.mark.parametrize("price_range", [(500, 1500), (1500, 500)])
def test_a_search_keeps_to_its_category_and_price_range(http: httpx.Client, price_range: tuple[int, int]) -> None:
    query = {"query": "lightweight laptop for travel", "category": "Laptops", "price_range": price_range, "limit": 5}
    answer = http.post("/brands/techpro/products/search", json=query)
    assert answer.status_code == 200
    assert answer.json().items() >= {"query": query["query"], "brand_id": "techpro"}.items()
    results = answer.json()["results"]
    assert 1 <= len(results) <= 5
    for result in results:
        assert result["product"]["category"] == "Laptops"
        assert 500 <= result["product"]["price"] <= 1500
        assert 0 <= result["similarity_score"] <= 1


def test_a_bare_list_of_products_is_saved_in_bulk(http: httpx.Client, brand_id: str) -> None:
    drones = [DRONE | {"id": f"drone-{number}", "name": f"Drone {number}"} for number in range(3)]
    answer = http.post(f"/brands/{brand_id}/products/bulk", json=[*drones, {"name": "No price"}])
    assert answer.status_code == 200
    assert answer.json().items() >= {"success_count": 3, "total_count": 4, "brand_id": brand_id}.items()
    assert answer.json()["message"]
    assert [product["id"] for product in http.get(f"/brands/{brand_id}/products").json()] == [
        "drone-0",
        "drone-1",
        "drone-2",
    ]


CSV = """\
id,name,description,category,price,features,availability,weight
drone-001,Swift Quadcopter,A foldable quadcopter.,Drones,749.50,"Camera; 31 minutes",true,249 g
"""


@pytest.mark.parametrize(
    ("filename", "content"),
    [
        ("products.json", json.dumps([DRONE])),
        ("product.json", json.dumps(DRONE)),
        ("products.csv", CSV),
    ],
)
def test_an_uploaded_file_becomes_products_and_is_listed(
    http: httpx.Client, brand_id: str, filename: str, content: str
) -> None:
    answer = http.post(f"/brands/{brand_id}/upload/products", files={"file": (filename, content.encode())})
    assert answer.status_code == 200
    assert answer.json().items() >= {"filename": filename, "products_added": 1}.items()
    assert answer.json().keys() >= {"message", "upload_id"}

    (product,) = http.get(f"/brands/{brand_id}/products").json()
    assert (product["id"], product["price"]) == ("drone-001", 749.5)

    listed = http.get("/uploads").json()
    assert listed[0].items() >= {"filename": filename, "products_added": 1, "status": "success"}.items()
    assert listed[0].keys() >= {"upload_time", "file_size"}
    assert http.get(f"/uploads/{filename}").json() == listed[0]


def test_recommendations_take_their_need_from_the_query(http: httpx.Client) -> None:
    answer = http.post("/brands/techpro/recommendations", params={"query": "a laptop for business", "limit": 2})
    assert answer.status_code == 200
    assert answer.json().keys() >= {"products", "reasoning", "match_score"}
    assert 1 <= len(answer.json()["products"]) <= 2
    assert 0 < answer.json()["match_score"] <= 1


def test_categories_are_named_with_their_brand(http: httpx.Client) -> None:
    answer = http.get("/brands/techpro/categories").json()
    assert answer["brand_id"] == "techpro"
    assert len(answer["categories"]) >= 8


# --- Chat over REST ---


def test_a_chat_over_rest_answers_whole_and_goes_on_in_its_conversation(http: httpx.Client) -> None:
    asked = {"message": "I need a laptop for business work under $1500", "user_id": "customer-7", "voice": False}
    first = http.post("/chat/techpro", json=asked)
    assert first.status_code == 200
    assert first.json().keys() >= CHAT_MEMBERS
    assert all(product["price"] <= 1500 for product in first.json()["suggested_products"])

    conversation_id = first.json()["conversation_id"]
    again = http.post("/chat/techpro", json={"message": "Thanks!", "conversation_id": conversation_id})
    assert again.json()["conversation_id"] == conversation_id
    messages = http.get(f"/chat/techpro/history/{conversation_id}").json()["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant"] * 2


class TestLegacyPaths:
    """The paths that name no brand mean techpro."""

    SEARCH: ClassVar[dict[str, Any]] = {"query": "wireless headphones", "limit": 3}

    def test_chat(self, http: httpx.Client) -> None:
        answer = http.post("/chat", json={"message": NEED}).raise_for_status().json()
        assert answer.keys() >= CHAT_MEMBERS
        assert all(product["brand_id"] == "techpro" for product in answer["suggested_products"])

    def test_products(self, http: httpx.Client) -> None:
        assert http.get("/products").raise_for_status().json() == http.get("/brands/techpro/products").json()

    def test_adding_a_product(self, http: httpx.Client) -> None:
        answer = http.post("/products", json=DRONE).raise_for_status().json()
        assert answer.items() >= {"product_id": "drone-001", "brand_id": "techpro"}.items()
        http.delete("/brands/techpro/products/drone-001").raise_for_status()

    def test_search(self, http: httpx.Client) -> None:
        legacy = http.post("/products/search", json=self.SEARCH).raise_for_status().json()
        assert legacy == http.post("/brands/techpro/products/search", json=self.SEARCH).json()
        assert 1 <= len(legacy["results"]) <= 3

    def test_categories(self, http: httpx.Client) -> None:
        assert http.get("/categories").raise_for_status().json() == http.get("/brands/techpro/categories").json()

    def test_recommendations(self, http: httpx.Client) -> None:
        need: dict[str, str | int] = {"query": "a camera for travel", "limit": 2}
        legacy = http.post("/recommendations", params=need).raise_for_status().json()
        assert legacy == http.post("/brands/techpro/recommendations", params=need).json()
