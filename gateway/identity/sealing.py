"""Small cryptographic tools of the identity service: seal, open, digest.

One secret stands behind everything here; each purpose gets a key of its own (HKDF), so that a value made for one use
can never be accepted for another.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


@dataclass(frozen=True)
class Opened:
    """A sealed value that is genuine. ``expired`` lets a page say so instead of calling it forged."""

    value: Any
    expired: bool


class Sealer:
    """Authenticated encryption (AES-256-GCM) and MACs under one secret of at least 32 bytes."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("the identity secret needs at least 32 bytes")
        # Kept, since the same few are wanted with every call.
        self._key = lru_cache(maxsize=256)(partial(_derive, secret))

    def seal(self, purpose: str, plain: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self._key(purpose)).encrypt(nonce, plain, purpose.encode())

    def open(self, purpose: str, sealed: bytes) -> bytes | None:
        """The plain value, or None when it was sealed by another secret, for another purpose, or changed."""
        try:
            return AESGCM(self._key(purpose)).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
        except (InvalidTag, ValueError):
            return None

    def seal_token(self, purpose: str, value: Any, seconds: int) -> str:
        """A JSON value as a URL-safe token that says itself when it expires."""
        body = json.dumps([int(time.time()) + seconds, value], separators=(",", ":")).encode()
        return _encode(self.seal(purpose, body))

    def open_token(self, purpose: str, token: str) -> Opened | None:
        raw = _decode(token)
        plain = self.open(purpose, raw) if raw is not None else None
        if plain is None:
            return None
        expires_at, value = json.loads(plain)
        return Opened(value, expires_at <= time.time())

    def keyed_digest(self, purpose: str, text: str) -> bytes:
        """HMAC-SHA-256: what is stored of a secret that must be found again, useless without ours."""
        return hmac.digest(self._key(purpose), text.encode("utf-8", "replace"), "sha256")

    def mac(self, purpose: str, text: str) -> str:
        return _encode(self.keyed_digest(purpose, text))

    def check_mac(self, purpose: str, text: str, given: str) -> bool:
        return hmac.compare_digest(self.mac(purpose, text).encode(), given.encode("utf-8", "replace"))


def digest(token: str) -> bytes:
    """What is stored of a random token: enough to find it again, useless to whoever reads the table."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def seal_under(token: str, plain: str) -> bytes:
    """Seal ``plain`` so that only the holder of ``token`` opens it."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_derive(token.encode(), "successor")).encrypt(nonce, plain.encode(), None)


def open_under(token: str, sealed: bytes) -> str | None:
    try:
        key = AESGCM(_derive(token.encode("utf-8", "replace"), "successor"))
        return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], None).decode()
    except (InvalidTag, ValueError):
        return None


def read_or_create_secret(path: Path) -> bytes:
    """The secret kept in ``path``, made on first use for the owner's eyes only; safe with several processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        # A hard link appears complete or not at all, and never replaces the file of a process that was faster.
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii").strip().encode()


def _derive(secret: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=f"gateway-identity/{purpose}".encode()).derive(secret)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes | None:
    if not text.isascii():
        return None
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
