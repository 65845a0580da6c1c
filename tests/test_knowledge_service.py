"""Knowledge: documents become passages, questions find them, and the configuration's facts are a document as well."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import knowledge_service
from company_knowledge import COMPANY_ID
from errors import (
    AlreadyExists,
    DocumentNotFound,
    InvalidInput,
    ModelUnreachable,
    ReadOnlyDocument,
    UnusableDocument,
)
from models import BrandId, DocumentDraft, DocumentKind
from routes.dependencies import Services
from storage import vector_indexes
from storage.tables import own_table
from storage.vector_indexes import IndexKind
from tests.services import services_in

BRAND, OTHER = BrandId("techpro"), BrandId("stylehub")
CARE = """# Caring for screens

Switch the screen off first.

## Cleaning

Wipe it with a dry microfibre cloth. Never spray water on it.

## Dead pixels

A screen with five dead pixels or more is replaced.
"""

Scenario = Callable[[Services], Awaitable[Any]]
Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a scenario with services that have just opened, and follow with vectors."""

    def run(scenario: Scenario, **given: object) -> Any:
        async def opened() -> Any:
            async with services_in(tmp_path, **given) as services:
                await services.knowledge.start()
                await services.indexing.start()
                return await scenario(services)

        return asyncio.run(opened())

    return run


async def saved(services: Services, brand_id: BrandId = BRAND, **members: Any) -> str:
    document = await services.knowledge.create(brand_id, DocumentDraft(**members))
    assert await services.indexing.settle(brand_id, document.passages, IndexKind.PASSAGES) == 0
    return document.id


async def best(services: Services, question: str, brand_id: BrandId = BRAND) -> str:
    found = await services.knowledge.passages_for(brand_id, question)
    return found[0].id if found else ""


def test_a_document_is_cut_kept_and_found(run: Run) -> None:
    async def scenario(services: Services) -> None:
        assert await saved(services, content=CARE, url="https://techpro.example/care", language="en") == (
            "caring-for-screens"
        )
        document = await services.knowledge.get(BRAND, "caring-for-screens")
        assert (document.title, document.kind, document.passages) == ("Caring for screens", DocumentKind.DOCUMENT, 3)
        assert (document.content, document.url, document.language) == (CARE, "https://techpro.example/care", "en")
        found = await services.knowledge.passages_for(BRAND, "How should I clean the display?")
        assert found[0].id == "caring-for-screens#2"
        assert found[0].title == "Caring for screens: Cleaning"
        assert found[0].url == "https://techpro.example/care"
        assert await best(services, "there are dead pixels on my monitor") == "caring-for-screens#3"

    run(scenario)


def test_a_question_with_its_answer_is_one_document_titled_with_the_question(run: Run) -> None:
    async def scenario(services: Services) -> None:
        document_id = await saved(services, question="Do you  wrap gifts?", answer="Yes, for $3.\n\n# Paper\n\nGreen.")
        document = await services.knowledge.get(BRAND, document_id)
        assert (document_id, document.kind) == ("do-you-wrap-gifts", DocumentKind.QA)
        found = await services.knowledge.passages_for(BRAND, "can it be gift-wrapped?")
        assert found[0].title == "Do you wrap gifts?"
        changed = await services.knowledge.update(BRAND, document_id, {"answer": "No."})
        assert (changed.title, changed.content, changed.passages) == ("Do you wrap gifts?", "No.", 1)

    run(scenario)


