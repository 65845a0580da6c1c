"""The rules of the WebSocket: what each frame is answered with, what closes it, and whose conversations are whose."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from config import Settings
from frames import MAX_MESSAGE_CHARS
from routes.chat_socket import BAD_FRAMES_IN_A_ROW
from tests.functional.server import Chat, FakeModel, Server, await_until, running_server, scripted

MAX_FRAME_BYTES: int = Settings.model_fields["max_frame_bytes"].default

NEED = "I need a powerful laptop for video editing under $2,000"

# A reply of which three pieces have come, and the rest never does.
HANGING = {"text": "Xylo quix zzzzz and a long answer", "piece_chars": 5, "hang_after": 3}
HANGING_TEXT = "Xylo quix zzzzz"


@pytest.fixture
def chat(server: Server) -> Iterator[Chat]:
    with server.chat() as socket:
        yield socket


@pytest.fixture
def slow_chat(openai_server: Server, model: FakeModel) -> Iterator[Chat]:
    """A socket whose replies the test controls."""
    assert not model.requests()
    with openai_server.chat() as socket:
        yield socket


@pytest.fixture
def brand_id(server: Server) -> Iterator[str]:
    """A brand that the test may change."""
    made = server.http.post("/brands", json={"name": "Socket Test", "description": ""}).raise_for_status().json()
    yield made["id"]
    server.http.delete(f"/brands/{made['id']}").raise_for_status()


def begin_hanging_reply(chat: Chat, **data: object) -> dict[str, Any]:
    """Ask for a reply that hangs, and read what there is of it; the last chunk's data."""
    chat.send("chat", message=scripted(**HANGING), **data)
    chat.expect("typing")
    text = ""
    while True:
        chunk = chat.expect("chunk")
        text += chunk["content"]
        if text == HANGING_TEXT:
            return chunk


# --- The course of a turn ---


def test_a_socket_is_welcomed_with_the_brand_s_words_and_looks(server: Server) -> None:
    config = server.http.get("/brands/techpro/config").json()
    with server.chat() as chat:
        assert chat.welcome == {
            "message": config["welcome_message"],
            "brand_id": "techpro",
            "brand_name": "TechPro Solutions",
            "protocol": "2.1",
            "appearance_settings": config["appearance_settings"],
        }


def test_typing_acknowledges_the_message_before_the_first_chunk_and_complete_comes_once(chat: Chat) -> None:
    reply = chat.ask(NEED)
    kinds = [frame["type"] for frame in reply.frames]
    chunks = len(reply.chunks)
    assert chunks >= 1
    assert kinds == ["typing", *["chunk"] * chunks, "typing", "complete"]
    assert [frame["data"]["is_typing"] for frame in reply.frames if frame["type"] == "typing"] == [True, False]
    chat.ping()  # answered with a pong, so that nothing followed `complete`


def test_chunks_and_complete_carry_the_members_of_v2_and_what_was_added(chat: Chat) -> None:
    reply = chat.ask(NEED)
    for chunk in reply.chunks:
        assert chunk["content"]
        assert chunk["is_final"] is False
        assert chunk["suggested_products"] is chunk["confidence_score"] is None
        assert (chunk["conversation_id"], chunk["message_id"]) == (reply.conversation_id, reply.message_id)
    complete = reply.complete
    assert complete["content"] == ""
    assert complete["is_final"] is True
    assert complete["next_offset"] == reply.chunks[-1]["next_offset"]
    assert complete["finish_reason"] == "stop"
    assert complete["answered_by"] == "embedded"
    assert {source["id"] for source in complete["sources"]} >= set(reply.suggested_ids)
    assert complete["unsupported"] == []


@pytest.mark.parametrize("message", ["Hello", "Who are you?", "xyzzy", NEED, "Where is my order?"])
def test_suggested_products_and_sources_are_lists_whatever_was_asked(chat: Chat, message: str) -> None:
    complete = chat.ask(message).complete
    assert isinstance(complete["suggested_products"], list)
    assert isinstance(complete["sources"], list)
    assert isinstance(complete["unsupported"], list)
    assert complete["confidence_score"] is None or 0 <= complete["confidence_score"] <= 1


