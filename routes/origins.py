"""Which web pages may call the REST endpoints: customers' from any page that is allowed, administration from none."""

import re
from contextlib import suppress
from functools import lru_cache, partial
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from errors import BrandNotFound
from models import BrandId
from routes.dependencies import Services
from routes.errors import problem

# What a shop's page asks and shows. On the other paths a page of another site can neither read nor change anything.
_ASKING = re.compile(r"^/(?:chat(?:/.*)?|(?:brands/[^/]+/)?(?:products/search|recommendations))$")
_READING = re.compile(r"^/(?:products|categories|brands(?:/active|/[^/]+/(?:products(?:/.*)?|categories))?)?$")
_BRAND = re.compile(r"^/(?:chat|brands)/(?P<brand>[^/]+)(?:/|$)")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


# Of so many different lists the header work is kept ready.
_KEPT_LISTS = 256

Allowed = frozenset[str]


def allowed_origins(services: Services, brand_id: BrandId) -> Allowed:
    """From which pages customers of a brand may come, in lower case; empty for any."""
    own: list[str] = []
    with suppress(BrandNotFound):
        own = services.brands.config(brand_id).settings.origins
    return frozenset(origin.lower() for origin in (*services.limits.allowed_origins, *own))


def is_allowed(headers: Headers, allowed: Allowed) -> bool:
    """Whether a request comes from a page of the list, to the letter, or from one of the server's own.

    `null` is no page; any page is in the list when there is none. What names no page is no page's.
    """
    origin = headers.get("origin")
    return not allowed or origin is None or origin.lower() in allowed or not _from_elsewhere(headers)


class CustomerOrigins:
    """ASGI middleware: CORS for what customers use; changes that come from another site's page are refused elsewhere.

    Args:
        app: what is wrapped.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._cors = lru_cache(_KEPT_LISTS)(partial(_cors, app))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        app = self._app
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            changes = scope["method"] not in _SAFE_METHODS
            if _ASKING.match(scope["path"]):
                allowed = _allowed(scope)
                if changes and not is_allowed(headers, allowed):
                    app = _refusal("This page is not one of those from which customers may come.")
                else:
                    app = self._cors(allowed, ("GET", "POST", "DELETE"))
            elif changes and _from_elsewhere(headers):
                app = _refusal("Administration is not open to the pages of other sites.")
            elif _READING.match(scope["path"]):
                app = self._cors(_allowed(scope), ("GET",))
        await app(scope, receive, send)


def _allowed(scope: Scope) -> Allowed:
    services: Services = scope["app"].state.services
    named = _BRAND.match(scope["path"])
    return allowed_origins(services, BrandId(named["brand"]) if named else services.default_brand)


def _refusal(sentence: str) -> ASGIApp:
    return problem(HTTPStatus.FORBIDDEN, "foreign_origin", sentence)


def _cors(app: ASGIApp, allowed: Allowed, methods: tuple[str, ...]) -> CORSMiddleware:
    return CORSMiddleware(
        app,
        allow_origins=sorted(allowed) or ("*",),
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
