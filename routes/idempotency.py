"""`Idempotency-Key` on a POST: the first answer is told again instead of doing it twice."""

import hashlib
import re
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute

from models import BrandId
from routes.dependencies import REST_ACTOR, Services, get_services
from storage.answers import Answer, AnswerKey

_BOUNDARY = re.compile(rb'boundary="?([^";,]+)')

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class IdempotentRoute(APIRoute):
    """A route that honours `Idempotency-Key`, when it is a POST that carries one."""

    def get_route_handler(self) -> Handler:
        """FastAPI's handler, wrapped."""
        answer = super().get_route_handler()

        async def handler(request: Request) -> Response:
            key = request.headers.get("Idempotency-Key")
            if key is None or request.method != "POST":
                return await answer(request)
            return await _answer_once(request, key, answer)

        return handler


async def _answer_once(request: Request, given_key: str, answer: Handler) -> Response:
    services = get_services(request)
    key = AnswerKey(REST_ACTOR, str(request.url.path), given_key)
    body_hash = _hash(request, await request.body())
    if first := await services.idempotency.begin(key, body_hash):
        return Response(first.body, first.status, media_type=first.content_type)
    kept: Answer | None = None
    try:
        response = await answer(request)  # an error changed nothing and is not kept: the request may be tried again
        content_type = response.headers.get("content-type", "application/json")
        kept = Answer(body_hash, response.status_code, content_type, bytes(response.body))
    finally:
        await services.idempotency.end(key, _brand(request, services, kept), kept)
    return response


def _brand(request: Request, services: Services, kept: Answer | None) -> BrandId:
    """The brand that the answer speaks of: with it the answer is erased."""
    if named := request.path_params.get("brand_id"):
        return BrandId(named)
    if kept is not None and request.url.path == "/brands":
        return BrandId(orjson.loads(kept.body)["id"])
    return services.default_brand


def _hash(request: Request, body: bytes) -> str:
    """Of the query and the body; a multipart body's boundary is random, and no part of what is said."""
    content_type = request.headers.get("content-type", "").encode("latin-1")
    if content_type.startswith(b"multipart/") and (boundary := _BOUNDARY.search(content_type)):
        body = body.replace(boundary[1], b"")
    return hashlib.sha256(request.url.query.encode() + b"\0" + body).hexdigest()
