"""Settings: defaults, v2.0's names, placeholders, and one line per mistake."""

from pathlib import Path

import pytest

from config import Settings, SettingsError, load_settings

EVERY_NAME = [name.upper() for name in Settings.model_fields]


@pytest.fixture(autouse=True)
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in EVERY_NAME:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_nothing_needs_to_be_set() -> None:
    settings, warnings = load_settings()
    assert (settings.host, settings.port, settings.openai_model) == ("127.0.0.1", 8000, "gpt-4")
    assert settings.embedding_model == "text-embedding-ada-002"
    assert not settings.chats_with_openai
    assert warnings == []


def test_the_environment_wins_over_the_file(clean_environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (clean_environment / ".env").write_text("PORT=9000\nLOG_LEVEL=debug\n")
    monkeypatch.setenv("PORT", "9001")
    settings, _ = load_settings()
    assert (settings.port, settings.log_level) == (9001, "DEBUG")


@pytest.mark.parametrize("placeholder", ["your_openai_api_key_here", "your_key_here"])
def test_a_published_placeholder_is_no_key_and_says_so(placeholder: str, clean_environment: Path) -> None:
    (clean_environment / ".env").write_text(f"OPENAI_API_KEY={placeholder}\n")
    settings, warnings = load_settings()
    assert settings.openai_api_key is None
    assert not settings.chats_with_openai
    assert len(warnings) == 1
    assert "placeholder" in warnings[0]


@pytest.mark.parametrize(
    ("given", "chats"),
    [
        ({"OPENAI_API_KEY": "sk-real"}, True),
        ({"OPENAI_BASE_URL": "http://localhost:11434/v1"}, True),
        ({"OPENAI_API_KEY": "sk-real", "CHAT_PROVIDER": "embedded"}, False),
        ({"OPENAI_API_KEY": ""}, False),
    ],
)
def test_chat_uses_a_language_model_when_there_is_one(
    given: dict[str, str], *, chats: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert load_settings()[0].chats_with_openai is chats


def test_each_mistake_is_one_line_that_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    monkeypatch.setenv("LOG_LEVEL", "loud")
    monkeypatch.setenv("ALLOWED_ORIGINS", "https://shop.example, https://*.shop.example")
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/99")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["LOG_LEVEL", "PORT", "ALLOWED_ORIGINS", "TRUSTED_PROXIES"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("WEB_CONCURRENCY", "4"), ("CHAT_PROVIDER", "openai"), ("SECRET_KEY", "short"), ("OPENAI_BASE_URL", "no url")],
)
def test_what_cannot_work_stops_the_start(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load_settings()


def test_a_secret_is_not_in_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_unknown_names_in_the_file_and_settings_without_effect_are_told(
    clean_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (clean_environment / ".env").write_text("OPENAI_KEY=x\nPORT=8001\n")
    monkeypatch.setenv("REDIS_URL", "redis://localhost")
    _, warnings = load_settings()
    assert [warning.split()[0] for warning in warnings] == ["OPENAI_KEY", "REDIS_URL"]


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", "https://A.example, http://localhost:3000,")
    monkeypatch.setenv("OPENAI_FALLBACK_MODELS", "gpt-4o-mini,llama3")
    settings, _ = load_settings()
    assert settings.allowed_origins == ["https://a.example", "http://localhost:3000"]
    assert settings.openai_fallback_models == ["gpt-4o-mini", "llama3"]
