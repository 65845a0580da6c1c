"""Errors as problem documents (RFC 9457), with FastAPI's `detail`, which v2.0's clients read."""

from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from errors import ServiceError
from routes.rights import every_route

logger = structlog.get_logger(__name__)

PROBLEM_TYPE = "application/problem+json"

# The codes of what the framework itself refuses.
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 422: "invalid_request"}


def install_error_handlers(app: FastAPI) -> None:
    """Map every error that a request can end in."""
    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(Exception, _unexpected)


def problem(
    status: int, code: str, detail: str | list[dict[str, Any]], headers: dict[str, str] | None = None
) -> JSONResponse:
    """A problem document."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code}
    return JSONResponse(body, status, headers, PROBLEM_TYPE)


def service_problem(error: ServiceError) -> JSONResponse:
    """A problem document for one of our own errors."""
    headers = {"Retry-After": str(max(1, round(error.retry_after)))} if error.retry_after is not None else None
    return problem(error.status, error.code, error.message, headers)


async def _service_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ServiceError)  # noqa: S101, Starlette's signature is wider than what it calls
    return service_problem(error)


async def _validation_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101, as above
    # Without `input` and `ctx`: what was sent is not echoed, and NaN in it would be no JSON.
    mistakes = [{key: mistake[key] for key in ("type", "loc", "msg")} for mistake in error.errors()]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", mistakes)


async def _http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101, as above
    code = _CODES.get(error.status_code, "http_error")
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_allowed(request))  # Starlette names those of the first route of the path
    return problem(error.status_code, code, str(error.detail), headers)


def _allowed(request: Request) -> list[str]:
    """The methods that the request's path has."""
    fitting = (one for one in every_route(request.app.routes) if one.matches(request.scope)[0] is not Match.NONE)
    return sorted({method for route in fitting for method in route.methods or ()})


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    logger.error("request failed", method=request.method, exc_info=error)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, ServiceError.code, "Something went wrong on our side; please try again."
    )
