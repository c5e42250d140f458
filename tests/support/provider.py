"""Issuers to sign in with: the bundled gateway, and a certified provider from npm. Tests see no difference.

Both keep count of what the token endpoint was asked, can be told to fail the next token request, and stand on
127.0.0.1 while the portal is localhost: to a browser those are two sites, as in production.
"""

from __future__ import annotations

import fcntl
import io
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import pytest
import requests
from flask import Flask, Response, jsonify, request
from sqlalchemy import text

from gateway.api.app import create_app as create_gateway
from gateway.identity.clients import register_client
from gateway.identity.passwords import Passwords
from gateway.identity.users import create_user
from gateway.settings import GatewaySettings
from gateway.store.engine import create_engine
from tests.support.postgres import NewDatabase
from tests.support.served import free_port, served

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(__file__).with_name("oidc_provider")
CLIENT_ID = "portal"
CLIENT_SECRET = "portal-secret-for-tests"
PASSWORD = "Correct-Horse-1"
OWNER, TAM, NOBODY = "owner@bank.example", "tam@platform.example", "nobody@bank.example"
TENANT = UUID("018f0000-0000-7000-8000-000000000001")
NAMES = ("bundled", "oidc-provider")
START_SECONDS = 150


@dataclass
class Provider:
    """A running issuer and the platform that accepts its tokens.

    ``refreshes`` counts successful refresh grants; ``fail_next`` makes the next token request answer a status.
    ``email``, ``password``, ``submit`` and ``error`` are selectors of its login form; ``confirm`` of the button that
    answers its question whether to sign out, which ``asks`` says it puts to people who come from the portal too.
    """

    name: str
    issuer: str
    platform_url: str
    all_grants: Callable[[], list[dict[str, Any]]]
    fail_next: Callable[[int, int], None]
    error: str
    confirm: str
    asks: bool = False
    email: str = "input[name=email]"
    password: str = "input[name=password]"
    submit: str = "form button[type=submit], form button:not([type])"
    _before: int = 0

    def forget(self) -> None:
        """Count from here."""
        self._before = len(self.all_grants())

    def grants(self) -> list[dict[str, Any]]:
        """What the token endpoint was asked and answered: ``{"grant", "status"}``."""
        return self.all_grants()[self._before :]

    def refreshes(self) -> int:
        return sum(1 for grant in self.grants() if grant["grant"] == "refresh_token" and grant["status"] == 200)


@contextmanager
def running_provider(name: str, portal_url: str, *, new_database: NewDatabase, data_dir: Path) -> Iterator[Provider]:
    """The issuer called ``name`` with the portal at ``portal_url`` registered; the bundled one on a new database."""
    opened = _bundled(portal_url, new_database, data_dir) if name == "bundled" else _certified(portal_url)
    with opened as provider:
        yield provider


# -- the bundled gateway ---------------------------------------------------------------------------------------


