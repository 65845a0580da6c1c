"""How the process starts, ends, dies and comes back, and what of the customers' and brands' work is there then."""

import json
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.functional.server import (
    ROOT,
    Chat,
    FakeModel,
    Reply,
    Server,
    brands_file,
    run_program,
    running_server,
    scripted,
)

UVICORN = ("-m", "uvicorn", "main:app", "--app-dir", str(ROOT), "--port", "{port}")
SAMPLE_DATA = str(ROOT / "sample_data.py")

HANGING = scripted(text="Xylo quix zzzzz and a long answer", piece_chars=5, hang_after=3)
HANGING_TEXT = "Xylo quix zzzzz"

# Three seconds of a model's writing.
SHORT = scripted(pieces=60, delay_ms=50)
SHORT_TEXT = "word " * 60


def openai_settings(model: FakeModel) -> dict[str, str]:
    return {"OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "sk-test"}


def begin(chat: Chat, message: str, text: str = "", **data: object) -> dict[str, Any]:
    """Send a message, and read as much of its reply as `text`, at least a chunk; the first chunk's data."""
    chat.send("chat", message=message, **data)
    chat.expect("typing")
    first = chunk = chat.expect("chunk")
    read = str(chunk["content"])
    while len(read) < len(text):
        read += chat.expect("chunk")["content"]
    return first


# --- Ending ---


@dataclass(frozen=True, slots=True)
class Ended:
    """What customers saw of a process that was told to end, and what the next one knows.

    Attributes:
        replies: five that had 3 s left; their beginnings were read before.
        interrupted: one that would never have ended.
        refusal: of a message that came afterwards.
        closes: what came after that on each socket, and its close code.
        status: the exit status.
        log: what was logged.
        histories: of the six conversations, read from the next process.
    """

    replies: list[Reply]
    interrupted: Reply
    refusal: dict[str, Any]
    closes: list[tuple[list[Any], int | None]]
    status: int
    log: str
    histories: list[list[tuple[str, str]]]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory, model_process: FakeModel) -> Ended:
    """The one 10 s wait of these tests: SIGTERM under six running replies."""
    model_process.behave()
    folder, settings = tmp_path_factory.mktemp("ended"), openai_settings(model_process)
    with running_server(folder, **settings) as server, ExitStack() as sockets:
        chats = [sockets.enter_context(server.chat()) for _ in range(5)]
        endless, idle = sockets.enter_context(server.chat()), sockets.enter_context(server.chat())
        begin(endless, HANGING, HANGING_TEXT)
        for chat in chats:
            begin(chat, SHORT)
        server.terminate()
        refusal = _refusal_while_draining(idle)
        replies = [chat.read_reply() for chat in chats]
        interrupted = endless.read_reply()
        closes = [chat.read_to_close() for chat in (*chats, endless, idle)]
        status, log = server.wait(), server.log_text()
    with running_server(folder, **settings) as server:
        histories = [server.history(reply.conversation_id) for reply in (*replies, interrupted)]
    return Ended(replies, interrupted, refusal, closes, status, log, histories)


def _refusal_while_draining(chat: Chat) -> dict[str, Any]:
    """The first error that new messages get once the server has heard that it is to end."""
    while True:
        chat.send("chat", message="One more thing")
        frame = chat.receive()
        if frame["type"] == "error":
            error: dict[str, Any] = frame["data"]
            return error
        chat.read_reply()


def test_replies_that_run_when_the_process_is_told_to_end_come_whole(ended: Ended) -> None:
    assert [reply.complete["finish_reason"] for reply in ended.replies] == ["stop"] * 5
    assert [reply.complete["next_offset"] for reply in ended.replies] == [len(SHORT_TEXT)] * 5
    assert ended.histories[:5] == [[("user", SHORT), ("assistant", SHORT_TEXT)]] * 5


