"""Pure: signed statements of who somebody is. What is wrong with one is said in our words, never in a library's.

The algorithm is ours to choose: a token whose header names another than the one that belongs to the key is refused, and
whatever else the header says (`kid`, `jku`, `x5u`, `jwk`) is not followed.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError, UnsupportedAlgorithmError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from errors import InvalidInput, Unauthorized

MAX_TOKEN_BYTES: Final = 4_096
MAX_USER_CHARS: Final = 256
# How far two machines' clocks may be apart, in seconds.
LEEWAY_S: Final = 60
# How far ahead a token's end may lie, in seconds: one that was copied is of no use the day after.
LONGEST_S: Final = 24 * 60 * 60

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_USER_HASH = re.compile(r"[0-9a-fA-F]{64}")
_LEAST_RSA_BITS = 2_048

Claims = Mapping[str, Any]


class _OneAlgorithm(JWSRegistry):
    """Knows the algorithm that was settled on, without the library's warning of the name EdDSA: most signers say it."""

    def get_alg(self, name: str) -> JWSAlgModel:
        """The algorithm of that name."""
        if self.allowed is None or name not in self.allowed:
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


def user_of_hash(token: str, user_id: str | None, secrets: Sequence[str]) -> str | None:
    """Whom an HMAC user hash proves; None when the token is no such hash.

    Args:
        token: what was sent; a hash is 64 hexadecimal characters, HMAC-SHA256 of the user_id.
        user_id: what was sent beside it.
        secrets: the brand's.

    Raises:
        Unauthorized: it is a hash, and not this person's.
    """
    if not _USER_HASH.fullmatch(token):
        return None
    if user_id is None:
        raise Unauthorized("A user hash needs the user_id that it is of beside it.")
    given = token.lower()
    expected = [hmac.new(one.encode(), user_id.encode(), hashlib.sha256).hexdigest() for one in secrets]
    if not any([hmac.compare_digest(given, one) for one in expected]):  # noqa: C419, each is compared
        raise Unauthorized("The user hash is not that of this user_id under the brand's identity secret.")
    return user_id


def read_token(token: str, secrets: Sequence[str | bytes], public_key: str | None = None) -> Claims:
    """The claims of a token whose signature is right; whether they hold is another question.

    Args:
        token: a JSON Web Token.
        secrets: any of which may have signed it, with HS256.
        public_key: as PEM, whose owner may have signed it, with the algorithm of its kind.

    Raises:
        Unauthorized: it is no token, or nobody signed it who may.
    """
    algorithm = _algorithm(token)
    if algorithm == "HS256":
        if not secrets:
            raise Unauthorized("The token is signed with HS256, and this brand has no identity secret that counts.")
        for secret in secrets:
            claims = _claims(token, "HS256", OctKey.import_key(secret))
            if claims is not None:
                return claims
        raise Unauthorized("The token's signature is not of this brand's identity secret.")
    if public_key is None:
        raise Unauthorized("The token must be signed with HS256 by the brand's identity secret.")
    own, key = _public(public_key)
    if algorithm not in own:
        raise Unauthorized(f"The token must be signed with HS256, or with {own[0]} as the brand's public key says.")
    claims = _claims(token, algorithm, key)
    if claims is None:
        raise Unauthorized("The token's signature is not of this brand's public key.")
    return claims


def check_times(claims: Claims, now: float) -> None:
    """Refuse a token that counts no longer, not yet, or for too long.

    Args:
        claims: of a token whose signature is right.
        now: seconds since 1970.

    Raises:
        Unauthorized: as said.
    """
    end = _moment(claims, "exp")
    if end is None:
        raise Unauthorized("The token says no end: give it an 'exp', at most 24 hours ahead.")
    if end + LEEWAY_S <= now:
        raise Unauthorized("The token has expired.")
    if end - now > LONGEST_S + LEEWAY_S:
        raise Unauthorized("The token's end lies too far ahead: its 'exp' may be at most 24 hours from now.")
    for name in ("nbf", "iat"):
        begin = _moment(claims, name)
        if begin is not None and begin - LEEWAY_S > now:
            raise Unauthorized(f"The token counts not yet: its '{name}' lies ahead. Compare the clocks.")


