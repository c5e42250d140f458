"""Numbers, ids, codes, phone numbers and addresses read from left to right inside right-to-left text: every page and
dialog, every chart's words, every text of an invoice and a report, as a real browser lays them out.

What a browser does is what UAX #9 says, and Typst follows the same rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest

from components.charts.plotly import figure
from components.charts.spec import Chart
from components.charts.svg import svg
from gateway.reports.sheet import sheet_of as report_of
from gateway.texts import choose
from portal.i18n import for_tag, use
from tests.support.browser import Browser
from tests.support.portal_on_fakes import build
from tests.unit.callbacks.test_ids import trees_shown
from tests.unit.components.charts.drawings import all_charts, health_charts
from tests.unit.gateway.invoices.test_pages import line, sheet
from tests.unit.gateway.reports.test_pages import SIGNATURE
from tests.unit.gateway.reports.told import review
from tests.unit.words.test_own_languages import written

pytestmark = pytest.mark.browser
LANGUAGES = ("fa-AF", "ps", "ar")
# Whatever holds a letter or digit and no blank is one thing to its reader: its characters stand side by side, the first
# one on the left. A sign belongs to the number behind it; what ends a sentence does not belong to what stands before it.
MISPLACED = r"""
const TOKEN = /(?:[+\-\u2212](?=[\u200e\u061c]?[\d\u06f0-\u06f9\u0660-\u0669])|\/(?=\w))?[A-Za-z\d\u06f0-\u06f9\u0660-\u0669](?:[\w\u06f0-\u06f9\u0660-\u0669\u2026@.\/:#=&?*~+\-,\u066b\u066c]*[\w\u06f0-\u06f9\u0660-\u0669*])?/g;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const found = [];
let looked = 0;
while (walker.nextNode()) {
  const node = walker.currentNode;
  if (node.parentElement.closest('script, style, option')) continue;
  for (const match of node.data.matchAll(TOKEN)) {
    if (match[0].length < 2) continue;
    let before = null;
    for (let at = match.index; at < match.index + match[0].length; at += 1) {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const box = range.getBoundingClientRect();
      if (!box.width) continue;
      looked += 1;
      if (before && Math.abs(before.top - box.top) < 2 && box.left < before.left - 0.5) {
        found.push(match[0] + ' (' + node.parentElement.tagName + '.' + node.parentElement.getAttribute('class') + ': ' + node.data.trim().slice(0, 100) + ')');
        break;
      }
      before = box;
    }
  }
}
return [looked, [...new Set(found)]];
"""
_SPOKEN = (
    "for (const n of ['title', 'aria-label', 'placeholder']) for (const e of document.querySelectorAll('[' + n + ']'))"
)
# Everything is seen: nothing is closed or hidden, tooltips and what is told to screen readers stand as paragraphs.
UNFOLD = (
    "for (const e of document.querySelectorAll('details, dialog')) e.open = true;"
    "for (const e of document.querySelectorAll('[hidden]')) e.hidden = false;"
    f"{_SPOKEN} {{ const p = document.createElement('p'); p.className = n; p.textContent = e.getAttribute(n);"
    " (e.closest('[dir]') || document.body).dir === 'ltr' ? (p.dir = 'ltr') : 0; document.body.append(p); }"
)


def misplaced(browser: Browser, folder: Path, language: str, markup: str) -> tuple[int, list[str]]:
    """How many characters were looked at, and which texts have theirs in another order than they are read in."""
    page = folder / "page.html"
    page.write_text(
        f'<!DOCTYPE html><html lang="{language}" dir="rtl"><meta charset="utf-8"><body>{markup}</body></html>',
        encoding="utf-8",
    )
    browser.open(page.as_uri())
    browser.run(UNFOLD)
    looked, found = browser.run(MISPLACED)
    return int(looked), list(found)


def strings(value: Any) -> Iterator[str]:
    """Every text in lists and mappings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from strings(part)


def paragraphs(value: Any) -> str:
    return "".join(f"<p>{escape(text).replace('&lt;br&gt;', '<br>')}</p>" for text in dict.fromkeys(strings(value)))


def words_of(chart: Chart) -> str:
    """The picture, and what Plotly writes: hover, axes, names of what is drawn."""
    shown = figure(chart)
    axes = [shown["layout"].get(axis, {}).get("ticktext") for axis in ("xaxis", "yaxis")]
    traces = [[trace.get(name) for name in ("name", "hovertext", "text")] for trace in shown["data"]]
    return svg(chart) + paragraphs([axes, traces, shown["layout"].get("annotations")])


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("شماره +93701234567 است", ["+93701234567"]),
        ("روز ‎2026-11-27", []),
        ("يوم 2026-11-27", ["2026-11-27"]),
        ("يوم \u20662026-11-27\u2069", []),
        ("شماره \u2066+93701234567\u2069 است", []),
        ("کود /v1/messages است", ["/v1/messages"]),
        ("<code dir=ltr>/v1/messages</code>", []),
        ("۱۲۳ و ۴٫۵", []),
    ],
)
def test_what_is_out_of_order_is_found(browser: Browser, tmp_path: Path, text: str, broken: list[str]) -> None:
    _, found = misplaced(browser, tmp_path, "fa-AF", f"<p>{text}</p>")
    assert [each.split(" (")[0] for each in found] == broken


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_dialogs_and_tooltips_keep_the_order_of_what_reads_left_to_right(
    browser: Browser, tmp_path: Path, language: str
) -> None:
    build(tmp_path)
    with use(for_tag(language)):
        looked, found = misplaced(browser, tmp_path, language, "".join(written(trees_shown())))
    assert found == []
    assert looked > 10_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_charts_keep_the_order_on_axes_and_on_hover(browser: Browser, tmp_path: Path, language: str) -> None:
    with use(for_tag(language)):
        markup = "".join(words_of(chart) for chart in {**all_charts(), **health_charts()}.values())
    looked, found = misplaced(browser, tmp_path, language, markup)
    assert found == []
    assert looked > 1_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_invoices_and_reports_keep_the_order_in_every_text(browser: Browser, tmp_path: Path, language: str) -> None:
    invoice = sheet([line(number) for number in range(5)], language)
    report = report_of(review(), choose([language]), SIGNATURE)
    looked, found = misplaced(browser, tmp_path, language, paragraphs([invoice, report]))
    assert found == []
    assert looked > 1_000
