"""What can go wrong, as types. Each knows its stable code, HTTP status and WebSocket close code.

ServiceError
├── InvalidInput                what was sent cannot be used; says what to change
│   ├── InvalidFrame            a WebSocket frame that is not one of ours
│   ├── UnreadableFile          an upload that holds no rows we can read
│   ├── UnusableDocument        a document that has no text, or more of it than can be kept
│   └── NotSupported            part of the protocol, not built yet
├── Unauthorized                nobody is known by what was shown, or nothing was; closes the socket with 1008
├── Forbidden                   whoever it is may not do that
├── NotFound
│   ├── KeyNotFound
│   ├── BrandNotFound           unknown, inactive or deleted; closes the socket with 1008
│   ├── ProductNotFound
│   ├── DocumentNotFound
│   ├── ConversationNotFound
│   └── UploadNotFound
├── Conflict
│   ├── AlreadyExists           an id that is taken
│   ├── ReadOnlyDocument        what the configuration says is changed there
│   ├── StaleVersion            somebody else edited in between
│   └── TurnInProgress          one turn runs per conversation
├── TooLarge                    over a size limit; closes the socket with 1009
├── OverCapacity                a cap is reached; try again later; closes with 1013
├── Unavailable                 the service cannot do it now
│   ├── BrandFileBroken         brands_config.json cannot be written safely
│   ├── VectorIndexBroken       vectors that cannot be read; they can be made again from the rows
│   └── Restarting              shutting down; closes with 1012
└── ModelError                  a language model did not answer
    ├── ModelUnreachable        refused, reset, DNS, TLS
    ├── ModelTimedOut           no connection, no first token, or a stall
    ├── ModelOverloaded         429 or 5xx; carries Retry-After
    ├── ModelRejected           our request, key or model name was refused
    └── ModelBroken             it answered with something that is no answer

StartError                      the process cannot start; its text is for the operator
"""

from enum import IntEnum
from http import HTTPStatus
from typing import ClassVar


class CloseCode(IntEnum):
    """WebSocket close codes that we send (RFC 6455 section 7.4.1 and the IANA registry)."""

    GOING_AWAY = 1001
    POLICY = 1008
    TOO_LARGE = 1009
    INTERNAL = 1011
    RESTARTING = 1012
    OVER_CAPACITY = 1013


class ServiceError(Exception):
    """A failure with a sentence that may be shown to whoever asked.

    Args:
        message: one sentence for a person; it holds no path, secret or library text.
        retry_after: seconds after which trying again makes sense, when that is known.
    """

    code: ClassVar[str] = "internal_error"
    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    close_code: ClassVar[CloseCode] = CloseCode.INTERNAL

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after


class InvalidInput(ServiceError):
    """What was sent cannot be used."""

    code = "invalid_request"
    status = HTTPStatus.BAD_REQUEST
    close_code = CloseCode.POLICY


class InvalidFrame(InvalidInput):
    """A WebSocket frame that is binary, not JSON, not an object, of unknown type, or has wrong members."""

    code = "invalid_frame"


class UnreadableFile(InvalidInput):
    """An uploaded file whose content is none of the formats that we read."""

    code = "unreadable_file"


class UnusableDocument(InvalidInput):
    """A document without text, or over a limit."""

    code = "unusable_document"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotSupported(InvalidInput):
    """A capability of the protocol that this version does not have."""

    code = "not_supported"
    status = HTTPStatus.NOT_IMPLEMENTED


class Unauthorized(ServiceError):
    """A key is needed, or the one that was shown counts no longer."""

    code = "unauthorized"
    status = HTTPStatus.UNAUTHORIZED
    close_code = CloseCode.POLICY


class Forbidden(ServiceError):
    """Whoever asks is known, and may not do that."""

    code = "forbidden"
    status = HTTPStatus.FORBIDDEN
    close_code = CloseCode.POLICY


class NotFound(ServiceError):
    """There is no such thing, or it is another brand's, which is the same."""

    code = "not_found"
    status = HTTPStatus.NOT_FOUND
    close_code = CloseCode.POLICY


class BrandNotFound(NotFound):
    """The brand is unknown, inactive or deleted."""

    code = "brand_not_found"


