"""The OpenAPI document with what every route may answer besides: problems, by what the route asks and takes."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from auth_service import Right
from routes.errors import PROBLEM_TYPE
from routes.rights import every_route, right_of

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
# By the server before any route: for a person, not a program.
_TOO_LONG = (HTTPStatus.REQUEST_URI_TOO_LONG, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
_WORDS = {"text/plain": {"schema": {"type": "string"}}}
_WITH_BODY = frozenset({"post", "put", "patch"})
_CHANGES = _WITH_BODY | {"delete"}


def describe(app: FastAPI) -> None:
    """Let the application, with all its routes, give the whole document."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            rights = {
                (route.path_format, method.lower()): right_of(route.endpoint)
                for route in every_route(app.routes)
                for method in route.methods or ()
            }
            _complete(document, rights)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way


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
            _require(operation, schemas)
            answers = operation["responses"]
            for status in _problems(path, method, right):
                answers[str(status.value)] = {"description": status.phrase, "content": content}
                if status in _LATER:
                    answers[str(status.value)]["headers"] = {"Retry-After": _SECONDS}
            for status in _TOO_LONG:
                answers[str(status.value)] = {"description": status.phrase, "content": _WORDS}
            if right is not Right.PUBLIC:
                open_too: list[dict[str, list[str]]] = [{}] if right in {Right.CHAT, Right.CUSTOMER} else []
                operation["security"] = [{"key": []}, {"key_header": []}, *open_too]


def _require(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Say that a body with required members is required.

    It may be left out by those who send v2.0's query parameters instead, which the document does not offer.
    """
    for media in operation.get("requestBody", {}).get("content", {}).values():
        match media["schema"]:
            case {"anyOf": [{"$ref": str(reference)} as body, {"type": "null"}]}:
                if schemas[reference.rpartition("/")[2]].get("required"):
                    media["schema"] = body
                    operation["requestBody"]["required"] = True


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
