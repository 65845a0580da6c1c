"""Builds the application and runs the server (python main.py)."""

import asyncio
import functools
import gc
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
import uvicorn
from fastapi import FastAPI

from composition import filled_services
from config import Settings, SettingsError, load_settings
from errors import StartError
from logs import configure_logging
from routes import (
    audit,
    brands,
    chat,
    customers,
    exports,
    health,
    identity,
    indexing,
    keys,
    knowledge,
    legacy,
    products,
    stats,
    uploads,
)
from routes.body_limit import BodyLimit
from routes.dependencies import Services
from routes.errors import install_error_handlers
from routes.openapi import describe
from routes.origins import CustomerOrigins
from routes.page_headers import PageHeaders
from routes.pages import install_pages
from slow_clients import PatientHttp, PatientWebSocket, set_tcp_timeouts

logger = structlog.get_logger(__name__)

# On SIGTERM running turns have so long to finish, in seconds.
DRAIN_GRACE_S = 10.0

# After that, so long for answers to HTTP requests that are under way.
REQUEST_GRACE_S = 5


def create_app(settings: Settings, services: Services | None = None) -> FastAPI:
    """The application.

    Args:
        settings: validated settings.
        services: open services, which the caller closes. Without them the application opens its own when it starts up,
            and closes them when it shuts down.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with filled_services(settings) as opened:
            app.state.services = opened
            yield

    app = FastAPI(
        title="Multi-brand chatbot API",
        version=stats.API_VERSION,
        description="Many brands talk to their customers: chat, catalogue, search, and how each brand speaks.",
        lifespan=None if services else lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = services
    install_error_handlers(app)
    install_pages(app)
    administration = (health, stats, brands, keys, identity, indexing, exports)
    for module in (*administration, products, knowledge, uploads, audit, customers, chat, legacy):
        app.include_router(module.router)
    describe(app)
    app.add_middleware(CustomerOrigins)
    app.add_middleware(PageHeaders)
    app.add_middleware(BodyLimit, body_bytes=settings.max_body_bytes, upload_bytes=settings.max_upload_bytes)
    return app


class ChatServer(uvicorn.Server):
    """A server that lets running replies finish before it goes.

    uvicorn closes every socket as soon as it is told to stop. Here the listeners close first, running turns get
    DRAIN_GRACE_S, sockets hear the ends of their replies and are closed with 1012, and then uvicorn does the rest.
    """

    def __init__(self, config: uvicorn.Config, services: Services) -> None:
        super().__init__(config)
        self._services = services

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and let the kernel give up peers that are gone."""
        await super().startup(sockets)
        for server in self.servers:
            for listener in server.sockets:
                set_tcp_timeouts(listener)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, then shut down. A second Ctrl+C ends the waiting."""
        for listener in self.servers:
            listener.close()
        drain = asyncio.create_task(self._services.chatbot.drain(DRAIN_GRACE_S))
        while not drain.done() and not self.force_exit:
            await asyncio.wait([drain], timeout=0.1)
        if drain.done():
            await drain
        await self._services.connections.close_all()
        await super().shutdown(sockets)
        drain.cancel()


def server_config(settings: Settings, app: FastAPI) -> uvicorn.Config:
    """How uvicorn is run: sans-IO sockets without compression (27 KiB an idle socket), and bounded frames."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,  # logs.py
        access_log=settings.log_level == "DEBUG",
        lifespan="off",
        http=PatientHttp,
        ws=PatientWebSocket,
        ws_max_size=settings.max_frame_bytes,
        ws_per_message_deflate=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=REQUEST_GRACE_S,
    )


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        StartError: the service cannot start; the text says what to change.
    """
    async with filled_services(settings) as services:
        server = ChatServer(server_config(settings, create_app(settings, services)), services)
        # When it has shut down uvicorn raises the signal again for whoever handled it before: nobody need, since what
        # is left to do is to close the services.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        spare_collector()
        await server.serve()


# Python's collector looks at what is new whenever there are so many more objects, and after so many times at what was
# new then. What a search leaves behind is in caches, and no garbage: with Python's own 700 and 10 the collector takes
# 2% of the time of searches and up to 35 ms at once, with these 1% and up to 9 ms, with 10,000 and 10 up to 31 ms.
_NEW_OBJECTS, _TIMES = 2_000, 50


def spare_collector() -> None:
    """What is loaded stays: going through it again and again, Python's collector would halt searches for 0.15 s."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, _TIMES)


# How long a thread may keep the interpreter while another waits for it. A reply takes some twenty steps from thread to
# thread: with Python's own 5 ms, while a long document was cut on another one, first words took 636 ms at p99, with
# this 159 ms.
SWITCH_INTERVAL_S = 0.0005


def main() -> int:
    """Run the server until it is told to stop; the exit status."""
    try:
        settings, warnings = load_settings()
    except SettingsError as error:
        sys.stderr.write(f"The settings cannot be used:\n{error}\n")
        return 2
    configure_logging(settings.log_level)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    for warning in warnings:
        logger.warning(warning)
    try:
        with asyncio.Runner(loop_factory=uvicorn.Config("main:app").get_loop_factory()) as runner:
            runner.run(serve(settings))
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


@functools.cache
def _default_app() -> FastAPI:
    settings, _ = load_settings()
    configure_logging(settings.log_level)
    return create_app(settings)


def __getattr__(name: str) -> FastAPI:
    """`uvicorn main:app` finds an application here; importing this module makes none."""
    if name == "app":
        return _default_app()
    raise AttributeError(name)


if __name__ == "__main__":
    raise SystemExit(main())
