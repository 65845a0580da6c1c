"""Who a customer is, on the real server: what proves it, what it opens, and that nothing else does."""

import base64
import hashlib
import hmac
import json
import stat
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from models import utc_now
from signed_tokens import sign
from tests.functional.server import Server, running_server
from vault import open_vault

pytestmark = pytest.mark.functional

ADMIN = {"Authorization": "Bearer an-operators-key-of-32-characters"}
MARIGOLD = "My name is Marigold"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an operator's key."""
    folder = tmp_path_factory.mktemp("identity")
    with running_server(folder, ADMIN_API_KEY="an-operators-key-of-32-characters", RATE_LIMIT="off") as server:
        yield server


@pytest.fixture(scope="module")
def secrets(shop: Server) -> dict[str, str]:
    """The identity secrets of two brands."""
    return {brand: made(shop, f"/brands/{brand}/identity-secret")["secret"] for brand in ("techpro", "stylehub")}


@pytest.fixture
def identified(shop: Server) -> Iterator[None]:
    """One brand, techpro, talks to customers who prove who they are."""
    put_settings(shop, access="identified")
    yield
    put_settings(shop)


def put_settings(server: Server, **settings: object) -> httpx.Response:
    return server.http.put("/brands/techpro/config", json={"settings": settings}, headers=ADMIN)


def made(server: Server, path: str, **body: object) -> dict[str, Any]:
    answer: dict[str, Any] = server.http.post(path, json=body, headers=ADMIN).raise_for_status().json()
    return answer


def session(server: Server, **draft: object) -> str:
    return str(made(server, "/brands/techpro/sessions", **draft)["token"])


def token(secret: str, user: str = "alice", **claims: object) -> str:
    return jwt.encode(
        {"alg": "HS256"}, {"sub": user, "exp": int(time.time()) + 300} | claims, OctKey.import_key(secret)
    )


def bearer(credential: str, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {credential}"} | headers


def bad_tokens(secrets: dict[str, str]) -> dict[str, dict[str, str]]:
    """What proves nobody, as members of a message."""
    good = token(secrets["techpro"])
    parts = good.split(".")

    def tampered(third: int) -> str:
        middle = len(parts[third]) // 2
        char = "A" if parts[third][middle] != "A" else "B"
        return ".".join(
            [*parts[:third], parts[third][:middle] + char + parts[third][middle + 1 :], *parts[third + 1 :]]
        )

    none = ("none", "None", "NONE", "nOnE")
    wrong: dict[str, dict[str, str]] = {
        f"alg {name}": {"user_token": f"{encoded({'alg': name})}.{parts[1]}.{end}"}
        for name in none
        for end in ("", "AA")
    }
    wrong |= {f"tampered {third}": {"user_token": tampered(third)} for third in range(3)}
    user_hash = hmac.new(secrets["techpro"].encode(), b"alice", hashlib.sha256).hexdigest()
    return wrong | {
        "expired": {"user_token": token(secrets["techpro"], exp=int(time.time()) - 120)},
        "for ever": {"user_token": token(secrets["techpro"], exp=int(time.time()) + 90_000)},
        "another brand's secret": {"user_token": token(secrets["stylehub"])},
        "another audience": {"user_token": token(secrets["techpro"], aud="stylehub")},
        "huge": {"user_token": token(secrets["techpro"], more="x" * 5_000)},
        "another user_id": {"user_token": good, "user_id": "bob"},
        "a hash of another": {"user_token": user_hash, "user_id": "bob"},
        "a hash of nobody": {"user_token": user_hash},
        "empty": {"user_token": ""},
        "null byte": {"user_token": "\0"},
    }


def encoded(members: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()


def by_hand(claims: object, key: bytes) -> str:
    """A token that the library refuses to sign: its key is a public one."""
    said = f"{encoded({'alg': 'HS256'})}.{encoded(claims)}"
    signature = hmac.new(key, said.encode(), hashlib.sha256).digest()
    return f"{said}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def test_what_proves_nobody_is_refused_with_a_reason_and_nothing_is_begun(
    shop: Server, secrets: dict[str, str]
) -> None:
    before = shop.http.get("/brands/techpro/conversations", headers=ADMIN).headers["X-Total-Count"]
    with shop.chat() as chat:
        for name, members in bad_tokens(secrets).items():
            answer = shop.http.post("/chat/techpro", json={"message": MARIGOLD, **members})
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), name
            chat.send("chat", message=MARIGOLD, **members)
            error = chat.expect("error")
            assert error["code"] == "unauthorized", name
            for text in (answer.text, error["message"]):
                assert "joserfc" not in text, name
                assert "Traceback" not in text, name
                assert len(members["user_token"]) < 9 or members["user_token"] not in text, name
        assert chat.ask("Hello").complete["finish_reason"] == "stop"  # and the socket lives on
    after = shop.http.get("/brands/techpro/conversations", headers=ADMIN).headers["X-Total-Count"]
    assert int(after) == int(before) + 1
    answer = shop.http.get("/brands/techpro/products", headers={"X-User-Token": token(secrets["stylehub"])})
    assert answer.status_code == 401