def test_an_update_replaces_what_is_given_and_embeds_only_what_changed(run: Run) -> None:
    async def scenario(services: Services) -> None:
        await saved(services, id="care", content=CARE)
        queued = []

        def watch(tx: Any, brand_id: BrandId, row_ids: Any, kind: IndexKind = IndexKind.PRODUCTS) -> None:
            queued.append((kind, len(row_ids)))
            enqueue(tx, brand_id, row_ids, kind)

        enqueue = vector_indexes.enqueue
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(vector_indexes, "enqueue", watch)
            changed = await services.knowledge.update(BRAND, "care", {"content": CARE.replace("five", "six")})
            await services.knowledge.update(BRAND, "care", {"url": "https://techpro.example/new"})
        # The changed passage went and came; the others, and all when only the address changed, stayed as they were.
        assert queued == [(IndexKind.PASSAGES, 2), (IndexKind.PASSAGES, 0)]
        assert changed.passages == 3
        assert await services.indexing.settle(BRAND, 1, IndexKind.PASSAGES) == 0
        found = await services.knowledge.passages_for(BRAND, "dead pixels")
        assert "six dead pixels" in found[0].text
        assert found[0].url == "https://techpro.example/new"
        with pytest.raises(InvalidInput):
            await services.knowledge.update(BRAND, "care", {"id": "other"})
        for changes in ({"content": " "}, {"title": "x" * 301}, {"url": "javascript:alert(1)"}, {"content": 5}):
            with pytest.raises(UnusableDocument):
                await services.knowledge.update(BRAND, "care", changes)

    run(scenario)


def test_updates_at_the_same_time_lose_nothing(run: Run) -> None:
    async def scenario(services: Services) -> None:
        await saved(services, id="care", content=CARE)
        changes = [{"title": "Screens"}, {"url": "https://techpro.example/c"}, {"language": "en-US"}]
        await asyncio.gather(*(services.knowledge.update(BRAND, "care", one) for one in changes))
        document = await services.knowledge.get(BRAND, "care")
        assert (document.title, document.url, document.language) == (
            "Screens",
            "https://techpro.example/c",
            "en-US",
        )

    run(scenario)


def test_ids_are_made_from_titles_and_taken_ones_refused(run: Run) -> None:
    async def scenario(services: Services) -> None:
        ids = [await saved(services, title="Care & Repair!", content="Wipe it.") for _ in range(3)]
        assert ids == ["care-repair", "care-repair-2", "care-repair-3"]
        assert await saved(services, title="???", content="Wipe it.") == "document"
        for taken in ("care-repair", COMPANY_ID):
            with pytest.raises(AlreadyExists):
                await services.knowledge.create(BRAND, DocumentDraft(id=taken, content="x"))
        assert await saved(services, title="Company info", content="Wipe it.") == "company-info"

    run(scenario)


def test_a_deleted_document_is_found_no_more(run: Run) -> None:
    async def scenario(services: Services) -> None:
        await saved(services, id="care", content=CARE)
        await services.knowledge.delete(BRAND, "care")
        assert "care" not in await best(services, "dead pixels")
        for gone in (services.knowledge.get(BRAND, "care"), services.knowledge.delete(BRAND, "care")):
            with pytest.raises(DocumentNotFound):
                await gone
        with pytest.raises(DocumentNotFound):
            await services.knowledge.update(BRAND, "care", {"title": "x"})

    run(scenario)


@pytest.mark.parametrize(
    "members",
    [
        {"content": " \n "},
        {"title": "Only a title"},
        {"content": "# Only\n\n## Headings\n"},
        {"question": "Is it?"},
        {"question": " ", "answer": "Yes."},
        {"question": "Is it?", "answer": "Yes.", "content": "And this."},
    ],
)
def test_what_says_nothing_is_refused(run: Run, members: dict[str, str]) -> None:
    async def scenario(services: Services) -> None:
        with pytest.raises(UnusableDocument):
            await services.knowledge.create(BRAND, DocumentDraft(**members))

    run(scenario)


def test_a_document_of_too_many_passages_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowledge_service, "MAX_PASSAGES", 2)

    async def scenario(services: Services) -> None:
        with pytest.raises(UnusableDocument, match="3 passages"):
            await services.knowledge.create(BRAND, DocumentDraft(content=CARE))

    run(scenario)


# --- What the configuration says ---


