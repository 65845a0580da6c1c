"""Many customers in one process, so that their CPU does not count as the server's. bench/relay.py starts it.

Standard input brings one JSON line per round, `{"turns", "conversation_turns", "questions"}`: each client is to take so
many turns, one at a time, beginning a new conversation every so many. Standard output says when they are connected; any
line starts them, and standard output has the round's sums.
"""

import argparse
import asyncio
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

import aiohttp
import orjson

TURN_TIMEOUT_S = 300.0


@dataclass
class Sums:
    """What a round brought: replies, their frames and characters, and how long it took."""

    turns: int = 0
    chunks: int = 0
    chars: int = 0
    wall_s: float = 0.0


class Customer:
    """One socket, one turn at a time.

    Args:
        socket: connected.
        number: among the customers, so that they do not all ask the same.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, number: int) -> None:
        self._socket = socket
        self._number = number
        self._conversation_id: str | None = None

    async def chat(self, turns: int, conversation_turns: int, questions: list[str], sums: Sums) -> None:
        """Take turns."""
        for turn in range(turns):
            if turn % conversation_turns == 0:
                self._conversation_id = None
            data: dict[str, Any] = {"message": questions[(self._number + turn) % len(questions)]}
            if self._conversation_id:
                data["conversation_id"] = self._conversation_id
            await self._socket.send_str(orjson.dumps({"type": "chat", "data": data}).decode())
            async with asyncio.timeout(TURN_TIMEOUT_S):
                await self._read_reply(sums)

    async def _read_reply(self, sums: Sums) -> None:
        while True:
            frame = orjson.loads(await self._socket.receive_str())
            match frame["type"]:
                case "chunk":
                    sums.chunks += 1
                    sums.chars += len(frame["data"]["content"])
                case "complete":
                    self._conversation_id = frame["data"].get("conversation_id")
                    sums.turns += 1
                    return
                case "error":
                    raise RuntimeError(frame["data"]["message"])


async def serve(url: str, clients: int) -> None:
    """Run a round for each line. Sockets live for a round: nobody would answer the server's pings between two."""
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            sockets = [await session.ws_connect(url, max_msg_size=0) for _ in range(clients)]
            print(orjson.dumps({"connected": clients}).decode(), flush=True)
            await loop.run_in_executor(None, sys.stdin.readline)
            sums = await _round(sockets, **orjson.loads(line))
            print(orjson.dumps(asdict(sums)).decode(), flush=True)
            for socket in sockets:
                await socket.close()


async def _round(
    sockets: list[aiohttp.ClientWebSocketResponse], turns: int, conversation_turns: int, questions: list[str]
) -> Sums:
    sums, started = Sums(), time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number, socket in enumerate(sockets):
            group.create_task(Customer(socket, number).chat(turns, conversation_turns, questions, sums))
    sums.wall_s = time.monotonic() - started
    return sums


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Customers who chat.")
    parser.add_argument("url")
    parser.add_argument("--clients", type=int, default=50)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.url, arguments.clients))


if __name__ == "__main__":
    main()
