"""What is logged, and how: one line for each event, and in none what customers say, secrets, or people's numbers."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from log_masks import harmless, masked

_Event = MutableMapping[str, Any]

# What libraries log below this is of no use to whoever runs the service; uvicorn's own level is the service's.
_LIBRARIES = logging.WARNING


def mask(_logger: object, _method: str, event: _Event) -> _Event:
    """A processor: every text of an event as log_masks.py has it. Some 5 us a line."""
    for name, value in event.items():
        if isinstance(value, str):
            # Of a traceback the line ends stay: the renderer writes them as "\\n".
            lines = value.split("\n") if name == "exception" else [value]
            event[name] = "\n".join(harmless(masked(line)) for line in lines)
        elif not isinstance(value, bool | int | float | None):
            event[name] = harmless(masked(str(value)))
    return event


def configure_logging(level: str) -> None:
    """Structured lines on standard error, ours and those of libraries alike."""
    number = logging.getLevelNamesMapping()[level]
    common: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    last: list[Any] = [mask, structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])]
    structlog.configure(
        processors=[*common, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[common[0], structlog.stdlib.add_log_level, *common[2:]],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(number, _LIBRARIES))
    # At DEBUG the socket library prints handshakes, tokens included.
    logging.getLogger("uvicorn").setLevel(max(number, logging.INFO))
