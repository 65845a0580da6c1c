"""What routes are given: the services, the brand of the path, the caller, and paging."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Query, Response
from fastapi.requests import HTTPConnection

from audit_service import AuditService
from auth_service import AuthService
from brand_service import BrandService
from chatbot_service import ChatbotService
from conversation_service import ConversationService
from idempotency_service import IdempotencyService
from identity_service import IdentityService
from import_service import ImportService
from indexing_service import IndexingService
from knowledge_service import KnowledgeService
from live.base import LiveState
from models import Brand, BrandId
from privacy_service import PrivacyService
from product_service import ProductService
from routes.addresses import Network
from routes.connections import Connections
from routes.rates import RateGuard
from search_service import SearchService
from spending_service import SpendingService
from takeover_service import TakeoverService

# v2.0's lists had no pages: without `limit` a caller gets the whole list, up to this many rows.
WHOLE_LIST = 10_000


@dataclass(frozen=True, slots=True)
class WireLimits:
    """What the wire may carry.

    Attributes:
        frame_bytes: a WebSocket frame from a client.
        body_bytes: a request's body.
        upload_bytes: an upload's body.
        allowed_origins: from which pages chat may be used; empty for any.
        trusted_proxies: whose X-Forwarded-For is believed.
        capped: whether the caps on connections hold.
    """

    frame_bytes: int
    body_bytes: int
    upload_bytes: int
    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    capped: bool = True


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that routes may call, opened by main."""

    auth: AuthService
    identity: IdentityService
    audit: AuditService
    brands: BrandService
    products: ProductService
    search: SearchService
    knowledge: KnowledgeService
    conversations: ConversationService
    chatbot: ChatbotService
    imports: ImportService
    takeover: TakeoverService
    indexing: IndexingService
    idempotency: IdempotencyService
    live: LiveState
    connections: Connections
    rates: RateGuard
    spending: SpendingService
    privacy: PrivacyService
    limits: WireLimits
    default_brand: BrandId


def get_services(request: HTTPConnection) -> Services:
    """The services of the application that answers this request or socket."""
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(get_services)]


def known_brand(services: ServicesDep, brand_id: Annotated[str, Path()]) -> Brand:
    """The brand of the path, active or not."""
    return services.brands.get(BrandId(brand_id))


def active_brand(services: ServicesDep, brand_id: Annotated[str, Path()]) -> Brand:
    """The brand of the path, which customers can reach."""
    return services.brands.get_active(BrandId(brand_id))


def default_brand(services: ServicesDep) -> Brand:
    """The brand that legacy paths, which name none, mean."""
    return services.brands.get_active(services.default_brand)


KnownBrand = Annotated[Brand, Depends(known_brand)]
ActiveBrand = Annotated[Brand, Depends(active_brand)]
DefaultBrand = Annotated[Brand, Depends(default_brand)]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, and where its total is told."""

    limit: int
    offset: int
    response: Response

    def tell_total(self, total: int) -> None:
        """Say in `X-Total-Count` how long the whole list is."""
        self.response.headers["X-Total-Count"] = str(total)


def get_page(
    response: Response,
    limit: Annotated[int, Query(ge=1, le=WHOLE_LIST)] = WHOLE_LIST,
    offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> Page:
    """`limit` and `offset` of the query."""
    return Page(limit, offset, response)


PageDep = Annotated[Page, Depends(get_page)]