class _TokenWatch:
    """WSGI middleware around the gateway: counts grants, fails one when told to."""

    def __init__(self, application: Callable[..., Any], path: str) -> None:
        self._application = application
        self._path = path
        self.grants: list[dict[str, Any]] = []
        self._failure: tuple[int, int] | None = None

    def fail_next(self, status: int, retry_after: int) -> None:
        self._failure = status, retry_after

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ["PATH_INFO"] != self._path or environ["REQUEST_METHOD"] != "POST":
            return self._application(environ, start_response)
        if self._failure is not None:
            (status, seconds), self._failure = self._failure, None
            answer = Response('{"error":"temporarily_unavailable"}', status, {"Retry-After": str(seconds)})
            return answer(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        grant = "refresh_token" if b"grant_type=refresh_token" in body else "authorization_code"

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            self.grants.append({"grant": grant, "status": int(status[:3])})
            return start_response(status, headers, *rest)

        return self._application(environ, start)


@contextmanager
def _bundled(portal_url: str, new_database: NewDatabase, data_dir: Path) -> Iterator[Provider]:
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    with new_database() as url, gateway_application(url, data_dir, issuer, portal_url) as application:
        watch = _TokenWatch(application, "/v1/auth/oidc/token")
        with served(watch, port):
            yield Provider(
                "bundled", issuer, issuer, lambda: list(watch.grants), watch.fail_next, error="[role=alert]",
                confirm="form button",
            )  # fmt: skip


@contextmanager
def gateway_application(database_url: str, data_dir: Path, issuer: str, portal_url: str) -> Iterator[Flask]:
    """The gateway's API with people in a tenant and the portal registered, on an empty, migrated database."""
    settings = GatewaySettings(database_url=database_url, data_dir=data_dir, public_url=issuer)
    engines: dict[str, Any] = {role: create_engine(settings, role) for role in ("owner", "identity", "api")}  # type: ignore[arg-type]
    quick = Passwords(time_cost=1, memory_kib=64, parallelism=1, concurrent=8)
    with engines["owner"].begin() as connection:
        connection.execute(
            text("INSERT INTO tenants (tenant_id, slug, name) VALUES (:tenant, 'bank', 'Bank')"), {"tenant": TENANT}
        )
    with engines["identity"].begin() as connection:
        create_user(connection, OWNER, "Owner", PASSWORD, "customer", ["owner"], TENANT, passwords=quick)
        create_user(connection, TAM, "Tam", PASSWORD, "internal", ["tam"], None, passwords=quick)
        create_user(connection, NOBODY, "Nobody", PASSWORD, "customer", [], TENANT, passwords=quick)
        register_client(
            connection,
            CLIENT_ID,
            CLIENT_SECRET,
            [f"{portal_url}/auth/callback"],
            [f"{portal_url}/login"],
            f"{portal_url.replace('localhost', '127.0.0.1')}/auth/backchannel-logout",
        )
    try:
        yield create_gateway(settings, engines["api"], identity_engine=engines["identity"])
    finally:
        for engine in engines.values():
            engine.dispose()


# -- npm oidc-provider -----------------------------------------------------------------------------------------


def node_modules() -> Path:
    """Where oidc-provider is installed: fetched once into the data folder. Skips where there is no node."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are absent: the certified OpenID Provider cannot run here")
    folder = ROOT / ".data" / "oidc-provider"
    done = folder / "node_modules" / "oidc-provider" / "package.json"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "install.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.copy(SOURCE / "package.json", folder / "package.json")
                subprocess.run(
                    ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, check=True,
                    capture_output=True,
                )  # fmt: skip
    return folder


@contextmanager
def _certified(portal_url: str) -> Iterator[Provider]:
    modules = node_modules()
    port, platform_port = free_port(), free_port()
    issuer, platform_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{platform_port}"
    env = {
        **os.environ, "NODE_ENV": "test", "NODE_NO_WARNINGS": "1", "MODULES": str(modules), "PORT": str(port),
        "PORTAL": portal_url, "CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": CLIENT_SECRET, "PASSWORD": PASSWORD,
    }  # fmt: skip
    process = subprocess.Popen(
        ["node", str(SOURCE / "issuer.mjs")], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    session = requests.Session()
    session.trust_env = False
    try:
        with served(_platform_for(issuer), platform_port):
            _wait_until_up(process, f"{issuer}/.well-known/openid-configuration", session)

            def grants() -> list[dict[str, Any]]:
                return list(session.get(f"{issuer}/_test/log", timeout=10).json())

            def fail_next(status: int, retry_after: int) -> None:
                session.get(f"{issuer}/_test/fail?status={status}&retryAfter={retry_after}", timeout=10)

            yield Provider(
                "oidc-provider", issuer, platform_url, grants, fail_next, error="#login-error",
                confirm="button[name=logout][value=yes]",
                asks=True,
            )  # fmt: skip
    finally:
        session.close()
        process.terminate()
        process.communicate(timeout=20)


def _wait_until_up(process: subprocess.Popen[str], url: str, session: requests.Session) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            if session.get(url, timeout=2).status_code == 200:
                return
        except requests.RequestException:
            pass
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            pytest.fail(f"the certified provider did not start: {process.communicate()[0][-2000:]}")
        time.sleep(0.05)


def _platform_for(issuer: str) -> Flask:
    """As much of the platform as pages need: it knows its caller by the issuer's tokens, and has no traffic."""
    platform = Flask("platform")
    keys = jwt.PyJWKClient(f"{issuer}/jwks")

    @platform.before_request
    def authenticate() -> Any:
        if request.path == "/health":
            return None
        try:
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            jwt.decode(token, keys.get_signing_key_from_jwt(token), ["RS256"], audience="platform", issuer=issuer)
        except jwt.PyJWTError:
            return jsonify(code="unauthenticated"), 401
        return None

    @platform.get("/health")
    def health() -> Response:
        return jsonify(status="ok")

    @platform.route("/v1/me", methods=["GET", "PATCH"])
    def me() -> Response:
        return jsonify(locale=None, timeZone=None, calendar=None, digits=None)

    @platform.get("/v1/account")
    def account() -> Response:
        return jsonify(
            tenantId=str(TENANT), name="Bank", timeZone="Asia/Kabul", currency="AFN", locale="en", isDemo=False
        )

    @platform.errorhandler(404)
    def absent(_error: Exception) -> tuple[Response, int]:
        return jsonify(code="not_here"), 409

    @platform.get("/v1/messages")
    def messages() -> Response:
        return jsonify(items=[], nextCursor=None)

    return platform
