"""Files that are sent to hurt are refused with a sentence, and the server goes on as if nothing had been."""

import pytest

from bench.hostile_files import hostile_files, over_the_limit, resident_bytes, upload
from tests.functional.server import Server

pytestmark = pytest.mark.functional

MOST_GROWTH = 150e6


def test_files_made_to_hurt_are_refused_and_chats_go_on(server: Server) -> None:
    before = resident_bytes(server.pid)
    kept = server.http.get("/brands/techpro/stats").json()["total_products"]
    for file in hostile_files():
        answer = upload(server, file)
        assert 400 <= answer.status_code < 500, (file.name, answer.text[:200])
        assert isinstance(answer.json()["detail"], str), file.name
        assert "/" not in server.http.get("/uploads", params={"limit": 1}).json()[0]["filename"]
    with server.chat() as chat:
        assert chat.ask("Do you sell laptops?").text
    assert resident_bytes(server.pid) - before < MOST_GROWTH
    assert server.http.get("/brands/techpro/stats").json()["total_products"] == kept


def test_a_gigabyte_is_refused_by_its_length(server: Server) -> None:
    answer = upload(server, over_the_limit())
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_texts_that_are_no_documents_are_refused(server: Server) -> None:
    for file in hostile_files():
        if file.filename.endswith((".xml", ".xlsx", ".docx", ".pdf")):
            answer = upload(server, file, "knowledge")
            assert answer.status_code == 400, (file.name, answer.text[:200])
