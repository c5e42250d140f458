"""The application starts in many short tasks, between which the browser can answer whoever taps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.shell.conftest import ShellBrowser, Site

pytestmark = pytest.mark.browser

# Whether the browser had a turn between two parts of the bundle: a message is answered in a task of its own.
_BETWEEN_PARTS = """
const values = {};
window.turns = {};
for (const [name, before] of [['React', null], ['DashRenderer', 'React'], ['dash_core_components', 'DashRenderer']])
  Object.defineProperty(window, name, {
    configurable: true,
    get: () => values[name],
    set: value => {
      values[name] = value;
      if (before && !(name in window.turns)) window.turns[name] = values[before + ' passed'] === true;
      const turn = new MessageChannel();
      turn.port1.onmessage = () => { values[name + ' passed'] = true; };
      turn.port2.postMessage(0);
    },
  });
"""


def test_parts_of_the_bundle_run_in_tasks_of_their_own(browser: ShellBrowser, open_site: Callable[..., Site]) -> None:
    site = open_site()
    browser.before_every_page(_BETWEEN_PARTS)
    browser.open(site.url)
    browser.wait_until_interactive()
    assert browser.run("return window.turns") == {"DashRenderer": True, "dash_core_components": True}
    browser.assert_console_empty()


# Dash's sign that a callback runs stands beside the page, and where React takes its time before it.
_SIGN_BEFORE_THE_PAGE = """
window.left = [];
document.addEventListener('DOMContentLoaded', () => {
  const entry = document.getElementById('react-entry-point'), sign = document.createElement('div');
  sign.className = '_dash-loading-callback';
  new MutationObserver((_, watch) => {
    watch.disconnect();
    entry.append(sign);
  }).observe(entry, {childList: true});
  new MutationObserver(changes => {
    for (const change of changes) for (const node of change.removedNodes)
      if (node.id === 'portal-first-paint') window.left.push(!!entry.querySelector('#volume'));
  }).observe(document.body, {childList: true});
});
"""


def test_drawn_page_stands_until_the_whole_page_has_come(browser: ShellBrowser, open_site: Callable[..., Site]) -> None:
    site = open_site()
    browser.before_every_page(_SIGN_BEFORE_THE_PAGE)
    browser.open(site.url)
    browser.wait_for("window.left.length > 0")
    assert browser.run("return window.left") == [True]
    browser.wait_until_interactive()
    browser.assert_console_empty()
