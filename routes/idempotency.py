"""`Idempotency-Key` on a POST: the first answer is told again instead of doing it twice."""

import asyncio
import hashlib
import re
from tempfile import SpooledTemporaryFile
from typing import IO, cast

import orjson
from fastapi import Request, Response
from starlette.types import Message

from acting import acting
from conversation_service import owner_of
from errors import Conflict
from models import BrandId
from routes.dependencies import Services, get_services
from routes.errors import service_problem
from routes.rights import Endpoint, GuardedRoute, Handler, principal
from storage.answers import Answer, AnswerKey

_BOUNDARY = re.compile(rb'boundary="?([^";,]+)')

# A body of more bytes waits in a file for its second reading.
MAX_IN_MEMORY = 1024 * 1024
_CHUNK_BYTES = 65_536

_TOLD_ONCE = "The first answer to this Idempotency-Key held a secret, which is shown once and not again."


def keeps_secret(endpoint: Endpoint) -> Endpoint:
    """Declare that a route's answer holds a secret: it is not kept, and a repeat is told so."""
    endpoint.keeps_secret = True  # type: ignore[attr-defined]  # a function takes any attribute
    return endpoint


class IdempotentRoute(GuardedRoute):
    """A guarded route that honours `Idempotency-Key`, when it is a POST that carries one."""

    def inner_handler(self) -> Handler:
        """FastAPI's handler, wrapped."""
        answer = super().inner_handler()
        is_secret = getattr(self.endpoint, "keeps_secret", False)

        async def handler(request: Request) -> Response:
            key = request.headers.get("Idempotency-Key")
            if key is None or request.method != "POST":
                return await answer(request)
            return await _answer_once(request, key, answer, is_secret=is_secret)

        return handler


async def _answer_once(request: Request, given_key: str, answer: Handler, *, is_secret: bool) -> Response:
    key = AnswerKey(_who(request), str(request.url.path), given_key)
    with SpooledTemporaryFile(MAX_IN_MEMORY) as body:
        return await _answer_kept(_Body(request, cast("IO[bytes]", body)), key, answer, is_secret=is_secret)


async def _answer_kept(body: "_Body", key: AnswerKey, answer: Handler, *, is_secret: bool) -> Response:
    request = body.request
    services = get_services(request)
    body_hash = await body.hashed()
    if first := await services.idempotency.begin(key, body_hash):
        headers = {"Location": first.location} if first.location else None
        return Response(first.body, first.status, headers, media_type=first.content_type)
    kept: Answer | None = None
    try:
        # An error changed nothing and is not kept: the request may be tried again.
        response = await answer(body.again())
        shown = service_problem(Conflict(_TOLD_ONCE)) if is_secret else response
        content_type = shown.headers.get("content-type", "application/json")
        location = shown.headers.get("location")
        kept = Answer(body_hash, shown.status_code, content_type, bytes(shown.body), location)
    finally:
        await services.idempotency.end(key, _brand(request, services, kept), kept)
    return response


def _who(request: Request) -> str:
    """Whose key it is: two customers who choose the same one do not meet."""
    known = principal(request)
    who = known.actor if known.role else f"customer:{acting().address}"
    return who if known.user is None else f"{who}:{owner_of(known.user)}"


def _brand(request: Request, services: Services, kept: Answer | None) -> BrandId:
    """The brand that the answer speaks of: with it the answer is erased."""
    if named := request.path_params.get("brand_id"):
        return BrandId(named)
    if kept is not None and request.url.path == "/brands":
        return BrandId(orjson.loads(kept.body)["id"])
    return services.default_brand


class _Body:
    """A request's body, hashed as it comes and read again from a file: an upload may have 100 MiB.

    Args:
        request: not yet read.
        file: takes the body.
    """

    def __init__(self, request: Request, file: IO[bytes]) -> None:
        self.request = request
        self._file = file
        self._is_read = False

    async def hashed(self) -> str:
        """Of the query and the body; a multipart body's boundary is random, and no part of what is said."""
        content_type = self.request.headers.get("content-type", "").encode("latin-1")
        found = _BOUNDARY.search(content_type) if content_type.startswith(b"multipart/") else None
        digest = _Without(found[1] if found else b"", self.request.url.query.encode() + b"\0")
        async for chunk in self.request.stream():
            digest.update(chunk)
            await asyncio.to_thread(self._file.write, chunk)
        return digest.hexdigest()

    def again(self) -> Request:
        """The request, to be read from its beginning."""
        self._file.seek(0)

        async def receive() -> Message:
            chunk = await asyncio.to_thread(self._file.read, _CHUNK_BYTES)
            if not chunk and self._is_read:
                return await self.request.receive()  # that the client has gone
            self._is_read = not chunk
            return {"type": "http.request", "body": chunk, "more_body": bool(chunk)}

        return Request(self.request.scope, receive)


class _Without:
    """A SHA-256 of bytes without a part that may stand anywhere in them, in two chunks too."""

    def __init__(self, part: bytes, beginning: bytes) -> None:
        self._part = part
        self._digest = hashlib.sha256(beginning)
        self._held = b""  # the last bytes, which may begin the part

    def update(self, chunk: bytes) -> None:
        """Go on."""
        if not self._part:
            self._digest.update(chunk)
            return
        rest = self._held + chunk
        while (place := rest.find(self._part)) >= 0:
            self._digest.update(rest[:place])
            rest = rest[place + len(self._part) :]
        kept = len(rest) - min(len(rest), len(self._part) - 1)
        self._digest.update(rest[:kept])
        self._held = rest[kept:]

    def hexdigest(self) -> str:
        """Of everything."""
        whole = self._digest.copy()
        whole.update(self._held)
        return whole.hexdigest()
