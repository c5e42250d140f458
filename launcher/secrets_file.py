"""Secrets that a single-machine start makes for itself, once, readable by its owner only."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class LocalSecrets:
    """What the two programs must agree on when nobody configured them."""

    oidc_client_secret: str
    ingest_token: str


def _make() -> LocalSecrets:
    return LocalSecrets(
        oidc_client_secret=secrets.token_urlsafe(32),
        ingest_token=secrets.token_urlsafe(32),
    )


def load(data_dir: Path) -> LocalSecrets:
    """The secrets of this data folder; made on the first start."""
    file = data_dir / "secrets.json"
    if file.exists():
        return LocalSecrets(**json.loads(file.read_text(encoding="utf-8")))
    made = _make()
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        json.dump(asdict(made), target, indent=1)
    return made
