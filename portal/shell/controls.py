"""How the components of dcc and dash-bootstrap-components look in HTML: their own elements and classes, standing still.

Drawn is what the browser has code for (``components`` in tools/vendor/manifest.json). A component that is not here
keeps its children in sight, in a ``div``.
"""

from __future__ import annotations

from portal.shell import form_controls
from portal.shell.elements import Draw, Element, Nothing, Props, element


def _link(props: Props) -> Element:
    text = props.get("children")
    return element(
        "a",
        props,
        href=props.get("href"),
        target=props.get("target"),
        children=props.get("href") if text is None else text,
    )


def _nothing(_props: Props) -> Nothing:
    """What shows nothing by itself: a store, the address, a clock; and a dialog until it is opened."""
    return Nothing()


CONTROLS: dict[tuple[str, str], Draw] = {
    ("dash_core_components", "Link"): _link,
    **{("dash_core_components", kind): _nothing for kind in ("Store", "Location", "Interval")},
    ("dash_bootstrap_components", "Modal"): _nothing,
    **{("dash_bootstrap_components", kind): draw for kind, draw in form_controls.DRAWN.items()},
}
"""(namespace, component) → how to draw it. dcc.Graph is drawn by portal/shell/html.py, which has the charts."""
