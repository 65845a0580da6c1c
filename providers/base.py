"""The seams behind which models sit: what writes replies, and what turns texts into vectors."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models import FinishReason, Prompt

# One row per text, each of length 1, so that a dot product is a cosine.
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Answering:
    """The first event of a stream: which model took the question.

    Attributes:
        model: the model's name as the customer may see it in `answered_by`.
    """

    model: str


@dataclass(frozen=True, slots=True)
class Completion:
    """The last event of a stream: why the model ended, and what it cost.

    Attributes:
        finish_reason: STOP, or LENGTH when the model's own limit cut the reply.
        prompt_tokens: tokens read, as the model's server counted them; None when it did not say.
        completion_tokens: tokens written, likewise.
    """

    finish_reason: FinishReason = FinishReason.STOP
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


ModelEvent = Answering | str | Completion


class ChatModel(Protocol):
    """Something that answers a prompt with text, piece by piece."""

    @property
    def name(self) -> str:
        """The model's name, for logs and `answered_by`."""
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[ModelEvent]:
        """Yield one `Answering`, then pieces of text, then one `Completion`.

        A piece may hold several of the model's tokens: what has arrived together is passed on together. Closing the
        iterator (`aclose`) or cancelling the task that reads it ends the request to the model.

        Raises:
            ModelError: before the first piece nothing was said and another model may be tried; after it the reply
                ends there.
        """
        ...

    async def aclose(self) -> None:
        """Release connections; the model is not used afterwards."""
        ...


class Embedder(Protocol):
    """Something that places texts so that those of like meaning lie close together."""

    @property
    def name(self) -> str:
        """The space its vectors lie in; those of two names cannot be compared. It is part of collection names."""
        ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of many texts, for an index, shape (texts, dimension). It is patient: it may try again for a while.

        Raises:
            ModelError: there are none now; the texts can be embedded later.
        """
        ...

    async def embed_query(self, text: str) -> Vectors:
        """The vector of what somebody looks for, shape (dimension,). A customer waits: it gives up early.

        Raises:
            ModelError: there is none now; search goes on by words.
        """
        ...

    async def aclose(self) -> None:
        """Release what is held; the embedder is not used afterwards."""
        ...
