"""What is kept of a person: told whole, erased from every file, and forgotten when its time is over."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.functional.server import Server, await_until, running_server

KEY = "an-operator-of-this-test"
OPERATOR = {"Authorization": f"Bearer {KEY}"}
ANNA, WORDS = "anna/wei\u00df@shop", "my zanzibarquokka is broken"
pytestmark = pytest.mark.functional


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running_server(tmp_path, ADMIN_API_KEY=KEY, LOAD_SAMPLE_DATA="false") as server:
        yield server


def _person(server: Server, method: str = "GET", user: str = ANNA, brand: str = "techpro") -> httpx.Response:
    return server.http.request(
        method, httpx.URL(server.url).copy_with(path=f"/brands/{brand}/customers/{user}"), headers=OPERATOR
    )


def _say(server: Server, message: str, brand: str = "techpro", **members: str) -> str:
    answer = server.http.post(
        f"/chat/{brand}", json={"message": message, **members}, headers={"Idempotency-Key": message}
    )
    return str(answer.raise_for_status().json()["conversation_id"])


def test_a_person_is_told_everything_and_nobody_elses(server: Server) -> None:
    first = _say(server, WORDS, user_id=ANNA)
    _say(server, "And now?", user_id=ANNA, conversation_id=first)
    _say(server, "Berta asks something", user_id="berta")
    _say(server, "The same name elsewhere", "stylehub", user_id=ANNA)
    told = _person(server).raise_for_status().json()
    assert (told["brand_id"], told["user_id"]) == ("techpro", ANNA)
    (conversation,) = told["conversations"]
    assert conversation["conversation_id"] == first
    assert conversation["verified"] is False
    assert [one["content"] for one in conversation["messages"]][::2] == [WORDS, "And now?"]
    assert len(conversation["replies"]) == 2
    assert "Berta" not in str(told)
    assert "elsewhere" not in str(told)
    nobody = _person(server, user="nobody").json()
    assert nobody["conversations"] == []


def test_an_erased_person_is_in_no_file(server: Server, tmp_path: Path) -> None:
    for number in range(3):
        _say(server, f"{WORDS} {number}", user_id=ANNA)
    kept = _say(server, "Berta asks something", user_id="berta")
    elsewhere = _say(server, "The same name elsewhere", "stylehub", user_id=ANNA)
    assert _holding(tmp_path, b"zanzibarquokka")
    receipt = _person(server, "DELETE").raise_for_status().json()
    assert receipt["erased"] == {"messages": 6, "turns": 3, "summaries": 0, "conversations": 3, "answers": 4}
    assert ANNA not in str(receipt)
    assert _person(server).json()["conversations"] == []
    assert _holding(tmp_path, b"zanzibarquokka") == []
    for brand, conversation in (("techpro", kept), ("stylehub", elsewhere)):
        assert len(server.http.get(f"/chat/{brand}/history/{conversation}").json()["messages"]) == 2
    (row,) = server.http.get("/brands/techpro/audit?action=customer", headers=OPERATOR).json()
    assert (row["action"], row["subject"]) == ("customer.erase", receipt["receipt_id"])
    assert row["after"]["person"] == receipt["person"]
    assert ANNA not in str(row)
    again = _person(server, "DELETE").json()
    assert (again["person"], again["erased"]["conversations"]) == (receipt["person"], 0)


def _holding(folder: Path, words: bytes) -> list[str]:
    """The files of the server, its log included, that hold these words."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and words in path.read_bytes())


def test_a_reply_that_is_being_written_is_ended_first(server: Server) -> None:
    with server.chat() as chat:
        chat.send("chat", message=WORDS, user_id=ANNA)
        chat.expect("typing")
        _person(server, "DELETE").raise_for_status()
    assert _person(server).json()["conversations"] == []


def test_who_may_ask(server: Server) -> None:
    def key(role: str, brand: str) -> dict[str, str]:
        made = server.http.post(f"/brands/{brand}/keys", json={"role": role, "name": role}, headers=OPERATOR).json()
        return {"Authorization": f"Bearer {made['key']}"}

    for headers, status in (
        ({}, 401),
        (key("viewer", "techpro"), 403),
        (key("editor", "techpro"), 403),
        (key("admin", "stylehub"), 403),
        (key("admin", "techpro"), 200),
    ):
        for method in ("GET", "DELETE"):
            assert server.http.request(method, "/brands/techpro/customers/x", headers=headers).status_code == status


def test_what_is_too_old_is_forgotten(tmp_path: Path) -> None:
    settings = {"ADMIN_API_KEY": KEY, "LOAD_SAMPLE_DATA": "false"}
    with running_server(tmp_path, **settings) as server:
        old, fresh = (_say(server, text, user_id=ANNA) for text in ("long ago", "lately"))
        other = _say(server, "another brand, which keeps everything", "stylehub")
        days = {"settings": {"retention_days": 30}}
        server.http.put("/brands/techpro/config", json=days, headers=OPERATOR).raise_for_status()
    with sqlite3.connect(next(tmp_path.rglob("chatbot.db"))) as database:
        ancient = (old, other)
        database.execute("UPDATE conversations SET updated_at = '2020-01-01 00:00:00' WHERE id IN (?, ?)", ancient)
    with running_server(tmp_path, **settings) as server:
        await_until("the old one is gone", lambda: len(_person(server).json()["conversations"]) == 1)
        assert _person(server).json()["conversations"][0]["conversation_id"] == fresh
        assert server.http.get(f"/chat/techpro/history/{old}").status_code == 404
        assert server.http.get(f"/chat/stylehub/history/{other}").status_code == 200
