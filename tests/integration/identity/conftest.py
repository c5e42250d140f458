"""An issuer on a real database, and a relying party that drives it through HTTP."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from gateway.identity.blueprint import create_blueprint
from gateway.identity.clients import register_client
from gateway.identity.keys import rotate_keys
from gateway.identity.passwords import Passwords
from gateway.identity.policy import IdentityPolicy
from gateway.identity.sealing import Sealer
from gateway.identity.tokens import EXTENSION, Tokens
from gateway.identity.users import create_user
from gateway.settings import GatewaySettings
from gateway.store.engine import Role, create_engine
from tests.support.postgres import NewDatabase

ISSUER = "http://127.0.0.1:9110"
CALLBACK = "http://localhost:8050/auth/callback"
AFTER_LOGOUT = "http://localhost:8050/login"
CLIENT_ID = "portal"
CLIENT_SECRET = "portal-secret-for-tests"
PASSWORD = "Correct-Horse-1"
TENANT = UUID("018f0000-0000-7000-8000-000000000001")


@dataclass
class Issuer:
    """The application under test, with ways to look behind it."""

    app: Flask
    policy: IdentityPolicy
    engine: Engine
    owner: Engine

    def sql(self, statement: str, **values: Any) -> list[Any]:
        """Run a statement as the tables' owner: to age rows instead of waiting, and to look at them."""
        with self.owner.begin() as conn:
            result = conn.execute(text(statement), values)
            return list(result) if result.returns_rows else []

    def user(self, email: str = "owner@bank.example", **changes: Any) -> UUID:
        values: dict[str, Any] = {"name": "Owner", "user_type": "customer", "roles": ["owner"], "tenant_id": TENANT}
        values |= {"password": PASSWORD} | changes
        with self.engine.begin() as conn:
            return create_user(conn, email, passwords=self.policy.passwords, **values)

    def party(self, client_id: str = CLIENT_ID, *, app: Flask | None = None, **changes: Any) -> RelyingParty:
        """Register a client; it talks to ``app``, this issuer's own by default."""
        values: dict[str, Any] = {
            "client_secret": CLIENT_SECRET,
            "redirect_uris": [CALLBACK],
            "post_logout_redirect_uris": [AFTER_LOGOUT],
            "backchannel_logout_uri": None,
        }
        with self.engine.begin() as conn:
            register_client(conn, client_id, **(values | changes))
        return RelyingParty(self, client_id, (app or self.app).test_client())


@dataclass
class Authorization:
    """An authorization request and its secrets."""

    url: str
    verifier: str
    state: str
    nonce: str


@dataclass
class RelyingParty:
    """One client with one browser."""

    issuer: Issuer
    client_id: str
    browser: FlaskClient
    secret: str = CLIENT_SECRET
    peer: str = "198.51.100.7"
    headers: dict[str, str] = field(default_factory=dict)

    def another_browser(self) -> RelyingParty:
        return replace(self, browser=self.browser.application.test_client())

    def get(self, url: str, **options: Any) -> TestResponse:
        return self.browser.get(_local(url), environ_base={"REMOTE_ADDR": self.peer}, headers=self.headers, **options)

    def post(self, url: str, **options: Any) -> TestResponse:
        return self.browser.post(_local(url), environ_base={"REMOTE_ADDR": self.peer}, headers=self.headers, **options)

    def authorization(self, **changes: str | None) -> Authorization:
        verifier, state, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        values: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "scope": "openid profile email roles",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        values |= changes
        query = urlencode({name: value for name, value in values.items() if value is not None})
        return Authorization(f"/v1/auth/oidc/authorize?{query}", verifier, state, nonce)

    def open_form(self, **changes: str | None) -> tuple[Authorization, str, TestResponse]:
        """Start signing in: the request, the login page's URL, the page."""
        asked = self.authorization(**changes)
        redirected = self.get(asked.url)
        assert redirected.status_code == 303, redirected.text
        url = redirected.headers["Location"]
        return asked, url, self.get(url)

    def submit(
        self, url: str, page: TestResponse, email: str = "owner@bank.example", password: str = PASSWORD
    ) -> TestResponse:
        return self.post(url, data={"form_token": form_token(page), "email": email, "password": password})

    def sign_in(self, email: str = "owner@bank.example", password: str = PASSWORD, **changes: str | None) -> SignIn:
        asked, url, page = self.open_form(**changes)
        answer = self.submit(url, page, email, password)
        assert answer.status_code == 303, answer.text
        return SignIn(asked, returned(answer))

    def token(self, **values: str) -> TestResponse:
        return self.post("/v1/auth/oidc/token", data=values, auth=(self.client_id, self.secret))

    def exchange(self, signed_in: SignIn, **changes: str) -> TestResponse:
        values = {
            "grant_type": "authorization_code",
            "code": signed_in.values["code"],
            "redirect_uri": CALLBACK,
            "code_verifier": signed_in.asked.verifier,
        }
        return self.token(**(values | changes))

    def tokens(self, **changes: Any) -> dict[str, Any]:
        answer = self.exchange(self.sign_in(**changes))
        assert answer.status_code == 200, answer.text
        return dict(answer.get_json())

    def refresh(self, refresh_token: str, **changes: str) -> TestResponse:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **changes)

    def userinfo(self, access_token: str) -> TestResponse:
        return self.browser.get("/v1/auth/oidc/userinfo", headers={"Authorization": f"Bearer {access_token}"})


