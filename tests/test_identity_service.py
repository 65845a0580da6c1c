"""Who a customer is: what proves it, and what does not."""

import base64
import hashlib
import hmac
import json
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from errors import InvalidInput, Unauthorized
from models import BrandId
from routes.dependencies import Services
from signed_tokens import check_public_key, check_times, read_token
from tests.services import services_in

TECHPRO, STYLEHUB = BrandId("techpro"), BrandId("stylehub")
SECRET = "is_" + "s" * 43

PRIVATE: dict[str, Any] = {
    "RS256": rsa.generate_private_key(65_537, 2_048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
KINDS: dict[str, type[Key]] = {"RS256": RSAKey, "ES256": ECKey, "EdDSA": OKPKey}


def private_pem(key: Any) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def public_pem(key: Any) -> str:
    return str(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def in_time(**claims: object) -> dict[str, Any]:
    return {"sub": "alice", "exp": int(time.time()) + 300} | claims


def signed(claims: dict[str, Any], secret: str = SECRET, **header: object) -> str:
    return jwt.encode({"alg": "HS256"} | header, claims, OctKey.import_key(secret))


def part(members: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()


def by_hand(header: object, claims: object, key: bytes) -> str:
    """A token that no library would make."""
    said = f"{part(header)}.{part(claims)}"
    signature = hmac.new(key, said.encode(), hashlib.sha256).digest()
    return f"{said}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


# --- Signatures ---


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # and still what most signers write
@pytest.mark.parametrize("algorithm", KINDS)
def test_a_token_is_verified_with_the_algorithm_of_the_public_key(algorithm: str) -> None:
    key = KINDS[algorithm].import_key(private_pem(PRIVATE[algorithm]))
    token = jwt.encode({"alg": algorithm, "kid": "any"}, in_time(), key, algorithms=[algorithm])
    assert read_token(token, [], public_pem(PRIVATE[algorithm]))["sub"] == "alice"
    for other in KINDS.keys() - {algorithm}:
        with pytest.raises(Unauthorized, match="must be signed"):
            read_token(token, [SECRET], public_pem(PRIVATE[other]))


@pytest.mark.parametrize("algorithm", KINDS)
def test_a_public_key_is_no_secret_to_sign_with(algorithm: str) -> None:
    pem = public_pem(PRIVATE[algorithm])
    for key in (pem, pem.strip()):
        token = by_hand({"alg": "HS256", "typ": "JWT"}, in_time(), key.encode())
        for secrets in ([], [SECRET]):
            with pytest.raises(Unauthorized):
                read_token(token, secrets, pem)


@pytest.mark.parametrize("none", ["none", "None", "NONE", "nOnE", "", "HS512", "hs256", None, ["HS256"], 1, {"a": 1}])
@pytest.mark.parametrize("public_key", [None, public_pem(PRIVATE["ES256"])])
def test_no_algorithm_but_ours_counts(none: object, public_key: str | None) -> None:
    said = by_hand({"alg": none}, in_time(), SECRET.encode())
    for token in (said, said.rpartition(".")[0] + "."):
        with pytest.raises(Unauthorized):
            read_token(token, [SECRET], public_key)


@pytest.mark.parametrize("third", [0, 1, 2])
def test_a_token_in_which_a_character_was_changed_counts_no_more(third: int) -> None:
    token = signed(in_time())
    parts = token.split(".")
    middle = len(parts[third]) // 2
    for char in "AZaz09-_":
        changed = parts[third][:middle] + char + parts[third][middle + 1 :]
        if changed == parts[third]:
            continue
        with pytest.raises(Unauthorized):
            read_token(".".join([*parts[:third], changed, *parts[third + 1 :]]), [SECRET])


def test_keys_that_a_token_brings_or_points_to_are_not_followed() -> None:
    own = OctKey.import_key("k" * 40).as_dict()
    for header in ({"jwk": own}, {"jku": "http://127.0.0.1:1/"}, {"x5u": "http://127.0.0.1:1/"}, {"kid": "../../x"}):
        with pytest.raises(Unauthorized, match="signature"):
            read_token(by_hand({"alg": "HS256", **header}, in_time(), b"k" * 40), [SECRET])


def test_extensions_that_a_token_demands_are_refused() -> None:
    for crit in (["b64"], ["exp"], [], "x"):
        token = by_hand({"alg": "HS256", "crit": crit, "b64": False}, in_time(), SECRET.encode())
        with pytest.raises(Unauthorized, match="crit"):
            read_token(token, [SECRET])


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda some: some.decode("latin-1")))
def test_whatever_is_no_token_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(Unauthorized):
        read_token(text, [SECRET], public_pem(PRIVATE["ES256"]))


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_whatever_a_signed_token_holds_is_read_or_refused(anything: object) -> None:
    for token in (by_hand({"alg": "HS256"}, anything, SECRET.encode()), by_hand(anything, in_time(), SECRET.encode())):
        with suppress(Unauthorized):
            read_token(token, [SECRET])


@pytest.mark.parametrize("deep", ["[" * 3_000, '{"a":' * 500])
def test_a_token_nested_without_end_is_refused(deep: str) -> None:
    nested = base64.urlsafe_b64encode(deep.encode()).rstrip(b"=").decode()
    for token in (f"{nested}.e30.AA", f"{part({'alg': 'HS256'})}.{nested}.AA"):
        with pytest.raises(Unauthorized):
            read_token(token, [SECRET])


def test_a_huge_token_is_refused_before_it_is_read() -> None:
    with pytest.raises(Unauthorized, match="too long"):
        read_token(signed(in_time(more="x" * 4_000)), [SECRET])


# --- Claims ---


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({}, "no end"),
        ({"exp": None}, "no end"),
        ({"exp": "soon"}, "number"),
        ({"exp": True}, "number"),
        ({"exp": float("inf")}, "number"),
        ({"exp": float("nan")}, "number"),
        ({"exp": 10**400}, "number"),
        ({"exp": -1}, "expired"),
        ({"exp": 1_000_000 - 60}, "expired"),
        ({"exp": 1_000_000 + 24 * 3_600 + 61}, "24 hours"),
        ({"exp": 1_000_100, "nbf": 1_000_061}, "'nbf' lies ahead"),
        ({"exp": 1_000_100, "iat": 1_000_061}, "'iat' lies ahead"),
        ({"exp": 1_000_100, "iat": []}, "number"),
    ],
)
def test_a_token_out_of_its_time_is_refused_with_the_reason(claims: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Unauthorized, match=sentence):
        check_times(claims, 1_000_000)


