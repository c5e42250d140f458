"""What people change of themselves, through the API: password, address, sessions. And what nobody can change so."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from gateway.api.app import create_app
from gateway.identity.passwords import PasswordsBusy
from gateway.settings import GatewaySettings
from tests.integration.identity.conftest import PASSWORD, TENANT, Issuer, RelyingParty

NEW = "a sentence only I know"
PASSWORD_PATH = "/v1/me/password"
SESSIONS_PATH = "/v1/auth/sessions"


@pytest.fixture
def party(
    gateway_settings: GatewaySettings, api_engine: Engine, identity_engine: Engine, issuer: Issuer
) -> RelyingParty:
    """A client of the whole API, with ``owner@bank.example`` to sign in with."""
    issuer.user()
    app = create_app(gateway_settings, api_engine, identity_engine=identity_engine, policy=issuer.policy)
    return issuer.party(app=app)


def call(party: RelyingParty, tokens: dict[str, Any], method: str, path: str, **body: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return party.browser.open(path, method=method, headers=headers, json=body or None)


def change_password(party: RelyingParty, tokens: dict[str, Any], current: str, new: str) -> TestResponse:
    return call(party, tokens, "POST", PASSWORD_PATH, currentPassword=current, newPassword=new)


def lives(party: RelyingParty, tokens: dict[str, Any]) -> bool:
    """Whether both tokens of a sign-in are still accepted."""
    opens = call(party, tokens, "GET", "/v1/me").status_code == 200
    renews = party.refresh(tokens["refresh_token"]).status_code == 200
    assert opens == renews
    return opens


def fields(answer: TestResponse) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {error["field"]: error["code"] for error in answer.get_json()["errors"]}


def sessions_of(party: RelyingParty, tokens: dict[str, Any], query: str = "") -> dict[str, Any]:
    answer = call(party, tokens, "GET", SESSIONS_PATH + query)
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


# -- password ------------------------------------------------------------------------------------------------------


def test_password_change_ends_every_other_session_and_keeps_this_one(party: RelyingParty) -> None:
    phone = party.another_browser()
    lost = phone.tokens()
    tokens = party.tokens()

    assert change_password(party, tokens, PASSWORD, NEW).status_code == 204

    assert not lives(phone, lost)
    assert phone.get(phone.authorization().url).status_code == 303, "nor does its browser sign in silently"
    assert lives(party, tokens)
    _asked, url, page = phone.open_form()
    assert phone.submit(url, page, password=PASSWORD).status_code == 200, "the old one is wrong now"
    assert party.another_browser().tokens(password=NEW)


def test_password_change_tells_the_clients_of_ended_sessions_only(issuer: Issuer, party: RelyingParty) -> None:
    issuer.sql("UPDATE oidc_clients SET backchannel_logout_uri = 'http://127.0.0.1:1/logout'")
    lost = party.another_browser().tokens()
    tokens = party.tokens()
    change_password(party, tokens, PASSWORD, NEW)
    told = [str(row[0]) for row in issuer.sql("SELECT session_id FROM oidc_logout_notices")]
    assert told == [jwt.decode(lost["access_token"], options={"verify_signature": False})["sid"]]


def test_password_change_touches_nobody_else(issuer: Issuer, party: RelyingParty) -> None:
    issuer.user("viewer@bank.example", roles=["viewer"])
    theirs = party.another_browser().tokens(email="viewer@bank.example")
    before = issuer.sql("SELECT email, password_hash FROM users WHERE email LIKE 'viewer%'")
    change_password(party, party.tokens(), PASSWORD, NEW)
    assert lives(party, theirs)
    assert issuer.sql("SELECT email, password_hash FROM users WHERE email LIKE 'viewer%'") == before


def test_password_change_repeated_after_a_lost_answer_succeeds_and_changes_nothing(
    issuer: Issuer, party: RelyingParty
) -> None:
    tokens = party.tokens()
    assert change_password(party, tokens, PASSWORD, NEW).status_code == 204
    stored = issuer.sql("SELECT password_hash FROM users")
    assert change_password(party, tokens, PASSWORD, NEW).status_code == 204
    assert issuer.sql("SELECT password_hash FROM users") == stored


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("short", "password_too_short"),
        ("x1" * 129, "password_too_long"),
        (PASSWORD, "password_unchanged"),
        ("Owner@Bank.example", "password_is_email"),
        ("Qwertyuiop", "password_too_common"),
        ("aaaaaaaaaaaa", "password_too_common"),
        ("", "password_too_short"),
    ],
)
def test_new_password_that_is_weak_is_refused(party: RelyingParty, new: str, code: str) -> None:
    tokens = party.tokens()
    assert fields(change_password(party, tokens, PASSWORD, new)) == {"newPassword": code}
    assert party.another_browser().tokens(password=PASSWORD)


def test_both_passwords_wrong_are_both_named(party: RelyingParty) -> None:
    refused = fields(change_password(party, party.tokens(), "not it", "short"))
    assert refused == {"currentPassword": "wrong_password", "newPassword": "password_too_short"}


def test_wrong_current_password_changes_nothing(issuer: Issuer, party: RelyingParty) -> None:
    tokens = party.tokens()
    stored = issuer.sql("SELECT password_hash FROM users")
    answer = change_password(party, tokens, "not my password", NEW)
    assert fields(answer) == {"currentPassword": "wrong_password"}
    assert "not my password" not in answer.text
    assert issuer.sql("SELECT password_hash FROM users") == stored


def test_guessing_the_current_password_is_throttled_and_says_until_when(issuer: Issuer, party: RelyingParty) -> None:
    tokens = party.tokens()
    for _ in range(issuer.policy.attempts_per_account):
        assert change_password(party, tokens, "not my password", NEW).status_code == 422
    answer = change_password(party, tokens, PASSWORD, NEW)
    assert (answer.status_code, answer.get_json()["code"]) == (429, "rate_limited")
    assert 0 < int(answer.headers["Retry-After"]) <= issuer.policy.attempt_window_seconds
    assert call(party, tokens, "PATCH", "/v1/me", email="a@b.example", currentPassword=PASSWORD).status_code == 429
    issuer.sql("UPDATE oidc_login_attempts SET window_ends_at = now()")
    assert change_password(party, tokens, PASSWORD, NEW).status_code == 204


def test_right_passwords_do_not_use_the_limit_up(issuer: Issuer, party: RelyingParty) -> None:
    tokens = party.tokens()
    for number in range(issuer.policy.attempts_per_account + 2):
        email = f"owner{number}@bank.example"
        assert call(party, tokens, "PATCH", "/v1/me", email=email, currentPassword=PASSWORD).status_code == 200


def test_password_checks_that_are_busy_are_503_and_counted_for_nobody(
    issuer: Issuer, party: RelyingParty, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = party.tokens()

    def busy(*_: object) -> None:
        raise PasswordsBusy(retry_after=7)

    with monkeypatch.context() as patch:
        patch.setattr(type(issuer.policy.passwords), "verify", busy)
        answer = change_password(party, tokens, PASSWORD, NEW)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert issuer.sql("SELECT sum(attempts) FROM oidc_login_attempts WHERE attempts > 0")[0][0] is None


def test_person_without_a_password_cannot_set_one_here(issuer: Issuer, party: RelyingParty) -> None:
    tokens = party.tokens()
    issuer.sql("UPDATE users SET password_hash = NULL")
    assert fields(change_password(party, tokens, "", NEW)) == {"currentPassword": "wrong_password"}


@pytest.mark.parametrize("body", [{}, {"currentPassword": PASSWORD}, {"newPassword": NEW}, {"currentPassword": None}])
def test_incomplete_password_change_names_what_is_missing(party: RelyingParty, body: dict[str, Any]) -> None:
    answer = party.browser.post(
        PASSWORD_PATH, json=body, headers={"Authorization": f"Bearer {party.tokens()['access_token']}"}
    )
    assert set(fields(answer)) == {"currentPassword", "newPassword"} - {k for k, v in body.items() if v}


def test_apis_own_role_still_cannot_read_or_write_what_identity_keeps(api_engine: Engine) -> None:
    for statement in (
        "SELECT password_hash FROM users",
        "UPDATE users SET password_hash = 'x'",
        "UPDATE users SET email = 'x@y.example'",
        "UPDATE oidc_sessions SET ended_at = now()",
    ):
        with pytest.raises(Exception, match="permission denied"), api_engine.begin() as connection:
            connection.exec_driver_sql(statement)


def test_changes_are_in_the_accounts_audit_log_without_any_secret(issuer: Issuer, party: RelyingParty) -> None:
    issuer.sql("DELETE FROM audit_events")
    party.another_browser().tokens()
    tokens = party.tokens()
    change_password(party, tokens, "wrong one", NEW)
    call(party, tokens, "DELETE", SESSIONS_PATH)
    call(party, tokens, "DELETE", SESSIONS_PATH)  # nothing left to end, nothing to tell
    change_password(party, tokens, PASSWORD, NEW)
    call(party, tokens, "PATCH", "/v1/me", email="new@bank.example", currentPassword=NEW)

    lines = issuer.sql("SELECT action, subject, actor_id::text, tenant_id, details FROM audit_events ORDER BY audit_id")

    actions = ["person.sessions_ended", "person.password_changed", "person.email_changed"]
    assert [line.action for line in lines] == actions
    assert {line.subject for line in lines} == {line.actor_id for line in lines}
    assert {line.tenant_id for line in lines} == {TENANT}
    assert lines[2].details == {"from": "owner@bank.example", "to": "new@bank.example"}
    assert not any(secret in str(lines) for secret in (PASSWORD, NEW, "wrong one", "argon2"))


def test_internal_people_change_theirs_without_an_account_to_note_it_in(issuer: Issuer, party: RelyingParty) -> None:
    issuer.sql("DELETE FROM audit_events")
    issuer.user("tam@platform.example", user_type="internal", roles=["tam"], tenant_id=None)
    tokens = party.tokens(email="tam@platform.example")
    assert change_password(party, tokens, PASSWORD, NEW).status_code == 204
    assert issuer.sql("SELECT * FROM audit_events") == []


def test_identity_adds_to_the_audit_log_and_reads_or_changes_nothing_there(identity_engine: Engine) -> None:
    for statement in ("SELECT * FROM audit_events", "DELETE FROM audit_events", "UPDATE audit_events SET action = 'x'"):
        with pytest.raises(Exception, match="permission denied"), identity_engine.begin() as connection:
            connection.exec_driver_sql(statement)


# -- address -------------------------------------------------------------------------------------------------------


def test_address_is_changed_lower_cased_and_signs_in(party: RelyingParty) -> None:
    phone = party.another_browser()
    other = phone.tokens()
    tokens = party.tokens()
    answer = call(party, tokens, "PATCH", "/v1/me", email=" New.Owner@Bank.Example ", currentPassword=PASSWORD)
    assert (answer.status_code, answer.get_json()["email"]) == (200, "new.owner@bank.example")
    assert party.another_browser().tokens(email="New.Owner@bank.example")
    assert lives(phone, other), "an address is a name, not a secret: sessions stay"


def test_address_of_somebody_else_is_refused_like_one_that_cannot_be_used(issuer: Issuer, party: RelyingParty) -> None:
    issuer.user("viewer@bank.example", roles=["viewer"])
    tokens = party.tokens()
    taken = call(party, tokens, "PATCH", "/v1/me", email="Viewer@bank.example", currentPassword=PASSWORD)
    broken = call(party, tokens, "PATCH", "/v1/me", email="no address", currentPassword=PASSWORD)
    assert fields(taken) == fields(broken) == {"email": "email_not_usable"}
    assert taken.get_json()["errors"] == broken.get_json()["errors"]
    assert issuer.sql("SELECT count(*) FROM users WHERE email = 'owner@bank.example'")[0][0] == 1


def test_trying_addresses_is_throttled(issuer: Issuer, party: RelyingParty) -> None:
    issuer.user("viewer@bank.example", roles=["viewer"])
    tokens = party.tokens()
    codes = [
        call(party, tokens, "PATCH", "/v1/me", email="viewer@bank.example", currentPassword=PASSWORD).status_code
        for _ in range(issuer.policy.attempts_per_account + 1)
    ]
    assert codes == [422] * issuer.policy.attempts_per_account + [429]


def test_address_without_or_with_a_wrong_password_is_refused_and_nothing_else_is_kept(
    issuer: Issuer, party: RelyingParty
) -> None:
    tokens = party.tokens()
    bare = call(party, tokens, "PATCH", "/v1/me", email="x@bank.example", locale="ps")
    wrong = call(party, tokens, "PATCH", "/v1/me", email="nothing", currentPassword="no", locale="ps")
    assert fields(bare) == {"currentPassword": "missing"}
    assert fields(wrong) == {"currentPassword": "wrong_password", "email": "email_not_usable"}
    assert issuer.sql("SELECT email, locale FROM users") == [("owner@bank.example", None)]


def test_null_takes_back_a_preference_but_no_address(party: RelyingParty) -> None:
    tokens = party.tokens()
    assert call(party, tokens, "PATCH", "/v1/me", locale=None).status_code == 200
    assert "email" in fields(call(party, tokens, "PATCH", "/v1/me", email=None, currentPassword=PASSWORD))


# -- sessions ------------------------------------------------------------------------------------------------------


def test_sessions_list_shows_own_sessions_and_marks_the_current(issuer: Issuer, party: RelyingParty) -> None:
    issuer.user("viewer@bank.example", roles=["viewer"])
    phone = party.another_browser()
    phone.headers = {"User-Agent": "Mozilla/5.0 (Linux; Android 15; SM-A556B) AppleWebKit/537.36 Chrome/142.0 Mobile"}
    phone.tokens()
    party.another_browser().tokens(email="viewer@bank.example")
    tokens = party.tokens()

    items = sessions_of(party, tokens)["items"]

    assert [item["current"] for item in items] == [True, False]
    assert (items[1]["browser"], items[1]["system"]) == ("Chrome", "Android")
    assert "SM-A556B" in items[1]["userAgent"]
    assert items[0]["ip"] == "198.51.100.7"
    assert items[0]["createdAt"].endswith("Z")


def test_sessions_list_continues_by_cursor(party: RelyingParty) -> None:
    for _ in range(3):
        tokens = party.another_browser().tokens()
    first = sessions_of(party, tokens, "?limit=2")
    rest = sessions_of(party, tokens, f"?limit=2&cursor={first['nextCursor']}")
    assert (len(first["items"]), len(rest["items"]), rest["nextCursor"]) == (2, 1, None)


@pytest.mark.parametrize("query", ["?limit=0", "?limit=x", "?limit=201", "?cursor=x", "?of=somebody"])
def test_sessions_list_with_bad_parameters_is_422(party: RelyingParty, query: str) -> None:
    assert call(party, party.tokens(), "GET", SESSIONS_PATH + query).status_code == 422


def test_session_deleted_by_its_owner_ends_at_once(party: RelyingParty) -> None:
    phone = party.another_browser()
    lost = phone.tokens()
    tokens = party.tokens()
    session_id = next(item["sessionId"] for item in sessions_of(party, tokens)["items"] if not item["current"])

    assert call(party, tokens, "DELETE", f"{SESSIONS_PATH}/{session_id}").status_code == 204

    assert not lives(phone, lost)
    assert phone.get(phone.authorization().url).status_code == 303
    assert call(party, tokens, "DELETE", f"{SESSIONS_PATH}/{session_id}").status_code == 404, "it is gone"
    assert lives(party, tokens)


def test_session_of_somebody_else_is_404_and_lives_on(issuer: Issuer, party: RelyingParty) -> None:
    issuer.user("viewer@bank.example", roles=["viewer"])
    theirs = party.another_browser().tokens(email="viewer@bank.example")
    sid = jwt.decode(theirs["access_token"], options={"verify_signature": False})["sid"]
    mine = party.tokens()
    for unknown in (sid, str(uuid4()), "not-an-id"):
        answer = call(party, mine, "DELETE", f"{SESSIONS_PATH}/{unknown}")
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
    assert lives(party, theirs)


def test_all_other_sessions_end_together_and_nobody_elses(issuer: Issuer, party: RelyingParty) -> None:
    issuer.user("viewer@bank.example", roles=["viewer"])
    theirs = party.another_browser().tokens(email="viewer@bank.example")
    lost = [party.another_browser().tokens() for _ in range(3)]
    tokens = party.tokens()
    for _ in range(2):  # again: nothing is left to end
        assert call(party, tokens, "DELETE", SESSIONS_PATH).status_code == 204
    assert [lives(party, each) for each in lost] == [False] * 3
    assert lives(party, theirs)
    assert [item["current"] for item in sessions_of(party, tokens)["items"]] == [True]


def test_own_account_without_token_is_401(party: RelyingParty) -> None:
    assert party.get(SESSIONS_PATH).status_code == 401
    assert party.browser.delete(f"{SESSIONS_PATH}/{UUID(int=0)}").status_code == 401
    assert party.browser.delete(SESSIONS_PATH).status_code == 401
    assert party.browser.post(PASSWORD_PATH, json={}).status_code == 401