def test_a_brands_public_key_verifies_and_is_no_secret(shop: Server) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    refused = put_settings(shop, identity_public_key=pem.replace("M", "N"))
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")
    assert "identity_public_key" in refused.json()["detail"]
    put_settings(shop, identity_public_key=pem).raise_for_status()
    claims = {"sub": "zoë", "exp": int(time.time()) + 60}
    private_pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    ours = jwt.encode({"alg": "ES256"}, dict(claims), ECKey.import_key(private_pem))
    try:
        reply = shop.http.post("/chat/techpro", json={"message": "Hello", "user_token": ours}).raise_for_status().json()
        assert history(shop, reply["conversation_id"], {"X-User-Token": ours}) == 200
        for text in (pem, pem.strip()):
            forged = by_hand(claims, text.encode())
            answer = shop.http.post("/chat/techpro", json={"message": "Hello", "user_token": forged})
            assert answer.status_code == 401
    finally:
        put_settings(shop).raise_for_status()


def test_what_a_verified_person_begins_is_theirs_alone(shop: Server, secrets: dict[str, str]) -> None:
    alice, bob = token(secrets["techpro"]), token(secrets["techpro"], "bob")
    for chosen in (None, "my-chat"):
        with shop.chat() as hers:
            reply = hers.ask(MARIGOLD, user_token=alice, conversation_id=chosen)
            id_ = reply.conversation_id
            for proof in ({"user_token": bob}, {}, {"user_id": "alice"}):
                with shop.chat() as other:
                    other.send("stop", conversation_id=id_, **proof)
                    assert other.expect("error")["code"] == "conversation_not_found"
                    other.send("resume", conversation_id=id_, message_id=reply.message_id, offset=0, **proof)
                    assert other.expect("error")["code"] == "conversation_not_found"
                    window = other.ask("What is my name?", conversation_id=id_, **proof)
                    assert window.conversation_id == id_
                    assert "Marigold" not in window.text
            unknown = shop.http.get("/chat/techpro/history/none-such").json()
            for headers in ({"X-User-Token": bob}, {}, {"X-User-Id": "alice"}):
                for method in ("GET", "DELETE"):
                    path = f"/chat/techpro/history/{id_}" if method == "GET" else f"/chat/techpro/{id_}"
                    answer = shop.http.request(method, path, headers=headers)
                    if headers.get("X-User-Token") and method == "GET":
                        assert "Marigold" not in answer.text  # his own, begun above under her id
                    elif not headers.get("X-User-Token"):
                        assert answer.status_code == 404
                        assert answer.json()["code"] == unknown["code"]
            hers.send("resume", conversation_id=id_, message_id=reply.message_id, offset=0)  # proved above
            assert hers.frames_until("complete")[0]["type"] == "resumed"
            hers.send("stop", conversation_id=id_)
            hers.ping()
        again = shop.http.get(f"/chat/techpro/history/{id_}", headers={"X-User-Token": alice}).json()
        assert again["messages"][0]["content"] == MARIGOLD
        assert history(shop, id_, ADMIN) == 200  # the brand's key reads all
        deleted = shop.http.delete(f"/chat/techpro/{id_}", headers={"X-User-Token": alice})
        assert deleted.status_code == 200
        assert history(shop, id_, {"X-User-Token": alice}) == 404