class KeyNotFound(NotFound):
    """The brand has no key of that id."""

    code = "key_not_found"


class IdentitySecretNotFound(NotFound):
    """The brand has no identity secret."""

    code = "identity_secret_not_found"


class ProductNotFound(NotFound):
    """The brand has no product of that id."""

    code = "product_not_found"


class DocumentNotFound(NotFound):
    """The brand has no document of that id."""

    code = "document_not_found"


class ConversationNotFound(NotFound):
    """The brand has no conversation of that id that the caller may see."""

    code = "conversation_not_found"


class UploadNotFound(NotFound):
    """No upload had that file name."""

    code = "upload_not_found"


class Conflict(ServiceError):
    """What was asked contradicts what is there."""

    code = "conflict"
    status = HTTPStatus.CONFLICT
    close_code = CloseCode.POLICY


class AlreadyExists(Conflict):
    """An explicit id that is taken."""

    code = "already_exists"


class ReadOnlyDocument(Conflict):
    """A document that is made from the brand's configuration."""

    code = "read_only_document"


class StaleVersion(Conflict):
    """An edit that was based on an older version than the current one."""

    code = "stale_version"


class TurnInProgress(Conflict):
    """A second message while the first is still being answered."""

    code = "turn_in_progress"


class TooLarge(ServiceError):
    """A body, frame or file over its limit."""

    code = "too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    close_code = CloseCode.TOO_LARGE


class OverCapacity(ServiceError):
    """A cap on connections or running turns is reached."""

    code = "over_capacity"
    status = HTTPStatus.TOO_MANY_REQUESTS
    close_code = CloseCode.OVER_CAPACITY


class RateLimited(OverCapacity):
    """Somebody does something too often."""

    code = "rate_limited"


class BudgetSpent(OverCapacity):
    """A brand's budget for today is used up."""

    code = "budget_spent"


class Unavailable(ServiceError):
    """The service is up but cannot do this now."""

    code = "unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    close_code = CloseCode.OVER_CAPACITY


class BrandFileBroken(Unavailable):
    """brands_config.json was broken by hand: the last good copy serves, and writes wait until it is mended."""

    code = "brand_file_broken"


class VectorIndexBroken(Unavailable):
    """A brand's vectors, or all of them, cannot be read. They are an index: dropped, they are made again from SQL."""

    code = "vector_index_broken"


class Restarting(Unavailable):
    """The process is shutting down and takes no new turns."""

    code = "restarting"
    close_code = CloseCode.RESTARTING


class ModelError(ServiceError):
    """A language model did not answer. Each kind has its own sentence; a vendor's words are never passed on."""

    code = "model_error"
    status = HTTPStatus.BAD_GATEWAY
    sentence: ClassVar[str] = "The language model did not answer."

    def __init__(self, message: str | None = None, *, retry_after: float | None = None) -> None:
        super().__init__(message or self.sentence, retry_after=retry_after)


class ModelUnreachable(ModelError):
    """The connection to the model's server failed."""

    code = "model_unreachable"
    sentence = "The language model's server cannot be reached."


class ModelTimedOut(ModelError):
    """No connection, no first token, or no further token in time."""

    code = "model_timeout"
    sentence = "The language model did not answer in time."
    status = HTTPStatus.GATEWAY_TIMEOUT


class ModelOverloaded(ModelError):
    """The model's server is rate limited or failing (429, 5xx)."""

    code = "model_overloaded"
    sentence = "The language model's server is overloaded or failing."
    status = HTTPStatus.SERVICE_UNAVAILABLE


class ModelRejected(ModelError):
    """The model's server refused our request, key or model name: trying again does not help."""

    code = "model_rejected"
    sentence = "The language model's server refused the request."


class ModelBroken(ModelError):
    """The model's server answered with something that is no answer, or broke off in the middle."""

    code = "model_broken"
    sentence = "The language model's reply broke off or could not be read."


class VaultBroken(Exception):
    """What was sealed cannot be opened: SECRET_KEY is another one than then, or the text was changed."""


class StartError(Exception):
    """The process cannot start; the text tells the operator what to change."""
