"""What makes a file survive a power cut."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Wait until what a file, or the list of names in a folder, holds is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def partial_of(path: Path) -> Path:
    """What a file is called until it is complete."""
    return path.with_name(f"{path.name}.partial")


def write_durably(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or, if the process or the power ends before, not at all."""
    partial = partial_of(path)
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync(path.parent)
