"""One customer's socket: frames in, frames out. It follows reply logs; the turns themselves belong to the chatbot."""

import asyncio
import secrets
from typing import assert_never

import structlog
from fastapi import WebSocket, WebSocketDisconnect
from pydantic import TypeAdapter, ValidationError

from auth_service import CUSTOMER, Right
from chatbot_service import Question
from conversation_service import Caller
from errors import (
    BrandNotFound,
    CloseCode,
    Forbidden,
    InvalidFrame,
    NotSupported,
    OverCapacity,
    RateLimited,
    ServiceError,
    TooLarge,
    Unauthorized,
)
from frames import (
    ChatData,
    ChatFrame,
    ChunkData,
    ChunkFrame,
    ClientFrame,
    CompleteData,
    CompleteFrame,
    ErrorData,
    ErrorFrame,
    FeedbackFrame,
    InterruptFrame,
    PingFrame,
    PongData,
    PongFrame,
    ResumeData,
    ResumedData,
    ResumedFrame,
    ResumeFrame,
    ServerFrame,
    StopData,
    StopFrame,
    TypingData,
    TypingFrame,
    WelcomeData,
    WelcomeFrame,
)
from live.base import Reply, ReplyPiece
from models import Brand, BrandId, ConversationId, MessageId, OwnerId, TurnOutcome, utc_now
from routes.addresses import client_address, quota_of
from routes.dependencies import Services
from routes.origins import allowed_origins, is_allowed
from routes.rights import admit, credential_of, known_person

logger = structlog.get_logger(__name__)

SUBPROTOCOL = "chat.v2"

# A socket without a frame from the client for so long is closed (1001).
IDLE_TIMEOUT_S = 30 * 60.0

# So many unusable frames in a row close the socket (1008).
BAD_FRAMES_IN_A_ROW = 10

_FRAMES: TypeAdapter[ClientFrame] = TypeAdapter(ClientFrame)