def test_every_frame_tells_its_moment_in_utc(server: Server) -> None:
    before = datetime.now(UTC)
    with server.open_chat() as chat:
        frames = [chat.receive(), *chat.ask("Hello").frames]
        chat.send("ping")
        frames.append(chat.receive())
        chat.send_raw("nonsense")
        frames.append(chat.receive())
    for frame in frames:
        moment = datetime.fromisoformat(frame["timestamp"])
        assert moment.utcoffset() is not None
        assert before <= moment <= datetime.now(UTC)


def test_a_ping_is_answered_with_the_time(chat: Chat) -> None:
    chat.send_raw('{"type": "ping"}')
    assert datetime.fromisoformat(chat.expect("pong")["timestamp"]).utcoffset() is not None


def test_members_that_are_not_known_are_ignored(chat: Chat) -> None:
    chat.send_raw(json.dumps({"type": "chat", "id": 7, "data": {"message": "Hello", "mood": "fine"}}))
    assert chat.read_reply().complete["finish_reason"] == "stop"


def test_eight_thousand_emoji_escaped_as_v2_s_clients_escape_them_are_answered(server: Server, chat: Chat) -> None:
    reply = chat.ask("🎧" * MAX_MESSAGE_CHARS)
    assert reply.complete["finish_reason"] == "stop"
    assert server.history(reply.conversation_id)[0] == ("user", "🎧" * MAX_MESSAGE_CHARS)


def test_replies_in_two_conversations_of_one_socket_are_not_mixed_up(slow_chat: Chat) -> None:
    marks = ("alpha", "omega")
    for mark in marks:
        message = scripted(f"marker:{mark}", pieces=5, piece=f"{mark} ", delay_ms=10)
        slow_chat.send("chat", message=message, conversation_id=mark)
    frames = [*slow_chat.frames_until("complete"), *slow_chat.frames_until("complete")]
    for mark in marks:
        chunks = [f["data"] for f in frames if f["type"] == "chunk" and f["data"]["conversation_id"] == mark]
        assert "".join(chunk["content"] for chunk in chunks) == f"{mark} " * 5


# --- Bad frames ---

BAD_FRAMES: dict[str, str | bytes] = {
    "binary": b"\x00\xff",
    "binary JSON": b'{"type": "ping"}',
    "empty": "",
    "not JSON": "hello",
    "cut off": '{"type": "chat", "data": {"message": "Hi"',
    "two values": '{"type": "ping"} {"type": "ping"}',
    "a list": "[]",
    "null": "null",
    "a number": "1",
    "a text": '"chat"',
    "NaN": "NaN",
    "nested deeply": "[" * 50_000,
    "no type": "{}",
    "type of another kind": '{"type": 1, "data": {}}',
    "type null": '{"type": null, "data": {}}',
    "unknown type": '{"type": "dance", "data": {}}',
    "a server's type": '{"type": "complete", "data": {}}',
    "no data": '{"type": "chat"}',
    "data null": '{"type": "chat", "data": null}',
    "data a list": '{"type": "chat", "data": ["Hi"]}',
    "no message": '{"type": "chat", "data": {}}',
    "message null": '{"type": "chat", "data": {"message": null}}',
    "message a number": '{"type": "chat", "data": {"message": 5}}',
    "message NaN": '{"type": "chat", "data": {"message": NaN}}',
    "message empty": '{"type": "chat", "data": {"message": ""}}',
    "message blank": '{"type": "chat", "data": {"message": " \\n "}}',
    "message too long": json.dumps({"type": "chat", "data": {"message": "x" * (MAX_MESSAGE_CHARS + 1)}}),
    "half a surrogate pair": '{"type": "chat", "data": {"message": "\\ud83d"}}',
    "voice no boolean": '{"type": "chat", "data": {"message": "Hi", "voice": "maybe"}}',
    "user_id a list": '{"type": "chat", "data": {"message": "Hi", "user_id": []}}',
    "client_message_id empty": '{"type": "chat", "data": {"message": "Hi", "client_message_id": ""}}',
    "conversation_id a number": '{"type": "chat", "data": {"message": "Hi", "conversation_id": 5}}',
    "conversation_id with a slash": '{"type": "chat", "data": {"message": "Hi", "conversation_id": "a/b"}}',
    "conversation_id with a space": '{"type": "chat", "data": {"message": "Hi", "conversation_id": "a b"}}',
    "conversation_id with a line end": '{"type": "chat", "data": {"message": "Hi", "conversation_id": "ab\\n"}}',
    "conversation_id not ASCII": '{"type": "chat", "data": {"message": "Hi", "conversation_id": "grün"}}',
    "conversation_id too long": json.dumps({"type": "chat", "data": {"message": "Hi", "conversation_id": "x" * 129}}),
    "stop of nothing": '{"type": "stop", "data": {}}',
    "resume of nothing": '{"type": "resume", "data": {}}',
    "resume at a negative offset": '{"type": "resume", "data": {"conversation_id": "x", "offset": -1}}',
    "resume at NaN": '{"type": "resume", "data": {"conversation_id": "x", "offset": NaN}}',
    "resume at infinity": '{"type": "resume", "data": {"conversation_id": "x", "offset": 1e999}}',
    "feedback of no kind": '{"type": "feedback", "data": {"message_id": "x", "rating": "sideways"}}',
    "interrupt without place": '{"type": "interrupt", "data": {"message_id": "x"}}',
}


