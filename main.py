"""The composition root: opens the services, builds the application, runs the server (python main.py)."""

import asyncio
import contextlib
import functools
import gc
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Literal

import structlog
import uvicorn
from fastapi import FastAPI
from filelock import FileLock, Timeout

from audit_service import AuditService
from auth_service import AuthService
from brand_service import BrandService, PurgeStep
from chatbot_service import ChatbotService
from company_knowledge import CompanyKnowledge
from config import Settings, SettingsError, load_settings
from conversation_service import ConversationService
from errors import StartError
from idempotency_service import IdempotencyService
from import_jobs import ImportJobs
from import_service import ImportService
from indexing_service import IndexingService
from ingestion.records import Limits
from knowledge_service import KnowledgeService
from live.memory import MemoryLiveState
from meaning import Meaning
from models import BrandId
from product_service import ProductService
from prompt_service import PromptService
from providers.base import ChatModel, Embedder
from providers.embedded import EmbeddedChatModel
from providers.failover import FailoverChatModel
from providers.web_pages import WebPages
from retrieval import Retriever
from routes import brands, chat, exports, health, indexing, keys, knowledge, legacy, products, stats, uploads
from routes.body_limit import BodyLimit
from routes.connections import Connections
from routes.dependencies import Services, WireLimits
from routes.errors import install_error_handlers
from routes.origins import CustomerOrigins
from routes.pages import install_pages
from sample_data import load_sample_data
from search_service import SearchService
from speller import Speller
from storage.engine import Database
from storage.migrations import upgrade
from storage.vector_indexes import IndexKind
from takeover_service import TakeoverService
from upload_files import UploadFiles
from vector_store import VectorStore
from web_import import WebImport

logger = structlog.get_logger(__name__)

# On SIGTERM running turns have so long to finish, in seconds.
DRAIN_GRACE_S = 10.0

# After that, so long for answers to HTTP requests that are under way.
REQUEST_GRACE_S = 5

Role = Literal["server", "tool"]


