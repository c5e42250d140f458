"""What axe finds on a page as it stands in a real browser."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

from selenium_axe_python import Axe

from tests.support.browser import Browser

#: Levels A and AA of WCAG 2.0, 2.1 and 2.2, as axe names them.
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
SEVERE = ("serious", "critical")


def axe_violations(browser: Browser, tags: Iterable[str] = WCAG, impacts: Collection[str] | None = SEVERE) -> list[str]:
    """Findings of those impacts (None: of any), each with its rule, what it wants and the first places.

    Of what a note, a menu or the window's edge lies half over at the moment, only half of its size is seen: no finding.
    """
    # Half-way through a transition (a dialog that fades in) nothing has the colours that it is going to have.
    still = "return !document.getAnimations().some(one => one instanceof CSSTransition && one.playState === 'running')"
    browser.wait(lambda: browser.run(still), "transitions to end")
    axe = Axe(browser.driver)
    if browser.run("return !window.axe"):  # once for a document: it is half a megabyte
        axe.inject()
    wanted = {"runOnly": {"type": "tag", "values": list(tags)}, "resultTypes": ["violations"]}
    found = axe.run(options=json.dumps(wanted))
    places = {
        finding["id"]: [str(node["target"]) for node in finding["nodes"] if not _half_covered(node)]
        for finding in found["violations"]
    }
    return [
        f"{finding['id']}: {finding['help']} ({', '.join(places[finding['id']][:3])})"
        for finding in found["violations"]
        if places[finding["id"]] and (impacts is None or finding["impact"] in impacts)
    ]


def _half_covered(node: dict[str, Any]) -> bool:
    data = [check["data"] for check in node["any"] if check["id"] == "target-size"]
    return any("bscured" in str(each.get("messageKey")) for each in data if isinstance(each, dict))
