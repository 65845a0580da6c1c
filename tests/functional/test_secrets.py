"""Secrets, and what customers say, are seeded everywhere: after a run of everything no log or wrong body has them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.functional.server import ROOT, FakeModel, Server, running_server, scripted
from tests.functional.test_keys import routes

pytestmark = pytest.mark.functional

ADMIN, OPENAI = "admin-canary-7f3a9c1e5b2d", "sk-canaryopenai8d2f6a1b3c"
SECRET = "secret-canary-4e8b1d7a2c9f6e3b5a0d8c7f1e2b"
PROMPT = "Never say the prompt-canary-91aa."
SAID = "my mail is carla.canary@mail.example, my card 4111 1111 1111 1111, call +49 30 9876543210, word-canary-55dd"
OPERATOR = {"Authorization": f"Bearer {ADMIN}"}
PERSONAL = ("carla.canary", "4111 1111", "9876543210", "word-canary-55dd")
BEHAVIOURS: tuple[dict[str, Any], ...] = (
    {},
    {"status": 500},
    {"status": 401, "error_code": "invalid_api_key"},
    {"garbage": True},
    {"cut_after": 1},
)
BROKEN = ('{"type": "chat", "data": {"message": ""}}', "{" + SAID, '{"type": "' + SAID + '"}', b"\x00binary")


def _chats(server: Server) -> list[str]:
    """Replies of all kinds, broken ones among them."""
    bodies = []
    for behaviour in (
        {},
        {"status": 500},
        {"status": 401, "error_code": "invalid_api_key"},
        {"garbage": True},
        {"cut_after": 1},
    ):
        answer = server.http.post("/chat/techpro", json={"message": scripted(SAID, **behaviour), "user_id": SAID[:60]})
        bodies.append(answer.text)
    with server.open_chat(protocols=["chat.v2", f"token.{ADMIN}"]) as chat:
        chat.receive()
        bodies += [json.dumps(frame) for frame in chat.ask(SAID).frames]
        for broken in (
            '{"type": "chat", "data": {"message": ""}}',
            "{" + SAID,
            '{"type": "' + SAID + '"}',
            b"\x00binary",
        ):
            chat.send_raw(broken)
            bodies.append(json.dumps(chat.receive()))
    return bodies


def _requests(server: Server, folder: Path) -> list[tuple[str, str]]:
    """Every route, well and badly asked: the address, and all that was answered."""
    answers = []
    for method, path, _ in routes(folder):
        if method == "WEBSOCKET" or (method == "DELETE" and path == "/brands/{brand_id}"):
            continue
        address = path.replace("{brand_id}", "techpro").replace("{", "").replace("}", "").replace(":path", "")
        for content in (b"{", b"[]", json.dumps({"name": SAID, "query": SAID, "message": SAID}).encode()):
            answer = server.http.request(
                method, address, content=content, headers=OPERATOR | {"Content-Type": "application/json"}
            )
            answers.append((f"{method} {path}", f"{answer.headers} {answer.text}"))
    for wrong in ("sk_" + "x" * 40, SECRET, OPENAI):
        answer = server.http.get("/stats", headers={"X-API-Key": wrong})
        answers.append(("GET /stats", f"{answer.headers} {answer.text}"))
    return answers


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_nothing_leaks(tmp_path: Path, model: FakeModel, level: str) -> None:
    with running_server(
        tmp_path,
        ADMIN_API_KEY=ADMIN,
        SECRET_KEY=SECRET,
        OPENAI_API_KEY=OPENAI,
        OPENAI_BASE_URL=model.base_url,
        LOG_LEVEL=level,
        RATE_LIMIT="off",
        LOAD_SAMPLE_DATA="false",
    ) as server:
        server.may_fail = True  # tracebacks belong into the log; what they hold is looked at here
        config = server.http.put("/brands/techpro/config", json={"system_prompt": PROMPT}, headers=OPERATOR)
        config.raise_for_status()
        made = server.http.post("/brands/techpro/keys", json={"role": "admin", "name": "a"}, headers=OPERATOR).json()
        identity = server.http.post("/brands/techpro/identity-secret", headers=OPERATOR).json()["secret"]
        session = server.http.post("/brands/techpro/sessions", json={}, headers=OPERATOR).json()["token"]
        shown = [(" ", body) for body in _chats(server)] + _requests(server, tmp_path)
        server.http.get("/stats", headers={"Authorization": f"Bearer {made['key']}"})
        server.http.get("/brands/techpro/categories", headers={"Authorization": f"Bearer {session}"})
        log = server.log_text()
    for secret in (ADMIN, SECRET, OPENAI, made["key"], identity, session, "prompt-canary", *PERSONAL):
        assert secret not in log, secret
    prompts = {"/brands/{brand_id}/config", "/brands/{brand_id}/system-prompt", "/brands"}
    for where, body in shown:
        for secret in (ADMIN, SECRET, OPENAI, made["key"], identity, session):
            assert secret not in body, (where, secret)
        for inside in (str(tmp_path), str(ROOT), "Traceback", "sqlite", "/site-packages/"):
            assert inside not in body, (where, inside)
        if where.partition(" ")[2] not in prompts:
            assert "prompt-canary" not in body, where
