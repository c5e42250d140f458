"""Ends: revocation, RP-initiated logout, back-channel logout, sessions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode
from uuid import uuid4

import jwt
import pytest

from gateway.identity.backchannel import EVENT, LogoutDelivery, deliver_due
from gateway.identity.keys import KeyRing
from tests.integration.identity.conftest import AFTER_LOGOUT, ISSUER, Issuer, RelyingParty, form_token
from tests.integration.identity.test_code_flow import decode, public_key

LOGOUT = "/v1/auth/oidc/logout"


@dataclass
class Receiver:
    """A client's back-channel address: keeps what is posted, answers with ``status``."""

    uri: str = ""
    status: int = 200
    posted: list[dict[str, list[str]]] = field(default_factory=list)
    hold: threading.Event | None = None


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if kept.hold is not None:
                kept.hold.wait(60)
            kept.posted.append(parse_qs(body))
            self.send_response(kept.status)
            if kept.status == 302:
                self.send_header("Location", kept.uri)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    kept.uri = f"http://127.0.0.1:{server.server_address[1]}/logout"
    try:
        yield kept
    finally:
        if kept.hold is not None:
            kept.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()


def test_revoking_a_refresh_token_ends_its_family(party: RelyingParty) -> None:
    tokens = party.tokens()
    answer = party.post(
        "/v1/auth/oidc/revoke", data={"token": tokens["refresh_token"]}, auth=(party.client_id, party.secret)
    )
    assert answer.status_code == 200
    assert party.refresh(tokens["refresh_token"]).status_code == 400
    assert party.userinfo(tokens["access_token"]).status_code == 401


def test_revoking_an_access_token_denies_that_one_alone(issuer: Issuer, party: RelyingParty) -> None:
    tokens = party.tokens()
    party.post(
        "/v1/auth/oidc/revoke",
        data={"token": tokens["access_token"], "token_type_hint": "access_token"},
        auth=(party.client_id, party.secret),
    )
    assert party.userinfo(tokens["access_token"]).status_code == 401
    denied = issuer.sql("SELECT token_id FROM oidc_denylist")
    assert denied[0][0] == decode(party, tokens["access_token"], "platform")["jti"]
    renewed = party.refresh(tokens["refresh_token"]).get_json()
    assert party.userinfo(renewed["access_token"]).status_code == 200


def test_revoking_somebody_elses_or_unknown_token_changes_nothing(issuer: Issuer, party: RelyingParty) -> None:
    tokens = party.tokens()
    thief = issuer.party("thief")
    credentials = (thief.client_id, thief.secret)
    for token in (tokens["refresh_token"], tokens["access_token"]):
        assert thief.post("/v1/auth/oidc/revoke", data={"token": token}, auth=credentials).status_code == 400
    # RFC 7009 §2.2: an unknown token is no error.
    assert thief.post("/v1/auth/oidc/revoke", data={"token": "unknown"}, auth=credentials).status_code == 200
    assert thief.post("/v1/auth/oidc/revoke", data={"token": tokens["refresh_token"]}).status_code == 401
    assert party.userinfo(tokens["access_token"]).status_code == 200
    assert party.refresh(tokens["refresh_token"]).status_code == 200


def test_logout_with_hint_ends_the_session_and_returns_to_the_client(party: RelyingParty) -> None:
    tokens = party.tokens()
    query = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": AFTER_LOGOUT, "state": "s 1"}
    answer = party.get(f"{LOGOUT}?{urlencode(query)}")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{AFTER_LOGOUT}?state=s+1"
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert party.refresh(tokens["refresh_token"]).status_code == 400
    assert party.get(party.authorization().url).status_code == 303, "the browser has to sign in again"


def test_logout_with_expired_hint_still_works(issuer: Issuer, party: RelyingParty) -> None:
    claims = decode(party, party.tokens()["id_token"], party.client_id)
    hint = KeyRing(issuer.engine, issuer.policy).sign(claims | {"exp": 1, "iat": 0}, "JWT")
    query = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER_LOGOUT}
    assert party.get(f"{LOGOUT}?{urlencode(query)}").headers["Location"] == AFTER_LOGOUT


@pytest.mark.parametrize(
    "target", ["https://evil.example/", AFTER_LOGOUT + "/", AFTER_LOGOUT + "@evil.example", "//evil"]
)
def test_logout_to_unregistered_address_stays_here(party: RelyingParty, target: str) -> None:
    query = {"id_token_hint": party.tokens()["id_token"], "post_logout_redirect_uri": target}
    answer = party.get(f"{LOGOUT}?{urlencode(query)}")
    assert answer.status_code == 200
    assert "You are signed out" in answer.text
    assert "evil" not in answer.text


@pytest.mark.parametrize("kind", ["access_token", "garbage", "foreign"])
def test_logout_with_a_hint_that_is_no_id_token_asks_first(party: RelyingParty, kind: str) -> None:
    tokens = party.tokens()
    foreign = jwt.encode({"iss": ISSUER, "sid": str(uuid4()), "aud": party.client_id}, "k" * 32, algorithm="HS256")
    hint = {"access_token": tokens["access_token"], "garbage": 'x"y', "foreign": foreign}[kind]
    query = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER_LOGOUT}
    answer = party.get(f"{LOGOUT}?{urlencode(query)}")
    assert answer.status_code == 200
    assert "Sign out?" in answer.text
    assert party.userinfo(tokens["access_token"]).status_code == 200