def test_a_reply_that_cannot_end_in_time_is_interrupted_and_what_was_said_of_it_is_kept(ended: Ended) -> None:
    assert ended.interrupted.complete["finish_reason"] == "interrupted"
    assert ended.histories[5] == [("user", HANGING), ("assistant", HANGING_TEXT)]


def test_a_message_that_comes_while_the_process_ends_is_refused_with_when_to_try_again(ended: Ended) -> None:
    assert ended.refusal["code"] == "restarting"
    assert ended.refusal["retry_after"] > 0


def test_sockets_are_closed_as_restarting_once_their_replies_are_out(ended: Ended) -> None:
    assert ended.closes == [([], 1012)] * 7


def test_a_process_that_was_told_to_end_counts_as_successful(ended: Ended) -> None:
    assert ended.status == 0
    assert "error" not in ended.log.lower()


def test_ctrl_c_ends_it_without_a_traceback(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        server.terminate(signal.SIGINT)
        assert server.wait() in {0, 128 + signal.SIGINT}


# --- Dying ---


PRODUCT = {"id": "p-1", "name": "Lamp", "price": 12.5, "category": "Lamps"}


@dataclass(frozen=True, slots=True)
class Killed:
    """A process that was killed in the middle of a reply, and the one after it.

    Attributes:
        turn: the data of the reply's first chunk.
        config: a brand's configuration as the edit before the kill answered it.
        server: the process after.
    """

    turn: dict[str, Any]
    config: dict[str, Any]
    server: Server


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory, model_process: FakeModel) -> Iterator[Killed]:
    model_process.behave()
    model_process.forget()
    folder, settings = tmp_path_factory.mktemp("killed"), openai_settings(model_process)
    with running_server(folder, **settings) as server, server.chat() as chat:
        turn = begin(chat, HANGING, client_message_id="m1")
        server.http.post("/brands", json={"name": "Kept", "description": ""}).raise_for_status()
        server.http.post("/brands/kept/products", json=PRODUCT).raise_for_status()
        config = server.http.put("/brands/kept/config", json={"welcome_message": "Still here!"}).raise_for_status()
        server.kill()
    with running_server(folder, **settings) as server:
        yield Killed(turn, config.json(), server)


def test_after_a_kill_the_message_is_there_and_its_reply_interrupted_and_made_once(
    killed: Killed, model_process: FakeModel
) -> None:
    server, conversation_id = killed.server, killed.turn["conversation_id"]
    assert server.history(conversation_id) == [("user", HANGING)]
    with server.chat() as chat:
        again = chat.ask(HANGING, conversation_id=conversation_id, client_message_id="m1")
        assert again.message_id == killed.turn["message_id"]
        assert again.complete["finish_reason"] == "interrupted"
        assert server.history(conversation_id) == [("user", HANGING)]
        assert len(model_process.requests()) == 1
        assert chat.ask("Are you there?", conversation_id=conversation_id).complete["finish_reason"] == "stop"


def test_after_a_kill_every_edit_that_was_answered_is_there(killed: Killed) -> None:
    http = killed.server.http
    assert http.get("/brands/kept/config").json() == killed.config
    assert http.get("/brands/kept/products/p-1").json().items() >= PRODUCT.items()
    results = http.post("/brands/kept/products/search", json={"query": "lamp"}).json()["results"]
    assert [result["product"]["id"] for result in results] == ["p-1"]


# --- Starts that must not succeed ---


def break_json(text: str) -> str:
    return text.replace('"name": "StyleHub",', '"name": "StyleHub"', 1)


def give_a_brand_twice(text: str) -> str:
    return text.replace('"id": "stylehub"', '"id": "techpro"', 1)


def take_a_name_away(text: str) -> str:
    return text.replace('"name": "StyleHub"', '"name": null', 1)