def history(server: Server, conversation_id: str, headers: dict[str, str]) -> int:
    return server.http.get(f"/chat/techpro/history/{conversation_id}", headers=headers).status_code


def test_the_same_person_goes_on_from_another_device_by_token_or_by_hash(shop: Server, secrets: dict[str, str]) -> None:
    with shop.chat() as phone:
        id_ = phone.ask("I need a laptop", user_token=token(secrets["techpro"], "zoë")).conversation_id
    user_hash = hmac.new(secrets["techpro"].encode(), "zoë".encode(), hashlib.sha256).hexdigest()
    headers = {b"X-User-Token": user_hash.encode(), b"X-User-Id": "zoë".encode()}
    assert shop.http.get(f"/chat/techpro/history/{id_}", headers=headers).status_code == 200
    with shop.chat() as desk:
        assert desk.ask("under $1,000", conversation_id=id_, user_token=user_hash, user_id="zoë").conversation_id == id_
    listed = shop.http.get("/brands/techpro/conversations", headers=ADMIN).json()["conversations"]
    assert [one["message_count"] for one in listed if one["conversation_id"] == id_] == [4]
    assert {one["user_id"] for one in listed if one["conversation_id"] == id_} == {"zoë"}


def test_members_that_nobody_may_set_are_ignored(shop: Server, secrets: dict[str, str]) -> None:
    extra: dict[str, Any] = {
        "role": "operator",
        "brand_id": "stylehub",
        "owner": "key",
        "verified": "alice",
        "reads_all": True,
        "principal": {"role": "operator"},
    }
    owned = made_by(shop, token(secrets["techpro"]))
    with shop.chat() as chat:
        reply = chat.ask("Hello", conversation_id="extra", **extra)
        assert reply.complete["finish_reason"] == "stop"
        chat.send("resume", conversation_id=owned, **extra)
        assert chat.expect("error")["code"] == "conversation_not_found"
    assert shop.http.get("/chat/stylehub/history/extra", headers=ADMIN).status_code == 404
    answer = shop.http.post("/chat/techpro", json={"message": "Hello", "conversation_id": owned, **extra})
    assert answer.status_code == 200
    assert MARIGOLD not in shop.http.get(f"/chat/techpro/history/{owned}").text
    draft = {"user_id": "carl", "brand": "stylehub", "brand_id": "stylehub", "role": "admin", "sub": "alice"}
    carl = bearer(session(shop, **draft))
    assert shop.http.get("/brands/techpro/config", headers=carl).status_code == 403
    assert shop.http.get("/brands/stylehub/products", headers=carl).status_code == 403
    assert history(shop, owned, carl) == 404


def made_by(server: Server, user_token: str) -> str:
    body = {"message": MARIGOLD, "user_token": user_token}
    return str(server.http.post("/chat/techpro", json=body).raise_for_status().json()["conversation_id"])


