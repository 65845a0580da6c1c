"""Each route says which right it asks for, and that is held before its body is read."""

import ipaddress
import re
import secrets
from collections.abc import Callable, Coroutine, Iterable, Iterator
from dataclasses import replace
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.requests import HTTPConnection
from fastapi.routing import APIRoute

from acting import Actor, act_as
from auth_service import CUSTOMER, LOOPBACK, AuthService, Principal, Right
from conversation_service import Caller
from errors import BrandNotFound, Forbidden, Unauthorized
from models import BrandId, OwnerId
from routes.addresses import client_address
from routes.dependencies import Services, get_services

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

_CUSTOMERS = frozenset({Right.CHAT, Right.CUSTOMER})
_TOKEN = "token."  # noqa: S105, the beginning of a WebSocket subprotocol that carries a key
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PROXIED = frozenset({b"forwarded", b"x-real-ip", b"via"})
_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::[0-9]+)?")

_PERSON_NEEDED = (
    "This brand talks to customers who prove who they are: a 'user_token' in the message (X-User-Token on other "
    "requests), or a session with a user_id, is needed."
)
_KEY_NEEDED = (
    "A key is needed: send it as 'Authorization: Bearer ...'. Without ADMIN_API_KEY, and while no key was ever made, "
    "administration works from this machine alone, at http://localhost and without a proxy: set ADMIN_API_KEY."
)


def needs(right: Right) -> Callable[[Endpoint], Endpoint]:
    """Declare what a route asks of whoever calls it; stands directly above the function."""

    def declare(endpoint: Endpoint) -> Endpoint:
        endpoint.right = right  # type: ignore[attr-defined]  # a function takes any attribute
        return endpoint

    return declare


def every_route(routes: Iterable[Any]) -> Iterator[APIRoute]:
    """The routes over HTTP that answer for us, also those of included routers."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif (router := getattr(route, "original_router", None)) is not None:
            yield from every_route(router.routes)


def right_of(endpoint: Callable[..., Any]) -> Right:
    """What was declared.

    Raises:
        LookupError: nothing was; the application does not start.
    """
    try:
        right: Right = endpoint.right  # type: ignore[attr-defined]  # as above
    except AttributeError:
        raise LookupError(
            f"{endpoint.__module__}.{endpoint.__name__} declares no right; put @needs(...) above it."
        ) from None
    return right


class GuardedRoute(APIRoute):
    """A route that lets nobody in who may not."""

    def get_route_handler(self) -> Handler:
        """FastAPI's handler, behind the question who asks."""
        answer = self.inner_handler()
        right = right_of(self.endpoint)

        async def handler(request: Request) -> Response:
            services = get_services(request)
            named = request.path_params.get("brand_id")
            brand_id = BrandId(named) if named is not None else _unnamed(request, services)
            address = client_address(request, services.limits.trusted_proxies)
            try:
                request.state.principal = known = await admit(request, services, right, brand_id, address)
            except (Unauthorized, Forbidden):
                await services.rates.on_request(CUSTOMER, address)  # what is refused is a request too
                raise
            act_as(Actor(known.actor, address))
            await services.rates.on_request(known, address)
            return await answer(request)

        return handler

    def inner_handler(self) -> Handler:
        """What runs once it is known who asks."""
        return super().get_route_handler()


async def admit(
    connection: HTTPConnection, services: Services, right: Right, brand_id: BrandId | None, address: str
) -> Principal:
    """The same as `authorize`, for an address that has not tried too many wrong keys.

    Raises:
        Unauthorized, Forbidden: as there.
        RateLimited: it has.
    """
    if credential_of(connection) is None and "x-user-token" not in connection.headers:
        return authorize(connection, services, right, brand_id)
    await services.rates.before_key(address)
    try:
        return authorize(connection, services, right, brand_id)
    except Unauthorized:
        await services.rates.on_wrong_key(address)
        raise


def authorize(connection: HTTPConnection, services: Services, right: Right, brand_id: BrandId | None) -> Principal:
    """Who asks, if they may.

    Args:
        connection: a request or a socket.
        services: know keys and brands.
        right: what is asked for.
        brand_id: of which brand; None for what is of all, of which everybody sees their own part.

    Raises:
        Unauthorized: a key is needed, or the one that was shown counts no longer.
        Forbidden: the key is for something else.
    """
    principal = principal_of(connection, services.auth)
    if right in _CUSTOMERS and brand_id is not None and (access := access_of(services, brand_id)) is not None:
        if principal.role is not None and not principal.may(right, brand_id):
            raise Forbidden("This key may not do that.")
        return _customer(_with_person(connection, services, principal, brand_id), access, right, brand_id)
    if principal.may(right, brand_id):
        return principal
    if principal.role is None and right in _CUSTOMERS and brand_id is not None:
        return principal  # the route says that there is no such brand
    if principal.role is None:
        raise Unauthorized(_KEY_NEEDED)
    raise Forbidden("This key may not do that.")


