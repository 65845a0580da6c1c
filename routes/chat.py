"""Chat, over WebSocket and over REST."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, WebSocket
from pydantic import BaseModel, ConfigDict

from acting import acting
from auth_service import Right
from chatbot_service import Question
from errors import ModelError
from field_types import Timestamp
from frames import ChatData, GivenConversationId
from live.base import ReplyPiece
from models import Brand, BrandId, ConversationId, FinishReason, MessageId, Product, Role, Source
from routes.addresses import quota_of
from routes.brands import Said
from routes.chat_socket import ChatSocket
from routes.dependencies import ActiveBrand, KnownBrand, PageDep, Services, ServicesDep, get_services
from routes.idempotency import IdempotentRoute
from routes.rights import PrincipalDep, caller_of, known_person, needs, principal

router = APIRouter(tags=["chat"], route_class=IdempotentRoute)

ConversationInPath = Annotated[GivenConversationId, Path()]


class ChatRequest(ChatData):
    """A customer's message."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"message": "I need a powerful laptop for video editing under $2,000"}]}
    )


class ChatResponse(BaseModel):
    """The whole reply."""

    response: str
    conversation_id: ConversationId
    suggested_products: list[Product]
    confidence_score: float | None
    message_id: MessageId
    finish_reason: FinishReason
    answered_by: str | None
    sources: list[Source]
    unsupported: list[str]


class HistoryMessage(BaseModel):
    """One message of a conversation."""

    role: Role
    content: str
    timestamp: Timestamp
    message_id: MessageId


class HistoryView(BaseModel):
    """A conversation."""

    conversation_id: ConversationId
    brand_id: BrandId
    messages: list[HistoryMessage]


class ConversationSummary(BaseModel):
    """A conversation in a list."""

    conversation_id: ConversationId
    user_id: str | None
    created_at: Timestamp
    updated_at: Timestamp
    message_count: int


class Conversations(BaseModel):
    """Conversations, the latest first."""

    brand_id: BrandId
    conversations: list[ConversationSummary]


@router.websocket("/ws/chat/{brand_id:path}")  # no id has a slash, and whoever sends one is told so
@router.websocket("/ws/chat/{brand_id}")  # tried first: a path's pattern drops a line end
@needs(Right.CHAT)
async def chat_socket(websocket: WebSocket, brand_id: str) -> None:
    """Chat; docs/protocol.md has the frames."""
    await ChatSocket(websocket, get_services(websocket), BrandId(brand_id), voice=False).serve()


@router.websocket("/ws/voice/{brand_id:path}")
@router.websocket("/ws/voice/{brand_id}")
@needs(Right.CHAT)
async def voice_socket(websocket: WebSocket, brand_id: str) -> None:
    """The same, for replies that are spoken."""
    await ChatSocket(websocket, get_services(websocket), BrandId(brand_id), voice=True).serve()


@router.post("/chat/{brand_id}")
@needs(Right.CHAT)
async def chat(services: ServicesDep, brand: ActiveBrand, body: ChatRequest, request: Request) -> ChatResponse:
    """Ask something, and wait for the whole reply."""
    return await answer(services, brand, body, request)


@router.get("/chat/{brand_id}/history/{conversation_id}")
@needs(Right.CUSTOMER)
async def get_history(
    services: ServicesDep, who: PrincipalDep, brand: KnownBrand, conversation_id: ConversationInPath
) -> HistoryView:
    """What was said in a conversation."""
    history = await services.conversations.history(brand.id, caller_of(who), conversation_id)
    messages = [
        HistoryMessage(role=row.role, content=row.content, timestamp=row.created_at, message_id=row.id)
        for row in history.messages
    ]
    return HistoryView(conversation_id=conversation_id, brand_id=brand.id, messages=messages)


@router.delete("/chat/{brand_id}/{conversation_id}")
@needs(Right.CUSTOMER)
async def delete_conversation(
    services: ServicesDep, who: PrincipalDep, brand: KnownBrand, conversation_id: ConversationInPath
) -> Said:
    """Erase a conversation."""
    await services.chatbot.delete_conversation(brand.id, caller_of(who), conversation_id)
    return Said(message=f"Conversation '{conversation_id}' deleted successfully")


@router.get("/brands/{brand_id}/conversations")
@needs(Right.READ)
async def list_conversations(services: ServicesDep, brand: KnownBrand, page: PageDep) -> Conversations:
    """The brand's conversations, the latest first."""
    found, total = await services.conversations.page(brand.id, limit=page.limit, offset=page.offset)
    page.tell_total(total)
    summaries = [
        ConversationSummary(
            conversation_id=row.id,
            user_id=row.user_id,
            created_at=row.created_at,
            updated_at=row.updated_at,
            message_count=count,
        )
        for row, count in found
    ]
    return Conversations(brand_id=brand.id, conversations=summaries)


async def answer(services: Services, brand: Brand, body: ChatData, request: Request) -> ChatResponse:
    """Run one turn to its end. The legacy route shares it.

    Raises:
        ModelError: nothing at all was answered.
        Unauthorized: the message's `user_token` proves nobody, or the brand wants to know who asks.
    """
    known = known_person(services, principal(request), brand.id, body.user_token, body.user_id)
    question = Question(
        text=body.message,
        conversation_id=body.conversation_id,
        user_id=body.user_id,
        client_message_id=body.client_message_id,
        voice=body.voice,
        address=quota_of(acting().address),
    )
    await services.rates.on_message(brand.id, known, acting().address)
    turn = await services.chatbot.start_turn(brand, caller_of(known), question)
    text: list[str] = []
    async for event in turn.log.follow():
        if isinstance(event, ReplyPiece):
            text.append(event.text)
            continue
        if event.error and not text:
            raise ModelError(event.error.message, retry_after=event.error.retry_after)
        return ChatResponse(
            response="".join(text),
            conversation_id=turn.conversation_id,
            suggested_products=event.suggested_products,
            confidence_score=event.confidence_score,
            message_id=turn.message_id,
            finish_reason=event.finish_reason,
            answered_by=event.answered_by,
            sources=event.sources,
            unsupported=event.unsupported,
        )
    raise RuntimeError("a reply always ends with its outcome")
