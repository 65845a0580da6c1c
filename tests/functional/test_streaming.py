"""A reply on its way from a language model to the customer; the model is an OpenAI-compatible fake that can fail."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.functional.server import (
    Chat,
    FakeModel,
    Reply,
    Server,
    await_until,
    free_port,
    running_fake,
    running_server,
    scripted,
)

MODEL = "gpt-4"

NEED = "I need a powerful laptop for video editing under $2,000"
REEL, VIVID = "laptop-northwind-reel-14", "laptop-auralis-vivid-15"

# Combining marks, a ZWJ family, a flag, a skin tone, right-to-left, CJK, and characters outside the BMP.
UNICODE_TEXT = "Cafe\u0301 👩‍👩‍👧 🏴‍☠️ 👍🏽 שלום 価格 ¥1,000 🜁 — naïve\u2028ok"

# Brackets that are no marks, and what else a model may write.
ODD_TEXT = "a[0][1] = [[]] [x](y) [[not\nthis]] ]] [[[ {} \\ \t <b>&amp;</b> `x` [[" + "word " * 300 + "[["


@pytest.fixture
def chat(openai_server: Server, model: FakeModel) -> Iterator[Chat]:
    """A socket whose replies come from the fake model, the circuit breaker closed: its last answer was a sound one."""
    with openai_server.chat() as socket:
        assert socket.ask("Hello").complete["answered_by"] == MODEL
        model.forget()
        yield socket


OVERDUE = {"first-token": {"header_delay_ms": 60_000}, "stall": {"hang_after": 3}}


@pytest.fixture(scope="module", autouse=True)
def overdue_chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chat]:
    """A socket with a reply that the model never begins and one that it never ends.

    The time-outs, 30 and 20 seconds, run while the other tests do: asked at the beginning, read at the end.
    """
    folder = tmp_path_factory.mktemp("overdue")
    with (
        running_fake() as model,
        running_server(folder, OPENAI_BASE_URL=model.base_url) as server,
        server.chat() as socket,
    ):
        for conversation_id, behaviour in OVERDUE.items():
            message = scripted(NEED, pieces=10, **behaviour)
            socket.send("chat", message=message, conversation_id=conversation_id)
        yield socket


# --- The text ---


@pytest.mark.parametrize("piece_chars", [1, 3, 1000])
@pytest.mark.parametrize("text", [UNICODE_TEXT, ODD_TEXT], ids=["unicode", "odd"])
def test_the_customer_reads_exactly_what_the_model_wrote(
    openai_server: Server, chat: Chat, text: str, piece_chars: int
) -> None:
    reply = chat.ask(scripted(text=text, piece_chars=piece_chars, per_write=1))
    assert reply.text == text
    assert openai_server.history(reply.conversation_id)[-1] == ("assistant", text)


@pytest.mark.parametrize("write_bytes", [1, 7])
def test_characters_whose_bytes_arrive_apart_stay_whole(chat: Chat, write_bytes: int) -> None:
    assert chat.ask(scripted(text=UNICODE_TEXT, write_bytes=write_bytes)).text == UNICODE_TEXT


def test_a_reply_over_rest_is_the_same_text(openai_server: Server, chat: Chat) -> None:
    chat.ping()
    answer = openai_server.http.post("/chat/techpro", json={"message": scripted(text=UNICODE_TEXT)})
    assert answer.json()["response"] == UNICODE_TEXT
    assert answer.json()["answered_by"] == MODEL


def test_marks_are_taken_out_of_the_text_and_name_the_suggested_products(chat: Chat, model: FakeModel) -> None:
    model.behave(text=f"The Vivid[[{VIVID}]] fits; the Reel[[{REEL}]] is lighter, see [[{VIVID}]].", piece_chars=3)
    reply = chat.ask(NEED)
    assert reply.text == "The Vivid fits; the Reel is lighter, see ."
    assert reply.suggested_ids == [VIVID, REEL]
    assert [source["id"] for source in reply.complete["sources"]] == [VIVID, REEL]
    assert 0 < reply.complete["confidence_score"] <= 1


def test_a_mark_of_what_the_model_was_not_shown_is_taken_out_and_suggests_nothing(chat: Chat, model: FakeModel) -> None:
    model.behave(text="Take the dress[[sh-linen-wrap-dress]] or that[[no-such-thing]].", piece_chars=2)
    reply = chat.ask(NEED)
    assert reply.text == "Take the dress or that."
    assert reply.suggested_ids == []


def test_a_reply_without_marks_suggests_the_products_that_it_names(chat: Chat, model: FakeModel) -> None:
    model.behave(text="The Northwind Reel 14 Laptop is the one.")
    assert chat.ask(NEED).suggested_ids == [REEL]


def test_the_model_is_shown_the_products_as_data_and_the_conversation_so_far(chat: Chat, model: FakeModel) -> None:
    first = chat.ask(NEED)
    chat.ask("And a lighter one?", conversation_id=first.conversation_id)
    before, after = (request["messages"] for request in model.requests())
    assert REEL in before[0]["content"]
    assert "sh-" not in before[0]["content"]
    assert [(each["role"], each["content"]) for each in after[1:]] == [
        ("user", NEED),
        ("assistant", first.text),
        ("user", "And a lighter one?"),
    ]


def test_a_reply_that_the_model_s_limit_has_cut_says_so(chat: Chat) -> None:
    reply = chat.ask(scripted(text="It would be too long to", finish_reason="length"))
    assert (reply.text, reply.complete["finish_reason"]) == ("It would be too long to", "length")


# --- Its course ---


def test_the_first_chunk_is_out_before_the_model_has_finished(chat: Chat, model: FakeModel) -> None:
    chat.send("chat", message=scripted(pieces=50, hang_after=1))
    conversation_id = chat.expect("typing")["conversation_id"]
    assert chat.expect("chunk")["content"] == "word "
    assert model.open_streams() == 1
    chat.send("stop", conversation_id=conversation_id)
    assert chat.read_reply().complete["finish_reason"] == "stopped"


def test_a_second_tab_follows_the_same_reply_from_its_beginning(openai_server: Server, chat: Chat) -> None:
    chat.send("chat", message=scripted(text=UNICODE_TEXT, piece_chars=2, delay_ms=25))
    typing = chat.expect("typing")
    first = chat.expect("chunk")
    with openai_server.chat() as tab:
        tab.send("resume", conversation_id=typing["conversation_id"], message_id=typing["message_id"], offset=0)
        assert tab.expect("resumed")["recovered"] is True
        in_tab = tab.read_reply()
    reply = chat.read_reply()
    assert first["content"] + reply.text == in_tab.text == UNICODE_TEXT
    assert reply.complete == in_tab.complete


def test_a_dropped_socket_does_not_end_the_reply(openai_server: Server, model: FakeModel) -> None:
    assert not model.requests()
    with openai_server.chat() as chat:
        chat.send("chat", message=scripted(text=UNICODE_TEXT, piece_chars=4, delay_ms=25))
        conversation_id = chat.expect("typing")["conversation_id"]
        chat.expect("chunk")
        chat.cut()
    await_until("the reply is stored", lambda: len(openai_server.history(conversation_id)) == 2)
    assert openai_server.history(conversation_id)[-1] == ("assistant", UNICODE_TEXT)


def test_a_reader_who_does_not_read_gets_it_all_later(openai_server: Server, chat: Chat) -> None:
    piece = "0123456789 " * 10
    chat.send("chat", message=scripted(pieces=20_000, piece=piece))
    conversation_id = chat.expect("typing")["conversation_id"]
    await_until("the reply is stored", lambda: len(openai_server.history(conversation_id)) == 2)
    assert chat.read_reply().text == piece * 20_000


# --- Resuming ---

PIECES = 20


def text_of_a_socket_killed_after(frames: int, server: Server) -> str:
    """What a customer has read whose socket dies after so many frames of a reply, and who then resumes it."""
    text, offset = "", 0
    with server.chat() as chat:
        chat.send("chat", message=scripted(text=UNICODE_TEXT, piece_chars=-(-len(UNICODE_TEXT) // PIECES), delay_ms=30))
        turn = chat.expect("typing")
        for _ in range(frames):
            frame = chat.receive()
            if frame["type"] == "chunk":
                text += frame["data"]["content"]
                offset = frame["data"]["next_offset"]
            if frame["type"] == "complete":
                break
        chat.cut()
    with server.chat() as chat:
        chat.send("resume", conversation_id=turn["conversation_id"], message_id=turn["message_id"], offset=offset)
        assert chat.expect("resumed")["recovered"] is True
        rest = chat.read_reply()
        assert rest.complete["finish_reason"] == "stop"
        chat.ping()
    return text + rest.text


def test_a_socket_killed_after_any_number_of_frames_and_resumed_has_read_the_exact_text(
    openai_server: Server, model: FakeModel
) -> None:
    every_k = range(PIECES + 3)  # the chunks, the end of typing and `complete`
    with ThreadPoolExecutor(len(every_k)) as pool:
        texts = list(pool.map(lambda k: text_of_a_socket_killed_after(k, openai_server), every_k))
    assert texts == [UNICODE_TEXT] * len(every_k)
    assert len(model.requests()) == len(every_k)


def test_a_finished_reply_is_resumed_from_every_offset_that_was_given_out(openai_server: Server, chat: Chat) -> None:
    reply = chat.ask(scripted(text=UNICODE_TEXT, piece_chars=3, delay_ms=30))
    assert len(reply.chunks) > 2
    text = ""
    for chunk in [{"content": "", "next_offset": 0}, *reply.chunks]:
        text += chunk["content"]
        with openai_server.chat() as again:
            again.send("resume", conversation_id=reply.conversation_id, offset=chunk["next_offset"])
            assert again.expect("resumed") == {
                "conversation_id": reply.conversation_id,
                "message_id": reply.message_id,
                "recovered": True,
            }
            rest = again.read_reply()
        assert text + rest.text == UNICODE_TEXT
        assert rest.complete == reply.complete


# --- When the model fails ---

# Broken HTTP framing is left to tests/providers, where its time-out is short.
BREAKS = ("cut_after", "error_after", "broken_sse_after")


@pytest.mark.parametrize("member", BREAKS)
def test_a_reply_that_breaks_off_is_told_kept_and_completed_as_an_error(
    openai_server: Server, chat: Chat, member: str
) -> None:
    reply = chat.ask(scripted(pieces=20, delay_ms=1, **{member: 5}))
    partial = "word " * 5
    assert reply.text == partial
    # No `error` frame: v2.0's clients would stop reading there, and take this `complete` for the next reply's.
    assert "error" not in [frame["type"] for frame in reply.frames]
    error = reply.complete["error"]
    assert error["code"].startswith("model_")
    assert error["message"]
    assert "sk-" not in error["message"]
    assert reply.complete["finish_reason"] == "error"
    assert reply.complete["answered_by"] == MODEL
    assert openai_server.history(reply.conversation_id)[-1] == ("assistant", partial)
    chat.ping()
    assert chat.ask("And now?", conversation_id=reply.conversation_id).complete["finish_reason"] == "stop"


FAILURES: dict[str, dict[str, object]] = {
    "429": {"status": 429, "retry_after": "60"},
    "429 without Retry-After": {"status": 429},
    "500": {"status": 500},
    "401": {"status": 401},
    "cut before the first token": {"cut_after": 0},
    "an error before the first token": {"error_after": 0},
    "a web page": {"garbage": True},
    "an empty reply": {"text": ""},
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_a_model_that_fails_before_its_first_token_is_stood_in_for(
    chat: Chat, model: FakeModel, failure: dict[str, object]
) -> None:
    model.behave(**failure)
    reply = chat.ask(NEED)
    assert model.requests()
    assert reply.complete["answered_by"] == "embedded"
    assert reply.complete["finish_reason"] == "stop"
    assert REEL in reply.suggested_ids
    assert "error" not in [frame["type"] for frame in reply.frames]


def test_a_model_that_fails_once_is_asked_again(chat: Chat, model: FakeModel) -> None:
    message = scripted(text="Here I am.", status=500, fail_times=1)
    reply = chat.ask(message)
    assert (reply.text, reply.complete["answered_by"]) == ("Here I am.", MODEL)
    assert len(model.requests()) == 2


def test_a_model_that_cannot_be_reached_is_stood_in_for(tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/v1"
    with running_server(tmp_path, OPENAI_BASE_URL=nowhere) as server, server.chat() as chat:
        assert chat.ask("What is your return policy?").complete["answered_by"] == "embedded"


@pytest.fixture(scope="module")
def overdue(overdue_chat: Chat) -> dict[str, Reply]:
    """Each reply of `overdue_chat`, once it has ended, by its conversation."""
    frames = [*overdue_chat.frames_until("complete"), *overdue_chat.frames_until("complete")]
    return {
        conversation_id: Reply([frame for frame in frames if frame["data"]["conversation_id"] == conversation_id])
        for conversation_id in OVERDUE
    }


def test_a_model_without_a_first_token_in_time_is_stood_in_for(overdue: dict[str, Reply]) -> None:
    reply = overdue["first-token"]
    assert reply.complete["answered_by"] == "embedded"
    assert reply.complete["finish_reason"] == "stop"
    assert reply.text


def test_a_model_that_stalls_in_the_middle_ends_the_reply_as_an_error(overdue: dict[str, Reply]) -> None:
    reply = overdue["stall"]
    assert reply.text == "word " * 3
    assert reply.complete["finish_reason"] == "error"
    assert reply.complete["error"]["code"] == "model_timeout"


# --- Voice ---

WRITTEN = (
    "**Certainly!** Here are two:\n\n"
    "- The *Vivid* (see https://techpro.example/vivid) 👍\n"
    "- The `Reel` | $1,449\n\n"
    "# More\nShall I go on? Third sentence. Fourth sentence."
)
MARKUP = re.compile(r"[*_#`|<>\[\]{}\\]|https?:|👍|\n")


def assert_can_be_spoken(text: str) -> None:
    assert text.strip()
    assert not MARKUP.search(text)
    assert len(re.findall(r"[.!?…]+(?:\s|$)", text)) <= 2


def test_what_the_voice_socket_says_is_at_most_two_sentences_without_markup(
    openai_server: Server, model: FakeModel
) -> None:
    model.behave(text=WRITTEN, piece_chars=3)
    with openai_server.chat(voice=True) as chat:
        reply = chat.ask("Which laptop?")
    assert_can_be_spoken(reply.text)
    assert openai_server.history(reply.conversation_id)[-1] == ("assistant", reply.text)
    assert "spoken" in json.dumps(model.requests()[-1]["messages"][0])


def test_a_chat_frame_can_ask_for_voice(chat: Chat, model: FakeModel) -> None:
    model.behave(text=WRITTEN, piece_chars=3)
    assert_can_be_spoken(chat.ask("Which laptop?", voice=True).text)
    assert chat.ask("Which laptop?").text == WRITTEN


def test_once_two_sentences_are_spoken_the_model_need_not_go_on(openai_server: Server, model: FakeModel) -> None:
    model.behave(text="One is here. Two is there. Three never ends", piece_chars=43, hang_after=1)
    with openai_server.chat(voice=True) as chat:
        reply = chat.ask("Count")
    assert (reply.text, reply.complete["finish_reason"]) == ("One is here. Two is there.", "stop")
    await_until("the model's stream is closed", lambda: model.open_streams() == 0)


@pytest.mark.parametrize("question", [NEED, "What is your return policy?", "Hello", "Where is my order?"])
def test_the_embedded_model_speaks_so_too(server: Server, question: str) -> None:
    with server.chat(voice=True) as chat:
        assert_can_be_spoken(chat.ask(question).text)
