"""No repository reads or changes a row of another brand: the same operations on two brands never meet."""

import asyncio
import inspect
import tempfile
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from models import (
    BrandId,
    ConversationId,
    Document,
    DocumentKind,
    FinishReason,
    MessageId,
    OwnerId,
    Passage,
    Product,
    Role,
    Source,
    TurnOutcome,
    utc_now,
)
from needs import Constraints
from storage import (
    answers,
    audit,
    conversations,
    identity,
    knowledge,
    passage_text,
    product_columns,
    product_facts,
    product_search,
    product_text,
    products,
    spending,
    takeovers,
    tombstones,
    uploads,
    vector_indexes,
    vocabularies,
)
from storage.conversations import MessageRow
from storage.engine import Database
from storage.identity import IdentityRow
from storage.migrations import upgrade
from storage.product_search import Within
from storage.vector_indexes import IndexKind
from storage.vocabularies import load_vocabulary

DAY = date(2026, 11, 25)
ALPHA, BETA = BrandId("alpha"), BrandId("beta")
IDS = st.sampled_from(["p1", "p2", "p3"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("save"), IDS, st.sampled_from(["red lamp", "blue lamp", "chair"])),
        st.tuples(st.just("remove"), IDS, st.just("")),
        st.tuples(st.just("purge"), IDS, st.just("")),
        st.tuples(st.just("talk"), st.sampled_from(["c1", "c2"]), st.sampled_from(["hello", "lamp?"])),
        st.tuples(st.just("forget"), st.just("c1"), st.just("")),
        st.tuples(st.just("tell"), st.sampled_from(["d1", "d2"]), st.sampled_from(["red lamp", "lamp. chair"])),
        st.tuples(st.just("untell"), st.just("d1"), st.just("")),
        st.tuples(st.just("index"), st.just(""), st.sampled_from(IndexKind)),
        st.tuples(st.just("embed"), st.just(""), st.just("")),
        st.tuples(st.sampled_from(["vouch", "disown"]), st.sampled_from(["i1", "i2"]), st.just("")),
    ),
    max_size=8,
)


def apply(connection: Connection, brand_id: BrandId, step: tuple[str, str, str]) -> None:
    kind, id_, text = step
    now = utc_now()
    match kind:
        case "save":
            product = Product(id=id_, name=text, price=len(text), category="Things", brand_id=brand_id)
            products.save(connection, brand_id, [product], now)
        case "remove":
            if products.revision(connection, brand_id):
                products.remove(connection, brand_id, id_)
        case "purge":
            products.purge(connection, brand_id)
            knowledge.purge(connection, brand_id)
            vector_indexes.purge(connection, brand_id)
            identity.purge(connection, brand_id)
            spending.purge(connection, brand_id)
        case "talk":
            talk(connection, brand_id, ConversationId(id_), text)
            spending.add(connection, brand_id, DAY, len(text))
        case "forget":
            conversations.purge(connection, brand_id)
        case "tell" | "untell":
            tell(connection, brand_id, id_, text)
        case "index" | "embed":
            (partial(index, kind=IndexKind(text)) if text else embed)(connection, brand_id)
        case "vouch" | "disown":
            vouch(connection, brand_id, kind, id_)


def vouch(connection: Connection, brand_id: BrandId, kind: str, id_: str) -> None:
    now = utc_now()
    identity.remove(connection, brand_id, f"{brand_id}-{id_}")
    if kind == "vouch":
        identity.expire(connection, brand_id, now)
        identity.add(connection, brand_id, IdentityRow(f"{brand_id}-{id_}", brand_id, id_, now))


def tell(connection: Connection, brand_id: BrandId, id_: str, text: str) -> None:
    if not text:
        knowledge.remove(connection, brand_id, id_)
        return
    passages = [Passage(f"{id_}#{number}", id_, part) for number, part in enumerate(text.split(". "))]
    document = Document(id=id_, kind=DocumentKind.DOCUMENT, title=text, content=text, brand_id=brand_id)
    knowledge.save(connection, brand_id, document, passages, text, utc_now())


def index(connection: Connection, brand_id: BrandId, kind: IndexKind) -> None:
    if all(one.kind is not kind for one in vector_indexes.of_brand(connection, brand_id)):
        generation = vector_indexes.next_generation(connection, brand_id)
        live = vector_indexes.IndexState.LIVE
        vector_indexes.begin(
            connection, brand_id, generation, collection="c", embedder="e", state=live, now=utc_now(), kind=kind
        )


