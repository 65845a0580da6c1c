"""The seam behind which language models sit."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from models import FinishReason, Prompt


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
