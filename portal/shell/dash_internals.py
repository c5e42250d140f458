"""The one place that touches names Dash does not promise to keep.

Dash is pinned exactly; when the pin moves, ``tests/unit/portal/shell/test_dash_internals.py`` names what moved with it.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TypeGuard, cast

import dash
import flask
import orjson
from dash import Patch, _callback, _pages, html
from dash._utils import stringify_id
from dash.dash import _ID_CONTENT, _ID_DUMMY, _ID_LOCATION, _ID_STORE
from dash.development.base_component import Component

from portal.shell.pieces import Drawn, Piece
from portal.shell.still import Still, stilled

CONTENT_ID: str = _ID_CONTENT
DUMMY_ID: str = _ID_DUMMY
LOCATION_ID: str = _ID_LOCATION
STORE_ID: str = _ID_STORE

# What runs in the browser of what Dash ships, in the order Dash itself loads it. Not taken: the polyfill (only its
# regenerator-runtime is needed, which is vendored), and the bundles of components. The components that pages use are an
# eighth of them: tools/vendor/dash.mjs puts those together from the same sources.
SCRIPTS: tuple[tuple[str, str], ...] = (
    ("dash", "deps/react@18.3.1.min.js"),
    ("dash", "deps/react-dom@18.3.1.min.js"),
    ("dash", "deps/prop-types@15.8.1.min.js"),
    ("dash", "dash-renderer/build/dash_renderer.min.js"),
)

CALLBACK_PATH = "/_dash-update-component"

SUITES = "/_dash-component-suites/"

REACHED = "portal_reached"
"""The Flask extension that holds the ids of :func:`reached`."""

PLOTLY_PATH = "_dash-component-suites/plotly/package_data/plotly.min.js"
"""Where the renderer tells dcc.Graph to load plotly.js from, below the application's prefix."""


class SetUpWithoutReader(dash.Dash):
    """Dash sets itself up on the first request, with a look at the layout. That request may be a health check, so the
    look is at an empty frame; and other requests wait until it is done."""

    _setup_lock = threading.Lock()
    _setting_up = False
    _is_set_up = False

    def _setup_server(self) -> None:
        if self._is_set_up:
            return
        with self._setup_lock:
            if self._is_set_up:
                return
            self._setting_up = True
            try:
                super()._setup_server()  # type: ignore[no-untyped-call]
            finally:
                self._setting_up = False
            self._when_set_up()
            self._is_set_up = True

    def _when_set_up(self) -> None:
        """All callbacks are known now, and no request has been answered yet."""

    def _layout_value(self) -> Any:
        return html.Div(dash.page_container) if self._setting_up else super()._layout_value()  # type: ignore[no-untyped-call]


def package_file(package: str, path: str) -> bytes:
    """The bytes of a file that Dash or a component package ships; FileNotFoundError names it when it moved."""
    origin = import_module(package).__file__
    assert origin is not None  # noqa: S101 - a regular package always has a file
    return (Path(origin).parent / path).read_bytes()


def config(app: dash.Dash) -> dict[str, Any]:
    """What the renderer is told, without saying which Python runs here and without asking outside for versions."""
    told = cast(dict[str, Any], app._config())  # type: ignore[no-untyped-call]
    return {**told, "python_version": "", "dash_version_url": "", "ddk_version": None}


def callbacks(app: dash.Dash) -> list[dict[str, Any]]:
    """The callback graph as the renderer wants it (what ``_dash-dependencies`` would answer)."""
    return cast(list[dict[str, Any]], app._callback_list)


def reached(app: dash.Dash) -> frozenset[str]:
    """Ids that a callback reads, sets, or sets while it runs. Scripts set no others (``assets/js``: ``set_props``)."""
    found: set[str] = set()
    for each in callbacks(app):
        found.update(one["id"] for part in ("inputs", "state") for one in each[part])
        set_while_running = (each.get("running") or {}).get("running", {})
        found.update(one.rpartition(".")[0] for one in (*each["output"].strip(".").split("..."), *set_while_running))
    return frozenset(found)


def handlers(app: dash.Dash) -> dict[str, str]:
    """The function behind each callback that the server answers, as ``module.name``, by the callback's output."""
    found = {output: entry.get("callback") for output, entry in app.callback_map.items()}
    return {output: f"{act.__module__}.{act.__name__}" for output, act in found.items() if act is not None}


