"""The one place that touches names Dash does not promise to keep.

Dash is pinned exactly; ``tests/unit/portal/shell/test_dash_internals.py`` fails with the name that moved when the pin does.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import dash
from dash import _pages
from dash._utils import stringify_id, to_json
from dash.dash import _ID_CONTENT, _ID_DUMMY, _ID_LOCATION, _ID_STORE
from dash.development.base_component import Component

CONTENT_ID: str = _ID_CONTENT
DUMMY_ID: str = _ID_DUMMY
LOCATION_ID: str = _ID_LOCATION
STORE_ID: str = _ID_STORE

# What a page's script consists of, in the order Dash itself loads it. Not taken: the polyfill (only its
# regenerator-runtime is needed, which is vendored), dash_table, and chunks that load when a component first asks for them.
SCRIPTS: tuple[tuple[str, str], ...] = (
    ("dash", "deps/react@18.3.1.min.js"),
    ("dash", "deps/react-dom@18.3.1.min.js"),
    ("dash", "deps/prop-types@15.8.1.min.js"),
    ("dash_bootstrap_components", "_components/dash_bootstrap_components.min.js"),
    ("dash", "dash-renderer/build/dash_renderer.min.js"),
    ("dash", "dcc/dash_core_components.js"),
    ("dash", "dcc/dash_core_components-shared.js"),
    ("dash", "html/dash_html_components.min.js"),
    ("dash", "dcc/async-graph.js"),
)
CHUNKS: tuple[str, ...] = (
    "async-datepicker.js",
    "async-dropdown.js",
    "async-markdown.js",
    "async-slider.js",
    "async-upload.js",
)
"""Chunks of dcc that may be loaded later, by the name its webpack runtime asks for beside the bundle."""

PLOTLY_PATH = "_dash-component-suites/plotly/package_data/plotly.min.js"
"""Where the renderer tells dcc.Graph to load plotly.js from, below the application's prefix."""


def package_file(package: str, path: str) -> bytes:
    """The bytes of a file that Dash or a component package ships; FileNotFoundError names it when it moved."""
    origin = import_module(package).__file__
    assert origin is not None  # noqa: S101 - a regular package always has a file
    return (Path(origin).parent / path).read_bytes()


def chunk(name: str) -> bytes:
    return package_file("dash", f"dcc/{name}")


def config(app: dash.Dash) -> dict[str, Any]:
    """What the renderer is told, without saying which Python runs here and without asking outside for versions."""
    told = cast(dict[str, Any], app._config())
    return {**told, "python_version": "", "dash_version_url": "", "ddk_version": None}


def callbacks(app: dash.Dash) -> list[dict[str, Any]]:
    """The callback graph as the renderer wants it (what ``_dash-dependencies`` would answer)."""
    return cast(list[dict[str, Any]], app._callback_list)


def page_for(app: dash.Dash, pathname: str) -> tuple[Mapping[str, Any] | None, dict[str, str]]:
    """The registered page for a path, and the variables its path template holds."""
    page, variables = _pages._path_to_page(app.strip_relative_path(pathname) or "")
    return (page or None), dict(variables or {})


def query_parameters(search: str | None) -> dict[str, str | list[str]]:
    """A query string as Dash hands it to ``layout(**params)``: a repeated name gives a list."""
    return cast("dict[str, str | list[str]]", _pages._parse_query_string(search))


def registered_pages() -> list[Mapping[str, Any]]:
    return list(_pages.PAGE_REGISTRY.values())


def to_script_json(value: object) -> str:
    """JSON that may stand in a ``<script type="application/json">``: nothing in it can end the element or a line.

    Escaping ``<`` leaves no ``</script`` and no ``<!--``; U+2028 and U+2029 end a line in older JavaScript.
    """
    text = cast(str, to_json(value))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def dom_id(component_id: str | Mapping[str, Any]) -> str:
    """The value of the ``id`` attribute that Dash gives a component's element."""
    return cast(str, stringify_id(component_id))


def children_of(component: Component) -> Any:
    return getattr(component, "children", None)


def props_of(component: Component) -> dict[str, Any]:
    return cast(dict[str, Any], component.to_plotly_json()["props"])


def kind_of(component: Component) -> tuple[str, str]:
    """(namespace, type), such as ("dash_html_components", "Div")."""
    return cast(str, component._namespace), cast(str, component._type)
