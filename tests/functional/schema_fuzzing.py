"""schemathesis over the document that a running server gives of itself."""

import subprocess
import sys
from pathlib import Path

from tests.functional.server import Server

_CONFIG = Path(__file__).with_name("schemathesis.toml")

# An upload waits up to 20 s for its job.
_LONGEST_S = 40


def fuzz(server: Server, key: str, examples: int, *, timeout_s: float) -> subprocess.CompletedProcess[str]:
    """All checks on every operation, so many requests for each: status 0 when nothing was found.

    Args:
        server: it is filled with what comes.
        key: an operator's.
        examples: for each operation.
        timeout_s: for the whole.
    """
    command = [
        str(Path(sys.executable).with_name("st")),
        *("--config-file", str(_CONFIG)),
        "run",
        f"{server.url}/openapi.json",
        *("--header", f"Authorization: Bearer {key}"),
        *("--checks", "all"),
        *("--max-response-time", str(_LONGEST_S), "--request-timeout", str(_LONGEST_S)),
        *("--max-examples", str(examples), "--phases", "fuzzing", "--generation-deterministic"),
        *("--continue-on-failure", "--warnings", "off", "--no-color"),
    ]
    return subprocess.run(
        command, cwd=server.folder, capture_output=True, encoding="utf-8", timeout=timeout_s, check=False
    )
