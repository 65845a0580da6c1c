"""Whether the process lives, and whether it can serve."""

from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from auth_service import Right
from routes.dependencies import ServicesDep
from routes.rights import GuardedRoute, needs

router = APIRouter(tags=["operation"], route_class=GuardedRoute)


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """What the service needs, and whether it has it."""

    status: Literal["ready", "unavailable"]
    checks: dict[str, str]


@router.get("/healthz")
@needs(Right.PUBLIC)
async def healthz() -> Health:
    """The process lives."""
    return Health()


@router.get("/readyz", responses={503: {"model": Readiness}})
@needs(Right.PUBLIC)
async def readyz(services: ServicesDep, response: Response) -> Readiness:
    """The service can answer: its database does. What is amiss with brands or vectors does not keep it from serving."""
    broken = services.brands.broken
    checks = {
        "brands": f"serving the last good copy: {broken}" if broken else "ok",
        "database": await services.conversations.check(),
        "vectors": await services.indexing.check(),
    }
    ready = checks["database"] == "ok" and not services.chatbot.draining
    if not ready:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Readiness(status="ready" if ready else "unavailable", checks=checks)
