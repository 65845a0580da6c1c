"""What every answer tells browsers, and that the documentation's pages work under it in a real one."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.functional.server import Server

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = pytest.mark.functional


@pytest.mark.parametrize("path", ["/", "/healthz", "/docs", "/redoc", "/openapi.json", "/nothing", "/brands/x"])
def test_every_answer_is_no_page_for_frames_and_guesses(server: Server, path: str) -> None:
    headers = server.http.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "server" not in headers


def test_an_answer_to_whoever_showed_a_key_is_not_kept(server: Server) -> None:
    assert "cache-control" not in server.http.get("/brands/techpro/categories").headers
    shown = server.http.get("/brands/techpro/categories", headers={"X-API-Key": "sk_nothing"})
    assert shown.headers["cache-control"] == "no-store"


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_page()
        browser.close()


@pytest.mark.parametrize(("path", "shown"), [("/docs", ".opblock"), ("/redoc", "[data-section-id]")])
@pytest.mark.enable_socket
def test_the_documentation_runs_under_its_policy(server: Server, page: Page, path: str, shown: str) -> None:
    said: list[Any] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{server.url}{path}")
    page.wait_for_selector(shown, timeout=30_000)
    # Redoc's own sign comes from its makers' network; that it is blocked is as it should be.
    assert [one for one in said if "cdn.redoc.ly" not in one] == []