def test_company_info_is_a_document_that_the_configuration_alone_changes(run: Run) -> None:
    async def scenario(services: Services) -> None:
        documents, total = await services.knowledge.page(BRAND, limit=10, offset=0)
        assert [(one.id, one.kind) for one in documents] == [(COMPANY_ID, DocumentKind.COMPANY)]
        assert total == 1
        assert "## Returns" in (await services.knowledge.get(BRAND, COMPANY_ID)).content
        for refused in (
            services.knowledge.update(BRAND, COMPANY_ID, {"content": "x"}),
            services.knowledge.delete(BRAND, COMPANY_ID),
        ):
            with pytest.raises(ReadOnlyDocument, match="change company_info in the configuration"):
                await refused
        assert await best(services, "What is your return policy?") == "policies.returns"

    run(scenario)


def test_a_changed_configuration_counts_at_once_and_its_rows_follow(run: Run) -> None:
    async def scenario(services: Services) -> None:
        info = {"policies": {"returns": "Ninety days.", "pets": "Guinea pigs may come to our shop on Fridays."}}
        await services.brands.update_config(BRAND, {"company_info": info})
        assert await best(services, "may I bring guinea pigs?") == "policies.pets"
        assert await best(services, "what is the warranty?") == ""
        content = (await services.knowledge.get(BRAND, COMPANY_ID)).content
        assert "Guinea pigs" in content
        assert "warranty" not in content
        await services.brands.update_config(BRAND, {"company_info": {}})
        assert await best(services, "may I bring guinea pigs?") == ""
        assert (await services.knowledge.page(BRAND, limit=10, offset=0)) == ([], 0)

    run(scenario)


