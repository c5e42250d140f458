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
# React yields after five milliseconds. By this clock each element takes longer to make (of so many that what all take is
# still short of React's patience); they are counted by the task that they are made in.
_SLOW_ELEMENTS = """
const now = performance.now.bind(performance), create = Document.prototype.createElement;
let count = 0, known = true;
performance.now = () => now() + 6 * Math.min(count, 500);
window.made = [];
Document.prototype.createElement = function (...given) {
  count += 1;
  if (known) {
    known = false;
    window.made.push(0);
    const turn = new MessageChannel();
    turn.port1.onmessage = () => { known = true; };
    turn.port2.postMessage(0);
  }
  window.made[window.made.length - 1] += 1;
  return create.apply(this, given);
};
"""


def test_parts_of_the_bundle_run_in_tasks_of_their_own(browser: ShellBrowser, open_site: Callable[..., Site]) -> None:
    site = open_site()
    browser.before_every_page(_BETWEEN_PARTS)
    browser.open(site.url)
    browser.wait_until_interactive()
    assert browser.run("return window.turns") == {"DashRenderer": True, "dash_core_components": True}
    browser.assert_console_empty()


def test_react_makes_the_first_page_in_slices(browser: ShellBrowser, open_site: Callable[..., Site]) -> None:
    site = open_site()
    browser.before_every_page(_SLOW_ELEMENTS)
    browser.open(site.url)
    browser.wait_until_interactive()
    made = browser.run("return window.made")
    assert sum(made) >= 20, made
    assert max(made) < sum(made) / 4, made
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
