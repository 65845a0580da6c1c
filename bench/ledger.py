"""Compares what was acknowledged to the actors of bench/kills.py with what a restarted server has."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from bench.actors import BRAND, Actor, Asked, Thing
from bench.processes import ChatbotServer, request


class Audit:
    """Looks at a server that has just been started.

    Args:
        server: which one.
        violations: where to tell what must not be.

    Attributes:
        checks: comparisons made.
    """

    def __init__(self, server: ChatbotServer, violations: list[str]) -> None:
        self.checks = 0
        self._server = server
        self._violations = violations

    def check(self, actors: Sequence[Actor], *, everything: bool = False) -> None:
        """Compare; without `everything` only the conversation that each actor was in."""
        self._check_database()
        self._check_products([thing for actor in actors for thing in actor.products.values()])
        self._check_brands([thing for actor in actors for thing in actor.brands.values()])
        for actor in actors:
            last = actor.asked[-1].reply.conversation_id if actor.asked else None
            for conversation_id, asked in _by_conversation(actor.asked).items():
                if everything or conversation_id == last:
                    self._check_conversation(conversation_id, asked)
        if everything:
            self._check_search([thing for actor in actors for thing in actor.products.values()])

    def _expect(self, holds: bool, told: str) -> None:  # noqa: FBT001 -- as assert takes it
        self.checks += 1
        if not holds:
            self._violations.append(told)

    def _check_database(self) -> None:
        """No turn of the dead process runs, and none was begun twice; the file is sound."""
        database = sqlite3.connect(f"file:{self._server.database}?mode=ro", uri=True)
        try:
            (running,) = database.execute("SELECT count(*) FROM turns WHERE state = 'running'").fetchone()
            self._expect(running == 0, f"{running} turns of a dead process still run")
            (sound,) = database.execute("PRAGMA quick_check").fetchone()
            self._expect(sound == "ok", f"the database is broken: {sound}")
        finally:
            database.close()

    def _check_conversation(self, conversation_id: str, asked: Iterable[Asked]) -> None:
        """Each acknowledged question once, each reply that was read to its end once."""
        messages = self._server.history(conversation_id, BRAND)
        said = Counter((message["role"], message["content"]) for message in messages)
        for one in asked:
            times = said["user", one.text]
            right = times == 1 if one.reply.acknowledged else times <= 1
            self._expect(right, f"acknowledged question is there {times} times: {one.text}")
            if one.reply.finish_reason == "stop":
                times = said["assistant", one.reply.text]
                self._expect(times == 1, f"reply that was read to its end is there {times} times: {one.text}")

    def _check_products(self, things: Sequence[Thing]) -> None:
        self._check_things("product", things, self._server.get(f"/brands/{BRAND}/products"))

    def _check_brands(self, things: Sequence[Thing]) -> None:
        self._check_things("brand", things, self._server.get("/brands"))

    def _check_things(self, noun: str, things: Sequence[Thing], rows: Sequence[dict[str, Any]]) -> None:
        """Each is there once as it was last acknowledged, or as an edit that was not acknowledged has left it."""
        times = Counter(row["id"] for row in rows)
        descriptions = {row["id"]: row["description"] for row in rows}
        for thing in things:
            actual = descriptions.get(thing.id)
            self._expect(times[thing.id] <= 1, f"{noun} {thing.id} is there {times[thing.id]} times")
            self._expect(actual in thing.allowed, f"{noun} {thing.id} is {actual!r}, not one of {thing.allowed}")
            thing.allowed = [actual]

    def _check_search(self, things: Sequence[Thing]) -> None:
        """The index is in step: a product is found by its description's own word, a deleted one is not."""
        for thing in things:
            word = thing.allowed[0] or thing.id
            answer = request(self._server.port, "POST", f"/brands/{BRAND}/products/search", {"query": word})
            found = [result["product"]["id"] for result in answer["results"]].count(thing.id)
            self._expect(found == (thing.allowed != [None]), f"search finds product {thing.id} {found} times")


def _by_conversation(asked: Sequence[Asked]) -> dict[str, list[Asked]]:
    """The questions of each conversation; one whose conversation was never told is in none."""
    sorted_: dict[str, list[Asked]] = {}
    for one in asked:
        if one.reply.conversation_id is not None:
            sorted_.setdefault(one.reply.conversation_id, []).append(one)
    return sorted_
