"""Sealed cookie values: AES-256-GCM under a ring of keys, bound to the cookie's name, with their expiry inside.

A value is ``<kid>.<base64url of nonce + ciphertext>``. The newest key seals; every key of the ring opens, so keys can
be changed without signing anybody out. The name is authenticated too: one cookie's value is worthless as another's.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.settings import SessionKey

COOKIE_LIMIT_BYTES = 4096  # name and value together; browsers drop what is larger without a word (RFC 6265 §6.1)
_NONCE_BYTES = 12
_EXPIRY = "_exp"
_LARGEST_PLAIN_BYTES = 65_536


class CookieTooLarge(Exception):
    """A value that no browser would keep. ``size`` is in bytes, name included."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(f"{name}: {size} > {COOKIE_LIMIT_BYTES}")
        self.name = name
        self.size = size


class Sealer:
    """Seals and opens JSON objects for cookies."""

    def __init__(self, ring: Sequence[SessionKey], *, clock: Callable[[], float] = time.time) -> None:
        self._current = ring[0].kid
        self._keys = {key.kid: AESGCM(key.key) for key in ring}
        self._clock = clock

    def seal(self, name: str, value: Mapping[str, Any], seconds: int) -> str:
        """``value`` for the cookie ``name``, to be opened for ``seconds``. Raises CookieTooLarge."""
        plain = json.dumps({**value, _EXPIRY: int(self._clock()) + seconds}, separators=(",", ":")).encode()
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._keys[self._current].encrypt(nonce, zlib.compress(plain, 9), _bound_to(self._current, name))
        text = f"{self._current}.{_encoded(nonce + sealed)}"
        if len(name) + len(text) > COOKIE_LIMIT_BYTES:
            raise CookieTooLarge(name, len(name) + len(text))
        return text

    def open(self, name: str, text: str | None) -> dict[str, Any] | None:
        """What was sealed, or None for anything else: forged, for another name, from a retired key, expired."""
        kid, _, body = (text or "").partition(".")
        key = self._keys.get(kid)
        if key is None or len(body) > COOKIE_LIMIT_BYTES:
            return None
        try:
            raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
            if _encoded(raw) != body:
                return None  # the decoder skips what is no base64, and spare bits: one value is written in one way
            packed = key.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound_to(kid, name))
            value = json.loads(zlib.decompressobj().decompress(packed, _LARGEST_PLAIN_BYTES))
        except (ValueError, binascii.Error, InvalidTag, zlib.error):
            return None
        if not isinstance(value, dict) or value.pop(_EXPIRY, 0) <= self._clock():
            return None
        return value


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bound_to(kid: str, name: str) -> bytes:
    return f"{kid}|{name}".encode()