def embed(connection: Connection, brand_id: BrandId) -> None:
    if batch := vector_indexes.next_batch(connection, brand_id, 1, after=0, limit=1):
        vector_indexes.done(connection, brand_id, 1, up_to=batch.last)


def talk(connection: Connection, brand_id: BrandId, conversation_id: ConversationId, text: str) -> None:
    now = utc_now()
    found = conversations.candidates(connection, brand_id, conversation_id)
    row = found[0] if found else conversations.create(connection, brand_id, conversation_id, OwnerId("o"), None, now)
    number = len(conversations.history(connection, brand_id, row.row_id))
    # The same ids in both brands: only the brand tells them apart.
    question, reply = (MessageId(f"{conversation_id}-{number}-{kind}") for kind in ("q", "r"))
    conversations.add_message(connection, brand_id, row.row_id, MessageRow(question, Role.USER, text, now))
    conversations.start_turn(connection, brand_id, row.row_id, reply, str(number), now)
    conversations.add_message(connection, brand_id, row.row_id, MessageRow(reply, Role.ASSISTANT, text.upper(), now))
    rests_on = [Source(kind="passage", id=f"{brand_id}-{text}", title="")]
    outcome = TurnOutcome(finish_reason=FinishReason.STOP, sources=rests_on)
    conversations.end_turn(connection, brand_id, reply, outcome, now)


def seen(connection: Connection, brand_id: BrandId) -> dict[str, Any]:
    """Everything that the repositories tell of a brand, its own name and the time aside."""
    within = Within(brand_id, Constraints(price_max=1000), "USD")
    had_products = products.revision(connection, brand_id) > 0
    vocabulary = load_vocabulary(connection, brand_id, "USD")
    found, matching = product_search.lexical(connection, within, ["lamp"], 9) if had_products else ({}, 0)
    shown = {
        "page": products.page(connection, brand_id, category=None, limit=99, offset=0),
        "many": list(products.get_many(connection, brand_id, ["p1", "p2", "p3"]).values()),
        "listed": product_search.listed(connection, within, order=None, limit=9),
        "found": list(products.by_row(connection, brand_id, list(found)).values()),
        "fulfilling": list(
            products.by_row(connection, brand_id, product_search.fulfilling(connection, within)).values()
        ),
    }
    conversation_rows = conversations.page(connection, brand_id, limit=99, offset=0)
    return {name: [(one.id, one.name) for one in rows] for name, rows in shown.items()} | {
        "count": products.count(connection, brand_id),
        "available": products.count_available(connection, brand_id),
        "categories": products.categories(connection, brand_id),
        "vocabulary": (vocabulary.categories, vocabulary.makers, vocabulary.attributes, vocabulary.doubtful_words),
        "scores": sorted(found.values()),
        "matching": matching,
        "fulfilled": product_search.count_fulfilling(connection, within),
        "words": product_text.vocabulary(connection, brand_id) if had_products else {},
        "named": product_text.named(connection, brand_id, ["lamp"]) if had_products else {},
        "known": product_text.known(connection, brand_id, ["lamp"]) if had_products else {},
        "held": len(product_text.held_by(connection, brand_id, ["lamp"], np.arange(99))["lamp"]) if had_products else 0,
        "holders": len(product_text.holders(connection, brand_id, ["lamp"])["lamp"]) if had_products else 0,
        "joined": len(product_text.holding_neighbours(connection, brand_id, ["la", "mp"])) if had_products else 0,
        "holding": len(product_text.holding_all(connection, brand_id, ["lamp"])) if had_products else 0,
        "spelled": product_text.spellings(connection, brand_id, "lamp") if had_products else [],
        "documents": [
            (one.id, one.title, one.passages) for one in knowledge.page(connection, brand_id, limit=9, offset=0)
        ],
        "told": {id_: knowledge.passages_of(connection, brand_id, id_) for id_ in ("d1", "d2")},
        "digests": [knowledge.digest(connection, brand_id, id_) for id_ in ("d1", "d2")],
        "read": [document and document.content for document in (knowledge.get(connection, brand_id, "d1"),)],
        "taken": knowledge.exists(connection, brand_id, "d1"),
        "documented": knowledge.count(connection, brand_id),
        "passages": passages_seen(connection, brand_id),
        "rows": [vector_indexes.count_rows(connection, brand_id, kind) for kind in IndexKind],
        "lives": [vector_indexes.live(connection, brand_id, kind) for kind in IndexKind],
        "indexes": [(one.generation, one.state, one.kind) for one in vector_indexes.of_brand(connection, brand_id)],
        "live": vector_indexes.live(connection, brand_id),
        "queued": vector_indexes.pending(connection, brand_id, 1),
        "secrets": [(one.sealed, one.expires_at is None) for one in identity.of_brand(connection, brand_id)],
        "spent": spending.spent(connection, brand_id, DAY),
        "conversations": sorted((row.id, count) for row, count in conversation_rows),
        "said": sorted(
            (row.id, [message.content for message in conversations.history(connection, brand_id, row.row_id)])
            for row, _ in conversation_rows
        ),
        "rest on": sorted(
            conversations.passages_lately(connection, brand_id, row.row_id, replies=1)[0][0].removeprefix(brand_id)
            for row, _ in conversation_rows
        ),
        "replies": sorted(
            conversations.reply_text(connection, brand_id, MessageId(f"{row.id}-0-r")) for row, _ in conversation_rows
        ),
    }


