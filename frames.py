"""The WebSocket frames of the wire contract (docs/protocol.md), as types. Members that we do not know are ignored."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from field_types import NOT_BLANK, PLAIN
from models import BrandId, ConversationId, FinishReason, MessageId, Product, Source, TurnError, utc_now

PROTOCOL_VERSION = "2.1"

MAX_MESSAGE_CHARS = 8_000
CONVERSATION_ID_PATTERN = r"^[A-Za-z0-9._:-]{1,128}$"


def _blank_as_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


GivenConversationId = Annotated[ConversationId, Field(pattern=CONVERSATION_ID_PATTERN)]
ChosenConversationId = Annotated[GivenConversationId | None, BeforeValidator(_blank_as_none)]


# --- Frames from the client ---

UserId = Annotated[str, Field(max_length=256), PLAIN]
# Longer than any that counts, so that whoever sends such a one is told what is wrong with it.
UserToken = Annotated[str, Field(max_length=8_192)]


MessageText = Annotated[str, Field(max_length=MAX_MESSAGE_CHARS), NOT_BLANK]


class ChatData(BaseModel):
    """A customer's message. `user_id` without a `user_token` is a label and grants nothing."""

    message: MessageText
    conversation_id: ChosenConversationId = None
    user_id: UserId | None = None
    voice: bool = False
    client_message_id: Annotated[str, Field(min_length=1, max_length=128), PLAIN] | None = None
    user_token: UserToken | None = None


class StopData(BaseModel):
    """Which conversation's running turn is to end."""

    conversation_id: GivenConversationId
    user_id: UserId | None = None
    user_token: UserToken | None = None


class ResumeData(BaseModel):
    """Where to go on reading. Without `message_id` the latest reply is meant."""

    conversation_id: GivenConversationId
    message_id: MessageId | None = None
    offset: Annotated[int, Field(ge=0)] = 0
    user_id: UserId | None = None
    user_token: UserToken | None = None


class InterruptData(BaseModel):
    """How much of a spoken reply was heard, in Unicode code points."""

    message_id: MessageId
    heard_chars: Annotated[int, Field(ge=0)]


class FeedbackData(BaseModel):
    """A customer's judgement of a reply."""

    message_id: MessageId
    rating: Literal["up", "down"]
    comment: Annotated[str, Field(max_length=2_000), PLAIN] | None = None


class ChatFrame(BaseModel):
    """Ask something."""

    type: Literal["chat"]
    data: ChatData


class PingFrame(BaseModel):
    """Are you there?"""

    type: Literal["ping"]


class StopFrame(BaseModel):
    """End the running turn."""

    type: Literal["stop"]
    data: StopData


class ResumeFrame(BaseModel):
    """Go on with a reply after a dropped connection."""

    type: Literal["resume"]
    data: ResumeData


class InterruptFrame(BaseModel):
    """The customer spoke into a spoken reply."""

    type: Literal["interrupt"]
    data: InterruptData


class FeedbackFrame(BaseModel):
    """Thumb up or down."""

    type: Literal["feedback"]
    data: FeedbackData


ClientFrame = Annotated[
    ChatFrame | PingFrame | StopFrame | ResumeFrame | InterruptFrame | FeedbackFrame, Field(discriminator="type")
]


# --- Frames from the server ---


class WelcomeData(BaseModel):
    """Sent once, on connecting."""

    message: str
    brand_id: BrandId
    brand_name: str
    protocol: str = PROTOCOL_VERSION
    appearance_settings: dict[str, Any] = {}


class ChunkData(BaseModel):
    """A piece of a reply. `next_offset` is where a resumed reading goes on."""

    content: str
    is_final: Literal[False] = False
    conversation_id: ConversationId
    suggested_products: None = None
    confidence_score: None = None
    message_id: MessageId
    next_offset: int


class CompleteData(BaseModel):
    """The end of a reply, once per turn, always."""

    content: Literal[""] = ""
    is_final: Literal[True] = True
    conversation_id: ConversationId
    suggested_products: list[Product]
    confidence_score: float | None
    message_id: MessageId
    next_offset: int
    finish_reason: FinishReason
    answered_by: str | None
    sources: list[Source]
    unsupported: list[str]
    error: TurnError | None = None


class ErrorData(BaseModel):
    """Something went wrong; `message` is a sentence for a person."""

    message: str
    code: str
    retry_after: float | None = None
    conversation_id: ConversationId | None = None
    message_id: MessageId | None = None


class PongData(BaseModel):
    """The answer to a ping."""

    timestamp: datetime


class TypingData(BaseModel):
    """True: the message is stored and being answered. False: the reply has ended."""

    conversation_id: ConversationId
    message_id: MessageId
    is_typing: bool


class ResumedData(BaseModel):
    """The answer to a resume; `recovered` false means the text is in the history."""

    conversation_id: ConversationId
    message_id: MessageId | None
    recovered: bool


class _ServerFrame(BaseModel):
    timestamp: datetime = Field(default_factory=utc_now)


class WelcomeFrame(_ServerFrame):
    """Carries WelcomeData."""

    type: Literal["welcome"] = "welcome"
    data: WelcomeData


class ChunkFrame(_ServerFrame):
    """Carries ChunkData."""

    type: Literal["chunk"] = "chunk"
    data: ChunkData


class CompleteFrame(_ServerFrame):
    """Carries CompleteData."""

    type: Literal["complete"] = "complete"
    data: CompleteData


class ErrorFrame(_ServerFrame):
    """Carries ErrorData."""

    type: Literal["error"] = "error"
    data: ErrorData


class PongFrame(_ServerFrame):
    """Carries PongData."""

    type: Literal["pong"] = "pong"
    data: PongData


class TypingFrame(_ServerFrame):
    """Carries TypingData."""

    type: Literal["typing"] = "typing"
    data: TypingData


class ResumedFrame(_ServerFrame):
    """Carries ResumedData."""

    type: Literal["resumed"] = "resumed"
    data: ResumedData


ServerFrame = WelcomeFrame | ChunkFrame | CompleteFrame | ErrorFrame | PongFrame | TypingFrame | ResumedFrame
