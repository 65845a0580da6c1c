"""`/docs` and `/redoc` from files that are installed with the service: no content-delivery network is asked."""

import re
from base64 import b64encode
from hashlib import sha256

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.staticfiles import StaticFiles
from starlette.responses import HTMLResponse

from auth_service import Right
from routes.rights import GuardedRoute, needs

_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)

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
    return _page(
        get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Multi-brand chatbot API",
            swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{_ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{_ASSETS}/favicon.png",
        )
    )


@router.get("/redoc")
@needs(Right.PUBLIC)
async def redoc() -> HTMLResponse:
    """Redoc."""
    return _page(
        get_redoc_html(
            openapi_url="/openapi.json",
            title="Multi-brand chatbot API",
            redoc_js_url=f"{_ASSETS}/redoc.standalone.js",
            redoc_favicon_url=f"{_ASSETS}/favicon.png",
            with_google_fonts=False,
        )
    )


def _page(page: HTMLResponse) -> HTMLResponse:
    """A page that runs its own scripts and no others; those within it are known by their hashes."""
    inline = _INLINE.findall(bytes(page.body))
    hashes = " ".join(f"'sha256-{b64encode(sha256(script).digest()).decode()}'" for script in inline)
    page.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )
    page.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return page
