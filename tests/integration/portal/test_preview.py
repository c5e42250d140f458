"""A preview in the portal's edge: begun by a form, kept in a sealed cookie of its session, ended in three ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from portal.web.csrf import HEADER, CsrfTokens
from portal.web.preview import SECONDS
from portal.web.sealing import Sealer
from portal.web.session import PREVIEW_COOKIE
from tests.integration.portal.conftest import ORIGIN, lonely_portal
from tests.integration.portal.test_platform_refuses import signed_in
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import FakeAccount
from tests.support.fakes_portfolio import FakePortfolio, tenant_id
from tests.support.portal import KEYS

TOKENS = CsrfTokens(KEYS, seconds=600)
TENANT = tenant_id()
ROLES = ("owner", "developer", "billing", "viewer")


class Desk:
    """A TAM at the portal, on fake services."""

    def __init__(self, folder: Path) -> None:
        self.platform, self.account = FakePortfolio(), FakeAccount()
        services = fake_services(portfolio=self.platform, account=self.account)
        self.app: Flask = lonely_portal(folder, services, session_check_seconds=300)
        self.client: FlaskClient = self.sit("id")

    def sit(self, session_id: str, **claims: Any) -> FlaskClient:
        staff = {"sub": "tam-1", "accountId": None, "userType": "internal", "roles": ["tam"]}
        return signed_in(self.app, session_id, **{**staff, **claims})

    def post(self, path: str, client: FlaskClient | None = None, session_id: str = "id", **fields: str) -> Any:
        headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", HEADER: TOKENS.of(session_id)}
        return (client or self.client).post(path, data=fields, headers=headers)

    def begin(self, role: str) -> Any:
        return self.post("/preview/start", tenantId=TENANT, role=role)

    def cookie(self, client: FlaskClient | None = None) -> str | None:
        found = (client or self.client).get_cookie(PREVIEW_COOKIE)
        return found.value if found else None

    def navigation(self) -> list[str]:
        page = BeautifulSoup(self.client.get("/dashboard").text, "lxml")
        return [str(link["href"]) for link in page.select(".portal-nav .nav-entry")]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize("role", ROLES)
def test_role_is_seen_whole_with_its_own_navigation_and_a_banner(desk: Desk, role: str) -> None:
    customer = signed_in(desk.app, "customer", sub="c", roles=[role], accountId=TENANT)
    page = BeautifulSoup(customer.get("/dashboard").text, "lxml")
    theirs = [str(link["href"]) for link in page.select(".portal-nav .nav-entry")]
    assert not page.select(".banner-preview")
    answer = desk.begin(role)
    assert (answer.status_code, answer.location) == (303, "/dashboard")
    assert desk.platform.previews == [(TENANT, role)]
    seen = BeautifulSoup(desk.client.get("/dashboard").text, "lxml")
    assert [str(link["href"]) for link in seen.select(".portal-nav .nav-entry")] == theirs
    assert "Demo Bank" in seen.select(".banner-preview")[0].text
    assert not seen.select(".banner-internal")
    leave = seen.select(".banner-preview form")[0]
    assert (leave["action"], leave["method"]) == ("/preview/leave", "post")


def test_page_that_the_role_may_not_open_is_refused_as_to_the_role(desk: Desk) -> None:
    desk.begin("viewer")
    assert desk.client.get("/billing/invoices").status_code == 403
    assert desk.client.get("/messages").status_code == 200
    for internal in ("/portfolio", "/health-weights", f"/tenant?tenantId={TENANT}"):
        answer = desk.client.get(internal)
        assert (answer.status_code, answer.location) == (303, "/dashboard"), internal
    assert "Not part of the preview" in desk.client.get("/profile").text


def test_leaving_leads_back_to_the_account_as_oneself(desk: Desk) -> None:
    desk.begin("owner")
    answer = desk.post("/preview/leave")
    assert (answer.status_code, answer.location) == (303, f"/tenant?tenantId={TENANT}")
    assert not desk.cookie()
    assert desk.client.get("/portfolio").status_code == 200


def test_account_that_is_not_theirs_and_role_that_is_none_begin_nothing(desk: Desk) -> None:
    for fields in ({"tenantId": tenant_id(900), "role": "owner"}, {"tenantId": TENANT, "role": "tam"}, {"tenantId": "x", "role": "owner"}, {}):  # fmt: skip
        assert desk.post("/preview/start", **fields).status_code == 404
    assert (desk.platform.previews, desk.cookie()) == ([], None)


def test_customer_and_whoever_is_in_one_already_begin_none(desk: Desk) -> None:
    customer = signed_in(desk.app, "customer", sub="c", accountId=TENANT)
    answer = desk.post("/preview/start", customer, "customer", tenantId=TENANT, role="owner")
    assert (answer.status_code, desk.cookie(customer)) == (403, None)
    desk.begin("viewer")
    assert desk.begin("owner").status_code == 403
    assert desk.platform.previews == [(TENANT, "viewer")]


def test_form_of_another_site_begins_none(desk: Desk) -> None:
    answer = desk.client.post("/preview/start", data={"tenantId": TENANT, "role": "owner"}, headers={"Sec-Fetch-Site": "same-origin"})  # fmt: skip
    assert answer.status_code == 403
    assert desk.platform.previews == []


def test_cookie_is_worth_nothing_in_another_session_changed_or_old(desk: Desk) -> None:
    desk.begin("owner")
    value = desk.cookie() or ""
    other = desk.sit("another")
    customer = signed_in(desk.app, "customer", sub="c", roles=["viewer"], accountId="somebody-else")
    for client in (other, customer):
        client.set_cookie(PREVIEW_COOKIE, value)
        assert "banner-preview" not in client.get("/dashboard?tenantId=" + TENANT).text
    old = Sealer(KEYS, clock=lambda: 1.0).seal(PREVIEW_COOKIE, {"id": "id", "tenant": TENANT, "role": "owner"}, SECONDS)
    for forged in (value[:-2] + "AA", old, "owner", f"id.{TENANT}.owner"):
        desk.client.set_cookie(PREVIEW_COOKIE, forged)
        assert desk.client.get("/dashboard").location == "/portfolio", "oneself again, who has to name an account"
    assert desk.client.get("/portfolio").status_code == 200


def test_sign_out_ends_it(desk: Desk) -> None:
    desk.begin("owner")
    desk.post("/auth/logout")
    assert not desk.cookie()


def test_language_may_be_another_one_and_ones_own_profile_stays(desk: Desk) -> None:
    desk.begin("owner")
    before = desk.account.profile
    assert desk.post("/preferences/locale", locale="ps", next="/dashboard").status_code == 303
    assert desk.post("/profile/preferences", time_zone="Asia/Kabul").status_code == 303
    assert desk.account.profile == before


def test_cookie_lasts_half_an_hour_and_no_script_reads_it(desk: Desk) -> None:
    header = next(each for each in desk.begin("owner").headers.getlist("Set-Cookie") if each.startswith(PREVIEW_COOKIE))
    for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/", f"Max-Age={SECONDS}"):
        assert part in header
    assert SECONDS == 1800
