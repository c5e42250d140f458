"""What axe finds on a page as it stands in a real browser."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from selenium_axe_python import Axe

from tests.support.browser import Browser

#: Levels A and AA of WCAG 2.0, 2.1 and 2.2, as axe names them.
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
SEVERE = ("serious", "critical")


def axe_violations(browser: Browser, tags: Iterable[str] = WCAG, impacts: Collection[str] | None = SEVERE) -> list[str]:
    """Findings of those impacts (None: of any), each with its rule, what it wants and the first places."""
    # Half-way through a transition (a dialog that fades in) nothing has the colours that it is going to have.
    still = "return !document.getAnimations().some(one => one instanceof CSSTransition && one.playState === 'running')"
    browser.wait(lambda: browser.run(still), "transitions to end")
    axe = Axe(browser.driver)
    if browser.run("return !window.axe"):  # once for a document: it is half a megabyte
        axe.inject()
    wanted = {"runOnly": {"type": "tag", "values": list(tags)}, "resultTypes": ["violations"]}
    found = axe.run(options=json.dumps(wanted))
    return [
        f"{finding['id']}: {finding['help']} ({', '.join(str(node['target']) for node in finding['nodes'][:3])})"
        for finding in found["violations"]
        if impacts is None or finding["impact"] in impacts
    ]
