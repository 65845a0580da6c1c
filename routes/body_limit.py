"""Bodies are counted as they stream, and refused as soon as they are too large."""

import asyncio
import re
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from errors import TooLarge
from routes.errors import service_problem

_UPLOAD = re.compile(r"/upload/[^/]+$")

# A multipart body is a little larger than the file in it.
_MULTIPART_ROOM = 64 * 1024


# So many seconds may pass until something more of a body comes, and until it is whole: 100 MiB at 1 Mbit/s.
PART_S = 30.0
BODY_S = 15 * 60.0

_TOO_SLOW = "The body did not come within the time allowed."


class BodyLimit:
    """ASGI middleware.

    Args:
        app: what is wrapped.
        body_bytes: the largest body.
        upload_bytes: the largest file in an upload.
    """

    def __init__(self, app: ASGIApp, *, body_bytes: int, upload_bytes: int) -> None:
        self._app = app
        self._body_bytes = body_bytes
        self._upload_bytes = upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._body_bytes
        if _UPLOAD.search(scope["path"]):
            limit = self._upload_bytes + _MULTIPART_ROOM
        message = f"The body is larger than {limit:,} bytes; send it in smaller parts."
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > limit:
            await service_problem(TooLarge(message))(scope, receive, send)
            return
        received = 0
        is_whole = False
        loop = asyncio.get_running_loop()
        ends = loop.time() + BODY_S

        async def counted() -> Message:
            nonlocal received, is_whole
            if is_whole:
                return await receive()  # that the client goes away
            try:
                async with asyncio.timeout_at(min(loop.time() + PART_S, ends)):
                    part = await receive()
            except TimeoutError:
                raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, _TOO_SLOW, {"Connection": "close"}) from None
            is_whole = not part.get("more_body", False)
            received += len(part.get("body", b""))
            if received > limit:
                # FastAPI turns any other exception while it reads a body into a 400.
                raise HTTPException(TooLarge.status, message)
            return part

        await self._app(scope, counted, send)