def page_for(app: dash.Dash, pathname: str) -> tuple[Mapping[str, Any] | None, dict[str, str]]:
    """The registered page for a path, and the variables its path template holds."""
    page, variables = _pages._path_to_page(app.strip_relative_path(pathname) or "")  # type: ignore[no-untyped-call]
    return (page or None), dict(variables or {})


def query_parameters(search: str | None) -> dict[str, str | list[str]]:
    """A query string as Dash hands it to ``layout(**params)``: a repeated name gives a list."""
    parsed = _pages._parse_query_string(search)  # type: ignore[no-untyped-call]
    return cast("dict[str, str | list[str]]", parsed)


def registered_pages() -> list[Mapping[str, Any]]:
    return list(_pages.PAGE_REGISTRY.values())


def to_script_json(value: object) -> str:
    """JSON that may stand in a ``<script type="application/json">``: nothing in it can end the element or a line.

    Escaping ``<`` leaves no ``</script`` and no ``<!--``; U+2028 and U+2029 end a line in older JavaScript.
    """
    return _inert(to_json(value))


def to_still_json(component: Component) -> str:
    """The same of a component as a part among still ones (:mod:`portal.shell.still`); empty when some of it answers."""
    still = Still(_props_if_component, _is_reached)
    part = still.alone() if still.takes(component) else None
    return "" if part is None else to_script_json(part)


def to_script_pieces(value: object) -> list[Piece]:
    """The same in pieces: what is drawn already stays apart, so that it can be sent as it was compressed."""
    met: list[Drawn] = []

    def known(part: object) -> Any:
        if not isinstance(part, Drawn):
            return _component_json(part)
        met.append(part)
        return _HERE

    text = orjson.dumps(value, default=known, option=orjson.OPT_NON_STR_KEYS).decode()
    begin, *between = _inert(text).split(f'"{_HERE}"')
    pieces: list[Piece] = [begin]
    for drawn, after in zip(met, between, strict=True):
        pieces += [drawn.json, after]
    return pieces


# Where something drawn stands, for a moment: no data can hold it.
_HERE = secrets.token_hex(32)


def _inert(text: str) -> str:
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def to_json(value: object) -> str:
    """Components, patches and plain values as JSON; TypeError names what has no place in a page."""
    return orjson.dumps(value, default=_component_json, option=orjson.OPT_NON_STR_KEYS).decode()


def _component_json(value: object) -> Any:
    if is_component(value):
        still = Still(_props_if_component, _is_reached)
        if still.takes(value):
            return still.sent()[0]
        props = props_of(value)
        if isinstance(children := props.get("children"), (list, tuple)):
            props["children"] = stilled(children, _props_if_component, _is_reached)
        return {"props": props, "type": value._type, "namespace": value._namespace}
    if isinstance(value, Patch):
        return value.to_plotly_json()
    if isinstance(value, Drawn):
        return orjson.Fragment(value.json if isinstance(value.json, str) else value.json.data)
    raise TypeError(f"{type(value).__name__} has no place in a page")


def _is_reached(component_id: str) -> bool:
    """Whether a callback of the application at work names the id; outside of one anything may."""
    reached = flask.current_app.extensions.get(REACHED) if flask.has_app_context() else None
    return reached is None or component_id in reached


def _props_if_component(value: object) -> dict[str, Any] | None:
    return props_of(value) if is_component(value) else None


# Plotly's writer, which Dash takes for the answers of callbacks, looks at every value in Python for arrays and dates of
# other libraries before it writes: some 20 ms for a page. There are none here.
vars(_callback)["to_json"] = to_json


def dom_id(component_id: str | Mapping[str, Any]) -> str:
    """The value of the ``id`` attribute that Dash gives a component's element."""
    return stringify_id(component_id)


_NOT_PROPS = frozenset(vars(html.Div())) - {"children"}
_are_components: dict[type, bool] = {}


def props_of(component: Component) -> dict[str, Any]:
    """The properties that were given to a component (what its ``to_plotly_json`` tells, some ten times faster)."""
    props = vars(component).copy()
    for name in _NOT_PROPS:
        props.pop(name, None)
    return props


def is_component(value: object) -> TypeGuard[Component]:
    """``isinstance(value, Component)``, which that class makes slow, remembered by type."""
    kind = type(value)
    found = _are_components.get(kind)
    if found is None:
        found = _are_components[kind] = isinstance(value, Component)
    return found


def kind_of(component: Component) -> tuple[str, str]:
    """(namespace, type), such as ("dash_html_components", "Div")."""
    return component._namespace, component._type
