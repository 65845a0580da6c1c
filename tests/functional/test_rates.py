"""Rates and budgets on the real server: who does too much is told so, and others go on."""

import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from routes.rates import REQUESTS_PER_ADDRESS
from tests.functional.server import ROOT, FakeModel, Server, running_fake, running_server, scripted

KEY = "an-operator-of-this-test"
OPERATOR = {"Authorization": f"Bearer {KEY}"}
FEW_SOCKETS = """
import sys
sys.path.insert(0, sys.argv[1])
import main, routes.connections
routes.connections.SOCKETS_PER_ADDRESS = 150
raise SystemExit(main.main())
"""
pytestmark = pytest.mark.functional


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running_server(tmp_path, ADMIN_API_KEY=KEY, LOAD_SAMPLE_DATA="false") as server:
        yield server


def _forwarded(server: Server, address: str) -> httpx.Response:
    """The answer to a request that says that it comes from an address."""
    return server.http.get("/brands/techpro/categories", headers={"X-Forwarded-For": address})


def _until_refused(server: Server, *addresses: str) -> tuple[int, httpx.Response]:
    """How many requests, from one address after the other, were answered before one was not, and that one's answer.

    The window slides by the server's clock: where that is slow, the first have slid out before the last are asked.
    """
    most = 2 * REQUESTS_PER_ADDRESS.limit
    answers = (_forwarded(server, address) for address in itertools.islice(itertools.cycle(addresses), most))
    return next((count, answer) for count, answer in enumerate(answers) if answer.status_code != 200)


def _await_room_in_the_minute(seconds: float = 5) -> None:
    """Begin where nothing slides out of the window for so long; the server's clock is this machine's."""
    left = 60 - time.monotonic() % 60
    if left < seconds:
        time.sleep(left)


def test_the_twenty_first_message_in_a_minute_on_one_socket_waits(server: Server) -> None:
    _await_room_in_the_minute()
    with server.chat() as chat, server.chat() as other:
        for _ in range(20):
            chat.ask("Hello")
        chat.send("chat", message="And again")
        error = chat.expect("error")
        assert error["code"] == "rate_limited"
        assert 0 < error["retry_after"] <= 64  # until enough of the window has slid out
        assert f"{error['retry_after']:.0f} seconds" in error["message"]
        chat.ping()  # the socket lives
        other.ask("Hello")  # others go on


def test_a_refused_message_is_not_stored(server: Server) -> None:
    _await_room_in_the_minute()
    with server.chat() as chat:
        conversation = chat.ask("Hello").conversation_id
        for _ in range(19):
            chat.ask("Hello", conversation_id=conversation)
        chat.send("chat", message="the refused one", conversation_id=conversation)
        assert chat.expect("error")["code"] == "rate_limited"
    told = server.http.get(f"/chat/techpro/history/{conversation}").json()["messages"]
    assert len(told) == 40
    assert "the refused one" not in str(told)


def test_a_flood_of_frames_ends_the_socket(server: Server) -> None:
    _await_room_in_the_minute()
    with server.chat() as chat:
        for _ in range(700):
            chat.send("ping")
        frames, code = chat.read_to_close()
    assert (frames[-1]["data"]["code"], code) == ("rate_limited", 1008)
    assert len(frames) == 601


def test_an_address_has_one_quota_whatever_it_says_of_itself(server: Server) -> None:
    answered, refused = _until_refused(server, *(f"203.0.113.{number}" for number in range(100)))
    assert answered >= 1_190  # a few were asked while it started
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert 0 < int(refused.headers["retry-after"]) <= 64
    assert server.http.get("/brands/techpro/categories", headers=OPERATOR).status_code == 200  # a key is counted apart


def test_behind_a_trusted_proxy_addresses_are_told_apart(tmp_path: Path) -> None:
    with running_server(tmp_path, ADMIN_API_KEY=KEY, LOAD_SAMPLE_DATA="false", TRUSTED_PROXIES="127.0.0.0/8") as server:
        answered, refused = _until_refused(server, "6.6.6.6, 203.0.113.1", "7.7.7.7, 203.0.113.1")
        assert (answered >= 1_200, refused.status_code) == (True, 429)
        assert _forwarded(server, "6.6.6.6, 203.0.113.2").status_code == 200


