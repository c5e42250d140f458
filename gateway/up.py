"""``python -m gateway up``: everything the gateway needs on one machine, held until it is told to stop.

Starts the embedded PostgreSQL (unless DATABASE_URL names a server), migrates, registers the portal as a client of the
identity service, loads demo data into an empty database, and announces the database's URL. ``serve`` and ``worker`` run
beside it as processes of their own.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import ExitStack
from dataclasses import replace

from gateway.postgres import EmbeddedPostgres, PostgresError
from gateway.settings import GatewaySettings, SettingsError
from gateway.store import accounts, schema
from gateway.store.engine import create_engine, require_database_url

WATCH_SECONDS = 1.0


class Announcer:
    """Tells whoever started us how far we are, one line at a time."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def say(self, line: str) -> None:
        if self._descriptor is None:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        else:
            os.write(self._descriptor, line.encode() + b"\n")

    def ready(self, database_url: str, *, empty: bool) -> None:
        """The last line, in JSON; nobody listens afterwards."""
        if self._descriptor is not None:
            self.say(json.dumps({"databaseUrl": database_url, "empty": empty}))
            os.close(self._descriptor)
            self._descriptor = None


def register_portal(settings: GatewaySettings, env: dict[str, str]) -> None:
    """Make the portal known to the identity service, as its settings say; an unchanged registration is left alone."""
    from gateway.identity.clients import register_client
    from gateway.identity.policy import REVISIONS_SCOPE, SCOPES

    secret, portal_url = env.get("PORTAL_OIDC_CLIENT_SECRET"), env.get("PORTAL_PUBLIC_URL")
    if not secret or not portal_url:
        return
    engine = create_engine(settings, "identity")
    try:
        with engine.begin() as conn:
            register_client(
                conn,
                client_id=env.get("PORTAL_OIDC_CLIENT_ID") or "portal",
                client_secret=secret,
                redirect_uris=[f"{portal_url}/auth/callback"],
                post_logout_redirect_uris=[f"{portal_url}/login", f"{portal_url}/auth/logged-out"],
                backchannel_logout_uri=_backchannel_uri(env, portal_url),
                scopes=(*SCOPES, REVISIONS_SCOPE),
            )
    finally:
        engine.dispose()


def _backchannel_uri(env: dict[str, str], portal_url: str) -> str:
    """Where the gateway itself reaches the portal: beside it on this machine, not by way of the public address."""
    port = env.get("PORTAL_PORT")
    base = f"http://127.0.0.1:{port}" if port else portal_url
    return f"{base}/auth/backchannel-logout"


def _is_empty(settings: GatewaySettings) -> bool:
    engine = create_engine(settings, "worker")
    try:
        with engine.connect() as conn:
            return not accounts.any_tenant(conn)
    finally:
        engine.dispose()


def prepare(settings: GatewaySettings, announcer: Announcer, *, demo: bool) -> bool:
    """Schema, client and demo data. Returns whether the database has no tenant (and so nobody can sign in)."""
    schema.migrate(settings)
    register_portal(settings, dict(os.environ))
    empty = _is_empty(settings)
    if empty and demo:
        from gateway import demo as demo_data

        announcer.say("Loading demo data, once …")
        report = demo_data.load(settings, messages=settings.demo_messages)
        announcer.say(str(report))
        return False
    return empty


def _keep_up(server: EmbeddedPostgres) -> None:
    try:
        server.ensure_running()
    except PostgresError as error:
        sys.stderr.write(f"{error}\nTrying again.\n")


def run(settings: GatewaySettings, *, announce_fd: int | None = None, demo: bool = True) -> int:
    """Prepare, announce, and hold the database until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: stop.set())
    announcer = Announcer(announce_fd)
    with ExitStack() as held:
        server: EmbeddedPostgres | None = None
        if settings.database_url is None:
            server = EmbeddedPostgres(settings.data_dir / "postgres")
            if not (server.data / "PG_VERSION").exists():
                announcer.say("Making the database, once …")
            held.callback(server.stop)
            settings = replace(settings, database_url=server.start())
        empty = prepare(settings, announcer, demo=demo)
        url = require_database_url(settings)
        if not url:
            raise SettingsError("DATABASE_URL", "is needed")
        announcer.ready(url, empty=empty)
        while not stop.wait(WATCH_SECONDS):
            if server is not None:
                _keep_up(server)
    return 0
