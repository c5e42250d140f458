"""The first answer alone, before any script: language, direction, looks and words are the reader's."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.web import reader
from tests.support.latin_words import latin_words_of
from tests.support.portal_on_fakes import build

NAMES = ("AWCC", "Etisalat", "Roshan", "ATOMA", "Salaam", "DEMOBANK")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    server, _app = build(tmp_path_factory.mktemp("first"))
    server.before_request(lambda: reader.prepare())
    return server.test_client()


@pytest.mark.parametrize(
    ("cookie", "asked", "tag"),
    [("fa-AF", "en", "fa-AF"), (None, "prs,en;q=0.5", "fa-AF"), (None, "ps", "ps"), (None, "ar-EG,en;q=0.9", "ar")],
)
def test_html_alone_is_whole_in_the_readers_language(
    client: FlaskClient, cookie: str | None, asked: str, tag: str
) -> None:
    client.delete_cookie(reader.LOCALE_COOKIE)
    if cookie:
        client.set_cookie(reader.LOCALE_COOKIE, cookie)
    text = client.get("/dashboard", headers={"Accept-Language": asked}).text
    page = BeautifulSoup(text, "lxml")
    root = page.find("html")
    assert root is not None
    assert (root["lang"], root["dir"]) == (tag, "rtl")
    assert "/rtl." in str(page.select_one("link[rel=stylesheet]"))
    font, guard = page.select("link[as=font]"), page.select("head script[src]")[0]
    assert len(font) == 1
    assert text.index(str(font[0]["href"])) < text.index(str(guard["src"])), "the guard takes up what it has seen"
    drawn = page.select_one("#portal-first-paint")
    assert drawn is not None
    assert len(drawn.select("svg.chart-svg")) == 5
    for waiting in page.select("._dash-loading"):
        waiting.decompose()  # never shown: first paint stands in its place
    assert latin_words_of(str(page), NAMES) == []


def test_page_in_english_asks_for_no_font(client: FlaskClient) -> None:
    client.delete_cookie(reader.LOCALE_COOKIE)
    text = client.get("/dashboard", headers={"Accept-Language": "en"}).text
    assert ".woff2" not in text
    assert "/ltr." in text