def test_200_sockets_of_forged_addresses_share_one_quota(tmp_path: Path) -> None:
    program = (
        "-c",
        FEW_SOCKETS,
        str(ROOT),
    )
    with running_server(tmp_path, program=program, ADMIN_API_KEY=KEY, LOAD_SAMPLE_DATA="false") as server:
        refused = 0
        with ExitStack() as sockets:
            for number in range(200):
                forged = {"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"}
                opened = connect(f"{server.ws_url}/ws/chat/techpro", additional_headers=forged, proxy=None)
                refused += "over_capacity" in str(sockets.enter_context(opened).recv(timeout=20))
        assert refused == 50


def test_a_hundred_wrong_keys_close_the_door_to_keys(server: Server) -> None:
    def tried(key: str) -> int:
        return server.http.get("/stats", headers={"Authorization": f"Bearer {key}"}).status_code

    _await_room_in_the_minute()
    assert [tried(f"sk_wrong{number}") for number in range(100)] == [401] * 100
    assert tried("sk_wrong") == 429
    assert tried(KEY) == 429  # the key is not looked at
    assert server.http.get("/brands/techpro/categories").status_code == 200  # customers are
    with server.open_chat(protocols=["chat.v2", "token.sk_wrong"]) as chat:
        frames, code = chat.read_to_close()
    assert (frames[0]["data"]["code"], code) == ("rate_limited", 1013)


def test_limits_can_be_lifted(tmp_path: Path) -> None:
    with running_server(tmp_path, RATE_LIMIT="off", LOAD_SAMPLE_DATA="false") as server, server.chat() as chat:
        for _ in range(30):
            chat.ask("Hello")


# --- Budgets ---


@pytest.fixture
def fake() -> Iterator[FakeModel]:
    with running_fake() as fake:
        yield fake


def _budget(server: Server, tokens: int) -> httpx.Response:
    settings = {"settings": {"budgets": {"tokens_per_day": tokens}}}
    return server.http.put("/brands/techpro/config", json=settings, headers=OPERATOR)


def test_a_brand_that_has_spent_its_budget_says_so(tmp_path: Path, fake: FakeModel) -> None:
    settings = {"OPENAI_BASE_URL": fake.base_url, "ADMIN_API_KEY": KEY, "LOAD_SAMPLE_DATA": "false"}
    with running_server(tmp_path, **settings) as server:
        assert _budget(server, 400).status_code == 200
        with server.chat() as chat:
            chat.ask(scripted(pieces=500))
            chat.send("chat", message="One more")
            error = chat.expect("error")
            assert error["code"] == "budget_spent"
            assert 0 < error["retry_after"] <= 86_400
            chat.ping()
        told = server.http.get("/brands/techpro/stats", headers=OPERATOR).json()
        assert told["tokens_today"] >= 500
        assert told["tokens_per_day"] == 400
        refused = server.http.post("/chat/techpro", json={"message": "Hello"})
        assert (refused.status_code, refused.json()["code"]) == (429, "budget_spent")
        assert int(refused.headers["retry-after"]) > 0
        assert server.http.post("/chat/stylehub", json={"message": "Hello"}).status_code == 200  # another brand
        assert server.log_text().count("budget_spent") == 1
    with running_server(tmp_path, **settings) as server:  # it is remembered
        assert server.http.post("/chat/techpro", json={"message": "Hello"}).status_code == 429
        assert _budget(server, 1_000_000).status_code == 200
        assert server.http.post("/chat/techpro", json={"message": "Hello"}).status_code == 200
        assert _budget(server, -1).status_code == 400


def test_the_built_in_answerer_costs_nothing(server: Server) -> None:
    assert _budget(server, 0).status_code == 200
    assert server.http.post("/chat/techpro", json={"message": "Hello"}).status_code == 200
    assert server.http.get("/brands/techpro/stats", headers=OPERATOR).json()["tokens_today"] == 0