@pytest.mark.usefixtures("identified")
def test_an_identified_brand_talks_to_people_who_prove_who_they_are(shop: Server, secrets: dict[str, str]) -> None:
    widget = bearer(made(shop, "/brands/techpro/keys", role="widget", name="page")["key"])
    nobody = bearer(session(shop))
    for headers in ({}, widget, nobody, {"X-User-Id": "alice"}):
        answer = shop.http.post("/chat/techpro", json={"message": "Hello", "user_id": "alice"}, headers=headers)
        assert answer.status_code == 401, headers
        for path in ("/brands/techpro/products", "/brands/techpro/categories", "/chat/techpro/history/x"):
            assert shop.http.get(path, headers=headers).status_code == 401, (path, headers)
    with shop.chat() as chat:
        for kind in ("chat", "stop", "resume"):
            chat.send(kind, message="Hello", conversation_id="mine", user_id="alice")
            assert chat.expect("error")["code"] == "unauthorized", kind
        chat.ask("Hello", conversation_id="mine", user_token=token(secrets["techpro"]))
        chat.ask("Hello again", conversation_id="mine")  # on a socket it is proved once
    alice = session(shop, user_id="alice")
    for headers in ({"X-User-Token": token(secrets["techpro"])}, bearer(alice), ADMIN):
        assert shop.http.get("/brands/techpro/products", headers=headers).status_code == 200
        assert shop.http.post("/chat/techpro", json={"message": "Hello"}, headers=headers).status_code == 200
        assert history(shop, "mine", headers) == 200
    with shop.chat(protocols=["chat.v2", f"token.{alice}"]) as chat:
        assert chat.ask("Once more", conversation_id="mine").complete["finish_reason"] == "stop"


def test_a_session_counts_for_its_brand_and_on_its_page_alone(shop: Server) -> None:
    answer = made(shop, "/brands/techpro/sessions", origin="https://Shop.example", user_id="alice", ttl_seconds=60)
    assert answer["token"].startswith("st_")
    page = {"Origin": "https://shop.example"}
    assert shop.http.get("/brands/techpro/products", headers=bearer(answer["token"], **page)).status_code == 200
    assert shop.http.get("/brands/stylehub/products", headers=bearer(answer["token"], **page)).status_code == 403
    for path in ("/brands/techpro/stats", "/brands/techpro/config", "/brands/techpro/conversations"):
        assert shop.http.get(path, headers=bearer(answer["token"], **page)).status_code == 403
    wrong = ("https://evil.example", "https://shop.example.evil.example", "https://eshop.example", "null", None)
    for origin in (*wrong, "http://shop.example", "https://shop.example:8443"):
        headers = bearer(answer["token"], **({"Origin": origin} if origin else {}))
        assert shop.http.get("/brands/techpro/products", headers=headers).status_code == 401, origin
        with shop.open_chat(origin=origin, protocols=["chat.v2", f"token.{answer['token']}"]) as chat:
            frames, code = chat.read_to_close()
            assert (frames[0]["data"]["code"], code) == ("unauthorized", 1008), origin
    with shop.chat(origin=page["Origin"], protocols=["chat.v2", f"token.{answer['token']}"]) as chat:
        chat.ask("Hello")
    assert shop.http.get(f"/brands/techpro/products?token={answer['token']}").status_code == 200  # counts for nothing


@pytest.mark.parametrize(
    "draft",
    [
        {"ttl_seconds": 59},
        {"ttl_seconds": 86_401},
        {"origin": "null"},
        {"origin": "https://*.shop.example"},
        {"user_id": ""},
        {"user_id": "x" * 257},
    ],
)
def test_a_session_that_could_not_be_held_to_its_bounds_is_not_begun(shop: Server, draft: dict[str, object]) -> None:
    assert shop.http.post("/brands/techpro/sessions", json=draft, headers=ADMIN).status_code == 422


