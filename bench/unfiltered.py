"""Our server with what a model says passed on as it comes: what bench/relay.py compares the filters with."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import chatbot_service
import main
from models import Passage, Product
from replies.filters import Grounds


class Unfiltered:
    """Stands where the filters of a reply stand, and filters nothing."""

    done = False

    def __init__(self, grounds: Grounds, *, voice: bool) -> None:  # noqa: ARG002, the filters' own
        self.unsupported: list[str] = []
        self.removed: dict[str, int] = {}

    def feed(self, piece: str) -> str:
        """The same."""
        return piece

    def finish(self) -> str:
        """Nothing was held back."""
        return ""

    def suggested(self) -> list[Product]:
        """Nothing was read."""
        return []

    def sources(self, shown: str) -> list[Passage]:  # noqa: ARG002, likewise
        """Likewise."""
        return []


if __name__ == "__main__":
    chatbot_service.ReplyFilters = Unfiltered  # type: ignore[assignment,attr-defined]
    raise SystemExit(main.main())
