#!/usr/bin/env bash
# Creates what is missing, then runs lint, types and tests. Arguments go to pytest, which then runs without the coverage
# threshold: ./test.sh tests/replies -x
set -euo pipefail
cd "$(dirname "$0")"
. ./setup.sh
install_requirements requirements.txt requirements-dev.txt
install_model

# The browser tests drive the system's Chromium; where it cannot be installed they are skipped, and say so.
if ! command -v chromium >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing chromium" >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
        >/dev/null 2>&1 || echo "chromium could not be installed: the browser tests will be skipped" >&2
fi

export PATH="$PWD/.venv/bin:$PATH"
ruff format --check .
ruff check .
mypy .
if [ $# -gt 0 ]; then
    exec python -m pytest "$@"
fi
coverage erase
coverage run -m pytest -n auto --dist loadfile
coverage combine --quiet
coverage report
