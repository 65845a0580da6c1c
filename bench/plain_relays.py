"""What bench/relay.py compares with: the plainest relay over the OpenAI SDK, and a bare socket, which is the limit.

Both run under uvicorn exactly as main.py configures it, and send one frame per piece, of the same JSON as our chunks.
"""

import argparse
import sys
from pathlib import Path

import openai
import orjson
import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute

sys.path.insert(0, str(Path(__file__).parents[1]))

from config import Settings
from main import server_config

_COMPLETE = orjson.dumps(
    {"timestamp": "2025-01-01T00:00:00.000000Z", "type": "complete", "data": {"content": "", "is_final": True}}
).decode()


def chunk(content: str) -> str:
    """A frame with the members that ours has."""
    data = {
        "content": content,
        "is_final": False,
        "conversation_id": "conv_0123456789abcdef0123456789abcdef",
        "suggested_products": None,
        "confidence_score": None,
        "message_id": "msg_0123456789abcdef0123456789abcdef",
        "next_offset": 1234,
    }
    return orjson.dumps({"timestamp": "2025-01-01T00:00:00.000000Z", "type": "chunk", "data": data}).decode()


class SdkRelay:
    """Sends on what the SDK has parsed, piece by piece.

    Args:
        base_url: of the model's server.
    """

    def __init__(self, base_url: str) -> None:
        self._client = openai.AsyncOpenAI(api_key="unused", base_url=base_url)

    async def chat(self, websocket: WebSocket) -> None:
        """Answer each frame with a reply of the model's."""
        await websocket.accept()
        try:
            while True:
                question = orjson.loads(await websocket.receive_text())["data"]["message"]
                stream = await self._client.chat.completions.create(
                    model="fake", messages=[{"role": "user", "content": question}], stream=True
                )
                async for event in stream:
                    if event.choices and (content := event.choices[0].delta.content):
                        await websocket.send_text(chunk(content))
                await websocket.send_text(_COMPLETE)
        except WebSocketDisconnect:
            return


class BareSocket:
    """Sends text that it has ready: no model, no rows, nothing to build.

    Args:
        pieces: how many frames a reply has.
        piece: the text of each.
    """

    def __init__(self, pieces: int, piece: str) -> None:
        self._frames = [chunk(piece)] * pieces

    async def chat(self, websocket: WebSocket) -> None:
        """Answer each frame with all that is ready."""
        await websocket.accept()
        try:
            while True:
                await websocket.receive_text()
                for frame in self._frames:
                    await websocket.send_text(frame)
                await websocket.send_text(_COMPLETE)
        except WebSocketDisconnect:
            return


async def _ready(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ready"})


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="A plain relay, or a bare socket.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--openai", help="relay this server's replies; without it the socket is bare")
    parser.add_argument("--pieces", type=int, default=1_000)
    parser.add_argument("--piece", default="word ")
    arguments = parser.parse_args()
    relay = SdkRelay(arguments.openai) if arguments.openai else BareSocket(arguments.pieces, arguments.piece)
    routes = [WebSocketRoute("/ws/chat/{brand}", relay.chat), Route("/readyz", _ready)]
    settings = Settings(_env_file=None, host="127.0.0.1", port=arguments.port, log_level="WARNING")
    config = server_config(settings, FastAPI())
    config.app = Starlette(routes=routes)
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