def passages_seen(connection: Connection, brand_id: BrandId) -> dict[str, Any]:
    if not knowledge.has_any(connection, brand_id):
        return {}
    found = passage_text.search(connection, brand_id, ["lamp"], 9)
    own = knowledge.by_row(connection, brand_id, range(99))
    assert set(found) <= set(own)
    return {
        "found": [(own[row_id].document_id, own[row_id].passage) for row_id in found],
        "own": [one.passage for one in own.values()],
        "embedded": list(knowledge.embedded_texts(connection, brand_id, range(99)).values()),
    }


def run(database: Database, change: Callable[[Connection], Any]) -> Any:
    return asyncio.run(database.write(change))


@given(STEPS, STEPS, st.randoms(use_true_random=False))
@settings(
    deadline=None, max_examples=25, phases=[Phase.explicit, Phase.generate]
)  # shrinking opens databases for minutes
def test_two_brands_with_the_same_ids_never_meet(alpha: list[Any], beta: list[Any], random: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        together, alone = (Database(Path(folder, name)) for name in ("together.db", "alone.db"))
        for database in (together, alone):
            upgrade(database.engine)
        steps = [(ALPHA, step) for step in alpha] + [(BETA, step) for step in beta]
        order = sorted(range(len(steps)), key=lambda index: (random.random(), index))
        for brand_id, of_brand in ((ALPHA, alpha), (BETA, beta)):
            places = sorted(index for index in range(len(order)) if steps[order[index]][0] == brand_id)
            for place, step in zip(places, of_brand, strict=True):
                order[place] = steps.index((brand_id, step))
        for index in order:
            brand_id, step = steps[index]
            run(together, partial(apply, brand_id=brand_id, step=step))
        for step in alpha:
            run(alone, partial(apply, brand_id=ALPHA, step=step))
        assert run(together, lambda connection: seen(connection, ALPHA)) == run(
            alone, lambda connection: seen(connection, ALPHA)
        )
        for database in (together, alone):
            database.close()


# Operators' queries: they are of no brand, or of all.
UNSCOPED = {
    "answers.find",
    "answers.forget_before",
    "audit.add",
    "audit.count",
    "audit.intents",
    "audit.page",
    "audit.set_state",
    "conversations.interrupt_running",
    "identity.everything",
    "knowledge.digests",
    "product_facts.denied",
    "product_facts.in_range",
    "product_facts.range_values",
    "product_facts.required",
    "product_text.any_of",
    "product_text.embedded_text",
    "product_text.listed_text",
    "products.product_of",
    "products.unindexed",
    "takeovers.states",
    "tombstones.all_ids",
    "uploads.add",
    "uploads.unfinished",
    "uploads.page",
    "uploads.count",
    "vector_indexes.backlogs",
    "vector_indexes.brands_without",
    "vector_indexes.every",
    "vector_indexes.not_live",
}
MODULES = (
    answers,
    audit,
    conversations,
    identity,
    knowledge,
    passage_text,
    product_columns,
    product_facts,
    product_search,
    product_text,
    products,
    spending,
    takeovers,
    tombstones,
    uploads,
    vector_indexes,
    vocabularies,
)


def test_every_query_names_its_brand() -> None:
    for module in MODULES:
        name = module.__name__.removeprefix("storage.")
        for function_name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ != module.__name__ or function_name.startswith("_"):
                continue
            if f"{name}.{function_name}" in UNSCOPED:
                continue
            parameters = inspect.signature(function).parameters
            brand = parameters.get("brand_id") or parameters.get("within")
            assert brand is not None, f"{name}.{function_name}"
            assert brand.default is inspect.Parameter.empty, f"{name}.{function_name}"
