"""schemathesis over the document that a running server gives of itself."""

import subprocess
import sys
from pathlib import Path

from tests.functional.server import Server

# Left out: that whatever the schema allows is accepted. What a body means (a file that is empty, a document without
# text, the address of a page that is none) is refused with 400 or 422, and no schema can say it.
_LEFT_OUT = "positive_data_acceptance"

# An upload waits up to 20 s for its job.
_LONGEST_S = 40


def fuzz(server: Server, key: str, examples: int, *, timeout_s: float) -> subprocess.CompletedProcess[str]:
    """All other checks on every operation, so many requests for each: status 0 when nothing was found.

    Args:
        server: it is filled with what comes.
        key: an operator's.
        examples: for each operation.
        timeout_s: for the whole.
    """
    command = [
        str(Path(sys.executable).with_name("st")),
        "run",
        f"{server.url}/openapi.json",
        *("--header", f"Authorization: Bearer {key}"),
        *("--checks", "all", "--exclude-checks", _LEFT_OUT),
        *("--max-response-time", str(_LONGEST_S), "--request-timeout", str(_LONGEST_S)),
        *("--max-examples", str(examples), "--phases", "fuzzing", "--generation-deterministic"),
        *("--continue-on-failure", "--warnings", "off", "--no-color"),
    ]
    return subprocess.run(
        command, cwd=server.folder, capture_output=True, encoding="utf-8", timeout=timeout_s, check=False
    )
