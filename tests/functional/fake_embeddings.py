"""Vectors of the fake OpenAI server: hashed words, so that texts with common words lie close together."""

import base64
import struct
import zlib
from typing import Any


def word_vector(text: str, dimension: int) -> list[float]:
    """How often each word occurs, in a place that its checksum gives; never all zeros, and not of length 1."""
    vector = [0.25] + [0.0] * (dimension - 1)
    for word in text.lower().split():
        vector[zlib.crc32(word.encode()) % dimension] += 1
    return vector


def embeddings(
    body: dict[str, Any], *, dimension: int, missing: int, as_numbers: bool, not_a_number: bool, backwards: bool
) -> dict[str, Any]:
    """The body of an answer to `/v1/embeddings`; what is wrong with it: see fake_openai.Behaviour."""
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    as_base64 = body.get("encoding_format") == "base64" and not as_numbers
    found = []
    for index, text in enumerate(texts[missing:]):
        vector = word_vector(text, dimension)
        if not_a_number:
            vector[0] = float("nan")
        packed = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
        found.append({"object": "embedding", "index": index, "embedding": packed if as_base64 else vector})
    if backwards:
        found.reverse()
    return {"object": "list", "model": body["model"], "data": found, "usage": {"prompt_tokens": 1, "total_tokens": 1}}
