"""Holds dialogues with the real services: every brand in one process, turn by turn, each reply judged."""

import json
from collections.abc import Mapping
from pathlib import Path

from chatbot_service import Question, StartedTurn
from conversation_service import Caller
from live.base import ReplyPiece
from models import BrandId, ConversationId, DocumentDraft, OwnerId, TurnOutcome
from routes.dependencies import Services
from storage.vector_indexes import IndexKind
from tests.conversations.dialogues import Dialogue, Shop
from tests.conversations.judging import Exchange, Situation, judge

CUSTOMER = Caller(OwnerId("socket:customer"))


def write_brands(shops: Mapping[BrandId, Shop], file: Path) -> None:
    """Write the brands file of these shops, as it is delivered."""
    written = {"brands": [shop.brand for shop in shops.values()], "configs": [shop.config for shop in shops.values()]}
    file.write_text(json.dumps(written), encoding="utf-8")


async def fill(services: Services, shops: Mapping[BrandId, Shop]) -> None:
    """Save every shop's products and documents, and return when both are found by meaning too."""
    await services.knowledge.start()
    for shop in shops.values():
        rows = [product.model_dump(exclude={"brand_id", "updated_at"}) for product in shop.products]
        report = await services.products.save_many(shop.id, rows)
        assert not report.rejected, report.rejected
        for document in shop.documents:
            await services.knowledge.create(shop.id, DocumentDraft(id=document.id, content=document.content))
    for shop in shops.values():
        for kind in IndexKind:
            assert await services.indexing.settle(shop.id, 1, kind) == 0


async def hold(services: Services, shops: Mapping[BrandId, Shop], dialogue: Dialogue) -> list[Exchange]:
    """Hold a dialogue to its end, whatever does not hold on the way."""
    shop = shops[BrandId(dialogue.brand)]
    others = tuple(other for other in shops.values() if other.id != shop.id)
    exchanges: list[Exchange] = []
    conversation: ConversationId | None = None
    for turn in dialogue.turns:
        suggested = any(exchange.suggested for exchange in exchanges)
        understood = await services.search.understand(shop.id, turn.say, has_suggestions=suggested)
        question = Question(text=turn.say, conversation_id=conversation, voice=dialogue.voice)
        started = await services.chatbot.start_turn(services.brands.get_active(shop.id), CUSTOMER, question)
        conversation = started.conversation_id
        reply, outcome = await _followed(started)
        exchange = Exchange(turn, reply, outcome, understood.intent)
        exchange.verdicts = judge(exchange, Situation(shop, others, tuple(exchanges), dialogue.voice))
        exchanges.append(exchange)
    return exchanges


async def _followed(turn: StartedTurn) -> tuple[str, TurnOutcome]:
    pieces: list[str] = []
    async for event in turn.log.follow():
        if not isinstance(event, ReplyPiece):
            return "".join(pieces), event
        pieces.append(event.text)
    raise AssertionError("a reply without an outcome")
