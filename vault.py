"""The secret of this installation: what is derived from it, and texts that are kept so that only it can read them.

It is SECRET_KEY, or `secret.key` in DATA_DIR, which is made at the first start. Whoever has a copy of the database and
not of this secret can read nothing that was sealed.
"""

import base64
import binascii
import os
import secrets
import stat
from pathlib import Path

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from durable_files import sync
from errors import StartError, VaultBroken

logger = structlog.get_logger(__name__)

FILE_NAME = "secret.key"
_DERIVED_BYTES = 32
_NONCE_BYTES = 12  # what AES-GCM is specified for
_LEAST_CHARS = 32
_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_SEALING = "seal"


class Vault:
    """Derives keys, seals texts and opens them again.

    Args:
        secret: the installation's secret.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._cipher = AESGCM(self.derive(_SEALING))

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for this purpose; from one nothing can be told of another, nor of the secret."""
        return HKDF(SHA256(), _DERIVED_BYTES, salt=None, info=purpose.encode()).derive(self._secret)

    def seal(self, text: str, purpose: str) -> str:
        """Encrypt a text.

        Args:
            text: what is to be kept.
            purpose: what it is and whose; the same must be said to open it, so that it cannot take another's place.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), purpose.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, purpose: str) -> str:
        """The text that was sealed.

        Raises:
            VaultBroken: it was sealed under another secret or for another purpose, or was changed.
        """
        try:
            content = base64.urlsafe_b64decode(sealed)
            return self._cipher.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], purpose.encode()).decode()
        except (InvalidTag, ValueError, binascii.Error):
            raise VaultBroken("This was sealed under another SECRET_KEY.") from None


def open_vault(secret_key: str | None, data_dir: Path) -> Vault:
    """The vault of SECRET_KEY, or of the file in the data folder, which is made when there is none.

    Args:
        secret_key: SECRET_KEY; None when it is not set.
        data_dir: DATA_DIR, which exists.

    Raises:
        StartError: the file cannot be made or read, or is too short.
    """
    if secret_key is not None:
        return Vault(secret_key)
    path = data_dir / FILE_NAME
    try:
        return Vault(_made(path) or _read(path))
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(
            f"The secret in {path} cannot be used ({type(error).__name__}). Give the server's user the right to read "
            "it (chmod 600), restore it from the backup, or set SECRET_KEY."
        ) from None


def _made(path: Path) -> str | None:
    """Make the file; None when it is there."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    except FileExistsError:
        return None
    secret = secrets.token_urlsafe(_DERIVED_BYTES)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    sync(path.parent)
    return secret


def _read(path: Path) -> str:
    if path.stat().st_mode & _OF_OTHERS:
        logger.warning("others on this machine may read the secret in DATA_DIR: chmod 600 it", file=FILE_NAME)
    secret = path.read_text(encoding="utf-8").strip()
    if len(secret) < _LEAST_CHARS:
        raise StartError(
            f"The secret in {path} has fewer than {_LEAST_CHARS} characters. Restore it from the backup, or set "
            "SECRET_KEY; if nothing was ever sealed with it, delete the file and a new one is made."
        )
    return secret