def access_of(services: Services, brand_id: BrandId) -> str | None:
    """Which customers a brand talks to; None when there is no such brand."""
    try:
        return services.brands.config(brand_id).settings.access
    except BrandNotFound:
        return None


def known_person(
    services: Services, principal: Principal, brand_id: BrandId, token: str | None, user_id: str | None
) -> Principal:
    """Who says something, once what they prove with it is known.

    Args:
        services: know identities and brands.
        principal: who opened the socket, or sent the request, as known until now.
        brand_id: of whom something is asked.
        token: the `user_token` that came with it.
        user_id: what was said beside it.

    Raises:
        Unauthorized: the token proves nobody, or the brand wants to know who asks and does not.
    """
    if token is not None:
        principal = replace(principal, user=services.identity.verify(brand_id, token, user_id))
    if access_of(services, brand_id) == "identified" and not _is_identified(principal, brand_id):
        raise Unauthorized(_PERSON_NEEDED)
    return principal


def _customer(principal: Principal, access: str, right: Right, brand_id: BrandId) -> Principal:
    """Let a customer in as far as the brand's access says."""
    if access == "key" and principal.role is None:
        raise Unauthorized(_KEY_NEEDED)
    # What is said brings its own proof, which is looked at when it is there: known_person.
    if access == "identified" and right is not Right.CHAT and not _is_identified(principal, brand_id):
        raise Unauthorized(_PERSON_NEEDED)
    return principal


def _is_identified(principal: Principal, brand_id: BrandId) -> bool:
    return principal.user is not None or principal.may(Right.READ, brand_id)


def _with_person(connection: HTTPConnection, services: Services, principal: Principal, brand_id: BrandId) -> Principal:
    """Who asks, with the person whom a header proves."""
    token = connection.headers.get("x-user-token")
    if token is None:
        return principal
    return replace(principal, user=services.identity.verify(brand_id, token, _user_id(connection)))


def _user_id(connection: HTTPConnection) -> str | None:
    """`X-User-Id`: what clients send as UTF-8 arrives as Latin-1."""
    value = connection.headers.get("x-user-id")
    try:
        return None if value is None else value.encode("latin-1").decode()
    except UnicodeDecodeError:
        return value


def principal_of(connection: HTTPConnection, auth: AuthService) -> Principal:
    """Whose key was shown; without one, an operator on this machine while that is open, else a customer.

    Raises:
        Unauthorized: the key counts no longer, or is shown by a page that may not.
    """
    credential = credential_of(connection)
    if credential is None:
        return LOOPBACK if auth.is_open and is_local(connection) else CUSTOMER
    principal = auth.principal(credential)
    if principal.origins and connection.headers.get("origin") not in principal.origins:
        raise Unauthorized("This key may not be shown by this page.")
    return principal


def credential_of(connection: HTTPConnection) -> str | None:
    """The key that a request or a socket shows; never one in the address."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    if key := connection.headers.get("x-api-key"):
        return key
    offered: list[str] = connection.scope.get("subprotocols", [])
    return next((one.removeprefix(_TOKEN) for one in offered if one.startswith(_TOKEN)), None)


def is_local(connection: HTTPConnection) -> bool:
    """Whether a request surely comes from this machine, from no other site's page, and through no proxy."""
    headers = connection.scope["headers"]
    if any(name in _PROXIED or name.startswith(b"x-forwarded-") for name, _ in headers):
        return False
    if connection.scope.get("http_version") == "1.0":
        return False
    if not _is_loopback(connection.client.host if connection.client else ""):
        return False
    host = connection.headers.get("host", "")
    name = _HOST.fullmatch(host)
    if name is None or name["name"].lower() not in _LOCAL_NAMES:
        return False
    if connection.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        return False
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == host.lower()


def principal(request: Request) -> Principal:
    """Who calls a route, after they were let in."""
    known: Principal = request.state.principal
    return known


PrincipalDep = Annotated[Principal, Depends(principal)]


def caller_of(known: Principal) -> Caller:
    """Under which conversations are kept whose ids this principal chooses; who may read the brand's reads all."""
    reads_all = known.may(Right.READ, known.brand_id)
    if known.user is not None:
        return Caller.person(known.user, reads_all=reads_all)
    if reads_all:
        return Caller(OwnerId("key"), reads_all=True)
    return Caller(OwnerId(f"request:{secrets.token_hex(16)}"))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _unnamed(request: Request, services: Services) -> BrandId | None:
    """The brand of a path that names none: the default one of the legacy paths, else none."""
    legacy = ("/chat", "/products", "/products/search", "/categories", "/recommendations")
    return services.default_brand if request.scope["route"].path in legacy else None
