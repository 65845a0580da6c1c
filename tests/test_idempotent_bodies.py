"""routes/idempotency.py: bodies are told apart, and not by a boundary that a client draws anew each time."""

import hashlib
import itertools

from hypothesis import given
from hypothesis import strategies as st

from routes.idempotency import _Without

BYTES = st.text("ab-", max_size=60).map(str.encode)


@given(BYTES, st.text("ab-", max_size=6).map(str.encode), st.lists(st.integers(0, 60), max_size=8))
def test_however_it_is_cut_a_body_has_one_hash(body: bytes, part: bytes, cuts: list[int]) -> None:
    digest = _Without(part, b"query")
    places = sorted({0, len(body), *(min(cut, len(body)) for cut in cuts)})
    for start, end in itertools.pairwise(places):
        digest.update(body[start:end])
    left = body.replace(part, b"") if part else body
    assert digest.hexdigest() == hashlib.sha256(b"query" + left).hexdigest()


def test_other_bodies_have_other_hashes() -> None:
    def hashed(body: bytes, query: bytes = b"") -> str:
        digest = _Without(b"boundary", query)
        digest.update(body)
        return digest.hexdigest()

    assert len({hashed(b"a"), hashed(b"b"), hashed(b"a", b"q"), hashed(b"")}) == 4
    assert hashed(b"--boundary--a") == hashed(b"----a")