@pytest.mark.parametrize("frame", BAD_FRAMES.values(), ids=BAD_FRAMES.keys())
def test_a_frame_that_is_none_of_the_protocol_s_is_answered_with_an_error_and_the_socket_lives(
    chat: Chat, frame: str | bytes
) -> None:
    chat.send_raw(frame)
    error = chat.expect("error")
    assert error["code"] == "invalid_frame"
    assert error["message"]
    chat.ping()


def test_a_bad_frame_stores_nothing(server: Server, chat: Chat) -> None:
    before = server.http.get("/brands/techpro/stats").json()["active_conversations"]
    for frame in list(BAD_FRAMES.values())[: BAD_FRAMES_IN_A_ROW - 1]:
        chat.send_raw(frame)
        chat.expect("error")
    assert server.http.get("/brands/techpro/stats").json()["active_conversations"] == before


def test_ten_bad_frames_in_a_row_close_the_socket(chat: Chat) -> None:
    for _ in range(10):
        chat.send_raw("nonsense")
    frames, code = chat.read_to_close()
    assert [frame["type"] for frame in frames] == ["error"] * 10
    assert code == 1008


def test_nine_bad_frames_and_a_good_one_do_not_close_it_however_often(chat: Chat) -> None:
    for _ in range(3):
        for _ in range(9):
            chat.send_raw("nonsense")
            chat.expect("error")
        chat.ping()


@pytest.mark.parametrize("over", [1, 1_000_000])
def test_a_frame_over_the_limit_closes_the_socket_as_too_large(chat: Chat, over: int) -> None:
    chat.send_raw('{"type": "ping"}'.ljust(MAX_FRAME_BYTES + over))
    _, code = chat.read_to_close()
    assert code == 1009


def test_a_frame_of_just_the_limit_is_read(chat: Chat) -> None:
    chat.send_raw('{"type": "ping"}'.ljust(MAX_FRAME_BYTES))
    chat.expect("pong")


@pytest.mark.parametrize(
    ("kind", "data"),
    [("interrupt", {"message_id": "msg_1", "heard_chars": 3}), ("feedback", {"message_id": "msg_1", "rating": "up"})],
)
def test_frames_of_what_is_not_built_yet_are_answered_not_supported(chat: Chat, kind: str, data: Any) -> None:
    chat.send(kind, **data)
    assert chat.expect("error")["code"] == "not_supported"
    chat.ping()


# --- Who is let in ---


def assert_refused(server: Server, brand: str) -> None:
    """The socket is accepted, told why, and closed: what v2.0's clients can show to a person."""
    with server.open_chat(brand) as chat:
        frames, code = chat.read_to_close()
    (error,) = frames
    assert error["type"] == "error"
    assert error["data"]["message"] == f"Brand '{brand}' not found or inactive"
    assert error["data"]["code"] == "brand_not_found"
    assert code == 1008


@pytest.mark.parametrize(
    "brand",
    [
        "nosuchbrand",
        "TECHPRO",
        "techpro ",
        "active",
        ".",
        "..",
        "..techpro",
        "../techpro",
        "a/b",
        "/",
        "techpro/",
        "tëchprö",
        "💻",
        "\0",
        "techpro\0",
        "techpro\n",
        "%00",
        "%2e%2e",
        "'; DROP TABLE brands; --",
        "x" * 2_000,
    ],
)
def test_a_brand_that_is_none_is_refused_in_words(server: Server, brand: str) -> None:
    assert_refused(server, brand)


