"""Every environment variable that the service reads, once, validated. Nothing is read at import."""

import os
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, HttpUrl, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

# v2.0's README and .env.example told people to write these; they are no keys.
PLACEHOLDER_KEYS = frozenset({"your_openai_api_key_here", "your_key_here"})
DEFAULT_EMBEDDING_MODEL = "text-embedding-ada-002"
ENV_FILE = ".env"


class SettingsError(Exception):
    """The settings cannot be used; the text has one line per mistake, each naming its variable."""


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _not_placeholder(value: SecretStr | None) -> SecretStr | None:
    return None if value and value.get_secret_value().strip() in PLACEHOLDER_KEYS else value


def _at_least(chars: int) -> AfterValidator:
    def check(value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < chars:
            raise ValueError(f"it must have at least {chars} characters")
        return value

    return AfterValidator(check)


def _origin(value: str) -> str:
    scheme, separator, host = value.partition("://")
    if scheme not in {"http", "https"} or not separator or not host or "/" in host or "*" in host:
        raise ValueError(f"'{value}' is not an origin; write it like https://shop.example (no path, no wildcard)")
    return value.lower()


Origin = Annotated[str, AfterValidator(_origin)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(lambda value: ip_network(value, strict=False))]
Listed = (NoDecode, BeforeValidator(_split))


class Settings(BaseSettings):
    """The service's settings. docs/configuration.md has them as a table."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, env_ignore_empty=True, extra="ignore", frozen=True)

    # Names that v2.0 had.
    openai_api_key: Annotated[SecretStr | None, AfterValidator(_not_placeholder)] = None
    openai_model: str = "gpt-4"
    embedding_model: str = DEFAULT_EMBEDDING_MODEL
    chroma_persist_directory: Path = Path("./chroma_db")
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
        BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
    ] = "INFO"

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    web_concurrency: Annotated[int, Field(ge=1)] = 1
    data_dir: Path = Path("./data")
    brands_config_file: Path = Path("./brands_config.json")

    openai_base_url: HttpUrl | None = None
    openai_fallback_models: Annotated[list[str], *Listed] = []
    chat_provider: Literal["auto", "openai", "embedded"] = "auto"
    embedding_provider: Literal["auto", "openai", "local", "none"] = "auto"
    local_model_dir: Path | None = None

    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    chroma_url: HttpUrl | None = None

    secret_key: Annotated[SecretStr | None, _at_least(32)] = None
    admin_api_key: Annotated[SecretStr | None, _at_least(16)] = None
    allowed_origins: Annotated[list[Origin], *Listed] = []
    trusted_proxies: Annotated[list[Network], *Listed] = []

    max_frame_bytes: Annotated[int, Field(ge=1_024)] = 131_072  # 8,000 emoji escaped by v2.0's clients are 96,041
    max_body_bytes: Annotated[int, Field(ge=1_024)] = 8 * 1024 * 1024
    max_upload_bytes: Annotated[int, Field(ge=1_024)] = 100 * 1024 * 1024
    max_upload_rows: Annotated[int, Field(ge=1)] = 1_000_000
    max_upload_columns: Annotated[int, Field(ge=1)] = 2_000
    max_upload_cell_chars: Annotated[int, Field(ge=100)] = 131_072
    max_upload_depth: Annotated[int, Field(ge=1, le=500)] = 100
    max_upload_pages: Annotated[int, Field(ge=1)] = 1_000
    max_archive_ratio: Annotated[int, Field(ge=2)] = 200
    max_archive_bytes: Annotated[int, Field(ge=1_024)] = 1024 * 1024 * 1024
    parser_memory_bytes: Annotated[int, Field(ge=256 * 1024 * 1024)] = 1536 * 1024 * 1024
    parser_seconds: Annotated[int, Field(ge=1)] = 300
    rate_limit: Literal["on", "off"] = "on"
    load_sample_data: bool = True
    default_brand: str = "techpro"

    @model_validator(mode="after")
    def _one_process_or_shared_state(self) -> "Settings":
        if self.web_concurrency > 1:
            raise ValueError(
                "WEB_CONCURRENCY: more than one process needs DATABASE_URL, REDIS_URL, CHROMA_URL and SECRET_KEY, and "
                "this version cannot use them yet. Set WEB_CONCURRENCY=1."
            )
        return self

    @model_validator(mode="after")
    def _openai_needs_an_address(self) -> "Settings":
        if self.chat_provider == "openai" and not (self.openai_api_key or self.openai_base_url):
            raise ValueError("CHAT_PROVIDER: 'openai' needs OPENAI_API_KEY or OPENAI_BASE_URL.")
        return self

    @model_validator(mode="after")
    def _openai_embeddings_need_an_address(self) -> "Settings":
        if self.embedding_provider == "openai" and not (self.openai_api_key or self.openai_base_url):
            raise ValueError("EMBEDDING_PROVIDER: 'openai' needs OPENAI_API_KEY or OPENAI_BASE_URL.")
        return self

    @property
    def embeds_with(self) -> Literal["openai", "local", "none"]:
        """What makes vectors. Another server is asked only when EMBEDDING_MODEL names a model of its own."""
        if self.embedding_provider != "auto":
            return self.embedding_provider
        if self.openai_base_url is not None:
            return "openai" if self.embedding_model != DEFAULT_EMBEDDING_MODEL else "local"
        return "openai" if self.openai_api_key is not None else "local"

    @property
    def chats_with_openai(self) -> bool:
        """Whether a language model is asked first. The embedded model is the last resort in any case."""
        if self.chat_provider == "auto":
            return self.openai_api_key is not None or self.openai_base_url is not None
        return self.chat_provider == "openai"


_NOT_YET = (
    "chroma_url",
    "database_url",
    "redis_url",
)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load_settings(**overrides: object) -> tuple[Settings, list[str]]:
    """Read the environment and `.env`.

    Args:
        overrides: values that win over the environment, for tests and tools.

    Returns:
        The settings, and sentences of warning for the log.

    Raises:
        SettingsError: a value is wrong; its text has one line per mistake.
    """
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]  # pydantic validates them
    except ValidationError as error:
        raise SettingsError("\n".join(_mistakes(error))) from None
    return settings, _warnings(settings)


def _mistakes(error: ValidationError) -> list[str]:
    lines = []
    for mistake in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in mistake["loc"][:1]).upper()
        message = mistake["msg"].removeprefix("Value error, ")
        lines.append(f"{name}: {message}" if name else message)
    return lines


def _warnings(settings: Settings) -> list[str]:
    known = set(Settings.model_fields)
    in_file = dotenv_values(ENV_FILE) if Path(ENV_FILE).is_file() else {}
    warnings = [
        f"{name} in {ENV_FILE} is no setting of this service and is ignored."
        for name in in_file
        if name.lower() not in known
    ]
    if settings.openai_api_key is None and _placeholder_given(in_file):
        warnings.append(
            "OPENAI_API_KEY is the published placeholder and counts as unset; replies come from the embedded model."
        )
    warnings += [
        f"{name.upper()} has no effect in this version." for name in _NOT_YET if name in settings.model_fields_set
    ]
    if not _is_loopback(settings.host) and settings.admin_api_key is None:
        warnings.append(
            f"HOST is {settings.host} and ADMIN_API_KEY is not set: until a key is made, administration works from "
            "this machine alone. Set ADMIN_API_KEY to administer from elsewhere."
        )
    return warnings


def _placeholder_given(in_file: dict[str, str | None]) -> bool:
    return not PLACEHOLDER_KEYS.isdisjoint({os.environ.get("OPENAI_API_KEY"), in_file.get("OPENAI_API_KEY")})