@dataclass
class SignIn:
    asked: Authorization
    values: dict[str, str]


def returned(answer: TestResponse) -> dict[str, str]:
    """The parameters an answer brings back to the client's callback."""
    location = answer.headers["Location"]
    assert location.startswith(CALLBACK + "?"), location
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def form_token(page: TestResponse) -> str:
    found = re.search(r'name="form_token" value="([^"]*)"', page.text)
    assert found, page.text
    return html.unescape(found[1])


def _local(url: str) -> str:
    return url.removeprefix(ISSUER)


# One database, one application and one key for all tests of a worker, emptied before each: making them anew for
# every test would take far longer than the tests themselves. The fixtures have the names of those they stand in for.


@pytest.fixture(scope="package")
def gateway_settings(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewaySettings]:
    with new_database() as url:
        yield GatewaySettings(database_url=url, data_dir=tmp_path_factory.mktemp("identity"))


def _engine(settings: GatewaySettings, role: Role) -> Iterator[Engine]:
    engine = create_engine(settings, role)
    yield engine
    engine.dispose()


@pytest.fixture(scope="package")
def identity_engine(gateway_settings: GatewaySettings) -> Iterator[Engine]:
    yield from _engine(gateway_settings, "identity")


@pytest.fixture(scope="package")
def owner_engine(gateway_settings: GatewaySettings) -> Iterator[Engine]:
    yield from _engine(gateway_settings, "owner")


@pytest.fixture(scope="package")
def api_engine(gateway_settings: GatewaySettings) -> Iterator[Engine]:
    yield from _engine(gateway_settings, "api")


@pytest.fixture(scope="package")
def worker_engine(gateway_settings: GatewaySettings) -> Iterator[Engine]:
    yield from _engine(gateway_settings, "worker")


@pytest.fixture(scope="package")
def shared_issuer(gateway_settings: GatewaySettings, identity_engine: Engine, owner_engine: Engine) -> Issuer:
    policy = IdentityPolicy(
        issuer=ISSUER,
        sealer=Sealer(b"test secret " * 4),
        passwords=Passwords(time_cost=1, memory_kib=64, parallelism=1, concurrent=8),
        logout_wait_seconds=20,
    )
    app = Flask("issuer")
    app.register_blueprint(create_blueprint(gateway_settings, identity_engine, policy=policy))
    return Issuer(app, policy, identity_engine, owner_engine)


@pytest.fixture(scope="package")
def signing_key(shared_issuer: Issuer) -> Any:
    rotate_keys(shared_issuer.engine, shared_issuer.policy)
    return shared_issuer.sql("SELECT kid, public_jwk::text AS public_jwk, sealed_private FROM oidc_signing_keys")[0]


@pytest.fixture
def issuer(shared_issuer: Issuer, signing_key: Any) -> Issuer:
    """An issuer without users and clients."""
    shared_issuer.sql(
        "TRUNCATE oidc_clients, oidc_signing_keys, oidc_sessions, oidc_families, oidc_codes, oidc_refresh_tokens,"
        " oidc_denylist, oidc_logout_notices, oidc_login_attempts"
    )
    shared_issuer.sql("DELETE FROM users")
    shared_issuer.sql(
        "INSERT INTO tenants (tenant_id, slug, name) VALUES (:tenant, 'bank', 'Bank') ON CONFLICT DO NOTHING",
        tenant=TENANT,
    )
    shared_issuer.sql(
        "INSERT INTO oidc_signing_keys (kid, public_jwk, sealed_private, signs_from)"
        " VALUES (:kid, CAST(:public_jwk AS jsonb), :sealed_private, now() - interval '1 hour')",
        **signing_key._mapping,
    )
    tokens: Tokens = shared_issuer.app.extensions[EXTENSION]
    tokens.keys.forget()
    return shared_issuer


@pytest.fixture
def party(issuer: Issuer) -> RelyingParty:
    """A registered client, and ``owner@bank.example`` to sign in with."""
    issuer.user()
    return issuer.party()
