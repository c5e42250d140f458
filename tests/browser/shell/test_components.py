"""The components that are shipped are cut out of their libraries: they draw and do what the libraries' own bundles do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dash_bootstrap_components as dbc
import pytest
from dash import dcc, html
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from components.attributes import attributes
from tests.support import components_stage, portal_on_fakes
from tests.support.browser import Browser
from tests.support.components_stage import SHIPPED, WHOLE, as_sent
from tests.support.served import HOST, free_port, served
from tests.support.still import restored

Told = list[tuple[str, Any]]


class Stage:
    """One of the two stages, and everything that was seen and told on it."""

    def __init__(self, browser: Browser, url: str, tree: Any) -> None:
        self.browser = browser
        self.seen: Told = []
        browser.open(url)
        browser.run("window.drawNow(arguments[0])", tree)
        self.look("at first")

    def look(self, when: str) -> None:
        """What is on the page now, what fields hold, what has the focus, and what components have told."""
        html_now = self.browser.run("return window.shown()")
        held = self.browser.run(
            "return [...document.querySelectorAll('input, textarea, select')]"
            ".map(one => [one.id, one.value, one.checked ?? null, one.selectionStart ?? null])"
        )
        focus = self.browser.run("return document.activeElement.id || document.activeElement.className")
        told = self.browser.run("return window.told.splice(0)")
        for _who, properties in told:
            properties.pop("n_clicks_timestamp", None)  # a moment is not the same twice
        self.seen.append((when, [html_now, held, focus, told]))

    def press(self, *keys: str) -> None:
        ActionChains(self.browser.driver).send_keys(*keys).perform()

    def until(self, condition: str) -> None:
        self.browser.wait(lambda: self.browser.run(f"return {condition}"), condition)


@pytest.fixture(scope="module")
def stages() -> Iterator[str]:
    port = free_port()
    with served(components_stage.build(), port):
        yield f"http://{HOST}:{port}"


@pytest.fixture
def both(browser: Browser, stages: str) -> Iterator[Callable[[Any, Callable[[Stage], None]], None]]:
    """``both(tree, story)`` plays the same story on both stages and compares."""

    def play(tree: Any, story: Callable[[Stage], None]) -> None:
        played = []
        for of in (WHOLE, SHIPPED):
            stage = Stage(browser, f"{stages}/{of}", as_sent(tree))
            story(stage)
            played.append(stage.seen)
        for own, shipped in zip(*played, strict=True):
            assert shipped == own
        browser.assert_console_empty()

    yield play
    browser.open("about:blank")


@pytest.fixture
def browser(browser: Any) -> Browser:
    found: Browser = browser.browser
    return found


def _told(stage: Stage) -> list[Any]:
    """All that components have told so far, in order."""
    return [one for _when, (_html, _held, _focus, told) in stage.seen for one in told]


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_text_fields_type_blur_and_submit_alike(both: Callable[..., None], direction: str) -> None:
    fields = html.Div(
        [
            dbc.Label("Name", html_for="name", class_name="form-field-label"),
            dbc.Input(id="name", value="", maxLength=5, autoComplete="off", class_name="wide", inputMode="numeric"),
            dbc.Input(id={"type": "form-field", "form": "f", "field": "late"}, debounce=True, value="x", size="sm"),
            dbc.Input(id="pause", debounce=30, type="tel", invalid=True, placeholder="…"),
            dbc.Input(id="count", type="number", min=1, max=9, value=3),
            dbc.Input(id="off", value="no", disabled=True, valid=True),
            dbc.Input(id="hidden", type="hidden", value="kept", name="kept"),
            dbc.Textarea(id="note", value="", rows=2, maxlength=20, submit_on_enter=False),
            dbc.Textarea(id="ask", value="one", debounce=True, autofocus=True, style={"minHeight": "40px"}),
        ],
        dir=direction,
    )

    def story(stage: Stage) -> None:
        stage.browser.click("label")
        stage.look("after the label was pressed")
        stage.press("abc", Keys.ARROW_LEFT, "سلام")
        stage.look("typed into the middle, and beyond the longest")
        stage.press(Keys.ENTER)
        stage.look("enter")
        stage.press(Keys.TAB, "y", Keys.BACKSPACE, "z")
        stage.look("typed what is told later")
        stage.press(Keys.TAB, "secret")
        stage.until("window.told.some(([id, told]) => id === 'pause' && told.value === 'secret')")
        stage.look("after a pause")
        stage.press(Keys.TAB, Keys.ARROW_UP, Keys.BACKSPACE, "99")
        stage.look("a number out of its bounds")
        stage.press(Keys.TAB, "one", Keys.ENTER, "two")
        stage.look("two lines")
        stage.press(Keys.TAB, "!", Keys.TAB)
        stage.look("left")
        stage.browser.run("window.tree.props.children[1].props.value = '42'; window.drawNow()")
        stage.look("a value from outside")
        assert ["name", {"n_submit": 1}] in _told(stage)

    both(fields, story)


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_choices_are_made_alike(both: Callable[..., None], direction: str) -> None:
    options = [
        {"value": "a", "label": "A"},
        {"value": "b", "label": html.Bdi("B")},
        {"value": "c", "label": "C", "disabled": True},
    ]
    chosen = [{"value": "1", "label": "One"}, {"value": "2", "label": "Two"}]
    fields = html.Div(
        [
            dbc.Checklist(id="ticks", options=options, value=["b"], class_name="menu-choices", inline=True),
            dbc.RadioItems(id={"type": "r", "form": "f"}, options=options, value="a", label_class_name="word"),
            dbc.Checkbox(id="box", value=False, label="Box", label_class_name="visually-hidden"),
            dbc.Switch(id="switch", value=True, label="Switch", class_name="filter-switch"),
            dbc.Switch(id="rests", value=True, label="Rests", disabled=True),
            dbc.Select(id="one", options=chosen, value="2", size="sm", class_name="filter-select"),
            dbc.Select(id="none", options=chosen, placeholder="Choose", name="n", disabled=False, invalid=True),
        ],
        dir=direction,
    )

    def story(stage: Stage) -> None:
        labels = "#stage label"
        for at in range(len(stage.browser.all(labels))):
            stage.browser.run("arguments[0].scrollIntoView({block: 'center'})", stage.browser.all(labels)[at])
            stage.browser.all(labels)[at].click()
            stage.look(f"label {at} was pressed")
        for key in (Keys.SPACE, Keys.TAB, Keys.SPACE, Keys.SHIFT + Keys.TAB, Keys.NULL, Keys.ARROW_DOWN, Keys.ARROW_UP):
            stage.press(key)
            stage.look(f"key {ord(key[0]):x}")
        stage.browser.find("#one").send_keys(Keys.ARROW_UP)
        stage.browser.find("#none").send_keys("T")
        stage.look("chosen by keys")
        assert {one[0] for one in _told(stage)} >= {"ticks", '{"form":"f","type":"r"}', "box", "switch", "one", "none"}
        assert "rests" not in {one[0] for one in _told(stage)}

    both(fields, story)


@pytest.mark.parametrize("keep", [False, True])
def test_dialogs_open_close_and_hold_the_focus_alike(both: Callable[..., None], keep: bool) -> None:
    body = [html.H2("Title", id="title"), dbc.Input(id="first", autofocus=True), html.Button("Last", id="last")]
    modal = dbc.Modal(
        body, id="dialog", is_open=False, centered=True, size="lg", backdrop="static" if keep else True, keyboard=not keep,
        labelledby="title", class_name="dialog",
    )  # fmt: skip
    tree = html.Div([html.Button("Open", id="open"), modal])
    opened = "!!document.querySelector('.modal.show')"
    closed = "!document.querySelector('.modal, .modal-backdrop')"

    def story(stage: Stage) -> None:
        def set_open(value: str) -> None:
            stage.browser.run(f"window.tree.props.children[1].props.is_open = {value}; window.draw()")

        stage.browser.click("#open")
        set_open("true")
        stage.until(f"{opened} && document.activeElement.id === 'first'")
        stage.look("open")
        stage.press("x", Keys.TAB)
        stage.look("at the last")
        stage.browser.run("document.getElementById('open').focus()")
        stage.until("!!document.activeElement.closest('.modal')")
        stage.look("kept inside")
        stage.browser.run("document.getElementById('first').focus()")
        stage.press(Keys.ESCAPE)
        if not keep:
            stage.until(closed)
            stage.look("closed by Escape")
            assert ["dialog", {"is_open": False}] in _told(stage)
            set_open("true")
            stage.until(f"{opened} && document.activeElement.id === 'first'")
        stage.browser.run(
            "document.querySelector('.modal.show').dispatchEvent(new MouseEvent('click', {bubbles: true}))"
        )
        stage.until(opened if keep else closed)
        stage.look("pressed beside it")
        set_open("false")
        stage.until(f"{closed} && document.activeElement.id === 'open'")
        stage.look("closed from outside")

    both(tree, story)


def test_links_and_elements_do_alike(both: Callable[..., None]) -> None:
    tree = html.Div(
        [
            html.Button("Counted", id="counted", n_clicks=0),
            html.Button(
                "Not counted", id="not", disable_n_clicks=True, className="plain", **attributes(aria_pressed="true")
            ),
            html.Details([html.Summary("More", id="more"), html.P("It")], open=True, id="details"),
            dcc.Link("Away", href="#away", id="away", className="nav-link", title="t"),
            dcc.Link(href="/x", target="_blank"),
            html.Meter(min="0", max="4", value="3"),
            html.Time("now", dateTime="2026-11-01"),
        ]
    )

    def story(stage: Stage) -> None:
        for selector in ("#counted", "#not", "#more", "#away"):
            stage.browser.click(selector)
            stage.look(f"{selector} pressed")
        assert stage.browser.run("return location.hash") == "#away"
        assert ["counted", {"n_clicks": 1}] in _told(stage)

    both(tree, story)


@pytest.mark.parametrize("tag", ["en", "fa-AF"])
def test_every_page_is_drawn_alike(browser: Browser, stages: str, tag: str, tmp_path_factory: Any) -> None:
    data_dir: Path = tmp_path_factory.getbasetemp() / "shell"
    client = portal_on_fakes.build(data_dir, tag=tag)[0].test_client()
    pages = [_layout(client.get(path).get_data(as_text=True)) for path in portal_on_fakes.PAGES]
    drawn = []
    for of in (WHOLE, SHIPPED):
        browser.open(f"{stages}/{of}")
        drawn.append([
            browser.run("window.drawNow(arguments[0]); return [window.shown(), window.told.splice(0)]", page)
            for page in (map(restored, pages) if of == WHOLE else pages)
        ])  # fmt: skip
    for own, shipped in zip(*drawn, strict=True):
        assert shipped == own
    assert all(len(html_now) > 10_000 for html_now, _told in drawn[0])
    browser.assert_console_empty()


def _layout(page: str) -> Any:
    """What a page is made of, out of its HTML."""
    found = re.search(r'<script[^>]*id="portal-start-layout"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found, page[:400]
    return json.loads(found[1])
