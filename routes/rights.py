"""Each route says which right it asks for, and that is held before its body is read."""

import ipaddress
import re
import secrets
from collections.abc import Callable, Coroutine
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

_TOKEN = "token."  # noqa: S105, the beginning of a WebSocket subprotocol that carries a key
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PROXIED = frozenset({b"forwarded", b"x-real-ip", b"via"})
_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::[0-9]+)?")

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
            request.state.principal = known = authorize(request, services, right, brand_id)
            act_as(Actor(known.actor, client_address(request, services.limits.trusted_proxies)))
            return await answer(request)

        return handler

    def inner_handler(self) -> Handler:
        """What runs once it is known who asks."""
        return super().get_route_handler()


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
    if principal.may(right, brand_id):
        return principal
    if right is Right.CUSTOMER and brand_id is not None and principal.role is None and _is_public(services, brand_id):
        return principal
    if principal.role is None:
        raise Unauthorized(_KEY_NEEDED)
    raise Forbidden("This key may not do that.")


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
    if known.may(Right.READ, known.brand_id):
        return Caller(OwnerId("key"), reads_all=True)
    return Caller(OwnerId(f"request:{secrets.token_hex(16)}"))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_public(services: Services, brand_id: BrandId) -> bool:
    try:
        return services.brands.config(brand_id).settings.access == "public"
    except BrandNotFound:
        return True  # the route says that there is no such brand


def _unnamed(request: Request, services: Services) -> BrandId | None:
    """The brand of a path that names none: the default one of the legacy paths, else none."""
    legacy = ("/chat", "/products", "/products/search", "/categories", "/recommendations")
    return services.default_brand if request.scope["route"].path in legacy else None
