"""An OpenAI-compatible server: its connections, and the names of what goes wrong with them.

The only module that imports openai (about a second), so import what stands on it where such a server is wanted.

The SDK gives the connections, the headers and the names of errors; requests are sent as bytes and replies are read as
bytes, since its typed way costs CPU: `chat.completions.create`, which walks the messages, 8 ms for a window of 18, and
its way of building a request from options 1.3 ms.
"""

import ipaddress
import time
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Final

import aiohttp
import httpx2
import openai
import orjson

from errors import ModelBroken, ModelError, ModelOverloaded, ModelRejected, ModelTimedOut, ModelUnreachable
from providers.openai_stream import QUOTA_USED_UP

DEFAULT_BASE_URL = "https://api.openai.com/v1"

# A server that listens accepts within one round trip; 5 s leaves room for two lost SYNs (1 s and 3 s).
CONNECT_TIMEOUT_S = 5.0

# Above every cap on running turns. It must be a number: None becomes aiohttp's own 100.
MAX_CONNECTIONS = 10_000
KEEPALIVE_S = 30.0

_UNUSED_KEY = "unused"  # servers of one's own want none, and the SDK insists on one
# A compressing proxy would hold tokens back until a block is full.
_HEADERS: Final = {"Accept-Encoding": "identity"}


class ConnectTimedOut(ModelTimedOut):
    """No connection in time: nothing was asked yet, so asking again is harmless."""

    sentence = "The language model's server did not take the connection in time."


# Every exception of the SDK that a chat request can raise, and what surfaces of its transport, which the SDK passes on
# while the body is read, and wraps before that (a refused connection as APITimeoutError, whose cause tells).
ERRORS: Final[Mapping[type[BaseException], type[ModelError]]] = {
    openai.BadRequestError: ModelRejected,
    openai.AuthenticationError: ModelRejected,
    openai.OAuthError: ModelRejected,
    openai.PermissionDeniedError: ModelRejected,
    openai.NotFoundError: ModelRejected,
    openai.UnprocessableEntityError: ModelRejected,
    openai.ConflictError: ModelOverloaded,  # a lock that was not free in time
    openai.RateLimitError: ModelOverloaded,
    openai.InternalServerError: ModelOverloaded,
    openai.APIStatusError: ModelRejected,  # statuses without a class of their own: 3xx, 402, 413, ...
    openai.APITimeoutError: ModelTimedOut,
    openai.APIConnectionError: ModelUnreachable,
    openai.APIResponseValidationError: ModelBroken,
    openai.APIError: ModelBroken,
    openai.OpenAIError: ModelBroken,
    aiohttp.ConnectionTimeoutError: ConnectTimedOut,
    aiohttp.ServerTimeoutError: ModelTimedOut,
    aiohttp.ClientPayloadError: ModelBroken,  # the body ended early
    aiohttp.ClientResponseError: ModelBroken,  # not HTTP, or broken chunks
    aiohttp.ClientError: ModelUnreachable,
    httpx2.TimeoutException: ModelTimedOut,
    httpx2.DecodingError: ModelBroken,
    httpx2.HTTPError: ModelUnreachable,
    TimeoutError: ModelTimedOut,
    OSError: ModelUnreachable,
    RuntimeError: ModelBroken,  # aiohttp, asked for more of a body whose connection it has closed
}
SURFACING = (openai.OpenAIError, httpx2.HTTPError, aiohttp.ClientError, OSError)

# --- Errors and retries ---


def model_error(error: BaseException) -> ModelError:
    """Our error for one of the SDK or its transport, in words of our own.

    What aiohttp raised decides where there is such a cause: above it the SDK says APITimeoutError even for connections
    that were refused.
    """
    if isinstance(error, openai.RateLimitError) and error.code == QUOTA_USED_UP:
        return ModelRejected()
    retry_after = retry_after_s(error.response.headers) if isinstance(error, openai.APIStatusError) else None
    kind: type[ModelError] = ModelBroken
    cause: BaseException | None = error
    while cause is not None:
        kind = next((ERRORS[base] for base in type(cause).__mro__ if base in ERRORS), kind)
        cause = None if isinstance(cause, aiohttp.ClientError | OSError) else cause.__cause__
    return kind(retry_after=retry_after)


