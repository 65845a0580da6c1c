"""A small shop, and prompts over it."""

import asyncio
import re
from typing import Any

from models import BrandId, Hit, Message, Passage, Product, Prompt, Role
from needs import Constraints, Intent, Superlative, Understood
from providers.embedded import EmbeddedChatModel

CONTACT = "help@riverbend.example"


def product(product_id: str, name: str, price: float, **others: Any) -> Product:
    members: dict[str, Any] = {"id": product_id, "brand_id": BrandId("b"), "name": name, "price": price}
    return Product(**members | {"category": "Saws", "currency": "USD"} | others)


OAK = product(
    "saw-oak",
    "Oak Saw 300",
    120,
    description="A saw for hard wood. It folds. It comes in a tin. It has a red handle.",
    features=["Cuts hard wood fast", "Optional guide rail"],
    specifications={"brand": "Oak", "weight": "1.5 kg", "blade": "300 mm", "ports": ["dust outlet", "hose"]},
)
ELM = product(
    "saw-elm",
    "Elm Saw 200",
    80.5,
    description="A light saw.",
    features=["Fits small hands"],
    specifications={"brand": "Elm", "weight": "900 g", "blade": "200 mm", "teeth": "fine"},
    availability=False,
)
ASH = product("saw-ash", "Ash Saw", 99, specifications={"teeth": "coarse"})

RETURNS = Passage("policies.returns", "Returns", "Send anything back within 30 days. We pay the postage.", 1.0)


def prompt(intent: Intent, question: str = "", **others: Any) -> Prompt:
    understood = {
        name: others.pop(name) for name in ("terms", "constraints", "superlative", "ordinals") if name in others
    }
    members: dict[str, Any] = {
        "brand_name": "Riverbend",
        "contact": CONTACT,
        "messages": (Message(Role.USER, question),),
        "question": question,
        "understood": Understood(intent=intent, **understood),
        "categories": ("Saws", "Drills"),
    }
    return Prompt(**members | others)


def answer(asked: Prompt) -> str:
    async def whole() -> str:
        return "".join([event async for event in EmbeddedChatModel().stream(asked) if isinstance(event, str)])

    return asyncio.run(whole())


def marked(text: str) -> list[str]:
    """The ids of the products that a reply recommends, in order."""
    return re.findall(r"\[\[(.+?)\]\]", text)


__all__ = [
    "ASH", "CONTACT", "ELM", "OAK", "RETURNS", "Constraints", "Hit", "Intent", "Superlative", "answer", "marked",
    "product", "prompt",
]  # fmt: skip