@pytest.mark.parametrize(
    ("breakage", "reason"),
    [(break_json, "delimiter"), (give_a_brand_twice, "techpro"), (take_a_name_away, "name")],
)
def test_a_broken_brands_file_stops_the_start_and_is_left_alone(
    tmp_path: Path, breakage: Callable[[str], str], reason: str
) -> None:
    file = brands_file(tmp_path)
    sound = file.read_bytes().splitlines()
    broken = breakage(file.read_text(encoding="utf-8")).encode()
    file.write_bytes(broken)
    ended = run_program(tmp_path)
    assert ended.returncode == 1
    assert file.read_bytes() == broken
    assert "Traceback" not in ended.stderr
    where = re.search(r"brands_config\.json, line (\d+)", ended.stderr)
    assert where is not None, ended.stderr
    changed = next(
        number for number, (old, new) in enumerate(zip(sound, broken.splitlines(), strict=True), 1) if old != new
    )
    assert int(where[1]) - changed in {0, 1}  # a missing comma is noticed in the line below
    assert reason in ended.stderr


def test_wrong_settings_stop_the_start_with_a_line_for_each_mistake(tmp_path: Path) -> None:
    wrong = {
        "PORT": "eighty",
        "LOG_LEVEL": "LOUD",
        "ALLOWED_ORIGINS": "https://shop.example/path",
        "RATE_LIMIT": "maybe",
        "OPENAI_BASE_URL": "not a url",
        "MAX_FRAME_BYTES": "12",
    }
    ended = run_program(tmp_path, **wrong)
    assert ended.returncode == 2
    heading, *lines = ended.stderr.strip().splitlines()
    assert "settings" in heading
    assert sorted(line.partition(":")[0] for line in lines) == sorted(wrong)
    assert ended.stdout == ""


def test_several_processes_are_refused_with_what_they_would_need(tmp_path: Path) -> None:
    ended = run_program(tmp_path, WEB_CONCURRENCY=2)
    assert ended.returncode == 2
    assert "DATABASE_URL" in ended.stderr


