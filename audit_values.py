"""What the audit says of a value: enough to see what changed, nothing that must not be kept twice."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

# Longer texts are told by their hash and length.
MAX_CHARS: Final = 200
# A change tells so many members at most, and so many of each object or list within.
MAX_MEMBERS: Final = 50
# What takes more than this as JSON is told by hashes alone.
MAX_BYTES: Final = 8_192
_DEEPEST = 3
_LARGEST = 2**53  # beyond it a number of JSON is not surely the same everywhere

_HASH_CHARS = 16
# Members whose values are told by hash and length however short they are.
_UNTOLD = re.compile(r"prompt|persona|secret|password|(?:^|[_ -])(?:token|key|content|answer)s?$", re.IGNORECASE)
_WORDS_END = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")  # in "apiKey"

Members = Mapping[str, Any]


def differing(before: Members | None, after: Members | None) -> tuple[Members | None, Members | None]:
    """Those members that differ, as the audit tells them; None for what there was or is not.

    Args:
        before: as it was; None: it is new.
        after: as it is; None: it is gone.
    """
    if before is not None and after is not None:
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        before = {name: before[name] for name in names if name in before}
        after = {name: after[name] for name in names if name in after}
    return told(before), told(after)


def told(members: Members | None) -> Members | None:
    """Members as the audit tells them: short, and secrets, prompts and long texts by hash and length alone."""
    if members is None:
        return None
    shown = _object(members, _DEEPEST)
    if len(orjson.dumps(shown, default=str)) <= MAX_BYTES:
        return shown
    return {name: _hashed(value) for name, value in list(members.items())[:MAX_MEMBERS]}


def _object(members: Members, depth: int) -> dict[str, Any]:
    shown = {
        _name(name): _hashed(value) if _is_untold(name) and value is not None and value != "" else _value(value, depth)
        for name, value in list(members.items())[:MAX_MEMBERS]
    }
    if len(members) > MAX_MEMBERS:
        shown["..."] = f"{len(members) - MAX_MEMBERS} more"
    return shown


def _value(value: object, depth: int) -> object:
    if isinstance(value, str):
        return value if len(value) <= MAX_CHARS else _hashed(value)
    if isinstance(value, Mapping):
        return _object(value, depth - 1) if depth > 1 else _hashed(value)
    if isinstance(value, Sequence):
        small = depth > 1 and len(value) <= MAX_MEMBERS
        return [_value(one, depth - 1) for one in value] if small else _hashed(value)
    if isinstance(value, int) and abs(value) > _LARGEST:
        return str(value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _is_untold(name: object) -> bool:
    return bool(_UNTOLD.search(_WORDS_END.sub("_", str(name))))


def _name(name: object) -> str:
    return str(name)[:MAX_CHARS]


def _hashed(value: object) -> dict[str, object]:
    """A value by its hash and length: whoever has it can tell that it is the same."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_CHARS]
    return {"sha256": digest, "chars": len(text)}
