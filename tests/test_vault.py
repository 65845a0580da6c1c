"""The installation's secret: made once, readable by its owner alone, and what it has sealed opens nowhere else."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import StartError, VaultBroken
from vault import FILE_NAME, Vault, open_vault

SECRET = "a-secret-key-of-more-than-32-characters"
OTHER = "another-secret-key-of-32-characters-too"


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_what_was_sealed_opens_again(text: str) -> None:
    vault = Vault(SECRET)
    assert Vault(SECRET).open(vault.seal(text, "note:techpro:1"), "note:techpro:1") == text


def test_what_was_sealed_opens_for_its_purpose_alone() -> None:
    sealed = Vault(SECRET).seal("is_secret", "identity:techpro:1")
    for purpose in ("identity:stylehub:1", "identity:techpro:2", ""):
        with pytest.raises(VaultBroken):
            Vault(SECRET).open(sealed, purpose)


def test_another_secret_opens_nothing() -> None:
    with pytest.raises(VaultBroken):
        Vault(OTHER).open(Vault(SECRET).seal("is_secret", "a"), "a")


@pytest.mark.parametrize("place", [0, 16, 30, -6])
def test_what_was_changed_opens_no_more(place: int) -> None:
    sealed = Vault(SECRET).seal("a text of some length", "a")
    changed = "A" if sealed[place] != "A" else "B"
    place %= len(sealed)
    with pytest.raises(VaultBroken):
        Vault(SECRET).open(sealed[:place] + changed + sealed[place + 1 :], "a")


@pytest.mark.parametrize("sealed", ["", "AAAA", "no base64 ü", "A" * 15, "A" * 400])
def test_what_was_never_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(VaultBroken):
        Vault(SECRET).open(sealed, "a")


def test_the_same_text_is_never_sealed_to_the_same() -> None:
    vault = Vault(SECRET)
    assert len({vault.seal("text", "a") for _ in range(50)}) == 50


def test_each_purpose_has_a_key_of_its_own() -> None:
    vault = Vault(SECRET)
    keys = {vault.derive("session:a"), vault.derive("session:b"), vault.derive("seal"), Vault(OTHER).derive("seal")}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}
    assert vault.derive("session:a") == Vault(SECRET).derive("session:a")


def test_without_a_secret_key_a_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    sealed = open_vault(None, tmp_path).seal("text", "a")
    path = tmp_path / FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text()) >= 43
    assert open_vault(None, tmp_path).open(sealed, "a") == "text"


def test_with_a_secret_key_no_file_is_made(tmp_path: Path) -> None:
    open_vault(SECRET, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 40])
def test_a_file_that_cannot_be_used_stops_the_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(StartError, match="SECRET_KEY"):
        open_vault(None, tmp_path)


def test_a_folder_in_which_none_can_be_made_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(StartError, match="SECRET_KEY"):
        open_vault(None, tmp_path)


def test_a_file_that_others_may_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_vault(None, tmp_path)
    assert "chmod 600" not in capsys.readouterr().out
    (tmp_path / FILE_NAME).chmod(0o640)
    open_vault(None, tmp_path)
    assert "chmod 600" in capsys.readouterr().out