def test_logout_without_hint_asks_and_then_ends_the_session(party: RelyingParty) -> None:
    tokens = party.tokens()
    page = party.get(LOGOUT)
    assert "Sign out?" in page.text
    forged = party.post(LOGOUT, data={"form_token": "forged"})
    assert "Sign out?" in forged.text
    assert party.userinfo(tokens["access_token"]).status_code == 200
    done = party.post(LOGOUT, data={"form_token": form_token(page)})
    assert "You are signed out" in done.text
    assert party.userinfo(tokens["access_token"]).status_code == 401


def test_logout_of_nobody_says_signed_out(party: RelyingParty) -> None:
    assert "You are signed out" in party.get(LOGOUT).text


def test_logout_with_hint_leaves_another_persons_browser_alone(issuer: Issuer, party: RelyingParty) -> None:
    issuer.user("viewer@bank.example", roles=["viewer"])
    other = party.another_browser()
    theirs = other.tokens(email="viewer@bank.example")
    mine = party.tokens()
    other.get(f"{LOGOUT}?{urlencode({'id_token_hint': mine['id_token']})}")
    assert party.userinfo(mine["access_token"]).status_code == 401
    assert party.userinfo(theirs["access_token"]).status_code == 200
    assert other.get(other.authorization().url).status_code == 302, "still signed in"


def test_logout_tells_every_client_of_the_session(issuer: Issuer, receiver: Receiver) -> None:
    user_id = issuer.user()
    party = issuer.party(backchannel_logout_uri=receiver.uri)
    tokens = party.tokens()
    sid = decode(party, tokens["id_token"], party.client_id)["sid"]

    party.get(f"{LOGOUT}?{urlencode({'id_token_hint': tokens['id_token']})}")

    assert len(receiver.posted) == 1
    token = receiver.posted[0]["logout_token"][0]
    assert jwt.get_unverified_header(token)["typ"] == "logout+jwt"
    claims = jwt.decode(token, public_key(party, token), algorithms=["RS256"], audience=party.client_id, issuer=ISSUER)
    assert claims["events"] == {EVENT: {}}
    assert (claims["sid"], claims["sub"]) == (sid, str(user_id))
    assert claims["jti"]
    assert "nonce" not in claims
    assert issuer.sql("SELECT delivered_at IS NOT NULL FROM oidc_logout_notices") == [(True,)]


@pytest.mark.parametrize("status", [500, 302, 400])
def test_logout_notice_that_fails_is_repeated_until_accepted(issuer: Issuer, receiver: Receiver, status: int) -> None:
    issuer.user()
    party = issuer.party(backchannel_logout_uri=receiver.uri)
    receiver.status = status
    party.get(f"{LOGOUT}?{urlencode({'id_token_hint': party.tokens()['id_token']})}")
    assert len(receiver.posted) == 1
    assert issuer.sql("SELECT last_problem FROM oidc_logout_notices") == [(f"status {status}",)]
    assert deliver_due(issuer.engine, issuer.policy) == 0
    assert len(receiver.posted) == 1, "not due yet"

    receiver.status = 204
    issuer.sql("UPDATE oidc_logout_notices SET next_attempt_at = now()")
    assert deliver_due(issuer.engine, issuer.policy) == 1
    assert deliver_due(issuer.engine, issuer.policy) == 0
    assert len(receiver.posted) == 2
    first, second = (jwt.decode(p["logout_token"][0], options={"verify_signature": False}) for p in receiver.posted)
    assert first["jti"] != second["jti"]


def test_logout_notice_to_a_dead_client_is_given_up_in_the_end(issuer: Issuer, receiver: Receiver) -> None:
    issuer.user()
    party = issuer.party(backchannel_logout_uri=receiver.uri)
    receiver.status = 503
    party.get(f"{LOGOUT}?{urlencode({'id_token_hint': party.tokens()['id_token']})}")
    for _ in range(10):
        issuer.sql("UPDATE oidc_logout_notices SET next_attempt_at = now()")
        deliver_due(issuer.engine, issuer.policy)
    assert len(receiver.posted) == 6


def test_logout_does_not_wait_for_a_client_that_hangs(issuer: Issuer, receiver: Receiver) -> None:
    user_id = issuer.user()
    party = issuer.party(backchannel_logout_uri=receiver.uri)
    tokens = party.tokens()
    receiver.hold = threading.Event()
    from dataclasses import replace

    from gateway.store.identity import sessions

    delivery = LogoutDelivery(
        issuer.engine, replace(issuer.policy, logout_wait_seconds=0.01), KeyRing(issuer.engine, issuer.policy)
    )
    with issuer.engine.begin() as conn:
        ended = sessions.end_sessions(conn, reason="test", user_id=user_id)
    delivery.send_now(ended)

    assert receiver.posted == [], "the client has not answered, and we are back"
    assert party.userinfo(tokens["access_token"]).status_code == 401
    receiver.hold.set()
    delivery.close()
    assert len(receiver.posted) == 1