@pytest.mark.parametrize("claims", [{"exp": 1_000_000 - 59}, {"exp": 1_086_400, "nbf": 1_000_060, "iat": 999_999.5}])
def test_clocks_may_be_a_minute_apart(claims: dict[str, Any]) -> None:
    check_times(claims, 1_000_000)


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "no key",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        private_pem(PRIVATE["ES256"]),
        public_pem(rsa.generate_private_key(65_537, 1_024)),  # noqa: S505, that is the point
        public_pem(ec.generate_private_key(ec.SECP384R1())),
        "\ud800",
    ],
)
def test_what_is_no_public_key_of_a_kind_that_we_verify_with_is_refused(pem: str) -> None:
    with pytest.raises(InvalidInput, match="identity_public_key"):
        check_public_key(pem)


# --- Over the services ---


def hash_of(secret: str, user_id: str) -> str:
    return hmac.new(secret.encode(), user_id.encode(), hashlib.sha256).hexdigest()


async def secret_of(services: Services, brand_id: BrandId = TECHPRO) -> str:
    return (await services.identity.create_secret(brand_id)).secret


@pytest.mark.anyio
async def test_a_token_and_a_hash_prove_who_somebody_is(tmp_path: Path) -> None:
    async with services_in(tmp_path, embedding_provider="none") as services:
        secret = await secret_of(services)
        verify = services.identity.verify
        assert verify(TECHPRO, signed(in_time(), secret)) == "alice"
        assert verify(TECHPRO, signed(in_time(aud=["x", "techpro"]), secret), "alice") == "alice"
        assert verify(TECHPRO, signed({"user_id": "bob", "exp": time.time() + 9}, secret)) == "bob"
        assert verify(TECHPRO, hash_of(secret, "zoë"), "zoë") == "zoë"
        assert verify(TECHPRO, hash_of(secret, "bob").upper(), "bob") == "bob"


@pytest.mark.anyio
async def test_what_proves_nobody_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with services_in(tmp_path, embedding_provider="none") as services:
        secret, other = await secret_of(services), await secret_of(services, STYLEHUB)
        wrong: list[tuple[str, str | None, str]] = [
            (signed(in_time(), other), None, "signature"),
            (signed(in_time(aud="stylehub"), secret), None, "not for this brand"),
            (signed(in_time(aud=[]), secret), None, "not for this brand"),
            (signed(in_time(aud={"techpro": 1}), secret), None, "not for this brand"),
            (signed(in_time(exp=time.time() - 100), secret), None, "expired"),
            (signed(in_time(), secret), "bob", "another person"),
            (signed(in_time(sub=""), secret), None, "'sub'"),
            (signed(in_time(sub=7), secret), None, "'sub'"),
            (signed(in_time(sub="x" * 257), secret), None, "'sub'"),
            (by_hand({"alg": "HS256"}, in_time(sub="\ud800"), secret.encode()), None, "'sub'"),
            (hash_of(secret, "alice"), "bob", "user hash"),
            (hash_of(secret, "alice"), None, "user_id"),
            (hash_of(other, "alice"), "alice", "user hash"),
            (hash_of("", "alice"), "alice", "user hash"),
        ]
        for token, user_id, sentence in wrong:
            with pytest.raises(Unauthorized, match=sentence):
                services.identity.verify(TECHPRO, token, user_id)


