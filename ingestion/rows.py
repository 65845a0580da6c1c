"""What every format yields."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class ParsedRows:
    """Rows as they stand in a file, not yet validated.

    Attributes:
        rows: members by name, each with the number of its row or item in the file, from 1.
        rejected: rows that cannot be read at all, with the reason.
    """

    rows: list[tuple[int, Mapping[str, object]]] = field(default_factory=list)
    rejected: list[tuple[int, str]] = field(default_factory=list)
