"""The composition root: opens everything below the routes, each service with what it needs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Literal

import structlog
from filelock import FileLock, Timeout
from pydantic import SecretStr

from audit_service import AuditService
from auth_service import AuthService
from brand_service import BrandService, PurgeStep
from chatbot_service import ChatbotService
from company_knowledge import CompanyKnowledge
from config import Settings
from conversation_service import ConversationService
from errors import StartError
from evidence_service import EvidenceService
from foreground import Foreground
from idempotency_service import IdempotencyService
from identity_service import IdentityService
from import_jobs import ImportJobs
from import_service import ImportService
from indexing_service import IndexingService
from ingestion.records import Limits
from knowledge_service import KnowledgeService
from live.memory import MemoryLiveState
from meaning import Meaning
from models import BrandId
from privacy_service import PrivacyService
from product_service import ProductService
from prompt_service import PromptService
from providers.base import ChatModel, Embedder
from providers.embedded import EmbeddedChatModel
from providers.failover import FailoverChatModel
from providers.web_pages import WebPages
from retrieval import Retriever
from routes.connections import Connections
from routes.dependencies import Services, WireLimits
from routes.rates import RateGuard
from sample_data import load_sample_data
from search_service import SearchService
from speller import Speller
from spending_service import SpendingService
from spools import Spooler
from storage.engine import Database
from storage.migrations import upgrade
from storage.vector_indexes import IndexKind
from takeover_service import TakeoverService
from upload_files import UploadFiles
from vault import open_vault
from vector_store import VectorStore
from web_import import WebImport

logger = structlog.get_logger(__name__)

Role = Literal["server", "tool"]


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
        foreground = Foreground()
        stack.push_async_callback(live.aclose)
        audit = AuditService(database)
        brands_ = BrandService(settings.brands_config_file, database, audit, live.notices)
        stack.push_async_callback(brands_.aclose)
        identity = await _open_identity(settings, database, audit, brands_)
        auth = AuthService(database, audit, _text_of(settings.admin_api_key), identity)
        await auth.start()
        products_ = ProductService(database, live.notices, audit)
        takeover = TakeoverService(
            database,
            brands_,
            products_,
            folder=settings.chroma_persist_directory,
            default_brand=BrandId(settings.default_brand),
        )
        if is_owner:
            await takeover.prepare()
        embedder = await _open_embedder(settings, foreground, stack)
        vectors = VectorStore(settings.chroma_persist_directory, foreground) if is_owner and embedder else None
        if vectors is not None:
            stack.push_async_callback(vectors.aclose)
        indexing_ = IndexingService(database, live.notices, embedder, vectors, audit)
        stack.push_async_callback(indexing_.aclose)
        search = SearchService(
            database,
            brands_,
            live.notices,
            Retriever(database, live.notices, embedder, vectors),
            Speller(database, _common_words(settings)),
        )
        company = CompanyKnowledge(database, brands_, live.notices)
        stack.push_async_callback(company.aclose)
        knowledge_ = KnowledgeService(
            database, company, Meaning(database, live.notices, IndexKind.PASSAGES, embedder, vectors), audit
        )
        files = UploadFiles((settings.data_dir / "uploads").absolute())
        spooler = Spooler(files, WebImport(WebPages()), brands_, _parser_limits(settings))
        jobs = ImportJobs(database, products_, knowledge_, spooler, foreground, audit)
        imports = ImportService(database, indexing_, brands_, files, jobs, audit, works_here=is_owner)
        stack.push_async_callback(imports.aclose)
        conversations = ConversationService(database)
        idempotency = IdempotencyService(database)
        model = _open_model(settings, stack)
        capped = settings.rate_limit == "on"
        spending = SpendingService(database, brands_)
        prompts = PromptService(brands_, search, EvidenceService(brands_, search, knowledge_))
        chatbot = ChatbotService(conversations, prompts, model, live, spending, foreground, capped=capped)
        stack.push_async_callback(chatbot.drain, 0.0)
        privacy = PrivacyService(database, brands_, chatbot, idempotency, identity, audit)
        stack.push_async_callback(privacy.aclose)
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
            identity,
            spending,
            audit,
        ]
        await brands_.start(steps, resume=is_owner)
        if is_owner:
            await conversations.interrupt_running()
            await database.open_readers()
        yield Services(
            auth=auth,
            identity=identity,
            audit=audit,
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
            rates=RateGuard(live.rates, is_on=capped),
            spending=spending,
            privacy=privacy,
            limits=WireLimits(
                frame_bytes=settings.max_frame_bytes,
                body_bytes=settings.max_body_bytes,
                upload_bytes=settings.max_upload_bytes,
                allowed_origins=tuple(settings.allowed_origins),
                trusted_proxies=tuple(settings.trusted_proxies),
            ),
            default_brand=BrandId(settings.default_brand),
        )


async def _open_identity(
    settings: Settings, database: Database, audit: AuditService, brands: BrandService
) -> IdentityService:
    vault = await asyncio.to_thread(open_vault, _text_of(settings.secret_key), settings.data_dir)
    identity = IdentityService(database, audit, vault, brands)
    await identity.start()
    return identity


def _text_of(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


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


async def _open_embedder(settings: Settings, foreground: Foreground, stack: AsyncExitStack) -> Embedder | None:
    embedder = await _embedder(settings, foreground)
    if embedder is not None:
        stack.push_async_callback(embedder.aclose)
    return embedder


async def _embedder(settings: Settings, foreground: Foreground) -> Embedder | None:
    """What makes vectors; None when search goes by words. Each is imported only where it is used: that takes time."""
    match settings.embeds_with:
        case "none":
            return None
        case "openai":
            from providers.openai_embedder import OpenAIEmbedder  # noqa: PLC0415, takes time

            key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
            base_url = str(settings.openai_base_url) if settings.openai_base_url else None
            return OpenAIEmbedder(settings.embedding_model, api_key=key, base_url=base_url)
        case "local":
            from providers.local_embedder import LocalEmbedder, WeightsMissing  # noqa: PLC0415, as above

            try:
                return await LocalEmbedder.open(
                    folder=settings.local_model_dir, cache=settings.data_dir / "models", foreground=foreground
                )
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


def _open_model(settings: Settings, stack: AsyncExitStack) -> ChatModel:
    model = _chat_model(settings)
    stack.push_async_callback(model.aclose)
    return model


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
async def filled_services(settings: Settings) -> AsyncIterator[Services]:
    """The services of a server, sample data loaded."""
    async with open_services(settings) as services:
        taken_over = await services.takeover.run(settings.data_dir)
        loaded: dict[str, int] = {}
        if settings.load_sample_data and not taken_over:
            loaded = await load_sample_data(services.brands, services.products)
        await services.knowledge.start()
        await services.indexing.start()
        await services.imports.start()
        await services.privacy.start()
        # A moment's work, so that the very first question is answered like any other.
        for name, count in loaded.items():
            await services.indexing.settle(BrandId(name), count)
            await services.indexing.settle(BrandId(name), count, IndexKind.PASSAGES)
        model = settings.openai_model if settings.chats_with_openai else "embedded"
        logger.info("ready", chat_model=model, docs=f"http://{settings.host}:{settings.port}/docs")
        yield services