@pytest.mark.anyio
async def test_the_previous_secret_counts_for_a_day_beside_its_successor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with services_in(tmp_path, embedding_provider="none") as services:
        first = await services.identity.create_secret(TECHPRO)
        second = await services.identity.create_secret(TECHPRO)
        assert first.previous_until is None
        assert second.previous_until == second.created_at + timedelta(hours=24)
        for made in (first, second):
            assert services.identity.verify(TECHPRO, hash_of(made.secret, "a"), "a") == "a"
        later = second.created_at + timedelta(hours=24)
        monkeypatch.setattr("identity_service.utc_now", lambda: later)
        with pytest.raises(Unauthorized):
            services.identity.verify(TECHPRO, hash_of(first.secret, "a"), "a")
        assert services.identity.verify(TECHPRO, hash_of(second.secret, "a"), "a") == "a"


@pytest.mark.anyio
async def test_previous_secrets_can_be_revoked_at_once_and_do_not_pile_up(tmp_path: Path) -> None:
    async with services_in(tmp_path, embedding_provider="none") as services:
        made = [await secret_of(services) for _ in range(6)]

        def counts(secret: str) -> bool:
            try:
                return services.identity.verify(TECHPRO, hash_of(secret, "a"), "a") == "a"
            except Unauthorized:
                return False

        assert [counts(one) for one in made] == [False, False, True, True, True, True]
        last = await services.identity.create_secret(TECHPRO, revoke_previous=True)
        assert last.previous_until is None
        assert [counts(one) for one in made] == [False] * 6
        await services.identity.remove_secret(TECHPRO)
        assert not counts(last.secret)


@pytest.mark.anyio
async def test_secrets_survive_a_restart_and_are_not_readable_in_the_database(tmp_path: Path) -> None:
    async with services_in(tmp_path, embedding_provider="none") as services:
        secret = await secret_of(services)
    assert not any(secret.encode() in path.read_bytes() for path in (tmp_path / "data").glob("chatbot.db*"))
    async with services_in(tmp_path, embedding_provider="none") as services:
        assert services.identity.verify(TECHPRO, hash_of(secret, "a"), "a") == "a"


@pytest.mark.anyio
async def test_under_another_secret_key_identity_secrets_count_as_unset_and_the_log_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with services_in(tmp_path, embedding_provider="none", secret_key="k" * 32) as services:
        secret = await secret_of(services)
        session, _ = services.identity.new_session(services.brands.get(TECHPRO), timedelta(hours=1))
    async with services_in(tmp_path, embedding_provider="none", secret_key="l" * 32) as services:
        assert "another SECRET_KEY" in capsys.readouterr().out
        with pytest.raises(Unauthorized):
            services.identity.verify(TECHPRO, signed(in_time(), secret))
        with pytest.raises(Unauthorized):
            services.auth.principal(session)
        again = await secret_of(services)
        assert services.identity.verify(TECHPRO, signed(in_time(), again)) == "alice"


@pytest.mark.anyio
async def test_a_deleted_brand_leaves_no_secret_and_its_sessions_do_not_count_for_its_successor(tmp_path: Path) -> None:
    async with services_in(tmp_path, embedding_provider="none") as services:
        brand = await services.brands.create("Shop", brand_id="shop")
        secret = await secret_of(services, brand.id)
        session, _ = services.identity.new_session(brand, timedelta(hours=1), user_id="alice")
        assert services.auth.principal(session).user == "alice"
        await services.brands.delete(brand.id)
        with pytest.raises(Unauthorized):
            services.auth.principal(session)
        await services.brands.create("Shop", brand_id="shop")
        with pytest.raises(Unauthorized):
            services.auth.principal(session)
        with pytest.raises(Unauthorized):
            services.identity.verify(brand.id, signed(in_time(), secret))


@pytest.mark.anyio
async def test_a_session_is_no_token_of_a_person_nor_the_other_way_round(tmp_path: Path) -> None:
    async with services_in(tmp_path, embedding_provider="none") as services:
        secret = await secret_of(services)
        session, _ = services.identity.new_session(services.brands.get(TECHPRO), timedelta(hours=1), user_id="alice")
        with pytest.raises(Unauthorized):
            services.identity.verify(TECHPRO, session.removeprefix("st_"))
        forged = "st_" + signed(in_time(brand="techpro", jti="x"), secret)
        with pytest.raises(Unauthorized):
            services.auth.principal(forged)
        for credential in ("st_", "st_x", "st_" + signed(in_time(brand=7), secret), "st_" + "a" * 9_000):
            with pytest.raises(Unauthorized):
                services.auth.principal(credential)
