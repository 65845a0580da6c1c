"""Which web pages may call the REST endpoints: customers' from any page that is allowed, administration from none."""

import re
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from routes.errors import problem

# What a shop's page asks and shows. On the other paths a page of another site can neither read nor change anything.
_ASKING = re.compile(r"^/(?:chat(?:/.*)?|(?:brands/[^/]+/)?(?:products/search|recommendations))$")
_READING = re.compile(r"^/(?:products|categories|brands(?:/active|/[^/]+/(?:products(?:/.*)?|categories))?)?$")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CustomerOrigins:
    """ASGI middleware: CORS for what customers use; changes that come from another site's page are refused elsewhere.

    Args:
        app: what is wrapped.
        allowed_origins: from which pages customers may come; empty for any.
    """

    def __init__(self, app: ASGIApp, *, allowed_origins: tuple[str, ...]) -> None:
        self._app = app
        self._asking = _cors(app, allowed_origins, ("GET", "POST", "DELETE"))
        self._reading = _cors(app, allowed_origins, ("GET",))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        app = self._app
        if scope["type"] == "http":
            if _ASKING.match(scope["path"]):
                app = self._asking
            elif scope["method"] not in _SAFE_METHODS and _from_elsewhere(Headers(scope=scope)):
                sentence = "Administration is not open to the pages of other sites."
                app = problem(HTTPStatus.FORBIDDEN, "foreign_origin", sentence)
            elif _READING.match(scope["path"]):
                app = self._reading
        await app(scope, receive, send)


def _cors(app: ASGIApp, allowed_origins: tuple[str, ...], methods: tuple[str, ...]) -> CORSMiddleware:
    return CORSMiddleware(
        app,
        allow_origins=allowed_origins or ("*",),
        allow_methods=methods,
        allow_headers=("Content-Type", "Authorization", "X-API-Key", "X-User-Token", "X-User-Id", "Idempotency-Key"),
        expose_headers=("X-Total-Count", "Retry-After"),
    )


def _from_elsewhere(headers: Headers) -> bool:
    """Whether a browser says that another site's page makes the request. Programs send neither header."""
    if headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