class ChatSocket:
    """Serves one WebSocket connection.

    Args:
        websocket: the connection, not yet accepted.
        services: what it may call.
        brand_id: the brand in the path.
        voice: replies will be spoken, whatever the frames say.
    """

    def __init__(self, websocket: WebSocket, services: Services, brand_id: BrandId, *, voice: bool) -> None:
        self._websocket = websocket
        self._services = services
        self._brand_id = brand_id
        self._voice = voice
        self._address = client_address(websocket, services.limits.trusted_proxies)
        self._caller = Caller(OwnerId(f"socket:{secrets.token_hex(16)}"))
        self._principal = CUSTOMER
        self._following: dict[MessageId, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        """Talk until either side ends it."""
        if not self._origin_allowed():
            await self._websocket.close()  # before the handshake's end this is a 403
            return
        offered = self._websocket.scope.get("subprotocols", [])
        await self._websocket.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in offered else None)
        try:
            await self._services.rates.on_socket(self._address)
            self._principal = await admit(self._websocket, self._services, Right.CHAT, self._brand_id, self._address)
            brand = self._services.brands.get_active(self._brand_id)
            async with self._services.connections.admit(brand.id, self._address, self):
                await self._talk(brand)
        except (BrandNotFound, OverCapacity, Unauthorized, Forbidden) as error:
            await self._refuse(error)
        except WebSocketDisconnect:
            pass
        except Exception:  # whatever fails, the client is told and the socket closed as the protocol says
            logger.exception("socket failed", brand=self._brand_id)
            await self._refuse(ServiceError("Something went wrong on our side; please try again."))
        finally:
            for follower in self._following.values():
                follower.cancel()
            await asyncio.gather(*self._following.values(), return_exceptions=True)

    @property
    def key_id(self) -> str | None:
        """Of the key that opened this socket."""
        return self._principal.key_id

    async def end(self, code: CloseCode, reason: str) -> None:
        """The process ends: let the followers send what has been said, then close."""
        if self._following:
            await asyncio.wait(self._following.values())
        await self._close(code, reason)

    # --- Reading ---

    async def _talk(self, brand: Brand) -> None:
        config = self._services.brands.config(brand.id)
        welcome = WelcomeData(
            message=config.welcome_message,
            brand_id=brand.id,
            brand_name=brand.name,
            appearance_settings=config.appearance_settings,
        )
        await self._send(WelcomeFrame(data=welcome))
        bad_frames = 0
        while True:
            patience_s = self._patience_s()
            try:
                async with asyncio.timeout(patience_s):
                    frame = await self._receive()
                await self._services.rates.on_frame(self._caller.owner)
            except TimeoutError:
                self._check_key()
                if patience_s < IDLE_TIMEOUT_S:
                    continue  # the timer was a moment ahead of the clock
                await self._close(CloseCode.GOING_AWAY, "idle")
                return
            except TooLarge as error:
                await self._refuse(error)
                return
            except RateLimited as error:
                await self._send_error(error)
                await self._close(CloseCode.POLICY, "a flood of frames")
                return
            except InvalidFrame as error:
                await self._send_error(error)
                bad_frames += 1
                if bad_frames == BAD_FRAMES_IN_A_ROW:
                    await self._close(CloseCode.POLICY, "too many frames that are none of the protocol's")
                    return
                continue
            bad_frames = 0
            self._check_key()
            await self._handle(brand.id, frame)

    def _patience_s(self) -> float:
        """How long to wait for a frame: until the socket counts as idle, or until its key or session expires."""
        if (expires_at := self._principal.expires_at) is None:
            return IDLE_TIMEOUT_S
        return min(IDLE_TIMEOUT_S, max(0.0, (expires_at - utc_now()).total_seconds()))

    def _check_key(self) -> None:
        if not self._services.auth.holds(self._principal):
            raise Unauthorized("The key or session that opened this connection has expired or was revoked.")

    def _identify(self, brand_id: BrandId, data: ChatData | StopData | ResumeData) -> Caller:
        """Who says this. Who has once proved who they are need not do so again on the same socket.

        Raises:
            Unauthorized: the token proves nobody, or the brand wants to know who asks.
        """
        self._principal = known_person(self._services, self._principal, brand_id, data.user_token, data.user_id)
        return Caller.person(self._principal.user) if self._principal.user is not None else self._caller

    async def _receive(self) -> ClientFrame:
        """The next frame.

        Raises:
            InvalidFrame: it is binary, not JSON, not an object, of unknown type, or has wrong members.
            TooLarge: it has too many bytes.
            WebSocketDisconnect: the client has gone.
        """
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006))
        text = message.get("text")
        if text is None:
            raise InvalidFrame("Frames are text; this one is binary.")
        limit = self._services.limits.frame_bytes
        if len(text) > limit or len(text.encode("utf-8", "surrogatepass")) > limit:
            raise TooLarge(f"A frame has at most {limit:,} bytes.")
        try:
            return _FRAMES.validate_json(text)
        except ValidationError as error:
            raise InvalidFrame(_reason(error)) from None

    async def _handle(self, brand_id: BrandId, frame: ClientFrame) -> None:
        conversation_id: ConversationId | None = None
        try:
            match frame:
                case PingFrame():
                    await self._send(PongFrame(data=PongData(timestamp=utc_now())))
                case ChatFrame(data=data):
                    conversation_id = data.conversation_id
                    await self._chat(brand_id, data)
                case StopFrame(data=data):
                    conversation_id = data.conversation_id
                    await self._services.chatbot.stop(brand_id, self._identify(brand_id, data), data.conversation_id)
                case ResumeFrame(data=data):
                    conversation_id = data.conversation_id
                    await self._resume(brand_id, data)
                case InterruptFrame() | FeedbackFrame():
                    raise NotSupported(f"'{frame.type}' frames are not supported by this version.")
                case _:
                    assert_never(frame)
        except ServiceError as error:
            if isinstance(error, Unauthorized):
                await self._services.rates.on_wrong_key(self._address)
            await self._send_error(error, conversation_id)

    async def _chat(self, brand_id: BrandId, data: ChatData) -> None:
        question = Question(
            text=data.message,
            conversation_id=data.conversation_id,
            user_id=data.user_id,
            client_message_id=data.client_message_id,
            voice=data.voice or self._voice,
            address=quota_of(self._address),
        )
        # Asked of the brand as it is now: it may have been switched off since the socket was opened.
        brand = self._services.brands.get_active(brand_id)
        caller = self._identify(brand_id, data)
        await self._services.rates.on_message(brand_id, self._principal, self._address, connection=self._caller.owner)
        turn = await self._services.chatbot.start_turn(brand, caller, question)
        typing = TypingData(conversation_id=turn.conversation_id, message_id=turn.message_id, is_typing=True)
        await self._send(TypingFrame(data=typing))
        self._follow(turn.conversation_id, turn.log, 0)

    async def _resume(self, brand_id: BrandId, data: ResumeData) -> None:
        message_id, reply = await self._services.chatbot.resume(
            brand_id, self._identify(brand_id, data), data.conversation_id, data.message_id
        )
        if reply is not None and data.offset > reply.length:
            raise InvalidFrame("The offset is not one that this reply has given out; use the last next_offset.")
        resumed = ResumedData(conversation_id=data.conversation_id, message_id=message_id, recovered=reply is not None)
        await self._send(ResumedFrame(data=resumed))
        if reply is not None:
            self._follow(data.conversation_id, reply, data.offset)

    # --- Writing ---

    def _follow(self, conversation_id: ConversationId, reply: Reply, offset: int) -> None:
        """Send a reply from an offset on. A socket follows a reply once: a new start replaces the old one."""
        if earlier := self._following.pop(reply.message_id, None):
            earlier.cancel()
        task = asyncio.create_task(self._send_reply(conversation_id, reply, offset))
        self._following[reply.message_id] = task
        task.add_done_callback(lambda done: self._forget(reply.message_id, done))

    def _forget(self, message_id: MessageId, task: asyncio.Task[None]) -> None:
        if self._following.get(message_id) is task:
            del self._following[message_id]
        if not task.cancelled() and (error := task.exception()):
            logger.error("socket could not follow a reply", brand=self._brand_id, exc_info=error)

    async def _send_reply(self, conversation_id: ConversationId, reply: Reply, offset: int) -> None:
        try:
            async for event in reply.follow(offset):
                match event:
                    case ReplyPiece():
                        offset = event.next_offset
                        chunk = ChunkData(
                            content=event.text,
                            conversation_id=conversation_id,
                            message_id=reply.message_id,
                            next_offset=offset,
                        )
                        await self._send(ChunkFrame(data=chunk))
                    case TurnOutcome():
                        await self._send_end(conversation_id, reply.message_id, offset, event)
                    case _:
                        assert_never(event)
        except WebSocketDisconnect:
            return  # the log keeps the rest for a resume

    async def _send_end(
        self, conversation_id: ConversationId, message_id: MessageId, offset: int, outcome: TurnOutcome
    ) -> None:
        # v2.0's clients stop reading a reply at `error`, and would take the `complete` of this one for the next one's.
        # So it is sent only where there is no text that they could show; `complete` has the reason in any case.
        if outcome.error and offset == 0:
            data = ErrorData(**outcome.error.model_dump(), conversation_id=conversation_id, message_id=message_id)
            await self._send(ErrorFrame(data=data))
        typing = TypingData(conversation_id=conversation_id, message_id=message_id, is_typing=False)
        await self._send(TypingFrame(data=typing))
        complete = CompleteData(
            conversation_id=conversation_id,
            message_id=message_id,
            next_offset=offset,
            suggested_products=outcome.suggested_products,
            confidence_score=outcome.confidence_score,
            finish_reason=outcome.finish_reason,
            answered_by=outcome.answered_by,
            sources=outcome.sources,
            unsupported=outcome.unsupported,
            error=outcome.error,
        )
        await self._send(CompleteFrame(data=complete))

    async def _send(self, frame: ServerFrame) -> None:
        await self._websocket.send_text(frame.model_dump_json())

    async def _send_error(self, error: ServiceError, conversation_id: ConversationId | None = None) -> None:
        data = ErrorData(
            message=error.message, code=error.code, retry_after=error.retry_after, conversation_id=conversation_id
        )
        await self._send(ErrorFrame(data=data))

    async def _refuse(self, error: ServiceError) -> None:
        try:
            await self._send_error(error)
        except WebSocketDisconnect:
            return
        await self._close(error.close_code, error.code)

    async def _close(self, code: CloseCode, reason: str) -> None:
        try:
            await self._websocket.close(code, reason)
        except (WebSocketDisconnect, RuntimeError):
            return  # the client was faster

    def _origin_allowed(self) -> bool:
        """With no list set any page may chat. With one the origin must be in it to the letter; a missing one is not."""
        allowed = allowed_origins(self._services, self._brand_id)
        if allowed and "origin" not in self._websocket.headers:
            return credential_of(self._websocket) is not None  # a program, which shows a key instead
        return is_allowed(self._websocket.headers, allowed)


# What is wrong with a frame as a whole, in words of the protocol.
_FRAME_MISTAKES = {
    "json_invalid": "This is not JSON.",
    "model_attributes_type": "A frame is an object with the members 'type' and 'data'.",
    "union_tag_not_found": "The frame has no 'type'.",
    "union_tag_invalid": "'type' is not one of chat, ping, stop, resume, interrupt, feedback.",
}


def _reason(error: ValidationError) -> str:
    """What is wrong with a frame, in one sentence per member."""
    mistakes = []
    for mistake in error.errors(include_url=False, include_input=False, include_context=False):
        place = ".".join(str(part) for part in mistake["loc"] if part not in {"chat", "stop", "resume"})
        text = _FRAME_MISTAKES.get(mistake["type"], mistake["msg"].removeprefix("Value error, "))
        mistakes.append(f"{place}: {text}" if place else text)
    return "; ".join(mistakes)
