"""Accounts of the former identity provider: handed over by its page, exchanged by the platform; absent when off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, Response, jsonify, request
from flask.testing import FlaskClient

from portal.web.session import SESSION_COOKIE
from tests.integration.portal.conftest import portal_at
from tests.support.provider import CLIENT_ID, TENANT
from tests.support.scripted_issuer import ScriptedIssuer, scripted_issuer
from tests.support.served import HOST, free_port, served

PAGE = "https://old.example/hand-off?from=portal"
# What a browser says about a form that another site's page sends.
FOREIGN = {"Origin": "https://old.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}


@dataclass
class Platform:
    """The exchange, answering what it is told to."""

    issuer: ScriptedIssuer
    asked: list[dict[str, Any]] = field(default_factory=list)
    answer: Callable[[], Any] | None = None

    def exchange(self) -> Any:
        self.asked.append({**request.get_json(), "client": request.authorization and request.authorization.username})
        return self.answer() if self.answer else self.tokens()

    def tokens(self, **claims: Any) -> Any:
        given = {"aud": "platform", "sub": "moved", "roles": ["owner"], "accountId": str(TENANT), "name": "M", **claims}
        return jsonify(accessToken=self.issuer.sign(**given), refreshToken="legacy-refresh", tokenType="Bearer")


@dataclass
class Site:
    platform: Platform
    app: Flask
    off: Flask

    def begin(self, path: str = "/auth/legacy/start") -> tuple[FlaskClient, str]:
        """A browser on the former provider's page, and the state it was sent there with."""
        client = self.app.test_client()
        goal = client.get(path).headers["Location"]
        assert goal.startswith(PAGE + "&")
        query = parse_qs(urlsplit(goal).query)
        assert query["return_to"] == ["http://localhost/auth/legacy/return"]
        return client, query["state"][0]


def hand_over(client: FlaskClient, state: str, given: str = "provider-token") -> Any:
    return client.post("/auth/legacy/return", data={"state": state, "id_token": given}, headers=FOREIGN)


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/").headers["Location"] == "/dashboard"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, port = tmp_path_factory.mktemp("legacy"), free_port()
    with scripted_issuer() as issuer:
        platform, server = Platform(issuer), Flask("platform")
        server.add_url_rule("/v1/auth/firebase", view_func=lambda: platform.exchange(), methods=["POST"], endpoint="x")
        with served(server, port):
            url = f"http://{HOST}:{port}"
            app = portal_at(issuer, folder / "on", gateway_url=url, legacy_handoff_url=PAGE)
            yield Site(platform, app, portal_at(issuer, folder / "off", gateway_url=url))


@pytest.fixture
def site(built: Site) -> Site:
    built.platform.asked.clear()
    built.platform.answer = None
    return built


def test_account_of_the_former_provider_signs_in_and_lands_where_it_wanted(site: Site) -> None:
    client, state = site.begin("/auth/legacy/start?next=/messages")
    answer = hand_over(client, state)
    assert answer.status_code == 200
    assert 'url=/messages"' in answer.text
    assert is_signed_in(client)
    assert site.platform.asked == [{"idToken": "provider-token", "client": CLIENT_ID}]
    again = hand_over(client, state)
    assert again.headers["Location"].startswith("/login?reason=state_mismatch"), "a state is good for once"


def test_form_of_another_site_signs_nobody_in(site: Site) -> None:
    """Login CSRF: the attacker's own token, with a state of the attacker's or none."""
    _, foreign_state = site.begin()
    victim, _ = site.begin()
    for browser, state in ((victim, foreign_state), (site.app.test_client(), foreign_state), (victim, "")):
        assert hand_over(browser, state).headers["Location"] == "/login?reason=state_mismatch"
        assert browser.get_cookie(SESSION_COOKIE, domain="localhost") is None
    assert site.platform.asked == []


@pytest.mark.parametrize("token", ["", "x" * 20_000])
def test_token_that_can_be_none_is_not_passed_on(site: Site, token: str) -> None:
    client, state = site.begin()
    assert hand_over(client, state, token).headers["Location"] == "/login?reason=state_mismatch"
    assert site.platform.asked == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [(401, "access_denied"), (422, "access_denied"), (404, "issuer_error"), (500, "issuer_unavailable"),
     (302, "issuer_unavailable"), (429, "rate_limited")],
)  # fmt: skip
def test_exchange_that_fails_is_explained(site: Site, status: int, reason: str) -> None:
    site.platform.answer = lambda: Response("{}", status, {"Retry-After": "7", "Location": "/x"})
    client, state = site.begin()
    goal = hand_over(client, state).headers["Location"]
    assert goal.startswith(f"/login?reason={reason}")
    assert 'id="signin-message"' in client.get(goal).text
    assert not is_signed_in_at_all(client)


def is_signed_in_at_all(client: FlaskClient) -> bool:
    return client.get_cookie(SESSION_COOKIE, domain="localhost") is not None


@pytest.mark.parametrize("body", ["<h1>Oops</h1>", "[]", "{}", '{"accessToken": 7}', '{"accessToken": "a.b.c"}'])
def test_exchange_that_answers_nonsense_lets_nobody_in(site: Site, body: str) -> None:
    site.platform.answer = lambda: Response(body, 200)
    client, state = site.begin()
    assert hand_over(client, state).headers["Location"].startswith("/login?reason=issuer_")
    assert not is_signed_in_at_all(client)


@pytest.mark.parametrize("claims", [{"aud": "another"}, {"iss": "https://other.example"}, {"exp": 1}])
def test_token_of_the_exchange_is_verified_like_any_other(site: Site, claims: dict[str, Any]) -> None:
    site.platform.answer = lambda: site.platform.tokens(**claims)
    client, state = site.begin()
    assert hand_over(client, state).headers["Location"] == "/login?reason=issuer_error"
    assert not is_signed_in_at_all(client)


def test_button_stands_beside_the_first_and_only_where_it_is_switched_on(site: Site) -> None:
    page = site.app.test_client().get("/login?next=/messages").text
    assert page.index('id="signin-start"') < page.index('id="signin-legacy"')
    assert 'href="/auth/legacy/start?next=%2Fmessages"' in page
    client = site.off.test_client()
    assert "signin-legacy" not in client.get("/login").text
    assert client.get("/auth/legacy/start").status_code == 404
    assert hand_over(client, "any").status_code == 404
