"""Which web pages may call the REST endpoints that customers use (CORS)."""

import re

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

# Chat, search and what a shop's page shows. Administration is not called from other sites' pages.
_CUSTOMER_PATHS = re.compile(
    r"^/(?:chat(?:/.*)?|products(?:/search)?|categories|recommendations|"
    r"brands(?:/active|/[^/]+/(?:products(?:/search)?|categories|recommendations))?)?$"
)


class CustomerOrigins:
    """ASGI middleware: CORS for what customers use, none for the rest.

    Args:
        app: what is wrapped.
        allowed_origins: from which pages; empty for any.
    """

    def __init__(self, app: ASGIApp, *, allowed_origins: tuple[str, ...]) -> None:
        self._app = app
        self._with_cors = CORSMiddleware(
            app,
            allow_origins=allowed_origins or ("*",),
            allow_methods=("GET", "POST"),
            allow_headers=("Content-Type", "Authorization", "X-API-Key", "Idempotency-Key"),
            expose_headers=("X-Total-Count", "Retry-After"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_customer = scope["type"] == "http" and _CUSTOMER_PATHS.match(scope["path"])
        await (self._with_cors if is_customer else self._app)(scope, receive, send)
