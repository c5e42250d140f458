"""A live issuer and a client's callback on another site, for a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

import pytest
from flask import Flask, request
from sqlalchemy import text
from werkzeug.serving import make_server

from gateway.identity.blueprint import create_blueprint
from gateway.identity.clients import register_client
from gateway.identity.passwords import Passwords
from gateway.identity.policy import IdentityPolicy
from gateway.identity.sealing import Sealer
from gateway.identity.users import create_user
from gateway.settings import GatewaySettings
from gateway.store.engine import create_engine
from tests.support.postgres import NewDatabase

EMAIL = "owner@bank.example"
PASSWORD = "Correct-Horse-1"
_TENANT = UUID("018f0000-0000-7000-8000-000000000001")


@dataclass(frozen=True)
class LiveIssuer:
    url: str
    callback: str

    def authorize_url(self, **extra: str) -> str:
        values = {
            "response_type": "code",
            "client_id": "portal",
            "redirect_uri": self.callback,
            "scope": "openid",
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": "x" * 43,
            "code_challenge_method": "S256",
        }
        return f"{self.url}/v1/auth/oidc/authorize?{urlencode(values | extra)}"


@contextmanager
def serving(app: Flask, host: str) -> Iterator[int]:
    """Serve an application on a free port; blueprints may still be added before the first request."""
    server = make_server(host, 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def live_issuer(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveIssuer]:
    client, app = Flask("client"), Flask("issuer")
    icon = "<link rel=icon href=data:,>"
    client.add_url_rule(
        "/callback", view_func=lambda: f"{icon}<p id=back>{'code' in request.args}</p>", endpoint="back"
    )
    with ExitStack() as stack:
        settings = GatewaySettings(
            database_url=stack.enter_context(new_database()), data_dir=Path(tmp_path_factory.mktemp("issuer"))
        )
        engine, owner = create_engine(settings, "identity"), create_engine(settings, "owner")
        stack.callback(engine.dispose)
        stack.callback(owner.dispose)
        # localhost and 127.0.0.1 are two sites to the browser, as portal and issuer are in production.
        callback = f"http://localhost:{stack.enter_context(serving(client, 'localhost'))}/callback"
        url = f"http://127.0.0.1:{stack.enter_context(serving(app, '127.0.0.1'))}"
        policy = IdentityPolicy(
            issuer=url,
            sealer=Sealer(b"test secret " * 4),
            passwords=Passwords(time_cost=1, memory_kib=64, parallelism=1),
            attempts_per_account=1000,
            attempts_per_address=1000,
        )
        app.register_blueprint(create_blueprint(settings, engine, policy=policy))
        with owner.begin() as conn:
            conn.execute(
                text("INSERT INTO tenants (tenant_id, slug, name) VALUES (:tenant, 'bank', 'Bank')"),
                {"tenant": _TENANT},
            )
        with engine.begin() as conn:
            register_client(conn, "portal", "portal-secret-for-tests", [callback])
            create_user(conn, EMAIL, "Owner", PASSWORD, "customer", ["owner"], _TENANT, passwords=policy.passwords)
        yield LiveIssuer(url, callback)
