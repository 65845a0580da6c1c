"""The bytes of a streamed chat completion, read without I/O: server-sent events with JSON, as OpenAI defined them."""

from typing import Any, Final

import orjson

from errors import ModelBroken, ModelError, ModelOverloaded, ModelRejected
from models import FinishReason
from providers.base import Completion

# An event is a few hundred bytes; a line longer than this is no event stream.
MAX_LINE_BYTES = 1 << 20


QUOTA_USED_UP = "insufficient_quota"  # a 429 that waiting does not cure

# What servers write into `code` or `type` of an error object inside a stream.
_OVERLOADED: Final = {"server_error", "rate_limit_error", "rate_limit_exceeded", "overloaded_error"} | {
    str(status) for status in (429, 500, 502, 503, 504, 529)
}
_REJECTED: Final = {"invalid_request_error", "authentication_error", "permission_error", QUOTA_USED_UP} | {
    str(status) for status in (400, 401, 402, 403, 404, 413, 422)
}

# The finish reasons that leave the text incomplete: the token limit, and the server's content filter.
_CUT_SHORT: Final = {"length", "content_filter"}


class ReplyParser:
    """Text, finish reason and usage out of the bytes of a streamed chat completion, however they are cut. No I/O.

    Server-sent events, of which every OpenAI-compatible server puts one on one `data:` line; that line is taken as soon
    as it is whole. Comments, other fields and blank lines are passed over.

    Attributes:
        failure: what made the stream unusable; text before it has been returned.
        done: `[DONE]` was read.
        finish_reason: why the model ended, once it has said so.
        prompt_tokens: as the server counted them; None when it has not.
        completion_tokens: likewise.
    """

    def __init__(self) -> None:
        self.failure: ModelError | None = None
        self.done = False
        self.finish_reason: FinishReason | None = None
        self.prompt_tokens: int | None = None
        self.completion_tokens: int | None = None
        self._rest = b""

    @property
    def ended(self) -> bool:
        """Nothing further will be read."""
        return self.done or self.failure is not None

    def feed(self, data: bytes) -> str:
        """The text of all events that these bytes complete, joined; empty when they hold none."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        texts: list[str] = []
        for line in lines:
            if self.ended:
                return "".join(texts)
            if len(line) > MAX_LINE_BYTES:
                self.failure = ModelBroken()
            elif line.startswith(b"data:"):
                texts.append(self._read_line(line))
        if len(self._rest) > MAX_LINE_BYTES and not self.ended:
            self.failure = ModelBroken()
        return "".join(texts)

    def feed_eof(self) -> str:
        """The text of a last line that no line end follows."""
        return self.feed(b"\n")

    def completion(self) -> Completion:
        """How the reply ended.

        Raises:
            ModelError: it holds an error, cannot be read, or ended without `[DONE]` and finish reason.
        """
        if self.failure is not None:
            raise self.failure
        if not self.done and self.finish_reason is None:
            raise ModelBroken
        return Completion(self.finish_reason or FinishReason.STOP, self.prompt_tokens, self.completion_tokens)

    def _read_line(self, line: bytes) -> str:
        payload = line[5:]
        try:
            return self._read_event(orjson.loads(payload))
        except (ValueError, LookupError, TypeError, AttributeError):
            # [DONE] is no JSON; it comes once, so that the usual line pays nothing for it.
            payload = payload.strip()
            if payload == b"[DONE]":
                self.done = True
            elif payload:
                self.failure = ModelBroken()
        return ""

    def _read_event(self, event: Any) -> str:  # noqa: ANN401 -- whatever JSON the server sends
        text = ""
        if choices := event.get("choices"):
            choice = choices[0]
            content = (choice.get("delta") or {}).get("content")
            # Null beside a role or a tool call; a list where a reasoning model thinks aloud, which is no reply.
            if isinstance(content, str):
                text = content
            if reason := choice.get("finish_reason"):
                self.finish_reason = FinishReason.LENGTH if reason in _CUT_SHORT else FinishReason.STOP
        if usage := event.get("usage"):
            self.prompt_tokens = usage.get("prompt_tokens")
            self.completion_tokens = usage.get("completion_tokens")
        if error := event.get("error"):
            self.failure = _stream_error(error)
        return text


def _stream_error(error: object) -> ModelError:
    said = {str(error.get(key)) for key in ("code", "type")} if isinstance(error, dict) else set()
    if said & _REJECTED:
        return ModelRejected()
    return ModelOverloaded() if said & _OVERLOADED else ModelBroken()
