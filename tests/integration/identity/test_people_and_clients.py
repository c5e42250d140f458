"""Creating users, registering clients, removing what has expired."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from gateway.identity.clients import register_client
from gateway.identity.users import EmailTaken, create_user
from gateway.store.identity import purge_expired
from tests.integration.identity.conftest import CALLBACK, CLIENT_SECRET, PASSWORD, TENANT, Issuer, RelyingParty


@pytest.mark.parametrize("role", ["owner", "developer", "billing", "viewer"])
def test_customer_role_brings_the_role_customer(issuer: Issuer, role: str) -> None:
    issuer.user(roles=[role])
    assert issuer.sql("SELECT roles FROM users") == [(sorted(["customer", role]),)]


def test_user_is_stored_under_the_normalised_address_with_argon2id(issuer: Issuer) -> None:
    issuer.user(" Owner@Bank.EXAMPLE ", locale="ps", time_zone="Asia/Kabul", calendar="persian", digits="arabext")
    row = issuer.sql("SELECT email, password_hash, locale, time_zone, calendar, digits FROM users")[0]
    assert row[0] == "owner@bank.example"
    assert row[1].startswith("$argon2id$")
    assert row[2:] == ("ps", "Asia/Kabul", "persian", "arabext")


def test_address_in_use_is_refused_and_the_transaction_goes_on(issuer: Issuer) -> None:
    issuer.user()
    with issuer.engine.begin() as conn:
        for email in ("owner@bank.example", "OWNER@bank.example"):
            with pytest.raises(EmailTaken):
                create_user(conn, email, "Two", PASSWORD, "customer", [], TENANT, passwords=issuer.policy.passwords)
        create_user(conn, "b@bank.example", "B", PASSWORD, "customer", [], TENANT, passwords=issuer.policy.passwords)
    assert issuer.sql("SELECT count(*) FROM users") == [(2,)]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"email": "no-at"}, "e-mail"),
        ({"email": "a@b@c"}, "e-mail"),
        ({"email": "@b"}, "e-mail"),
        ({"email": "a\0@b"}, "e-mail"),
        ({"name": " "}, "name"),
        ({"password": "short"}, "8 characters"),
        ({"password": "x" * 2000}, "1024"),
        ({"roles": ["tam"]}, "role"),
        ({"user_type": "internal", "tenant_id": None}, "role"),
        ({"user_type": "internal", "roles": ["tam"]}, "tenant"),
        ({"tenant_id": None}, "tenant"),
        ({"user_type": "robot"}, "user_type"),
    ],
)
def test_user_that_makes_no_sense_is_refused(issuer: Issuer, changes: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        issuer.user(**changes)
    assert issuer.sql("SELECT count(*) FROM users") == [(0,)]


def test_client_registered_again_is_brought_up_to_date(issuer: Issuer) -> None:
    issuer.party()
    issuer.party(redirect_uris=["https://portal.example/auth/callback"], name="Portal")
    rows = issuer.sql("SELECT redirect_uris, name FROM oidc_clients")
    assert rows == [(["https://portal.example/auth/callback"], "Portal")]


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": ""},
        {"client_id": "a b"},
        {"client_secret": "short"},
        {"redirect_uris": []},
        {"redirect_uris": ["http://portal.example/cb"]},
        {"redirect_uris": ["https://portal.example/cb#fragment"]},
        {"redirect_uris": ["https://user@portal.example/cb"]},
        {"redirect_uris": ["https://a.example;script-src *"]},
        {"redirect_uris": ["https://a.example:99999/"]},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": ["/relative"]},
        {"post_logout_redirect_uris": ["ftp://portal.example/"]},
        {"backchannel_logout_uri": "http://10.0.0.1/logout"},
        {"scopes": ["openid", "everything"]},
    ],
)
def test_client_that_would_be_unsafe_is_refused(identity_engine: Engine, changes: dict[str, Any]) -> None:
    values: dict[str, Any] = {"client_id": "portal", "client_secret": CLIENT_SECRET, "redirect_uris": [CALLBACK]}
    with identity_engine.begin() as conn, pytest.raises(ValueError, match=r"client_|_uri|scopes"):
        register_client(conn, **(values | changes))


def test_purging_keeps_what_is_alive_and_removes_what_is_over(
    issuer: Issuer, party: RelyingParty, worker_engine: Engine
) -> None:
    alive = party.tokens()
    over = party.another_browser().tokens()
    party.post("/v1/auth/oidc/revoke", data={"token": over["access_token"]}, auth=(party.client_id, party.secret))
    with worker_engine.begin() as conn:
        assert not any(purge_expired(conn).values())

    issuer.sql("UPDATE oidc_codes SET expires_at = now() - interval '2 days'")
    issuer.sql("UPDATE oidc_denylist SET expires_at = now() - interval '2 hours'")
    issuer.sql(
        "UPDATE oidc_sessions SET ended_at = now() - interval '31 days' WHERE session_id <> ("
        "SELECT session_id FROM oidc_sessions ORDER BY session_id LIMIT 1)"
    )
    with worker_engine.begin() as conn:
        removed = purge_expired(conn)
    assert (removed["codes"], removed["denylist"], removed["sessions"]) == (2, 1, 1)
    assert party.userinfo(alive["access_token"]).status_code == 200
    assert party.refresh(alive["refresh_token"]).status_code == 200
    assert issuer.sql("SELECT count(*) FROM oidc_families") == [(1,)]


def test_purging_forgets_families_whose_tokens_are_gone(
    issuer: Issuer, party: RelyingParty, worker_engine: Engine
) -> None:
    party.tokens()
    issuer.sql("UPDATE oidc_codes SET expires_at = now() - interval '9 days'")
    issuer.sql("UPDATE oidc_refresh_tokens SET expires_at = now() - interval '1 day'")
    issuer.sql("UPDATE oidc_families SET created_at = now() - interval '9 days'")
    with worker_engine.begin() as conn:
        removed = purge_expired(conn)
    assert (removed["codes"], removed["refresh_tokens"], removed["families"]) == (1, 1, 1)
