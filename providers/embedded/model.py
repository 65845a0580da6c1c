"""EmbeddedChatModel: deterministic, needs no network, no key and no weights."""

import asyncio
import re
from collections.abc import AsyncGenerator

from models import Prompt
from providers.base import Answering, Completion, ModelEvent
from providers.embedded.composing import compose

NAME = "embedded"

_PIECE = re.compile(r"(?:\s*+\S++\s*+){1,16}")  # a reply of 150 words gives way ten times


class EmbeddedChatModel:
    """Composes a reply from what was understood and found, and streams it some words at a time."""

    @property
    def name(self) -> str:
        """The name under which it answers."""
        return NAME

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelEvent, None]:
        """Yield `Answering`, the reply some words at a time, and `Completion`; never raises a ModelError."""
        yield Answering(NAME)
        for piece in _PIECE.findall(compose(prompt)):
            await asyncio.sleep(0)
            yield piece
        yield Completion()

    async def aclose(self) -> None:
        """Nothing is held."""
