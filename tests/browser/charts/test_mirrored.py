"""What comes first stands where reading begins: measured on the page, in a language of each direction."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable

import pytest
from PIL import Image

from components.charts.plotly_locale import format_of
from portal.i18n import SUPPORTED
from tests.browser.charts.conftest import TrafficPage
from tests.browser.whole.conftest import resize
from tests.support.browser import Browser

pytestmark = pytest.mark.browser
BOTH = ("en", "fa-AF")

#: Address → pairs: the first stands before the second, by the direction of reading.
IN_ORDER = {
    "/dashboard": (
        (".portal-nav", ".portal-main"),
        (".brand-mark", ".brand-mark + *"),
        (".tenant", ".portal-top .menu:last-of-type"),
        (".segments .segment:nth-child(1)", ".segments .segment:nth-child(2)"),
        (".chart-heading", ".chart-downloads"),
        (".chart-legend li:nth-child(1)", ".chart-legend li:nth-child(2)"),
        # Axes of Plotly's own drawing: values at the side where reading begins, and time goes with it.
        ("#dashboard-volume-graph .ytick text", "#dashboard-volume-graph .nsewdrag"),
        ("#dashboard-volume-graph .xtick:first-child text", "#dashboard-volume-graph .xtick:nth-child(3) text"),
    ),
    "/analytics": (
        ("#analytics-when-graph .ytick text", "#analytics-when-graph .nsewdrag"),
        ("#analytics-when-graph .xtick:first-child text", "#analytics-when-graph .xtick:nth-child(3) text"),
        ("#analytics-operators-graph .ytick text", "#analytics-operators-graph .nsewdrag"),
    ),
    "/messages": (
        ("table.log th:nth-child(1)", "table.log th:nth-child(2)"),
        (".chip-text", ".chip-remove"),
    ),
}
_EDGES = (
    "return arguments[0].map(selector => { const found = document.querySelector(`#react-entry-point ${selector}`);"
    " if (!found) return null; const box = found.getBoundingClientRect(); return [box.left, box.right]; })"
)


@pytest.mark.parametrize("tag", BOTH)
def test_first_stands_before_second(open_pages: Callable[..., TrafficPage], tag: str) -> None:
    page = open_pages(tag)
    resize(page.browser, 1280)
    for path, pairs in IN_ORDER.items():
        page.open(path if path != "/messages" else "/messages?status=failed")
        selectors = [selector for pair in pairs for selector in pair]
        page.browser.wait(lambda named=selectors: None not in page.browser.run(_EDGES, named), f"all of {path}")
        edges = page.browser.run(_EDGES, selectors)
        for number, (first, second) in enumerate(pairs):
            (left, right), (other_left, other_right) = edges[2 * number], edges[2 * number + 1]
            before = right <= other_left + 2 if tag == "en" else left >= other_right - 2
            assert before, (tag, path, first, second, edges[2 * number], edges[2 * number + 1])
    page.browser.assert_console_empty()


@pytest.mark.parametrize("tag", BOTH)
def test_icons_drawer_toasts_and_progress_are_on_the_side_of_their_direction(
    open_pages: Callable[..., TrafficPage], tag: str
) -> None:
    page = open_pages(tag)
    page.open("/dashboard")
    run = page.browser.run
    # Icons that point somewhere are turned round, the others never.
    run(
        "for (const name of ['icon-arrow-left icon-flip', 'icon-search'])"
        " { const made = document.createElement('span'); made.className = 'icon probe ' + name; document.body.append(made); }"
    )
    turned = run("return [...document.querySelectorAll('.probe')].map(one => getComputedStyle(one).transform)")
    assert turned == (["none", "none"] if tag == "en" else ["matrix(-1, 0, 0, 1, 0, 0)", "none"])
    # Toasts come up at the end of the line.
    left, right, width = run(
        "const box = document.querySelector('.toasts').getBoundingClientRect();"
        " return [box.left, box.right, document.documentElement.clientWidth]"
    )
    assert (width - right < left) if tag == "en" else (left < width - right)
    assert _filled_side(page.browser) == ("left" if tag == "en" else "right")
    # The drawer comes in from where reading begins.
    resize(page.browser, 320)
    page.browser.click("#react-entry-point .portal-top .drawer-only")
    edges = (
        "const box = document.querySelector('#react-entry-point .portal-nav').getBoundingClientRect();"
        " return [box.left, document.documentElement.getBoundingClientRect().right - box.right]"  # the scrollbar's room stays
    )
    page.browser.wait(lambda: abs(run(edges)[tag != "en"]) < 1, "the drawer at its side")
    resize(page.browser, 1280)
    page.browser.assert_console_empty()


def _filled_side(browser: Browser) -> str:
    """Where a quarter of progress is drawn: the half of the bar that has another colour than the whole's ground."""
    browser.run(
        "const bar = document.createElement('progress'); bar.className = 'rate-bar'; bar.id = 'probe-bar'; bar.max = 100;"
        " bar.value = 25; document.querySelector('#react-entry-point .portal-main').prepend(bar);"
        " bar.scrollIntoView({block: 'center'})"
    )
    shot = base64.b64decode(browser.all("#probe-bar")[0].screenshot_as_base64)
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    middle = picture.height // 2
    ground = picture.getpixel((picture.width // 2, middle))
    left, right = (picture.getpixel((round(picture.width * share), middle)) for share in (0.12, 0.88))
    assert (left != ground) is not (right != ground)
    return "left" if left != ground else "right"


@pytest.mark.parametrize("tag", list(SUPPORTED))
def test_plotly_says_nothing_of_its_own_and_would_name_months_rightly(
    open_pages: Callable[..., TrafficPage], tag: str
) -> None:
    page = open_pages(tag)
    page.open("/dashboard")
    run = page.browser.run
    assert run("return document.querySelectorAll('.modebar-btn, .plotly-notifier .notifier-note').length") == 0
    # An axis of dates that our figures never have, drawn with the configuration that they have.
    run(
        "const gd = document.querySelector('.js-plotly-plot'), own = document.createElement('div'); own.id = 'probe-plot';"
        " document.body.append(own);"
        " const config = {locale: gd._context.locale, locales: gd._context.locales, displayModeBar: false};"
        " Plotly.newPlot(own, [{type: 'scatter', x: ['2026-01-15', '2026-11-21'], y: [1, 2]}], {width: 700, height: 300,"
        " xaxis: {type: 'date', tickmode: 'array', tickvals: ['2026-01-15', '2026-11-21'], tickformat: '%A %B',"
        " hoverformat: '%B'}}, config).then(() => Plotly.Fx.hover(own, {xval: Date.UTC(2026, 10, 21), yval: 2}))"
    )
    ticks = "return [...document.querySelectorAll('#probe-plot .xtick text')].map(one => one.textContent)"
    page.browser.wait(lambda: len(run(ticks)) == 2, "the ticks")
    told = format_of(SUPPORTED[tag])
    expected = [f"{told['days'][4]} {told['months'][0]}", f"{told['days'][6]} {told['months'][10]}"]
    assert run(ticks) == expected
    hovered = "return document.querySelector('#probe-plot .hoverlayer').textContent"
    page.browser.wait(lambda: told["months"][10] in run(hovered), "the month in the hover")
