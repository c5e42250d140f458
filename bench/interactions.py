"""From a click to what it was for: a filter until the charts are painted, a link until the next page's data is, a chart's
first pointing until it answers.

The time begins with the pointer going down on the control, or reaching the chart. A filter has ended when the last change
in any chart in sight is painted, after which nothing changed for a while; a next page in the first frame that has its data.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

QUIET_MS = 600
LONGEST_SECONDS = 60

# What a frame holds is taken for painted in a task after it, as in `bench.browser`.
_WATCH = """
const b = window.__clicked = {start: null, done: null, last: null};
addEventListener('%(begins)s', e => { b.start = b.start ?? e.timeStamp; }, {capture: true, once: true});
const test = %(done)s;
const stamp = name => scheduler.postTask(() => { b[name] = performance.now(); }, {priority: 'user-blocking'});
// Where a chart is, is asked when a frame begins, which finds it out anyway: asked at each change it would cost a layout.
const touched = new Set();
const chart = node => (node.nodeType === 1 ? node : node.parentElement)?.closest('.js-plotly-plot, .dash-graph');
const seen = graph => { const at = graph.getBoundingClientRect(); return at.top < innerHeight && at.bottom > 0; };
new MutationObserver(records => { for (const r of records) { const graph = chart(r.target); if (graph) touched.add(graph); } })
  .observe(document.body, {childList: true, subtree: true, attributes: true, characterData: true});
(function look() {
  let ok = false;
  try { ok = b.start !== null && b.done === null && test(); } catch (e) {}
  if (ok) { b.done = -1; stamp('done'); }
  const dirty = [...touched].some(seen);
  touched.clear();
  if (dirty && b.start !== null) stamp('last');
  requestAnimationFrame(look);
})();
"""
_STATE = "return {...window.__clicked, now: performance.now()}"


@dataclass(frozen=True)
class Click:
    """What is clicked (XPath), and as a JavaScript function when what it was for is there. `opener` is clicked before the
    time begins, where the control lies in something that is folded up."""

    target: str
    done: str
    opener: str | None = None


def bars_of(days: int, selector: str) -> str:
    """A function: the first trace of the bar chart in `selector` has so many bars."""
    return (
        f"() => {{ const t = document.querySelector('{selector} .barlayer .trace');"
        f" return !!t && t.querySelectorAll('.point').length === {days}; }}"
    )


def filter_ms(driver: webdriver.Chrome, click: Click) -> float:
    """Until the last change in any chart is painted."""
    state = _clicked(driver, click, quiet=True)
    return max(state["last"] or 0, state["done"]) - state["start"]


def navigation_ms(driver: webdriver.Chrome, click: Click) -> float:
    """Until the first frame with what the next page is for."""
    state = _clicked(driver, click, quiet=False)
    return state["done"] - state["start"]


def pointed_ms(driver: webdriver.Chrome, chart: str) -> float:
    """Until a chart (CSS selector) that no reader came near before is drawn by Plotly, once the pointer has reached it."""
    done = f"() => !!document.querySelector('{chart} .hoverlayer')"
    element = driver.find_element(By.CSS_SELECTOR, chart)
    driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
    driver.execute_script(_WATCH % {"done": done, "begins": "pointerover"})
    ActionChains(driver).move_to_element(element).perform()
    end = time.monotonic() + LONGEST_SECONDS
    while True:
        state: dict[str, float] = driver.execute_script(_STATE)
        if state["done"] is not None and state["done"] > 0:
            return state["done"] - state["start"]
        if time.monotonic() > end:
            raise RuntimeError(f"{chart} was not drawn within {LONGEST_SECONDS} s: {state}")
        time.sleep(0.05)


def _seen(driver: webdriver.Chrome, target: str) -> WebElement | None:
    return next((each for each in driver.find_elements(By.XPATH, target) if each.is_displayed()), None)


def _clicked(driver: webdriver.Chrome, click: Click, *, quiet: bool) -> dict[str, float]:
    end = time.monotonic() + LONGEST_SECONDS
    if click.opener is not None and _seen(driver, click.target) is None and (opener := _seen(driver, click.opener)):
        opener.click()
    while (element := _seen(driver, click.target)) is None:
        if time.monotonic() > end:
            raise RuntimeError(f"{click.target} is not to be seen")
        time.sleep(0.05)
    driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
    driver.execute_script(_WATCH % {"done": click.done, "begins": "pointerdown"})
    element.click()
    while True:
        state: dict[str, float] = driver.execute_script(_STATE)
        done = state["done"] is not None and state["done"] > 0
        last = max(state["last"] or 0, state["done"] or 0)
        if done and (not quiet or state["now"] - last > QUIET_MS):
            return state
        if time.monotonic() > end:
            raise RuntimeError(f"{click.target} had no effect within {LONGEST_SECONDS} s: {state}")
        time.sleep(0.05)
