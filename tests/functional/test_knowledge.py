"""Knowledge on the real server: over HTTP, found when the answer comes, across a restart, and gone with its brand."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.functional.server import FakeModel, Server, await_until, running_server
from tests.functional.test_vectors import await_vectors

CARE: dict[str, Any] = {
    "title": "Caring for screens",
    "content": "## Cleaning\n\nWipe it with a dry cloth.\n\n## Dead pixels\n\nFive or more: we replace the screen.",
    "url": "https://techpro.example/care",
    "language": "en",
}


def post(server: Server, path: str, body: object, **headers: str) -> httpx.Response:
    return server.http.post(f"/brands/{path}", json=body, headers=headers)


def found(server: Server, query: str, brand: str = "techpro") -> list[dict[str, Any]]:
    answer = post(server, f"{brand}/knowledge/search", {"query": query}).raise_for_status().json()
    assert (answer["query"], answer["brand_id"], answer["total"]) == (query, brand, len(answer["results"]))
    results: list[dict[str, Any]] = answer["results"]
    return results


def test_a_document_is_added_found_changed_and_removed(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        added = post(server, "techpro/knowledge", CARE).raise_for_status().json()
        assert added == {
            "message": "Document added successfully",
            "document_id": "caring-for-screens",
            "brand_id": "techpro",
            "passages": 2,
        }
        # No word of the question stands in the passage.
        best = found(server, "how do I get fingerprints off the monitor?")[0]
        assert best["passage"] == {
            "id": "caring-for-screens#1",
            "title": "Caring for screens: Cleaning",
            "text": "Wipe it with a dry cloth.",
            "document_id": "caring-for-screens",
            "url": "https://techpro.example/care",
        }
        assert 0 < best["score"] <= 1
        path = "/brands/techpro/knowledge/caring-for-screens"
        read = server.http.get(path).json()
        assert CARE.items() <= read.items()
        assert (read["kind"], read["passages"]) == ("document", 2)
        changed = server.http.put(path, json={"content": "Send it in for cleaning, it costs $20."}).raise_for_status()
        assert changed.json()["passages"] == 1
        assert (
            found(server, "what does cleaning cost?")[0]["passage"]["text"] == "Send it in for cleaning, it costs $20."
        )
        assert server.http.delete(path).json() == {"message": "Document 'caring-for-screens' deleted successfully"}
        assert server.http.get(path).status_code == 404
        assert all("care" not in hit["passage"]["document_id"] for hit in found(server, "cleaning"))


def test_documents_are_listed_in_pages_and_survive_a_restart(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        for number in range(3):
            pair = {"question": f"Is it number {number}?", "answer": "It is.", "id": f"q{number}"}
            assert post(server, "techpro/knowledge", pair).raise_for_status().json()["document_id"] == f"q{number}"
    with running_server(tmp_path) as server:
        listed = server.http.get("/brands/techpro/knowledge")
        assert [(one["id"], one["kind"]) for one in listed.json()] == [
            ("company_info", "company"),
            ("q0", "qa"),
            ("q1", "qa"),
            ("q2", "qa"),
        ]
        assert "content" not in listed.json()[0]
        page = server.http.get("/brands/techpro/knowledge", params={"limit": 1, "offset": 2})
        assert [one["id"] for one in page.json()] == ["q1"]
        assert page.headers["X-Total-Count"] == "4"
        assert found(server, "What is your return policy?")[0]["passage"]["id"] == "policies.returns"


def test_the_configuration_is_knowledge_that_it_alone_changes(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        path = "/brands/stylehub/knowledge/company_info"
        assert "## Returns" in server.http.get(path).json()["content"]
        for refused in (server.http.put(path, json={"content": "x"}), server.http.delete(path)):
            assert refused.status_code == 409
            assert refused.json()["code"] == "read_only_document"
            assert "change company_info in the configuration" in refused.json()["detail"]
        info = {"company_info": {"policies": {"pets": "Guinea pigs may visit on Fridays."}}}
        server.http.put("/brands/stylehub/config", json=info).raise_for_status()
        assert found(server, "may I bring my guinea pig?", "stylehub")[0]["passage"]["id"] == "policies.pets"
        await_vectors(server)
        await_until("it is found by meaning", lambda: bool(found(server, "can a hamster come along?", "stylehub")))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "unusable_document"),
        ({"content": "# Only a heading"}, 422, "unusable_document"),
        ({"question": "Is it?"}, 422, "unusable_document"),
        ({"content": "\n\n".join(f"## {number}\n\nText." for number in range(2_001))}, 422, "unusable_document"),
        ({"content": "x" * 200_001}, 422, "invalid_request"),
        ({"content": "x", "title": "t" * 301}, 422, "invalid_request"),
        ({"content": "a\u0000b"}, 422, "invalid_request"),
        ({"content": "x", "url": "javascript:alert(1)"}, 422, "invalid_request"),
        ({"content": "x", "id": "a/b"}, 422, "invalid_request"),
        ({"content": "x", "id": ".."}, 422, "invalid_request"),
        ({"content": "x", "language": "english, please"}, 422, "invalid_request"),
        ({"content": "x", "id": "company_info"}, 409, "already_exists"),
        ([], 422, "invalid_request"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_the_reason(server: Server, body: object, status: int, code: str) -> None:
    refused = post(server, "stylehub/knowledge", body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused.json()["detail"]


def test_a_lone_surrogate_is_refused(server: Server) -> None:
    headers = {"Content-Type": "application/json"}
    refused = server.http.post("/brands/stylehub/knowledge", content=b'{"content": "a\\ud800"}', headers=headers)
    assert refused.status_code == 422


@pytest.mark.parametrize("limit", [0, 51, "x"])
def test_a_search_has_a_limit(server: Server, limit: object) -> None:
    assert post(server, "techpro/knowledge/search", {"query": "returns", "limit": limit}).status_code == 422
    assert post(server, "techpro/knowledge/search", {"query": ""}).status_code == 422


def test_other_brands_and_unknown_documents_are_not_found(server: Server) -> None:
    for path in ("nobody/knowledge", "nobody/knowledge/x", "techpro/knowledge/x"):
        assert server.http.get(f"/brands/{path}").status_code == 404
    assert server.http.put("/brands/techpro/knowledge/x", json={"title": "y"}).json()["code"] == "document_not_found"
    assert server.http.delete("/brands/techpro/knowledge/x").status_code == 404
    assert post(server, "nobody/knowledge/search", {"query": "x"}).status_code == 404


def test_a_repeated_post_adds_one_document(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        headers = {"Idempotency-Key": "once"}
        first, again = (post(server, "techpro/knowledge", CARE, **headers).json() for _ in range(2))
        assert first == again
        assert len(server.http.get("/brands/techpro/knowledge").json()) == 2


def test_while_the_embedder_fails_documents_are_saved_and_found_by_words(tmp_path: Path, model: FakeModel) -> None:
    other = {"OPENAI_BASE_URL": model.base_url, "EMBEDDING_MODEL": "other-embedder", "CHAT_PROVIDER": "embedded"}
    model.behave(status=401)
    with running_server(tmp_path, **other) as server:
        added = post(server, "techpro/knowledge", CARE).raise_for_status().json()
        assert added["pending"] == 2
        assert found(server, "dead pixels")[0]["passage"]["id"] == "caring-for-screens#2"
        model.behave()
        await_vectors(server)
        again = post(server, "techpro/knowledge", CARE).raise_for_status().json()
        assert "pending" not in again


def test_a_deleted_brands_knowledge_is_gone_for_the_next_of_its_name(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        for _ in range(2):
            server.http.post("/brands", json={"name": "Shop", "brand_id": "shop"}).raise_for_status()
            assert server.http.get("/brands/shop/knowledge").json() == []
            assert found(server, "dead pixels", "shop") == []
            post(server, "shop/knowledge", CARE).raise_for_status()
            assert found(server, "dead pixels", "shop")
            server.http.delete("/brands/shop").raise_for_status()
