"""`/docs` and `/redoc` from files that are installed with the service: no content-delivery network is asked."""

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.staticfiles import StaticFiles
from starlette.responses import HTMLResponse

from auth_service import Right
from routes.rights import GuardedRoute, needs

_ASSETS = "/docs-assets"

router = APIRouter(include_in_schema=False, route_class=GuardedRoute)


def install_pages(app: FastAPI) -> None:
    """Serve the documentation pages and their assets."""
    app.mount(_ASSETS, StaticFiles(packages=[("fastapi_offline", "static")]))
    app.include_router(router)


@router.get("/docs")
@needs(Right.PUBLIC)
async def docs() -> HTMLResponse:
    """Swagger UI."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Multi-brand chatbot API",
        swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{_ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{_ASSETS}/favicon.png",
    )


@router.get("/redoc")
@needs(Right.PUBLIC)
async def redoc() -> HTMLResponse:
    """Redoc."""
    return get_redoc_html(
        openapi_url="/openapi.json",
        title="Multi-brand chatbot API",
        redoc_js_url=f"{_ASSETS}/redoc.standalone.js",
        redoc_favicon_url=f"{_ASSETS}/favicon.png",
        with_google_fonts=False,
    )
