"""``make visual`` on a page of its own: what a person would see is found, what a person would not is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from flask import Flask
from PIL import Image

from tests.support.browser import Browser, open_browser
from tests.support.served import HOST, free_port, served
from tools.visual.baselines import Baselines
from tools.visual.camera import ARGUMENTS, Camera
from tools.visual.compare import Pixels, compare
from tools.visual.faults import faults_of
from tools.visual.looks import Page
from tools.visual.run import Run, take

pytestmark = pytest.mark.browser
PAGE = Page("tiles", "/tiles")
HTML = """<!doctype html><html lang="en" dir="ltr" data-bs-theme="light"><head><style>
:root { --ground: #fff; --text: #212529; } [data-bs-theme="dark"] { --ground: #16191d; --text: #eee; }
body { margin: 16px; background: var(--ground); color: var(--text); font: 15px/1.5 sans-serif; }
main { display: flex; flex-wrap: wrap; gap: 16px; } section { inline-size: 240px; padding: 16px; border: 1px solid #dee2e6; }
b { display: block; font-size: 24px; } p { margin: 0; } #end { color: #3553c6; }
</style></head><body><main>
<section id="one"><b id="number">4,711</b><p id="words">messages in the last thirty days</p></section>
<section id="two"><b>98.2%</b><p id="end">arrived within a minute</p></section>
</main></body></html>"""
#: Each a script that changes the page.
SEEN = {
    "a moved tile": "document.getElementById('two').style.marginInlineStart = '4px'",
    "another colour": "document.getElementById('end').style.color = '#2a8f46'",
    "another ground": "document.getElementById('one').style.background = '#eef1f5'",
    "a text that is gone": "document.getElementById('words').textContent = ''",
    "a digit": "document.getElementById('number').textContent = '4,771'",
    "a border that is gone": "document.getElementById('two').style.borderColor = 'transparent'",
    "a longer page": "document.body.style.paddingBlockEnd = '900px'",
}
UNSEEN = {
    "letters half a pixel further": "document.querySelectorAll('b, p').forEach(e => { e.style.transform = 'translateX(.5px)'; })",
    "letters a pixel further": "document.querySelectorAll('b, p').forEach(e => { e.style.translate = '1px 0'; })",
    "letters drawn on a layer": "document.querySelectorAll('b, p').forEach(e => { e.style.willChange = 'transform'; })",
    "a hue nobody sees": "document.getElementById('one').style.background = '#fdfdfe'",
}
FAULTS = {
    "cut off": "const p = document.getElementById('words'); p.style.whiteSpace = 'nowrap'; p.style.overflow = 'hidden';"
    " p.style.inlineSize = '90px'",
    "sideways": "document.getElementById('one').style.minInlineSize = '1400px'",
    "overlap": "document.getElementById('words').style.marginBlockStart = '-30px'",
}


@dataclass
class Site:
    """One page; ``change`` is a script that it carries."""

    url: str
    change: str = ""

    def turn_to(self, page: Page, locale: str, _browser: Browser) -> str:
        return f"{self.url}{page.path}?{locale}"


@pytest.fixture(scope="module")
def chromium_of_pictures() -> Iterator[Browser]:
    with open_browser(*ARGUMENTS) as opened:
        yield opened


@pytest.fixture(scope="module")
def camera(chromium_of_pictures: Browser) -> Camera:
    return Camera(chromium_of_pictures)


@pytest.fixture
def site() -> Iterator[Site]:
    server = Flask("tiles")
    made = Site("")
    server.add_url_rule("/tiles", view_func=lambda: f"{HTML}<script>{made.change}</script>", endpoint="tiles")
    port = free_port()
    made.url = f"http://{HOST}:{port}"
    with served(server, port):
        yield made


def shot(camera: Camera, site: Site, change: str = "") -> Pixels:
    site.change = change
    camera.open(site.turn_to(PAGE, "en", camera.browser), 768, "light")
    return camera.shoot()


def test_what_a_person_sees_is_a_difference_and_what_nobody_sees_is_none(camera: Camera, site: Site) -> None:
    before = shot(camera, site)
    assert before.shape[1] == 768
    found = {name: bool(compare(before, shot(camera, site, change))) for name, change in (SEEN | UNSEEN).items()}
    assert found == dict.fromkeys(SEEN, True) | dict.fromkeys(UNSEEN, False)


def test_faults_are_found_and_a_sound_page_has_none(camera: Camera, site: Site) -> None:
    shot(camera, site)
    assert faults_of(camera.browser) == []
    for kind, change in FAULTS.items():
        shot(camera, site, change)
        assert kind in {fault.kind for fault in faults_of(camera.browser)}, kind


def test_text_shortened_on_purpose_is_no_fault_where_its_whole_can_be_had(camera: Camera, site: Site) -> None:
    shortened = FAULTS["cut off"] + "; p.style.textOverflow = 'ellipsis'"
    shot(camera, site, shortened)
    assert [fault.kind for fault in faults_of(camera.browser)] == ["cut off"]
    shot(camera, site, shortened + "; p.title = p.textContent")
    assert faults_of(camera.browser) == []


def test_hidden_text_is_no_fault(camera: Camera, site: Site) -> None:
    hidden = "position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden"
    shot(camera, site, f"document.getElementById('words').style.cssText = '{hidden}'")
    assert faults_of(camera.browser) == []


def test_run_approval_and_run_again(camera: Camera, site: Site, tmp_path: Path) -> None:
    kept = tmp_path / "baselines"

    def run() -> Run:
        return take([PAGE], site, camera, Baselines.in_folder(kept), tmp_path, whole=True, locales=("en",))  # type: ignore[arg-type]

    first = run()
    assert {result.state for result in first.results} == {"new"}
    assert len(first.results) == 6
    assert first.failed
    shots = {result.name: shot_of(tmp_path, result.name) for result in first.results}
    Baselines.in_folder(kept).approve(shots | {"gone.en.320.light": next(iter(shots.values()))}, first.made_with)

    again = run()
    assert {result.name: result.state for result in again.differing} == {"gone.en.320.light": "gone"}

    site.change = SEEN["a moved tile"]
    moved = run()
    changed = next(result for result in moved.results if result.name == "tiles.en.1280.dark")
    assert changed.state == "changed"
    assert changed.box is not None
    for kind in ("before", "after", "difference"):
        assert (tmp_path / kind / "tiles.en.1280.dark.png").exists()


def shot_of(folder: Path, name: str) -> Pixels:
    return np.asarray(Image.open(folder / "after" / f"{name}.png").convert("RGB"))
