"""Headers that tell browsers what an answer is not: a page to be framed, guessed at, or kept."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What is no page of ours runs nothing and stands in no frame.
_NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
_CREDENTIALS = ("authorization", "x-api-key", "x-user-token")


class PageHeaders:
    """ASGI middleware: sets what an answer has not set itself.

    Args:
        app: what is wrapped.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "no-referrer")
                headers.setdefault("X-Frame-Options", "DENY")
                headers.setdefault("Content-Security-Policy", _NO_PAGE)
                asked = Headers(scope=scope)
                if any(name in asked for name in _CREDENTIALS):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)