def test_an_inactive_brand_is_refused_in_words(server: Server, brand_id: str) -> None:
    server.http.put(f"/brands/{brand_id}", json={"is_active": False}).raise_for_status()
    assert_refused(server, brand_id)


def test_a_brand_that_is_switched_off_under_an_open_socket_answers_no_more(server: Server, brand_id: str) -> None:
    with server.chat(brand_id) as chat:
        server.http.put(f"/brands/{brand_id}", json={"is_active": False}).raise_for_status()
        chat.send("chat", message="Hello")
        assert chat.expect("error")["code"] == "brand_not_found"


@pytest.fixture(scope="module")
def guarded_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on which only two pages may chat."""
    origins = "https://shop.example, http://localhost:3000"
    with running_server(tmp_path_factory.mktemp("guarded"), ALLOWED_ORIGINS=origins) as running:
        yield running


def assert_forbidden(server: Server, origin: str | None, brand: str = "techpro") -> None:
    with pytest.raises(InvalidStatus) as refusal, server.open_chat(brand, origin=origin):
        pass
    assert refusal.value.response.status_code == 403


@pytest.mark.parametrize("origin", ["https://shop.example", "http://localhost:3000"])
def test_an_allowed_origin_is_let_in(guarded_server: Server, origin: str) -> None:
    with guarded_server.chat(origin=origin) as chat:
        chat.ping()


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "",
        "http://shop.example",
        "https://shop.example:8443",
        "https://shop.example.evil.test",
        "https://evilshop.example",
        "https://www.shop.example",
        "https://shop.example/",
        "shop.example",
        "*",
    ],
)
def test_any_other_origin_is_refused_in_the_handshake(guarded_server: Server, origin: str | None) -> None:
    assert_forbidden(guarded_server, origin)


@pytest.mark.parametrize("origin", [None, "null", "https://anywhere.example"])
def test_without_a_list_every_origin_is_let_in(server: Server, origin: str | None) -> None:
    with server.chat(origin=origin) as chat:
        chat.ping()


def test_a_brand_s_own_list_holds_for_that_brand_alone(server: Server, brand_id: str) -> None:
    settings = {"origins": ["https://own.example"]}
    server.http.put(f"/brands/{brand_id}/config", json={"settings": settings}).raise_for_status()
    assert_forbidden(server, "https://other.example", brand_id)
    with server.chat(brand_id, origin="https://own.example") as chat:
        chat.ping()
    with server.chat(origin="https://other.example") as chat:
        chat.ping()


@pytest.mark.parametrize(
    ("offered", "selected"),
    [((), None), (("chat.v2",), "chat.v2"), (("other", "chat.v2"), "chat.v2"), (("graphql-ws",), None)],
)
def test_of_the_subprotocols_offered_only_ours_is_selected(
    server: Server, offered: tuple[str, ...], selected: str | None
) -> None:
    with server.chat(protocols=offered) as chat:
        assert chat.connection.subprotocol == selected
        chat.ping()


# --- One turn at a time, and once ---


def test_a_second_message_while_the_first_is_answered_is_refused_and_not_stored(
    openai_server: Server, slow_chat: Chat
) -> None:
    conversation_id = begin_hanging_reply(slow_chat)["conversation_id"]
    slow_chat.send("chat", message="Are you still there?", conversation_id=conversation_id)
    error = slow_chat.expect("error")
    assert error["code"] == "turn_in_progress"
    assert error["conversation_id"] == conversation_id

    with openai_server.chat() as elsewhere:
        elsewhere.send("chat", message="Hello?", conversation_id=conversation_id)
        assert elsewhere.expect("error")["code"] == "turn_in_progress"
    answer = openai_server.http.post("/chat/techpro", json={"message": "Hello?", "conversation_id": conversation_id})
    assert (answer.status_code, answer.json()["code"]) == (409, "turn_in_progress")

    slow_chat.send("stop", conversation_id=conversation_id)
    slow_chat.read_reply()
    assert [role for role, _ in openai_server.history(conversation_id)] == ["user", "assistant"]
    assert slow_chat.ask("And now?", conversation_id=conversation_id).complete["finish_reason"] == "stop"


def test_a_message_repeated_while_it_is_answered_follows_the_same_reply(
    openai_server: Server, slow_chat: Chat, model: FakeModel
) -> None:
    first = begin_hanging_reply(slow_chat, client_message_id="m1")
    with openai_server.chat() as again:
        second = begin_hanging_reply(again, conversation_id=first["conversation_id"], client_message_id="m1")
        assert second["message_id"] == first["message_id"]
        again.send("stop", conversation_id=first["conversation_id"])
        assert again.read_reply().complete == slow_chat.read_reply().complete
    assert len(model.requests()) == 1
    assert openai_server.history(first["conversation_id"]) == [
        ("user", scripted(**HANGING)),
        ("assistant", HANGING_TEXT),
    ]


def test_a_message_repeated_after_its_reply_gets_that_reply_again(server: Server, chat: Chat) -> None:
    first = chat.ask(NEED, client_message_id="m1")
    with server.chat() as elsewhere:
        again = elsewhere.ask(NEED, conversation_id=first.conversation_id, client_message_id="m1")
    assert (again.text, again.complete) == (first.text, first.complete)
    assert len(server.history(first.conversation_id)) == 2


def test_the_same_client_message_id_in_another_conversation_is_another_message(chat: Chat) -> None:
    first = chat.ask("Hello", client_message_id="m1", conversation_id="one")
    second = chat.ask("Hello", client_message_id="m1", conversation_id="two")
    assert first.message_id != second.message_id


def test_a_message_repeated_after_a_restart_gets_its_reply_from_the_rows(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, server.chat() as chat:
        first = chat.ask(NEED, client_message_id="m1")
        assert first.suggested_ids
    with running_server(tmp_path) as server, server.chat() as chat:
        again = chat.ask(NEED, conversation_id=first.conversation_id, client_message_id="m1")
        assert (again.text, again.complete) == (first.text, first.complete)
        assert len(server.history(first.conversation_id)) == 2

        chat.send("resume", conversation_id=first.conversation_id, message_id=first.message_id, offset=0)
        resumed = chat.expect("resumed")
        assert resumed["recovered"] is False  # the log went with the process: the history has the text
        assert resumed["message_id"] == first.message_id
        chat.ping()


def test_stop_ends_the_reply_where_it_is_and_keeps_what_was_said(
    openai_server: Server, slow_chat: Chat, model: FakeModel
) -> None:
    conversation_id = begin_hanging_reply(slow_chat)["conversation_id"]
    slow_chat.send("stop", conversation_id=conversation_id)
    complete = slow_chat.read_reply().complete
    assert complete["finish_reason"] == "stopped"
    assert complete["suggested_products"] == []
    assert openai_server.history(conversation_id)[-1] == ("assistant", HANGING_TEXT)
    await_until("the model's stream is closed", lambda: model.open_streams() == 0)
    slow_chat.ping()


def test_stop_of_a_reply_that_has_ended_changes_nothing(server: Server, chat: Chat) -> None:
    reply = chat.ask("Hello")
    before = server.history(reply.conversation_id)
    chat.send("stop", conversation_id=reply.conversation_id)
    chat.ping()
    assert server.history(reply.conversation_id) == before


@pytest.mark.parametrize("kind", ["stop", "resume"])
def test_a_conversation_that_is_none_can_be_neither_stopped_nor_resumed(chat: Chat, kind: str) -> None:
    chat.send(kind, conversation_id="never-was")
    error = chat.expect("error")
    assert (error["code"], error["conversation_id"]) == ("conversation_not_found", "never-was")
    chat.ping()


def test_resume_refuses_an_offset_beyond_the_text_and_a_reply_that_is_none(chat: Chat) -> None:
    reply = chat.ask("Hello")
    beyond = reply.complete["next_offset"] + 1
    chat.send("resume", conversation_id=reply.conversation_id, message_id=reply.message_id, offset=beyond)
    assert chat.expect("error")["code"] == "invalid_frame"
    chat.send("resume", conversation_id=reply.conversation_id, message_id="msg_none")
    assert chat.expect("error")["code"] == "conversation_not_found"
    chat.send("resume", conversation_id=reply.conversation_id, offset=2**70)
    assert chat.expect("error")["code"] == "invalid_frame"
    chat.ping()


# --- Whose conversation it is ---


def test_an_id_that_another_socket_has_chosen_is_answered_with_an_empty_window(
    openai_server: Server, slow_chat: Chat, model: FakeModel
) -> None:
    slow_chat.ask("My secret is a blue door.", conversation_id="shared")
    with openai_server.chat() as stranger:
        reply = stranger.ask("What is my secret?", conversation_id="shared")
        assert reply.conversation_id == "shared"
        assert "blue door" not in json.dumps(model.requests()[-1])
        assert [each["role"] for each in model.requests()[-1]["messages"]] == ["system", "user"]
        stranger.ask("And now?", conversation_id="shared")
        assert "What is my secret?" in json.dumps(model.requests()[-1])
    slow_chat.ask("What did I say?", conversation_id="shared")
    assert "blue door" in json.dumps(model.requests()[-1])
    assert "What is my secret?" not in json.dumps(model.requests()[-1])


def test_a_stranger_can_neither_stop_nor_resume_what_runs_under_a_chosen_id(
    openai_server: Server, slow_chat: Chat
) -> None:
    running = begin_hanging_reply(slow_chat, conversation_id="mine")
    with openai_server.chat() as stranger:
        for kind in ("stop", "resume"):
            stranger.send(kind, conversation_id="mine")
            assert stranger.expect("error")["code"] == "conversation_not_found"
        stranger.ask("Hello", conversation_id="mine")  # a conversation of its own under that id
        stranger.send("resume", conversation_id="mine", message_id=running["message_id"])
        assert stranger.expect("error")["code"] == "conversation_not_found"
        stranger.send("stop", conversation_id="mine")
        stranger.ping()
    slow_chat.send("chat", message="Are you there?", conversation_id="mine")
    assert slow_chat.expect("error")["code"] == "turn_in_progress"  # so it still runs
    slow_chat.send("stop", conversation_id="mine")
    assert slow_chat.read_reply().complete["finish_reason"] == "stopped"


def test_an_id_of_the_server_s_is_the_right_to_continue_and_to_stop_from_another_socket(
    openai_server: Server, slow_chat: Chat, model: FakeModel
) -> None:
    first = slow_chat.ask("My favourite colour is teal.")
    with openai_server.chat() as elsewhere:
        begin_hanging_reply(elsewhere, conversation_id=first.conversation_id)
        assert "teal" in json.dumps(model.requests()[-1])
        slow_chat.send("stop", conversation_id=first.conversation_id)
        assert elsewhere.read_reply().complete["finish_reason"] == "stopped"


def test_an_id_of_the_server_s_holds_at_least_128_random_bits(chat: Chat) -> None:
    made = {chat.ask("Hello").conversation_id for _ in range(3)}
    assert len(made) == 3
    for conversation_id in made:
        assert len(conversation_id.removeprefix("conv_")) * 6 >= 128  # 6 bits to a character


def test_a_deleted_conversation_is_gone_for_everybody(server: Server, chat: Chat) -> None:
    conversation_id = chat.ask("Hello").conversation_id
    assert server.http.delete(f"/chat/techpro/{conversation_id}").is_success
    assert server.http.get(f"/chat/techpro/history/{conversation_id}").status_code == 404
    assert server.http.delete(f"/chat/techpro/{conversation_id}").status_code == 404
    chat.send("resume", conversation_id=conversation_id)
    assert chat.expect("error")["code"] == "conversation_not_found"


def test_a_conversation_deleted_under_a_running_reply_ends_it_and_leaves_nothing(
    openai_server: Server, slow_chat: Chat
) -> None:
    conversation_id = begin_hanging_reply(slow_chat)["conversation_id"]
    assert openai_server.http.delete(f"/chat/techpro/{conversation_id}").is_success
    assert slow_chat.read_reply().complete["finish_reason"] == "stopped"
    assert openai_server.http.get(f"/chat/techpro/history/{conversation_id}").status_code == 404


def test_another_brand_s_conversation_is_the_same_as_none(server: Server, chat: Chat) -> None:
    reply = chat.ask("Hello")
    theirs = server.http.get(f"/chat/stylehub/history/{reply.conversation_id}")
    none = server.http.get("/chat/stylehub/history/conv_none")
    assert theirs.status_code == none.status_code == 404
    assert theirs.text.replace(reply.conversation_id, "") == none.text.replace("conv_none", "")
    assert server.http.delete(f"/chat/stylehub/{reply.conversation_id}").status_code == 404
    with server.chat("stylehub") as stranger:
        for kind in ("stop", "resume"):
            stranger.send(kind, conversation_id=reply.conversation_id, message_id=reply.message_id)
            assert stranger.expect("error")["code"] == "conversation_not_found"
    assert len(server.history(reply.conversation_id)) == 2