def test_a_socket_ends_when_its_session_or_key_expires_without_a_word(shop: Server) -> None:
    brand = shop.http.get("/brands/techpro", headers=ADMIN).json()
    vault = open_vault(None, folder_of(shop) / "data")
    made_at = datetime.fromisoformat(brand["created_at"]).isoformat()

    def session() -> str:
        claims = {"brand": "techpro", "exp": int(time.time()) + 4, "jti": "soon"}
        return "st_" + sign(claims, vault.derive(f"session:techpro:{made_at}"))

    def key() -> str:
        ends = (utc_now() + timedelta(seconds=4)).isoformat()
        return str(made(shop, "/brands/techpro/keys", role="widget", name="short", expires_at=ends)["key"])

    for make in (session, key):  # one after the other: the second is not to expire while the first is waited for
        credential = make()
        with shop.chat(protocols=["chat.v2", f"token.{credential}"]) as chat:
            frames, code = chat.read_to_close()
            assert (frames[-1]["data"]["code"], code) == ("unauthorized", 1008)
        assert shop.http.get("/brands/techpro/products", headers=bearer(credential)).status_code == 401


def folder_of(server: Server) -> Path:
    return server._log.parent


def test_a_revoked_key_ends_its_open_sockets_at_once(shop: Server) -> None:
    key = made(shop, "/brands/techpro/keys", role="widget", name="page")
    with shop.chat(protocols=["chat.v2", f"token.{key['key']}"]) as chat:
        chat.ask("Hello")
        shop.http.delete(f"/brands/techpro/keys/{key['key_id']}", headers=ADMIN).raise_for_status()
        assert chat.read_to_close()[1] == 1008


def test_an_identity_secret_is_shown_once_to_whoever_may_configure(shop: Server) -> None:
    path = "/brands/fitgear/identity-secret"
    if shop.http.get("/brands/fitgear", headers=ADMIN).status_code == 404:
        path = "/brands/stylehub/identity-secret"
    editor = bearer(made(shop, path.replace("identity-secret", "keys"), role="editor", name="robot")["key"])
    for route in (path, path.replace("identity-secret", "sessions")):
        assert shop.http.post(route, json={}).status_code == 401
        assert shop.http.post(route, json={}, headers=editor).status_code == 403
        again = ADMIN | {"Idempotency-Key": f"once {route}"}
        first = shop.http.post(route, json={}, headers=again).raise_for_status()
        repeated = shop.http.post(route, json={}, headers=again)
        assert repeated.status_code == 409
        shown = first.json().get("secret") or first.json()["token"]
        assert shown not in repeated.text
        assert shown not in shop.log_text()
    assert shop.http.delete(path, headers=editor).status_code == 403
    assert shop.http.delete(path, headers=ADMIN).status_code == 200
    audit = shop.http.get(path.replace("identity-secret", "audit?action=identity"), headers=ADMIN).text
    assert "identity.create" in audit
    assert "identity.delete" in audit
    assert '"is_' not in audit
    gone = shop.http.delete(path, headers=ADMIN)
    assert (gone.status_code, gone.json()["code"]) == (404, "identity_secret_not_found")


def test_the_installations_secret_is_made_once_and_another_opens_nothing(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        file = tmp_path / "data" / "secret.key"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        kept = file.read_text()
        secret = server.http.post("/brands/techpro/identity-secret").raise_for_status().json()["secret"]
        alice = session_of(server)
    with running_server(tmp_path) as server:
        assert file.read_text() == kept
        made_by(server, token(secret))
        assert server.http.get("/brands/techpro/products", headers=bearer(alice)).status_code == 200
    with running_server(tmp_path, SECRET_KEY="x" * 40) as server:
        assert "another SECRET_KEY" in server.log_text()
        body = {"message": MARIGOLD, "user_token": token(secret)}
        assert server.http.post("/chat/techpro", json=body).status_code == 401
        assert server.http.get("/brands/techpro/products", headers=bearer(alice)).status_code == 401
        log = server.log_text()
        assert not any(one in log for one in (secret, kept, alice, "x" * 40))


def session_of(server: Server) -> str:
    return str(server.http.post("/brands/techpro/sessions", json={}).raise_for_status().json()["token"])
