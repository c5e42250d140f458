"""The portal served from this process against some issuer, and a look into the cookies it seals."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.factory import create_app
from portal.settings import PortalSettings, SessionKey
from portal.web.sealing import Sealer
from portal.web.session import REFRESH_COOKIE, SESSION_COOKIE
from tests.support.compressed import share_compressed
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.support.served import served

KEYS = (SessionKey("t1", b"0123456789abcdef0123456789abcdef"),)


@dataclass(frozen=True)
class PortalSite:
    """A running portal."""

    url: str
    settings: PortalSettings

    def expired(self, sealed_session: str) -> str:
        """The same session cookie, with an access token that has expired."""
        return changed_session(sealed_session, exp=int(time.time()) - 1)


def portal_settings(url: str, provider: Provider, data_dir: Path, **changes: Any) -> PortalSettings:
    """Settings for tests: keys known, the platform's word believed for no time at all."""
    values: dict[str, Any] = {
        "public_url": url,
        "gateway_url": provider.platform_url,
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        "session_keys": KEYS,
        "data_dir": share_compressed(data_dir),
        "session_check_seconds": 0,
        "log_level": "warning",
    }
    return PortalSettings(**(values | changes))


@contextmanager
def running_portal(port: int, provider: Provider, data_dir: Path, **changes: Any) -> Iterator[PortalSite]:
    """The portal on ``port``, known to browsers as localhost."""
    url = f"http://localhost:{port}"
    settings = portal_settings(url, provider, data_dir, **changes)
    server = create_app(settings)
    try:
        with served(server, port):
            yield PortalSite(url, settings)
    finally:
        server.extensions["portal"].oidc.close()


def opened_session(sealed: str) -> dict[str, Any]:
    """What a session cookie holds."""
    found = Sealer(KEYS).open(SESSION_COOKIE, sealed)
    assert found is not None
    return found


def opened_refresh(sealed: str) -> dict[str, Any]:
    found = Sealer(KEYS).open(REFRESH_COOKIE, sealed)
    assert found is not None
    return found


def changed_session(sealed: str, **claims: Any) -> str:
    """A session cookie whose access token makes other claims (its signature was verified before it was sealed)."""
    held = opened_session(sealed)
    header, payload, signature = held["at"].split(".")
    known = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    body = base64.urlsafe_b64encode(json.dumps(known | claims).encode()).rstrip(b"=").decode()
    return Sealer(KEYS).seal(SESSION_COOKIE, {**held, "at": f"{header}.{body}.{signature}"}, 600)


def changed_refresh(sealed: str, **values: Any) -> str:
    """A refresh cookie with other contents."""
    return Sealer(KEYS).seal(REFRESH_COOKIE, opened_refresh(sealed) | values, 600)
