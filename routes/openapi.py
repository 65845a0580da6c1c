"""The OpenAPI document with what every route may answer besides: problems, by what the route asks and takes."""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from auth_service import Right
from routes.errors import PROBLEM_TYPE
from routes.rights import right_of

_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457, with FastAPI's detail.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {
            "description": "A sentence; of a body or parameter that is not valid, the list of mistakes.",
            "anyOf": [
                {"type": "string"},
                {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["type", "loc", "msg"],
                        "properties": {
                            "type": {"type": "string"},
                            "loc": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
                            "msg": {"type": "string"},
                        },
                    },
                },
            ],
        },
        "code": {"type": "string", "description": "Stable; docs/protocol.md lists them."},
    },
}
_SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "A key, or a session's token."},
    "key_header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_LATER = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_SECONDS = {"description": "Seconds after which to try again.", "schema": {"type": "integer"}}
_WITH_BODY = frozenset({"post", "put", "patch"})
_CHANGES = _WITH_BODY | {"delete"}


def describe(app: FastAPI) -> None:
    """Let the application, with all its routes, give the whole document."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            _complete(document, dict(_rights(app.routes)))
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way


def _rights(routes: Iterable[Any]) -> Iterator[tuple[tuple[str, str], Right]]:
    """What each route asks, by path and lower-case method."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield from (
                ((route.path_format, method.lower()), right_of(route.endpoint)) for method in route.methods or ()
            )
        elif (router := getattr(route, "original_router", None)) is not None:
            yield from _rights(router.routes)


def _complete(document: dict[str, Any], rights: dict[tuple[str, str], Right]) -> None:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = _PROBLEM
    components["securitySchemes"] = _SCHEMES
    content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            right = rights[path, method]
            answers = operation["responses"]
            for status in _problems(path, method, right):
                answers[str(status.value)] = {"description": status.phrase, "content": content}
                if status in _LATER:
                    answers[str(status.value)]["headers"] = {"Retry-After": _SECONDS}
            if right is not Right.PUBLIC:
                open_too: list[dict[str, list[str]]] = [{}] if right in {Right.CHAT, Right.CUSTOMER} else []
                operation["security"] = [{"key": []}, {"key_header": []}, *open_too]


def _problems(path: str, method: str, right: Right) -> Iterator[HTTPStatus]:
    """What a route may refuse."""
    yield from (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)
    yield from (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    if "{" in path or right in {Right.CHAT, Right.CUSTOMER} or method == "post":
        yield HTTPStatus.NOT_FOUND
    if method in _CHANGES:
        yield from (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT)
    if method in _WITH_BODY:
        yield from (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT)
    if right is Right.CHAT:
        yield from (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT)
    if path.endswith("/reindex"):
        yield HTTPStatus.NOT_IMPLEMENTED
