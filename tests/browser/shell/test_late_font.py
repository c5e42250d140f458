"""On a slow line the font of right-to-left pages comes after the first frame: what stands in for it has its measures, so little moves."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import request

from portal.i18n.catalog import messages
from portal.web import reader
from tests.browser.shell.conftest import ShellBrowser
from tests.support import portal_on_fakes
from tests.support.browser import open_browser
from tests.support.served import HOST, free_port, served

pytestmark = pytest.mark.browser
MOST_SHIFT = 0.02
TAGS = ("fa-AF", "ps", "ar")
#: How far the width of a stand-in's words and digits may be from Vazirmatn's.
WORDS, LATIN, DIGITS = 0.03, 0.06, 0.04
#: Pages are made at a moment of the past: with other dates a line may be a pixel from breaking elsewhere.
NOW = dt.datetime(2026, 11, 28, 8, tzinfo=dt.UTC)
NO_LETTERS = re.compile(r"[^\u0620-\u064a\u066e-\u06d3 ]")

_MEASURE = """
const [texts, weights, done] = arguments;
const line = document.createElement('span');
line.style.cssText = 'position: absolute; white-space: nowrap; font-size: 16px';
document.body.append(line);
const load = face => face.load().then(() => true, () => false);
(async () => {
  const there = await Promise.all([...document.fonts].map(async face => [face.family.replaceAll('"', ''), await load(face)]));
  const families = [...new Set(there.map(([family]) => family))].filter(one => there.every(([f, is]) => f !== one || is));
  const widths = {};
  for (const family of families) for (const weight of weights) {
    line.style.fontFamily = `"${family}"`;
    line.style.fontWeight = weight;
    for (const [name, text] of Object.entries(texts)) {
      line.textContent = text;
      (widths[family] ??= {})[`${name} ${weight}`] = line.getBoundingClientRect().width;
    }
    line.textContent = 'لړم';
    widths[family][`height ${weight}`] = line.getBoundingClientRect().height;
  }
  done(widths);
})();
"""


@dataclass
class Portal:
    """The portal's pages in the language that a browser asks for; the font comes once it ``may_come``."""

    url: str = ""
    may_come: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def portal(data_dir: Path) -> Iterator[Portal]:
    made = Portal()
    server, _app = portal_on_fakes.build(data_dir, now=NOW)

    @server.before_request
    def prepare() -> None:
        reader.prepare()
        if "/vazirmatn." in request.path:
            made.may_come.wait(30)

    port = free_port()
    made.url = f"http://{HOST}:{port}"
    with served(server, port):
        try:
            yield made
        finally:
            made.may_come.set()


@pytest.mark.parametrize("size", ["1280,900", "500,900"])
@pytest.mark.parametrize("tag", TAGS)
def test_hardly_anything_moves_when_the_font_comes_late(portal: Portal, tag: str, size: str) -> None:
    with open_browser(f"--window-size={size}", languages=tag, patient=False) as opened:
        browser = ShellBrowser(opened)
        browser.watch_shifts()
        browser.open(f"{portal.url}/dashboard")
        browser.wait_for("performance.getEntriesByName('first-contentful-paint').length > 0")
        assert browser.run("return document.fonts.check('16px Vazirmatn', 'پیام')") is False
        portal.may_come.set()
        browser.wait_until_interactive()
        browser.wait_for("document.fonts.check('16px Vazirmatn', 'پیام')")
        opened.run_async("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        assert browser.shifted() <= MOST_SHIFT
        browser.assert_console_empty()


def test_fonts_that_stand_in_have_the_measures_of_the_one_to_come(browser: ShellBrowser, portal: Portal) -> None:
    portal.may_come.set()
    browser.browser.set_cookie(reader.LOCALE_COOKIE, "ps", portal.url, sameSite="Lax")
    browser.open(f"{portal.url}/dashboard")
    texts = {tag: " ".join(NO_LETTERS.sub("", text) for text in messages(tag).values()) for tag in TAGS}
    texts |= {"latin": "".join(re.findall("[A-Za-z]", "".join(messages("en").values())))[:5000], "digits": "۰۱۲۳۴۵۶۷۸۹"}
    widths = browser.browser.run_async(_MEASURE, texts, [400, 600])
    wanted = widths.pop("Vazirmatn")
    # Those that this machine has. Of others (Tahoma, Arial) nothing is known and nothing promised.
    found = {family: each for family, each in widths.items() if family != "Vazirmatn Others"}
    assert found
    for family, measured in found.items():
        for name, width in measured.items():
            allowed = {"latin": LATIN, "digits": DIGITS}.get(name.split()[0], WORDS)
            if name.startswith("latin") and family == "Vazirmatn Naskh":
                continue  # it stands in for no Latin letters
            assert width == pytest.approx(wanted[name], rel=allowed), (family, name)
