"""Who bench/kills.py kills the server under: each chats and edits, one thing at a time, and remembers what was told."""

import random
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp

from bench.customer import Closed, Customer, Refused, Reply
from bench.processes import HOST, ChatbotServer

BRAND = "techpro"

# Replies are the question's marker and so many pieces.
PIECES = 40
PIECE = "word "

# A new conversation after so many questions.
QUESTIONS_PER_CONVERSATION = 4

# What the other end's death looks like.
CUT_OFF = (aiohttp.ClientError, Closed, ConnectionError)


@dataclass
class Tally:
    """What was acknowledged."""

    messages: int = 0
    replies: int = 0
    product_edits: int = 0
    brand_edits: int = 0

    def __iadd__(self, other: "Tally") -> Self:
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)
        return self


@dataclass
class Asked:
    """A question, marked with its own id, and what came of it."""

    client_message_id: str
    reply: Reply

    @property
    def text(self) -> str:
        """What is asked."""
        return f"Is marker:{self.client_message_id} a laptop?"

    @property
    def whole_reply(self) -> str:
        """What the model answers."""
        return f"{self.client_message_id} {PIECE * PIECES}"


@dataclass
class Thing:
    """A product or brand that one actor alone edits.

    Attributes:
        id: its id.
        allowed: the descriptions that it may have now (None: it is not there): one, except while an edit of it is not
            acknowledged.
    """

    id: str
    allowed: list[str | None] = field(default_factory=lambda: [None])


class Actor:
    """Chats over one socket, and edits products and brands of its own.

    Args:
        number: which one.
        chance: what it does next.
        server: whom it talks to.

    Attributes:
        asked: every question, in order; only the last may be without its reply.
        products: what it has ever put into the catalogue.
        brands: likewise.
        tally: what was acknowledged.
        violations: answers that must not be.
    """

    def __init__(self, number: int, chance: random.Random, server: ChatbotServer) -> None:
        self.asked: list[Asked] = []
        self.products: dict[str, Thing] = {}
        self.brands: dict[str, Thing] = {}
        self.tally = Tally()
        self.violations: list[str] = []
        self._number = number
        self._chance = chance
        self._server = server
        self._count = 0

    @property
    def cut_off(self) -> Asked | None:
        """The question whose reply was not read to its end."""
        last = self.asked[-1] if self.asked else None
        return last if last and last.reply.finish_reason is None else None

    async def live(self, session: aiohttp.ClientSession) -> None:
        """Do one thing after the other, until the server dies."""
        try:
            async with Customer(session, self._server.socket_url(BRAND)) as customer:
                while True:
                    await self._do_something(session, customer)
        except CUT_OFF:
            return

    async def settle(self, session: aiohttp.ClientSession) -> str | None:
        """Repeat the question that was cut off; how its reply ended, or None when there was none to repeat."""
        cut = self.cut_off
        if cut is None:
            return None
        before = cut.reply
        cut.reply = Reply(before.conversation_id)
        try:
            async with Customer(session, self._server.socket_url(BRAND)) as customer:
                await self._hear(customer, cut)
        except CUT_OFF as error:
            self.violations.append(f"{cut.text}: its repeat was not answered: {error}")
            return "nothing"
        if before.acknowledged and cut.reply.message_id != before.message_id:
            self.violations.append(f"{cut.text}: its repeat began a second turn")
        kind = "acknowledged" if before.acknowledged else "unacknowledged"
        return f"{kind}: {cut.reply.finish_reason}"

    async def _do_something(self, session: aiohttp.ClientSession, customer: Customer) -> None:
        draw = self._chance.random()
        if draw < 0.5:
            await self._ask(customer)
        elif draw < 0.8:
            await self._edit_product(session)
        else:
            await self._edit_brand(session)

    def _next(self, noun: str) -> str:
        self._count += 1
        return f"{noun}a{self._number}n{self._count}"

    # --- Chatting ---

    async def _ask(self, customer: Customer) -> None:
        conversation_id = None
        if self.asked and len(self.asked) % QUESTIONS_PER_CONVERSATION:
            conversation_id = self.asked[-1].reply.conversation_id
        asked = Asked(self._next("question"), Reply(conversation_id))
        self.asked.append(asked)
        try:
            await self._hear(customer, asked)
            self.tally.replies += 1
        finally:
            self.tally.messages += asked.reply.acknowledged

    async def _hear(self, customer: Customer, asked: Asked) -> None:
        try:
            await customer.ask(asked.text, asked.reply, client_message_id=asked.client_message_id)
            await customer.read(asked.reply)
        except Refused as error:
            self.violations.append(f"{asked.text}: {error}")
            asked.reply.finish_reason = "refused"
        if asked.reply.finish_reason == "stop" and asked.reply.text != asked.whole_reply:
            self.violations.append(f"{asked.text}: another reply: {asked.reply.text[:60]!r}")

    # --- Editing ---

    async def _edit_product(self, session: aiohttp.ClientSession) -> None:
        thing = self._one_of(self.products, "product", most=8)
        path = f"/brands/{BRAND}/products"
        if thing.allowed == [None]:
            body = {"id": thing.id, "name": f"Thing {thing.id}", "category": "Drills", "price": 1.0}
            await self._edit(session, "POST", path, thing, body)
        elif self._chance.random() < 0.2:
            await self._edit(session, "DELETE", f"{path}/{thing.id}", thing, None)
        else:
            await self._edit(session, "PUT", f"{path}/{thing.id}", thing, {})
        self.tally.product_edits += 1

    async def _edit_brand(self, session: aiohttp.ClientSession) -> None:
        thing = self._one_of(self.brands, "brand", most=3)
        if thing.allowed == [None]:
            await self._edit(session, "POST", "/brands", thing, {"brand_id": thing.id, "name": thing.id})
        elif self._chance.random() < 0.2:
            await self._edit(session, "DELETE", f"/brands/{thing.id}", thing, None)
        else:
            await self._edit(session, "PUT", f"/brands/{thing.id}", thing, {})
        self.tally.brand_edits += 1

    def _one_of(self, things: dict[str, Thing], noun: str, *, most: int) -> Thing:
        if len(things) < most:
            thing = Thing(self._next(noun))
            things[thing.id] = thing
            return thing
        return self._chance.choice(list(things.values()))

    async def _edit(
        self, session: aiohttp.ClientSession, method: str, path: str, thing: Thing, body: dict[str, Any] | None
    ) -> None:
        """Send an edit; once it is acknowledged only its outcome is allowed. `body` None deletes."""
        after = None if body is None else self._next("words")
        thing.allowed.append(after)
        sent = None if body is None else body | {"description": after}
        async with session.request(method, f"http://{HOST}:{self._server.port}{path}", json=sent) as response:
            told = await response.text()
            if response.ok:
                thing.allowed = [after]
            else:
                self.violations.append(f"{method} {path}: {response.status} {told[:200]}")
                thing.allowed.remove(after)