def test_facts_that_cannot_be_written_are_answered_from_memory(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(services: Services) -> None:
        await saved(services, id="care", content=CARE)

        async def full(*_: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr(type(services.knowledge._company._database), "write_brand", full)
        info = {"policies": {"returns": "Ninety days."}}
        await services.brands.update_config(BRAND, {"company_info": info})
        for _ in range(3):
            found = await services.knowledge.passages_for(BRAND, "What is your return policy?")
            assert found[0].text == "Ninety days."
            await services.knowledge._company.in_step(BRAND)
        assert await best(services, "dead pixels") == "care#3"
        monkeypatch.undo()

    run(scenario)


def test_without_a_start_the_facts_are_there_and_become_rows(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with services_in(tmp_path, embedding_provider="none") as services:
            assert await best(services, "What is your return policy?") == "policies.returns"
            await services.knowledge._company.in_step(BRAND)
            assert (await services.knowledge.get(BRAND, COMPANY_ID)).passages > 10
            assert await best(services, "What is your return policy?") == "policies.returns"

    asyncio.run(scenario())


def test_a_long_fact_is_cut_like_a_document(run: Run) -> None:
    async def scenario(services: Services) -> None:
        text = "\n\n".join(f"## Part {number}\n\n{'Words and more words. ' * 20}" for number in range(4))
        await services.brands.update_config(
            BRAND, {"company_info": {"terms#1": text + "\n\n## Elves\n\nElves get ten percent off."}}
        )
        found = await services.knowledge.passages_for(BRAND, "do elves get ten percent off")
        assert (found[0].id, found[0].title) == ("terms%231.5", "Terms#1: Elves")

    run(scenario)


# --- Searching ---


@pytest.mark.parametrize(
    "question", ["", " ", "?", "Who won the world cup?", "tell me a joke", "what is 2 + 2", "\0", '"AND" OR NOT (', "*"]
)
def test_what_the_brand_says_nothing_of_finds_nothing(run: Run, question: str) -> None:
    async def scenario(services: Services) -> None:
        await saved(services, content=CARE)
        assert await services.knowledge.passages_for(BRAND, question) == ()

    run(scenario)


def test_while_the_embedder_fails_it_goes_by_words(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(services: Services) -> None:
        await saved(services, id="care", content=CARE)

        async def fail(_: str) -> None:
            raise ModelUnreachable

        monkeypatch.setattr(services.knowledge._meaning._embedder, "embed_query", fail)
        assert await best(services, "how do dead pixels get replaced?") == "care#3"

    run(scenario)


def test_broken_vectors_are_made_again_while_it_goes_by_words(run: Run) -> None:
    async def scenario(services: Services) -> None:
        await saved(services, id="care", content=CARE)
        assert await best(services, "dead pixels") == "care#3"
        collection = services.knowledge._meaning._collections[BRAND]
        vectors = services.indexing._vectors
        assert vectors is not None
        await vectors.drop(collection)
        await vectors.put(collection, [1], np.ones((1, 7), dtype=np.float32))  # of another embedder, by its length
        assert await best(services, "dead pixels") == "care#3"
        async with asyncio.timeout(30):
            while services.knowledge._meaning._collections.get(BRAND, collection) == collection:
                await asyncio.sleep(0.05)
                assert await best(services, "dead pixels") == "care#3"

    run(scenario)


def test_reindexing_makes_the_vectors_of_passages_anew(run: Run) -> None:
    async def scenario(services: Services) -> None:
        await saved(services, id="care", content=CARE)
        before = services.knowledge._meaning
        assert await best(services, "dead pixels") == "care#3"
        collection = before._collections[BRAND]
        count = (await services.knowledge.get(BRAND, COMPANY_ID)).passages
        assert await services.indexing.reindex(BRAND) == count + 3
        async with asyncio.timeout(30):
            while (await services.indexing.state()).filling:  # noqa: ASYNC110, what is waited for is seen only by looking
                await asyncio.sleep(0.02)
        assert await best(services, "dead pixels") == "care#3"
        assert before._collections[BRAND] != collection

    run(scenario)


# --- Brands ---


def test_no_brand_is_answered_from_anothers_knowledge(run: Run) -> None:
    async def scenario(services: Services) -> None:
        canary = "quetzalcoatlus"
        members = {"id": canary, "title": f"{canary} title", "url": f"https://{canary}.example/"}
        await saved(services, OTHER, content=f"# {canary} heading\n\nThe {canary} text.", **members)
        await saved(services, OTHER, question=f"What of the {canary}?", answer=f"The {canary} flies.")
        info = {f"{canary} key": f"the {canary} value", "policies": {"returns": f"Return it by {canary}."}}
        await services.brands.update_config(OTHER, {"company_info": info})
        assert await best(services, f"the {canary}", OTHER)
        for question in (canary, f"What of the {canary}?", f"return it by {canary}", "What is your return policy?"):
            found = await services.knowledge.search(BRAND, question, limit=50)
            assert canary not in repr(found)
        assert canary not in repr(await services.knowledge.page(BRAND, limit=100, offset=0))
        with pytest.raises(DocumentNotFound):
            await services.knowledge.get(BRAND, canary)
        # The same id may be another brand's document.
        assert await saved(services, id=canary, content="Ours.") == canary
        assert (await services.knowledge.get(OTHER, canary)).title == f"{canary} title"

    run(scenario)


def test_a_deleted_brand_leaves_no_knowledge(run: Run, tmp_path: Path) -> None:
    async def scenario(services: Services) -> None:
        await saved(services, OTHER, id="care", content=CARE)
        await saved(services, id="care", content=CARE)
        await services.brands.delete(OTHER)
        assert await best(services, "dead pixels") == "care#3"

    run(scenario)
    with closing(sqlite3.connect(tmp_path / "data" / "chatbot.db")) as database:
        for table in ("documents", "passages", "vector_indexes", "vector_queue"):
            rows = database.execute(f"SELECT brand_id FROM {table}")  # noqa: S608, one of these four
            assert OTHER not in {row[0] for row in rows}
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
    assert own_table("passage_text", BRAND) in tables
    assert not [name for name in tables if name.startswith("passage_text_stylehub")]
