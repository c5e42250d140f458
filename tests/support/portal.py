"""The portal served from this process against some issuer, and a look into the cookies it seals."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from launcher.processes import answers
from portal.factory import create_app
from portal.settings import PortalSettings, SessionKey
from portal.web import limits
from portal.web.limit_store import FILE, SharedFile
from portal.web.sealing import Sealer
from portal.web.session import REFRESH_COOKIE, SESSION_COOKIE
from tests.support.compressed import share_compressed
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.support.served import served

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
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


@contextmanager
def portal_process(port: int, folder: Path, env: Mapping[str, str], *, workers: int, ready: str) -> Iterator[None]:
    """The portal as it runs in production, in processes of its own with ``env``, from when ``ready`` is answered."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")} | {
        "PORTAL_OIDC_CLIENT_ID": CLIENT_ID,
        "PORTAL_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "PORTAL_SESSION_KEYS": ",".join(f"{key.kid}:{base64.b64encode(key.key).decode()}" for key in KEYS),
        "PORTAL_DATA_DIR": str(share_compressed(folder)),
    }
    command = [sys.executable, "-m", "gunicorn", "app:server", "--bind", f"127.0.0.1:{port}", "--workers", str(workers),
               "--worker-class", "gthread", "--threads", "8", "--limit-request-field_size", "16384"]  # fmt: skip
    with (folder / f"log.{port}").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**own, **env}, stdout=log, stderr=log)
    try:
        end = time.monotonic() + START_SECONDS
        while not answers(f"http://127.0.0.1:{port}{ready}"):
            if process.poll() is not None or time.monotonic() > end:
                pytest.fail((folder / f"log.{port}").read_text(errors="replace")[-3000:])
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(30)


def stop_the_minute(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """For limits of portals made from now on it is half a minute past, until the test changes what is returned: no count
    fades, and who is refused is told 30 seconds."""
    now = [1_800_000_030.0]
    monkeypatch.setattr(
        limits,
        "open_store",
        lambda _url, folder: SharedFile(f"shared-file://{folder.resolve() / FILE}", clock=lambda: now[0]),
    )
    return now


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
