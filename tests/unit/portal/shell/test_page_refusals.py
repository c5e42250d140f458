"""A page is refused to a role it is not for, however its address is written."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.support import portal_on_fakes
from tests.support.fakes_analytics import actor


@pytest.fixture(scope="module")
def billing(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    asker = actor(roles=("customer", "billing"))
    server, _app = portal_on_fakes.build(tmp_path_factory.getbasetemp() / "refusals", asker=asker)
    return server.test_client()


def navigate(client: FlaskClient, pathname: str) -> str:
    response = client.post(
        "/_dash-update-component",
        json={
            "output": ".._pages_content.children..._pages_store.data..",
            "outputs": [
                {"id": "_pages_content", "property": "children"},
                {"id": "_pages_store", "property": "data"},
            ],
            "inputs": [{"id": "_pages_location", "property": "pathname", "value": pathname}],
            "state": [{"id": "_pages_location", "property": "search", "value": ""}],
            "changedPropIds": ["_pages_location.pathname"],
        },
    )
    assert response.status_code == 200
    return response.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/messages", "/messages/", "/messages/msg_00000000000000000000000000"])
def test_page_for_other_roles_is_refused_within_the_frame(billing: FlaskClient, path: str) -> None:
    response = billing.get(path)
    text = response.get_data(as_text=True)
    assert response.status_code == 403
    assert "Owner, Developer, Viewer" in text
    assert "portal-nav" in text
    assert "_dash-config" in text, "menus and links of the frame go on working"
    assert 'id="messages-result"' not in text


@pytest.mark.parametrize("path", ["/messages", "/messages/", "//messages", "/messages/msg_00000000000000000000000000"])
def test_refusal_holds_for_links_inside_the_application(billing: FlaskClient, path: str) -> None:
    text = navigate(billing, path)
    assert "Owner, Developer, Viewer" in text
    assert 'id="messages-result"' not in text


def test_internal_page_is_refused_to_a_customer_by_a_link_too(billing: FlaskClient) -> None:
    assert "own staff" in navigate(billing, "/portfolio")


def test_other_pages_stay_open(billing: FlaskClient) -> None:
    assert billing.get("/dashboard").status_code == 200


@pytest.mark.parametrize("path", ["/dashboard", "/analytics"])
def test_numbers_lead_to_no_messages_that_the_reader_may_not_see(billing: FlaskClient, path: str) -> None:
    text = billing.get(path).get_data(as_text=True)
    assert text.count("/messages?") == 0
    assert 'href="/messages' not in text
    assert "data-search-messages" not in text, "nor does the palette"
    assert "data-nothing" in text