def check_audience(claims: Claims, brand_id: str) -> None:
    """Refuse a token that is meant for somebody else.

    Raises:
        Unauthorized: it names an audience, and not this brand.
    """
    audience = claims.get("aud")
    if audience is not None and audience != brand_id and not (isinstance(audience, list) and brand_id in audience):
        raise Unauthorized("The token is not for this brand: its 'aud' is another.")


def user_of_claims(claims: Claims) -> str:
    """The person that a token is about.

    Raises:
        Unauthorized: none, or one whose name cannot be kept.
    """
    user = claims.get("sub", claims.get("user_id"))
    if not isinstance(user, str) or not 1 <= len(user) <= MAX_USER_CHARS:
        raise Unauthorized(f"The token names nobody: its 'sub' must be a text of 1 to {MAX_USER_CHARS} characters.")
    if any("\ud800" <= char <= "\udfff" for char in user):
        raise Unauthorized("The token's 'sub' holds what is no character.")
    return user


def sign(claims: Claims, key: bytes) -> str:
    """A token of ours, HS256."""
    return jwt.encode({"alg": "HS256"}, dict(claims), OctKey.import_key(key))


def unproven_claims(token: str) -> Claims:
    """What a token says before its signature is looked at: enough to find the key, and nothing to rely on.

    Raises:
        Unauthorized: it is no token.
    """
    _algorithm(token)
    return _object(token.split(".")[1])


def check_public_key(pem: str) -> None:
    """Refuse what is no public key of a kind that we verify with.

    Raises:
        InvalidInput: as said, with what to put instead.
    """
    try:
        _public(pem)
    except Unauthorized:
        raise InvalidInput(
            "settings.identity_public_key must be a public key as PEM (-----BEGIN PUBLIC KEY-----): RSA of at least "
            f"{_LEAST_RSA_BITS} bits, elliptic on P-256, or Ed25519."
        ) from None


@lru_cache(maxsize=256)
def _public(pem: str) -> tuple[tuple[str, ...], Key]:
    """The names of the algorithm that belongs to a public key, and the key."""
    try:
        key = load_pem_public_key(pem.encode())
        if isinstance(key, RSAPublicKey) and key.key_size >= _LEAST_RSA_BITS:
            return ("RS256",), RSAKey.import_key(pem)
        if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
            return ("ES256",), ECKey.import_key(pem)
        if isinstance(key, Ed25519PublicKey):
            return ("EdDSA", "Ed25519"), OKPKey.import_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm, JoseError):
        pass  # said below, like a key of another kind
    raise Unauthorized("This brand's public key cannot be used; whoever administers it must put another.")


def _algorithm(token: str) -> str:
    """What a token's header names."""
    if len(token) > MAX_TOKEN_BYTES:
        raise Unauthorized(f"The token is too long: at most {MAX_TOKEN_BYTES:,} characters.")
    if not _COMPACT.fullmatch(token):
        raise _malformed()
    header = _object(token.partition(".")[0])
    if "crit" in header:
        raise Unauthorized("The token's header demands extensions ('crit'), which are not supported.")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str):
        raise _malformed()
    return algorithm


def _claims(token: str, algorithm: str, key: Key) -> Claims | None:
    """The claims, if this key has signed them."""
    try:
        registry = _OneAlgorithm(algorithms=[algorithm], strict_check_header=False)
        return jwt.decode(token, key, registry=registry).claims
    except BadSignatureError:
        return None
    except (JoseError, ValueError, TypeError, RecursionError):
        raise _malformed() from None


def _object(part: str) -> Claims:
    try:
        members = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        raise _malformed() from None
    if not isinstance(members, dict):
        raise _malformed()
    return members


def _moment(claims: Claims, name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(_float(value)):
        raise Unauthorized(f"The token's '{name}' must be a number of seconds since 1970.")
    return float(value)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _malformed() -> Unauthorized:
    return Unauthorized("The token is neither a JSON Web Token nor a user hash of 64 hexadecimal characters.")
