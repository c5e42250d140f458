"""The first load as a film: nobody sees a frame in another language, from the other side, without its looks or of another size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from portal.web import reader
from tests.browser.shell.conftest import ShellBrowser
from tests.support import portal_on_fakes
from tests.support.browser import open_browser
from tests.support.film import Film, film, slow_line
from tests.support.latin_words import latin_words_of
from tests.support.served import HOST, free_port, served

pytestmark = pytest.mark.browser
#: Operators and senders of the fakes, as they stand in charts' labels.
NAMES = ("AWCC", "Etisalat", "Roshan", "ATOMA", "Salaam", "DEMOBANK")
WIDTH, HEIGHT = 1280, 900
#: What surrounds every page: the banner and the bar at the top, and the navigation at the start of the line.
BLOCK, TOP, SIDE = 16, 96, 240
#: Of 255. A frame with a fallback font (the page's own still on its way) differs by some 70, one that runs from left to
#: right by more than 150.
ANOTHER_LOOK = 100
#: With the font in time nothing moves (test_real_pages); on a slow line it may come after the first frame, which moves little:
#: what stands in for it has its measures (test_late_font).
MOST_SHIFT = 0.02


@pytest.fixture
def portal(data_dir: Path) -> Iterator[str]:
    """The portal's pages for whoever asks, in the language that the product itself finds for them."""
    server, _app = portal_on_fakes.build(data_dir)
    server.before_request(lambda: reader.prepare())
    port = free_port()
    with served(server, port):
        yield f"http://{HOST}:{port}"


def surroundings(frame: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How dark the frame is about the page, in blocks large enough that single letters do not tell."""
    grey = frame.mean(axis=2)
    rows, columns = grey.shape[0] // BLOCK * BLOCK, grey.shape[1] // BLOCK * BLOCK
    blocks = grey[:rows, :columns].reshape(rows // BLOCK, BLOCK, columns // BLOCK, BLOCK).mean(axis=(1, 3))
    scale = frame.shape[1] / WIDTH
    top, side = int(TOP * scale) // BLOCK, int(SIDE * scale) // BLOCK
    return np.concatenate([blocks[:top].ravel(), blocks[top:, -side:].ravel(), blocks[top:, :side].ravel()])


def arrived(browser: ShellBrowser) -> Callable[[], bool]:
    return lambda: browser.run(
        "const graphs = [...document.querySelectorAll('#react-entry-point .dash-graph')];"
        "if (window.portalCharts) graphs.forEach(graph => window.portalCharts.draw(graph.id));"
        "return graphs.length > 0 && graphs.every(graph => graph.querySelector('.main-svg'))"
        " && !document.querySelector('.portal-chart-cover, .dash-graph--pending') && document.fonts.status === 'loaded'"
    )


def assert_one_look_from_the_first_frame(made: Film, tag: str) -> None:
    assert len(made.frames) >= 2
    assert {(sample.lang, sample.dir, sample.direction) for sample in made.samples} == {(tag, "rtl", "rtl")}
    assert [sample.family for sample in made.samples if not sample.family.startswith("Vazirmatn")] == []
    assert {word for sample in made.samples for word in latin_words_of(sample.html, NAMES)} == set()
    final = surroundings(made.frames[-1])
    others = [float(np.abs(surroundings(frame) - final).max()) for frame in made.frames]
    assert max(others) < ANOTHER_LOOK, others


def assert_charts_keep_their_size(made: Film) -> None:
    """From the server's picture to Plotly's, both of which have to be in the film. Their place is in what has shifted."""
    first = next(sample for sample in made.samples if sample.charts)
    assert 'id="portal-first-paint"' in first.html
    assert "main-svg" not in first.html
    assert "main-svg" in made.samples[-1].html
    final = made.samples[-1].charts
    for sample in made.samples:
        for chart, box in sample.charts.items():
            assert box[2:] == pytest.approx(final[chart][2:], abs=1), (chart, sample.at)


@pytest.mark.parametrize(
    ("languages", "cookie", "tag"),
    [("en", "fa-AF", "fa-AF"), ("fa-AF,fa,en", None, "fa-AF"), ("ps", None, "ps"), ("ar-SA,en", None, "ar")],
    ids=["chosen before", "first visit in Dari", "first visit in Pashto", "first visit in Arabic"],
)
def test_no_frame_of_the_first_load_is_of_another_language_direction_or_size(
    portal: str, languages: str, cookie: str | None, tag: str
) -> None:
    with open_browser(f"--window-size={WIDTH},{HEIGHT}", languages=languages, patient=False) as opened:
        browser = ShellBrowser(opened)
        browser.watch_shifts()
        if cookie:
            opened.set_cookie(reader.LOCALE_COOKIE, cookie, portal, sameSite="Lax")
        with slow_line(opened, kilobytes_per_second=200):
            made = film(opened, f"{portal}/dashboard", arrived(browser))
        assert_one_look_from_the_first_frame(made, tag)
        assert_charts_keep_their_size(made)
        assert browser.shifted() <= MOST_SHIFT
        browser.assert_console_empty()