def test_a_second_server_on_the_same_data_folder_refuses_in_a_sentence(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        ended = run_program(tmp_path)
        assert ended.returncode == 1
        assert "Another server uses DATA_DIR" in ended.stderr
        assert "Traceback" not in ended.stderr
        assert server.http.get("/readyz").is_success


def test_a_port_that_is_taken_is_said(tmp_path: Path, server: Server) -> None:
    ended = run_program(tmp_path, PORT=server.port)
    assert ended.returncode not in {0, None}
    assert str(server.port) in ended.stderr
    assert "in use" in ended.stderr
    assert "Traceback" not in ended.stderr


# --- Starting ---


def test_uvicorn_main_app_serves_a_whole_chat(tmp_path: Path) -> None:
    with running_server(tmp_path, program=UVICORN) as server:
        with server.chat() as chat:
            reply = chat.ask("I need a powerful laptop for video editing under $2,000")
            assert reply.suggested_ids
            chat.send_raw("nonsense")
            assert chat.expect("error")["code"] == "invalid_frame"
            chat.send_raw(" " * 200_000)
            assert chat.read_to_close()[1] == 1009
        assert len(server.history(reply.conversation_id)) == 2
        assert server.http.get("/docs").is_success


def test_a_placeholder_key_in_a_dot_env_file_counts_as_none_and_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPENAI_API_KEY=your_openai_api_key_here\nOPENAI_MODEL=gpt-4\nSHOE_SIZE=43\n")
    with running_server(tmp_path) as server:
        with server.chat() as chat:
            assert chat.ask("Hello").complete["answered_by"] == "embedded"
        warnings = [line for line in server.log_text().splitlines() if "warning" in line]
    assert any("OPENAI_API_KEY" in line and "placeholder" in line for line in warnings)
    assert any("SHOE_SIZE" in line for line in warnings)


def test_settings_come_from_a_dot_env_file_and_the_environment_wins(tmp_path: Path, model: FakeModel) -> None:
    (tmp_path / ".env").write_text(
        f"OPENAI_BASE_URL={model.base_url}\nOPENAI_MODEL=from-file\nDEFAULT_BRAND=stylehub\n"
    )
    with running_server(tmp_path, OPENAI_MODEL="from-environment") as server:
        answer = server.http.post("/chat", json={"message": "Hello"}).json()
        assert answer["answered_by"] == "from-environment"
        assert server.http.get("/categories").json()["brand_id"] == "stylehub"


def test_no_secret_reaches_the_log(tmp_path: Path, model: FakeModel) -> None:
    secrets = {"OPENAI_API_KEY": "sk-do-not-log-me", "ADMIN_API_KEY": "admin-do-not-log-me"}
    said = "a very private question"
    settings = openai_settings(model) | secrets
    with running_server(tmp_path, LOG_LEVEL="DEBUG", **settings) as server:
        with server.chat(protocols=("chat.v2", f"token.{secrets['ADMIN_API_KEY']}")) as chat:
            chat.ask(scripted(said, status=500))
        server.stop()
        log = server.log_text()
    assert "do-not-log-me" not in log
    assert said not in log


# --- Sample data ---


def test_samples_that_were_deleted_stay_deleted(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        for product in server.http.get("/brands/stylehub/products").json():
            server.http.delete(f"/brands/stylehub/products/{product['id']}").raise_for_status()
        server.http.delete("/brands/techpro/products/laptop-kestrel-studio-16").raise_for_status()
        left = server.http.get("/brands/techpro/stats").json()["total_products"]
    with running_server(tmp_path) as server:
        assert server.http.get("/brands/stylehub/products").json() == []
        assert server.http.get("/brands/techpro/products/laptop-kestrel-studio-16").status_code == 404
        assert server.http.get("/brands/techpro/stats").json()["total_products"] == left


def test_without_samples_the_catalogues_are_empty_until_sample_data_runs_beside_the_server(tmp_path: Path) -> None:
    with running_server(tmp_path, LOAD_SAMPLE_DATA="false") as server:
        assert server.http.get("/stats").json()["total_products"] == 0
        ended = run_program(tmp_path, SAMPLE_DATA)
        assert ended.returncode == 0, ended.stderr
        assert server.http.get("/brands/techpro/stats").json()["total_products"] >= 48
        assert server.http.get("/brands/stylehub/stats").json()["total_products"] >= 24
        with server.chat() as chat:
            assert chat.ask("I need a powerful laptop for video editing under $2,000").suggested_ids


def test_sample_data_runs_by_itself_and_a_second_run_adds_nothing(tmp_path: Path) -> None:
    first = run_program(tmp_path, SAMPLE_DATA)
    assert first.returncode == 0, first.stderr
    assert "techpro: " in first.stdout
    assert "stylehub: " in first.stdout
    second = run_program(tmp_path, SAMPLE_DATA)
    assert second.returncode == 0, second.stderr
    assert "Nothing to load" in second.stdout
    loaded = sum(int(count) for count in re.findall(r": (\d+) products", first.stdout))
    with running_server(tmp_path) as server:
        assert server.http.get("/stats").json()["total_products"] == loaded >= 48 + 24


# --- The brands' file ---

V2_STAMP = "2025-06-11 00:04:44.412073"


def v2_brand(brand_id: str, **members: object) -> dict[str, object]:
    stamps = {"created_at": V2_STAMP, "updated_at": V2_STAMP, "is_active": True}
    return {"id": brand_id, "name": brand_id.title(), "description": "As v2.0 wrote it"} | stamps | members


def v2_config(brand_id: str) -> dict[str, object]:
    return {
        "brand_id": brand_id,
        "system_prompt": "You are a helpful customer-service chatbot.\n\n**Your role:**\n- Help",
        "welcome_message": f"Welcome to {brand_id}!",
        "company_info": {"name": brand_id, "founded": "2018", "policies": {"returns": "Within 30 days."}},
        "appearance_settings": {"primary_color": "#007bff", "logo_url": "/static/logo.png"},
        "updated_at": V2_STAMP,
    }


def test_a_v2_brands_file_loads_and_keeps_what_an_edit_does_not_touch(tmp_path: Path) -> None:
    file = tmp_path / "brands_config.json"
    brands = [v2_brand("techpro"), v2_brand("ACME Corp.", theme="dark")]
    content: dict[str, Any] = {"brands": brands, "configs": [v2_config("techpro"), v2_config("ACME Corp.")]}
    file.write_text(json.dumps(content, indent=2), encoding="utf-8")
    before = file.read_bytes()
    with running_server(tmp_path) as server:
        assert file.read_bytes() == before  # serving writes nothing
        assert server.http.get("/brands/ACME Corp./config").json()["welcome_message"] == "Welcome to ACME Corp.!"
        assert server.http.get("/brands/techpro").json()["created_at"].startswith("2025-06-11T00:04:44.412073")
        with server.chat("ACME Corp.") as chat:
            assert chat.welcome["message"] == "Welcome to ACME Corp.!"
        edited = server.http.put("/brands/techpro/config", json={"welcome_message": "Edited"}).raise_for_status()

    after = json.loads(file.read_bytes())
    assert after["brands"] == content["brands"]
    techpro, acme = after["configs"]
    assert acme == content["configs"][1]
    changed = {"welcome_message", "updated_at", "version"}
    assert {name: techpro[name] for name in techpro.keys() - changed} == {
        name: value for name, value in content["configs"][0].items() if name not in changed
    }
    assert techpro["welcome_message"] == "Edited"
    assert techpro["version"] == edited.json()["version"] > 0
    assert after["schema_version"]
    with running_server(tmp_path) as server:
        assert server.http.get("/brands/techpro/config").json() == edited.json()


def test_a_v2_brand_that_was_never_updated_loads(tmp_path: Path) -> None:
    content = {"brands": [v2_brand("techpro", updated_at=None)], "configs": [v2_config("techpro")]}
    (tmp_path / "brands_config.json").write_text(json.dumps(content), encoding="utf-8")
    with running_server(tmp_path) as server:
        assert server.http.get("/brands/techpro").is_success


def test_a_file_that_breaks_while_the_server_runs_is_served_from_the_last_good_copy(tmp_path: Path) -> None:
    file = brands_file(tmp_path)
    with running_server(tmp_path) as server:
        good = file.read_bytes()
        file.write_bytes(good[: len(good) // 2])
        answer = server.http.put("/brands/techpro/config", json={"welcome_message": "Edited"})
        assert (answer.status_code, answer.json()["code"]) == (503, "brand_file_broken")
        assert file.read_bytes() == good[: len(good) // 2]
        with server.chat() as chat:
            assert chat.ask("Hello").complete["finish_reason"] == "stop"
        file.write_bytes(good)
        server.http.put("/brands/techpro/config", json={"welcome_message": "Edited"}).raise_for_status()
        with server.chat() as chat:
            assert chat.welcome["message"] == "Edited"


def test_a_deleted_brand_leaves_nothing_for_the_next_one_of_its_name(server: Server) -> None:
    http = server.http
    http.post("/brands", json={"name": "Ghost", "description": ""}).raise_for_status()
    http.post("/brands/ghost/products", json=PRODUCT).raise_for_status()
    with server.chat("ghost") as chat:
        conversation_id = chat.ask("Boo").conversation_id
    http.delete("/brands/ghost").raise_for_status()
    http.post("/brands", json={"name": "Ghost", "description": ""}).raise_for_status()
    assert http.get("/brands/ghost/products").json() == []
    assert http.get(f"/chat/ghost/history/{conversation_id}").status_code == 404
    assert http.get("/brands/ghost/stats").json()["active_conversations"] == 0
    http.delete("/brands/ghost").raise_for_status()


# --- Health ---


def test_the_health_of_a_running_server_is_told(server: Server) -> None:
    assert server.http.get("/healthz").json() == {"status": "ok"}
    ready = server.http.get("/readyz")
    assert ready.json()["status"] == "ready"
    assert ready.json()["checks"]["database"] == ready.json()["checks"]["brands"] == "ok"
