#!/usr/bin/env bash
# Creates what is missing, then starts the server. Needs Python 3.11 or newer; the second start needs no network.
set -euo pipefail
cd "$(dirname "$0")"
. ./setup.sh
install_requirements requirements.txt
install_model
exec .venv/bin/python main.py
