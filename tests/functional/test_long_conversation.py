"""Five hundred turns in one conversation: the last costs no more than the fiftieth, and knows what the third said."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conversation_service import tokens_in
from tests.functional.server import FakeModel, Server, running_server

TURNS = 500
BUDGET = "My budget is $1,234 and not a cent more."
FULL = 60  # turns after which the window is full


def rss_bytes(server: Server) -> int:
    """The server's resident memory."""
    return int(Path(f"/proc/{server.pid}/status").read_text().partition("VmRSS:")[2].split()[0]) * 1_024


@pytest.fixture
def patient_server(tmp_path: Path, model: FakeModel) -> Iterator[Server]:
    with running_server(
        tmp_path, OPENAI_BASE_URL=model.base_url, OPENAI_API_KEY="sk-test", RATE_LIMIT="off"
    ) as running:
        yield running


def test_prompts_and_memory_stay_flat_and_the_budget_stays_known(patient_server: Server, model: FakeModel) -> None:
    sizes: list[int] = []
    memory: dict[int, int] = {}
    with patient_server.chat() as chat:
        conversation_id = chat.ask("Hello").conversation_id
        for turn in range(1, TURNS + 1):
            question = BUDGET if turn == 3 else f"And what would you say about number {turn}, in a few words?"
            chat.ask(question, conversation_id=conversation_id)
            prompt = model.requests()[-1]["messages"]
            model.forget()
            sizes.append(sum(tokens_in(message["content"]) for message in prompt))
            assert turn < 3 or any(BUDGET in message["content"] for message in prompt), f"forgotten in turn {turn}"
            if turn % 100 == 0:
                memory[turn] = rss_bytes(patient_server)
    assert max(sizes[-200:]) <= 1.1 * max(sizes[FULL : FULL + 100])
    assert memory[TURNS] - memory[200] < 16 * 1_024 * 1_024, memory
