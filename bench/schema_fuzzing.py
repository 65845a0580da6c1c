"""schemathesis over a server's own document, many requests to each operation.

python bench/schema_fuzzing.py --examples 200
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.functional.schema_fuzzing import fuzz
from tests.functional.server import running_server

KEY = "an-operator-of-this-bench"


def main() -> int:
    """Run, print what was found; 1 when that is something."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=200, help="for each operation")
    parser.add_argument("--minutes", type=float, default=60.0)
    given = parser.parse_args()
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="schema-") as folder,
        running_server(Path(folder), ADMIN_API_KEY=KEY, RATE_LIMIT="off") as server,
    ):
        found = fuzz(server, KEY, given.examples, timeout_s=60 * given.minutes)
    print(found.stdout)  # schemathesis' own report is the result
    print(f"{time.monotonic() - began:.0f} s")
    return found.returncode


if __name__ == "__main__":
    raise SystemExit(main())
