"""Signing by Standard Webhooks 1.0.0, symmetric: HMAC-SHA256 over `id.timestamp.body`.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

PREFIX = "whsec_"
_KEY_BYTES = 32  # the specification asks for 24 to 64


def new_secret() -> str:
    """A fresh signing secret as its owner sees it."""
    return PREFIX + base64.b64encode(os.urandom(_KEY_BYTES)).decode()


def webhook_id(event_id: UUID) -> str:
    """The value of `webhook-id`: the event's, so the same for every attempt at it."""
    return f"evt_{event_id.hex}"


def sign(secret: str, identifier: str, timestamp: int, body: bytes) -> str:
    """One signature, `v1,<base64>`."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.digest(key, b".".join((identifier.encode(), str(timestamp).encode(), body)), hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(secrets: Sequence[str], identifier: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers; several secrets (during a rotation) give several signatures, the newest first."""
    timestamp = int(at.timestamp())
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(secret, identifier, timestamp, body) for secret in secrets),
    }
