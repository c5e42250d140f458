from __future__ import annotations

import json
import re
import zlib
from html import unescape

import brotli
import pytest
from flask.testing import FlaskClient

from portal.shell import PortalDash
from portal.shell.first_data import Filled
from portal.shell.html import Renderer
from tests.support.shell_demo import HOSTILE_TEXT

TAGS = re.compile(r"<(script|link)\b([^>]*)>")


def page(client: FlaskClient, path: str = "/", status: int = 200, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == status
    return response.get_data(as_text=True)


def inert(text: str, element_id: str) -> object:
    found = re.search(rf'<script id="{element_id}" type="application/json">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found.group(1))


def navigate(client: FlaskClient, pathname: str, search: str = "") -> tuple[int, dict[str, str], object]:
    output = {"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}
    response = client.post(
        "/_dash-update-component",
        json={
            "output": ".._pages_content.children..._pages_store.data..",
            "outputs": list(output),
            "inputs": [{"id": "_pages_location", "property": "pathname", "value": pathname}],
            "state": [{"id": "_pages_location", "property": "search", "value": search}],
            "changedPropIds": ["_pages_location.pathname"],
        },
    )
    return response.status_code, dict(response.headers), response.get_json(silent=True)


def test_every_script_and_stylesheet_carries_its_hash(client: FlaskClient) -> None:
    tags = [
        attributes
        for _name, attributes in TAGS.findall(page(client))
        if "src=" in attributes or "stylesheet" in attributes or 'rel="later"' in attributes
    ]
    assert len(tags) == 3
    for attributes in tags:
        assert 'integrity="sha384-' in attributes
        assert 'crossorigin="anonymous"' in attributes
        assert "nonce=" in attributes


def test_guard_is_the_one_script_that_the_page_runs_by_itself(client: FlaskClient) -> None:
    """It adds the application when the page has been seen, by its own table."""
    scripts = [
        attributes for name, attributes in TAGS.findall(page(client)) if name == "script" and "src=" in attributes
    ]
    assert len(scripts) == 1
    assert "/guard." in scripts[0]


def test_guard_knows_the_application_and_its_hash(app: PortalDash) -> None:
    bundle = app.assets.bundle
    assert f'"{bundle.url}": ["{bundle.url}", "{bundle.integrity}"]' in app.assets.guard.data.decode()


def test_page_has_no_style_attribute_and_no_inline_script(client: FlaskClient) -> None:
    text = page(client)
    body = re.sub(r'<script id="[^"]+" type="application/json">.*?</script>', "", text, flags=re.DOTALL)
    assert not re.search(r"<[^>]*\sstyle=", body)
    assert not re.search(r"<script(?![^>]*\bsrc=)", body)


def test_text_of_people_is_text_in_html_and_in_json(client: FlaskClient) -> None:
    text = page(client)
    assert "<script>window.pwned" not in text
    assert "\u2028" not in inert_source(text)
    layout = json.dumps(inert(text, "portal-start-layout"), ensure_ascii=False)
    assert json.dumps(HOSTILE_TEXT, ensure_ascii=False)[1:-1] in layout
    assert HOSTILE_TEXT in unescape(text)


def inert_source(text: str) -> str:
    return "".join(re.findall(r'type="application/json">(.*?)</script>', text, re.DOTALL))


def test_start_up_data_is_the_filled_page_with_its_address(client: FlaskClient) -> None:
    text = page(client, "/messages/7?tab=x")
    layout = json.dumps(inert(text, "portal-start-layout"))
    assert "message 7" in layout
    assert '"pathname": "/messages/7"' in layout
    assert '"search": "?tab=x"' in layout
    assert "message 7</p>" in text
    assert "<title>Message</title>" in text


def test_page_carries_no_other_page(client: FlaskClient) -> None:
    assert "4,711" not in page(client, "/messages/7")


def test_plotly_waits_for_a_reader_and_is_named_by_no_page(client: FlaskClient, app: PortalDash) -> None:
    assert app.assets.plotly.url not in page(client, "/")
    assert app.assets.plotly.url in app.assets.guard.data.decode()


def test_charts_are_drawn_in_html_and_given_as_figures(client: FlaskClient) -> None:
    text = page(client)
    assert len(re.findall(r'<div class="dash-graph[^"]*" id="(?:volume|rate)"><svg', text)) == 2
    assert json.dumps(inert(text, "portal-start-layout")).count('"type": "bar"') == 2


@pytest.mark.parametrize(("cookie", "attribute"), [("dark", ' data-bs-theme="dark"'), ("blue", ""), (None, "")])
def test_theme_follows_a_known_cookie_only(client: FlaskClient, cookie: str | None, attribute: str) -> None:
    if cookie is not None:
        client.set_cookie("__theme", cookie)
    text = page(client)
    client.delete_cookie("__theme")
    assert f'<html lang="en" dir="ltr"{attribute}>' in text


def test_path_variable_cannot_be_replaced_by_the_query(client: FlaskClient) -> None:
    assert "message 7</p>" in page(client, "/messages/7?message_id=8")


def test_navigation_answers_with_the_filled_page(client: FlaskClient) -> None:
    status, _headers, answer = navigate(client, "/messages/7", "?tab=x&message_id=8")
    assert status == 200
    assert "message 7" in json.dumps(answer)
    assert '"title": "Message"' in json.dumps(answer)


def test_navigation_to_charts_answers_with_figures(client: FlaskClient) -> None:
    assert json.dumps(navigate(client, "/")[2]).count('"type": "bar"') == 2


@pytest.mark.parametrize("path", ["/nowhere", "/messages/missing"])
def test_unknown_page_is_404_without_script_start(client: FlaskClient, path: str) -> None:
    text = page(client, path, status=404)
    assert "No such page" in text
    assert "react-entry-point" not in text
    assert "to-overview" in text


@pytest.mark.parametrize("path", ["/nowhere", "/messages/missing"])
def test_navigation_to_an_unknown_page_answers_with_a_page(client: FlaskClient, path: str) -> None:
    status, _headers, answer = navigate(client, path)
    assert status == 200
    assert "There is no such page" in json.dumps(answer)


def test_page_whose_loader_fails_shows_the_request_id_and_no_detail(client: FlaskClient) -> None:
    for text in (page(client, "/messages/broken"), json.dumps(navigate(client, "/messages/broken")[2])):
        assert "request-1" in text
        assert "secret detail" not in text


def test_loader_without_a_session_leads_to_sign_in(client: FlaskClient) -> None:
    assert client.get("/messages/expired").status_code == 401
    status, headers, _answer = navigate(client, "/messages/expired")
    assert (status, headers["X-Login-Location"]) == (401, "/signed-out")


def test_failing_callback_answers_quietly_with_the_request_id(client: FlaskClient) -> None:
    response = client.post(
        "/_dash-update-component",
        json={
            "output": "failed.children",
            "outputs": {"id": "failed", "property": "children"},
            "inputs": [{"id": "fail", "property": "n_clicks", "value": 1}],
            "changedPropIds": ["fail.n_clicks"],
        },
    )
    assert response.status_code in (200, 204)
    assert response.headers["X-Portal-Failure"] == "request-1"
    assert b"secret detail" not in response.data


def test_pages_are_compressed_as_the_browser_takes_it(client: FlaskClient) -> None:
    for encoding in ("br", "gzip"):
        response = client.get("/", headers={"Accept-Encoding": encoding})
        assert response.headers["Content-Encoding"] == encoding
        assert "Accept-Encoding" in response.headers["Vary"]


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_head_can_be_read_before_the_rest_is_drawn(
    client: FlaskClient, app: PortalDash, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    """What the page is seen with is fetched meanwhile; it must be in the first part, whole, in whatever encoding."""
    drawn: list[bool] = []
    draw = Renderer.html

    def watched(renderer: Renderer, filled: Filled) -> str:
        drawn.append(True)
        return draw(renderer, filled)

    monkeypatch.setattr(Renderer, "html", watched)
    read = (brotli.Decompressor().process, zlib.decompressobj(wbits=31).decompress)[encoding == "gzip"]
    parts = client.get("/", headers={"Accept-Encoding": encoding}).iter_encoded()
    head = read(next(parts)).decode()
    assert drawn == []
    for file in (app.assets.styles["ltr"], app.assets.guard):
        assert file.url in head
    assert "</head>" not in head
    rest = b"".join(read(part) for part in parts).decode()
    assert drawn == [True]
    assert rest.endswith("</html>")
    assert "4,711" in rest


def test_page_that_cannot_be_drawn_says_so_after_its_head(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    draw, failures = Renderer.html, [ValueError("secret detail")]

    def failing(renderer: Renderer, filled: Filled) -> str:
        if failures:
            raise failures.pop()
        return draw(renderer, filled)

    monkeypatch.setattr(Renderer, "html", failing)
    text = page(client)
    assert text.endswith("</html>")
    assert "request-1" in text
    assert "secret detail" not in text
    assert "secret detail" in caplog.text


def test_known_asset_is_not_sent_again(client: FlaskClient, app: PortalDash) -> None:
    etag = client.get(app.assets.guard.url).headers["ETag"]
    again = client.get(app.assets.guard.url, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")


def test_unknown_asset_is_404(client: FlaskClient) -> None:
    assert client.get("/assets/pinned/nothing.js").status_code == 404


def test_first_load_with_charts_stays_within_its_bytes(client: FlaskClient, app: PortalDash) -> None:
    """The budget is 640 KB for the dashboard; what is left here is for its HTML and its styles."""
    app.files.compress_now()
    sizes = {
        path: len(client.get(path, headers={"Accept-Encoding": "br"}).data)
        for path in (
            "/",
            *(file.url for file in (app.assets.guard, app.assets.bundle, app.assets.plotly, app.assets.styles["ltr"])),
        )
    }
    assert sum(sizes.values()) <= 610_000, sizes
