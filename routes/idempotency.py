"""`Idempotency-Key` on a POST: the first answer is told again instead of doing it twice."""

import hashlib
import re

import orjson
from fastapi import Request, Response

from acting import acting
from conversation_service import owner_of
from errors import Conflict
from models import BrandId
from routes.dependencies import Services, get_services
from routes.errors import service_problem
from routes.rights import Endpoint, GuardedRoute, Handler, principal
from storage.answers import Answer, AnswerKey

_BOUNDARY = re.compile(rb'boundary="?([^";,]+)')

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
    services = get_services(request)
    key = AnswerKey(_who(request), str(request.url.path), given_key)
    body_hash = _hash(request, await request.body())
    if first := await services.idempotency.begin(key, body_hash):
        headers = {"Location": first.location} if first.location else None
        return Response(first.body, first.status, headers, media_type=first.content_type)
    kept: Answer | None = None
    try:
        response = await answer(request)  # an error changed nothing and is not kept: the request may be tried again
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


def _hash(request: Request, body: bytes) -> str:
    """Of the query and the body; a multipart body's boundary is random, and no part of what is said."""
    content_type = request.headers.get("content-type", "").encode("latin-1")
    if content_type.startswith(b"multipart/") and (boundary := _BOUNDARY.search(content_type)):
        body = body.replace(boundary[1], b"")
    return hashlib.sha256(request.url.query.encode() + b"\0" + body).hexdigest()