def configure_logging(level: str) -> None:
    """Structured lines on standard error; nothing of what customers say is in them."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


@asynccontextmanager
async def open_services(settings: Settings, role: Role = "server") -> AsyncIterator[Services]:
    """Open everything below the routes, and close it in reverse order.

    Args:
        settings: validated settings.
        role: a "server" takes the data folder's lock and settles what a dead process left; a "tool" beside a running
            server does neither.

    Raises:
        StartError: the service cannot start; the text says what to change.
    """
    async with AsyncExitStack() as stack:
        is_owner = stack.enter_context(_data_lock(settings, role))
        database = Database(settings.data_dir / "chatbot.db")
        stack.push_async_callback(database.aclose)
        await asyncio.to_thread(upgrade, database.engine)
        live = MemoryLiveState()
        stack.push_async_callback(live.aclose)
        audit = AuditService(database)
        admin_key = settings.admin_api_key.get_secret_value() if settings.admin_api_key else None
        auth = AuthService(database, audit, admin_key)
        await auth.start()
        brands_ = BrandService(settings.brands_config_file, database, audit, live.notices)
        stack.push_async_callback(brands_.aclose)
        products_ = ProductService(database, live.notices)
        takeover = TakeoverService(
            database,
            brands_,
            products_,
            folder=settings.chroma_persist_directory,
            default_brand=BrandId(settings.default_brand),
        )
        if is_owner:
            await takeover.prepare()
        embedder = await _open_embedder(settings)
        if embedder is not None:
            stack.push_async_callback(embedder.aclose)
        vectors = VectorStore(settings.chroma_persist_directory) if is_owner and embedder else None
        if vectors is not None:
            stack.push_async_callback(vectors.aclose)
        indexing_ = IndexingService(database, live.notices, embedder, vectors)
        stack.push_async_callback(indexing_.aclose)
        retriever = Retriever(database, live.notices, embedder, vectors)
        search = SearchService(database, brands_, live.notices, retriever, Speller(database, _common_words(settings)))
        meaning = Meaning(database, live.notices, IndexKind.PASSAGES, embedder, vectors)
        company = CompanyKnowledge(database, brands_, live.notices)
        stack.push_async_callback(company.aclose)
        knowledge_ = KnowledgeService(database, company, meaning)
        files = UploadFiles((settings.data_dir / "uploads").absolute())
        web = WebImport(WebPages())
        jobs = ImportJobs(database, products_, knowledge_, brands_, files, web, _parser_limits(settings))
        imports = ImportService(database, products_, indexing_, brands_, files, jobs, works_here=is_owner)
        stack.push_async_callback(imports.aclose)
        conversations = ConversationService(database)
        idempotency = IdempotencyService(database)
        model = _chat_model(settings)
        stack.push_async_callback(model.aclose)
        capped = settings.rate_limit == "on"
        prompts = PromptService(brands_, search, knowledge_)
        chatbot = ChatbotService(conversations, prompts, model, live, capped=capped)
        stack.push_async_callback(chatbot.drain, 0.0)
        # A turn or an import that is stopped can write no more, so they come first.
        steps: list[PurgeStep] = [
            chatbot,
            imports,
            conversations,
            indexing_,
            products_,
            knowledge_,
            search,
            prompts,
            idempotency,
            auth,
        ]
        await brands_.start(steps, resume=is_owner)
        if is_owner and (interrupted := await conversations.interrupt_running()):
            logger.info("replies of the last process marked as interrupted", count=interrupted)
        yield Services(
            auth=auth,
            brands=brands_,
            products=products_,
            search=search,
            knowledge=knowledge_,
            conversations=conversations,
            chatbot=chatbot,
            imports=imports,
            takeover=takeover,
            indexing=indexing_,
            idempotency=idempotency,
            live=live,
            connections=Connections(live.counters, capped=capped),
            limits=WireLimits(
                frame_bytes=settings.max_frame_bytes,
                body_bytes=settings.max_body_bytes,
                upload_bytes=settings.max_upload_bytes,
                allowed_origins=tuple(settings.allowed_origins),
            ),
            default_brand=BrandId(settings.default_brand),
        )


def _parser_limits(settings: Settings) -> Limits:
    return Limits(
        rows=settings.max_upload_rows,
        columns=settings.max_upload_columns,
        cell_chars=settings.max_upload_cell_chars,
        depth=settings.max_upload_depth,
        pages=settings.max_upload_pages,
        archive_ratio=settings.max_archive_ratio,
        archive_bytes=settings.max_archive_bytes,
        memory_bytes=settings.parser_memory_bytes,
        seconds=settings.parser_seconds,
    )


def _data_lock(settings: Settings, role: Role) -> contextlib.AbstractContextManager[bool]:
    """Take the data folder for this process; True when it is ours."""

    @contextlib.contextmanager
    def locked() -> Iterator[bool]:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(settings.data_dir / "server.lock")
        try:
            lock.acquire(blocking=False)
        except Timeout:
            if role == "server":
                raise StartError(
                    f"Another server uses DATA_DIR ({settings.data_dir}). Stop it, or set another DATA_DIR."
                ) from None
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    return locked()


async def _open_embedder(settings: Settings) -> Embedder | None:
    """What makes vectors; None when search goes by words. Each is imported only where it is used: that takes time."""
    match settings.embeds_with:
        case "none":
            return None
        case "openai":
            from providers.openai_embedder import OpenAIEmbedder  # noqa: PLC0415

            key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
            base_url = str(settings.openai_base_url) if settings.openai_base_url else None
            return OpenAIEmbedder(settings.embedding_model, api_key=key, base_url=base_url)
        case "local":
            from providers.local_embedder import LocalEmbedder, WeightsMissing  # noqa: PLC0415

            try:
                return await LocalEmbedder.open(folder=settings.local_model_dir, cache=settings.data_dir / "models")
            except WeightsMissing:
                logger.warning(
                    "the embedding model is not installed: search goes by words alone (./run.sh installs it)"
                )
                return None


def _common_words(settings: Settings) -> frozenset[str]:
    """What the speller leaves alone; nothing where the embedding model is not installed."""
    from providers.local_embedder import WeightsMissing, common_words  # noqa: PLC0415, as above

    try:
        return common_words(settings.local_model_dir)
    except WeightsMissing:
        return frozenset()


def _chat_model(settings: Settings) -> ChatModel:
    """The model, or the chain of models, that answers. The embedded one is always the last resort."""
    embedded = EmbeddedChatModel()
    if not settings.chats_with_openai:
        return embedded
    from providers.openai import OpenAIChatModel  # noqa: PLC0415, a second of import that a keyless start need not pay

    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
    base_url = str(settings.openai_base_url) if settings.openai_base_url else None
    names = [settings.openai_model, *settings.openai_fallback_models]
    return FailoverChatModel(
        [*(OpenAIChatModel(api_key=key, base_url=base_url, model=name) for name in names), embedded]
    )


@asynccontextmanager
async def _filled_services(settings: Settings) -> AsyncIterator[Services]:
    """The services of a server, sample data loaded."""
    async with open_services(settings) as services:
        taken_over = await services.takeover.run(settings.data_dir)
        loaded: dict[str, int] = {}
        if settings.load_sample_data and not taken_over:
            loaded = await load_sample_data(services.brands, services.products)
        await services.knowledge.start()
        await services.indexing.start()
        await services.imports.start()
        # A moment's work, so that the very first question is answered like any other.
        for name, count in loaded.items():
            await services.indexing.settle(BrandId(name), count)
            await services.indexing.settle(BrandId(name), count, IndexKind.PASSAGES)
        model = settings.openai_model if settings.chats_with_openai else "embedded"
        logger.info("ready", chat_model=model, docs=f"http://{settings.host}:{settings.port}/docs")
        yield services


def create_app(settings: Settings, services: Services | None = None) -> FastAPI:
    """The application.

    Args:
        settings: validated settings.
        services: open services, which the caller closes. Without them the application opens its own when it starts up,
            and closes them when it shuts down.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with _filled_services(settings) as opened:
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
    for module in (health, stats, brands, keys, indexing, exports, products, knowledge, uploads, chat, legacy):
        app.include_router(module.router)
    app.add_middleware(CustomerOrigins, allowed_origins=tuple(settings.allowed_origins))
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
        # At DEBUG the socket library prints handshakes, tokens included.
        log_level="info" if settings.log_level == "DEBUG" else settings.log_level.lower(),
        access_log=settings.log_level == "DEBUG",
        lifespan="off",
        ws="websockets-sansio",
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
    async with _filled_services(settings) as services:
        server = ChatServer(server_config(settings, create_app(settings, services)), services)
        # When it has shut down uvicorn raises the signal again for whoever handled it before: nobody need, since what
        # is left to do is to close the services.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        # What is loaded by now stays: going through it again and again, the collector would halt searches for 0.15 s.
        gc.collect()
        gc.freeze()
        await server.serve()


def main() -> int:
    """Run the server until it is told to stop; the exit status."""
    try:
        settings, warnings = load_settings()
    except SettingsError as error:
        sys.stderr.write(f"The settings cannot be used:\n{error}\n")
        return 2
    configure_logging(settings.log_level)
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
