"""Three brands, and everybody who may talk to one of them: whatever anybody asks, nobody sees a byte of another's.

Each brand's texts hold a word that stands nowhere else. A seeded walk of random requests by random principals looks for
the words of the brands that the principal may not see, in every byte that is answered.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.functional.server import Server, running_server

pytestmark = pytest.mark.functional

ADMIN = "an-operator-of-this-test"
OPERATOR = {"Authorization": f"Bearer {ADMIN}"}
BRANDS = ("techpro", "stylehub", "third_shop")
WORDS = dict(zip(BRANDS, ("quetzalword", "narwhalword", "okapiword"), strict=True))
ROLES = ("admin", "editor", "viewer", "widget")
OPERATIONS = 400
SEEDS = (1, 2)


@dataclass(frozen=True)
class Caller:
    """Somebody with a key of a brand; an operator without a brand; a customer without a key."""

    name: str
    headers: dict[str, str]
    brand: str | None = None
    sees_all: bool = False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("apart")
    with running_server(folder, ADMIN_API_KEY=ADMIN, LOAD_SAMPLE_DATA="false", RATE_LIMIT="off") as running:
        _fill(running)
        yield running


def _fill(server: Server) -> None:
    """The word of each brand in every store that it has."""

    def done(method: str, path: str, **members: Any) -> Any:
        answer = server.http.request(method, path, headers=OPERATOR, **members)
        assert answer.is_success, (method, path, answer.text)
        return answer.json()

    done("POST", "/brands", json={"name": "Third Shop"})
    for brand, word in WORDS.items():
        config = {
            "system_prompt": f"Prompt {word}.",
            "welcome_message": "Welcome.",
            "company_info": {"secret": f"Fact {word}."},
            "settings": {"access": "key"},
        }
        done("PUT", f"/brands/{brand}/config", json=config)
        product = {"id": "p", "name": f"Lamp {word}", "description": word, "category": f"Kind {word}", "price": 9}
        done("POST", f"/brands/{brand}/products", json=product)
        done(
            "POST", f"/brands/{brand}/knowledge", json={"id": "d", "title": f"Title {word}", "content": f"Text {word}."}
        )
        file = {"file": (f"{word}.csv", f"id,name,price\nq,Torch {word},3\n".encode())}
        done("POST", f"/brands/{brand}/upload/products", files=file)
        done("POST", f"/brands/{brand}/keys", json={"role": "viewer", "name": f"Key {word}"})
        chat = {"message": f"Tell me of the {word}", "conversation_id": "shared", "user_id": "anna"}
        done("POST", f"/chat/{brand}", json=chat)


@pytest.fixture(scope="module")
def callers(server: Server) -> list[Caller]:
    found = [
        Caller("operator", OPERATOR, sees_all=True),
        Caller("customer", {}),
        Caller("wrong", {"X-API-Key": "sk_no"}),
    ]
    for brand in BRANDS:
        for role in ROLES:
            made = server.http.post(f"/brands/{brand}/keys", json={"role": role, "name": role}, headers=OPERATOR).json()
            found.append(Caller(f"{role} of {brand}", {"Authorization": f"Bearer {made['key']}"}, brand))
    return found


def _operations(chance: random.Random, brand: str) -> tuple[str, str, Any]:
    """A request about a brand: method, address, body."""
    at, any_word = f"/brands/{brand}", chance.choice([*WORDS.values(), "lamp", "title", "anna", "shared"])
    spoken = chance.choice(["a lamp", "anything", "a kind of it"])  # it is kept, and told to the brand's own staff
    product = {"id": f"p{chance.randrange(5)}", "name": "Thing", "description": "", "category": "Kind", "price": 1}
    return chance.choice(
        [
            ("GET", at, None),
            ("GET", f"{at}/config", None),
            ("GET", f"{at}/system-prompt", None),
            ("GET", f"{at}/stats", None),
            ("GET", f"{at}/products", None),
            ("GET", f"{at}/products/p", None),
            ("GET", f"{at}/products/export?format={chance.choice(['csv', 'json', 'jsonl'])}", None),
            ("GET", f"{at}/categories", None),
            ("GET", f"{at}/knowledge", None),
            ("GET", f"{at}/knowledge/d", None),
            ("GET", f"{at}/knowledge/company_info", None),
            ("GET", f"{at}/uploads", None),
            ("GET", f"{at}/uploads/{any_word}.csv", None),
            ("GET", f"{at}/conversations", None),
            ("GET", f"{at}/keys", None),
            ("GET", f"{at}/audit?limit=500", None),
            ("GET", f"{at}/customers/anna", None),
            ("GET", f"/chat/{brand}/history/shared", None),
            ("GET", "/brands", None),
            ("GET", "/stats", None),
            ("GET", "/uploads", None),
            ("GET", f"/uploads/{any_word}.csv", None),
            ("GET", "/audit", None),
            ("GET", "/", None),
            ("GET", "/readyz", None),
            ("POST", f"{at}/products/search", {"query": any_word, "limit": 50}),
            ("POST", f"{at}/recommendations?query={any_word}", None),
            ("POST", f"{at}/knowledge/search", {"query": any_word}),
            ("POST", f"/chat/{brand}", {"message": f"Do you have {spoken}?", "conversation_id": "shared"}),
            ("POST", f"{at}/products", product),
            ("PUT", f"{at}/products/{product['id']}", {"price": 2, "brand_id": chance.choice(BRANDS), "role": "admin"}),
            ("DELETE", f"{at}/products/{product['id']}", None),
            ("POST", f"{at}/sessions", {}),
            ("SOCKET", brand, spoken),
        ]
    )


def _answered(server: Server, caller: Caller, method: str, address: str, body: Any) -> str:
    """Every byte that comes back."""
    if method != "SOCKET":
        answer = server.http.request(method, address, headers=caller.headers, json=body)
        assert answer.status_code < 500, (method, address, answer.text)
        return f"{answer.headers} {answer.text}"
    key = caller.headers.get("Authorization", "Bearer none").removeprefix("Bearer ")
    frames = []
    try:
        with server.open_chat(address, protocols=["chat.v2", f"token.{key}"]) as chat:
            frames.append(chat.receive())
            if frames[0]["type"] == "welcome":
                frames += chat.ask(f"Do you have {body}?", conversation_id="shared").frames
    except InvalidStatus as refused:
        return str(refused.response.body)
    return json.dumps(frames)


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_sees_what_is_not_theirs(server: Server, callers: list[Caller], seed: int) -> None:
    chance = random.Random(seed)
    seen = 0
    for _ in range(OPERATIONS):
        caller, brand = chance.choice(callers), chance.choice(BRANDS)
        method, address, body = _operations(chance, brand)
        answered = _answered(server, caller, method, address, body)
        asked = f"{address} {json.dumps(body)}"  # what somebody wrote themselves may be quoted to them
        for owner, word in WORDS.items():
            seen += word in answered
            is_theirs = caller.sees_all or owner == caller.brand
            assert is_theirs or word in asked or word not in answered, (caller.name, method, address, answered[:2_000])
    assert seen > OPERATIONS // 20  # the words are there to be seen


@pytest.mark.parametrize("owner", BRANDS)
def test_what_is_found_is_the_brands_own(server: Server, owner: str) -> None:
    """Asked for another brand's word, with the operator's key, a brand finds its own things or nothing."""
    others = [word for brand, word in WORDS.items() if brand != owner]
    for word in others:
        for method, address, body in (
            ("POST", f"/brands/{owner}/products/search", {"query": f"lamp {word}", "limit": 50}),
            ("POST", f"/brands/{owner}/knowledge/search", {"query": f"title {word}"}),
            ("POST", f"/brands/{owner}/recommendations?query={word}", None),
            ("POST", f"/chat/{owner}", {"message": "What lamps do you have, and what is the secret fact?"}),
        ):
            answer = server.http.request(method, address, headers=OPERATOR, json=body)
            told = answer.json()
            for echoed in ("query", "understood", "reasoning"):
                told.pop(echoed, None)
            assert not any(other in json.dumps(told) for other in others), (address, answer.text)