_STATUS_ERRORS: Final[Mapping[int, type[openai.APIStatusError]]] = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    409: openai.ConflictError,
    422: openai.UnprocessableEntityError,
    429: openai.RateLimitError,
}


async def _status_error(response: httpx2.Response) -> openai.APIStatusError:
    """The SDK's exception for a response that is no reply."""
    try:
        content = await response.aread()
    finally:
        await response.aclose()
    try:
        body = orjson.loads(content)
    except ValueError:
        body = None
    said = body.get("error", body) if isinstance(body, dict) else body
    other = openai.InternalServerError if response.is_server_error else openai.APIStatusError
    kind = _STATUS_ERRORS.get(response.status_code, other)
    return kind(f"status {response.status_code}", response=response, body=said)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The pause in seconds that a server asks for (RFC 9110 section 10.2.3, and OpenAI's `retry-after-ms`)."""
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        with suppress(ValueError):
            seconds = float(headers.get(name, "")) * unit
            if isfinite(seconds):
                return max(0.0, seconds)
    with suppress(ValueError):
        return max(0.0, parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time())
    return None


def pause_before_retry(error: Exception, longest_s: float) -> bool | float:
    """Stamina's question: whether to try again, and after how many seconds (True: its own backoff).

    A server that asks for more than `longest_s` seconds is not asked again.
    """
    if isinstance(error, ModelOverloaded) and error.retry_after is not None:
        return error.retry_after if error.retry_after <= longest_s else False
    return isinstance(error, ModelUnreachable | ModelOverloaded | ConnectTimedOut)


class OpenAIServer:
    """Connections to one server.

    Args:
        base_url: up to and including `/v1`; None is OpenAI's own.
        api_key: None for servers that want none.
        connect_timeout_s: seconds for a connection, TLS included. Reading has no time-out: whoever asks has one.
    """

    def __init__(
        self, base_url: str | None, api_key: str | None, *, connect_timeout_s: float = CONNECT_TIMEOUT_S
    ) -> None:
        base_url = base_url or DEFAULT_BASE_URL
        self._http = openai.DefaultAioHttpClient(
            timeout=httpx2.Timeout(None, connect=connect_timeout_s),
            limits=httpx2.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=KEEPALIVE_S),
            mounts=_without_proxy(base_url),
        )
        self._client = openai.AsyncOpenAI(
            api_key=api_key or _UNUSED_KEY, base_url=base_url, max_retries=0, http_client=self._http
        )
        given = {**self._client.default_headers, **self._client.auth_headers, **_HEADERS}
        self._headers = httpx2.Headers({name: value for name, value in given.items() if isinstance(value, str)})

    async def post(self, path: str, body: bytes) -> httpx2.Response:
        """Send JSON; the response's headers are in, and whoever holds it reads its body and closes it.

        Raises:
            ModelError: there is no response, or one that says that something is wrong.
        """
        try:
            url = self._client.base_url.join(path)
            request = self._http.build_request("POST", url, headers=self._headers, content=body)
            response = await self._http.send(request, stream=True)
            if response.is_error or response.is_redirect:
                raise await _status_error(response)
        except SURFACING as error:
            raise model_error(error) from error
        return response

    async def aclose(self) -> None:
        """Close the connections; replies still being read break off."""
        await self._client.close()


def _without_proxy(base_url: str) -> dict[str, None] | None:
    """The transport map that lets a server on this machine be reached directly, whatever HTTP_PROXY says."""
    host = httpx2.URL(base_url).host
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return None
    return {f"all://[{host}]" if ":" in host else f"all://{host}": None} if is_loopback else None
