"""A page without Dash on which components are drawn, act and say what they do: with the libraries' own bundles, or with
those that the portal ships. For tests only."""

from __future__ import annotations

import json
from typing import Any

import dash
from flask import Flask, Response, request

from portal.shell import dash_internals
from portal.shell.scripts import COMPONENTS
from tests.support.shell_demo import ASSETS

WHOLE, SHIPPED = "whole", "shipped"
_REACT = [script for script in dash_internals.SCRIPTS if "/react" in script[1] or "prop-types" in script[1]]
_WHOLE = (
    ("dash_bootstrap_components", "_components/dash_bootstrap_components.min.js"),
    ("dash", "dcc/dash_core_components.js"),
    ("dash", "dcc/dash_core_components-shared.js"),
    ("dash", "html/dash_html_components.min.js"),
)
# What components ask Dash's renderer for.
_RENDERER = b"""
window.dash_component_api = { DashContext: React.createContext({}), useDashContext: () => ({ useLoading: () => false }), useLoading: () => false };
window.dash_clientside = { clean_url: url => url };
"""
# A tree as Dash sends it made into elements, and every setProps written down. Charts, the address and the clock, which draw
# nothing by themselves, have tests of their own.
_STAGE = """
const NOT_HERE = ['Graph', 'Location', 'Interval', 'Store'];
const named = id => typeof id === 'object' && id ? JSON.stringify(id, Object.keys(id).sort()) : id;
window.told = [];
window.tree = null;
const root = ReactDOM.createRoot(document.getElementById('stage'));
function element(node, key) {
  if (Array.isArray(node)) return node.map(element);
  if (!node || !node.namespace) return node;
  if (NOT_HERE.includes(node.type)) return null;
  const { children, ...props } = node.props;
  if (props.id !== undefined) props.id = named(props.id);
  if (Array.isArray(props.options)) props.options = props.options.map(one => one && one.label && one.label.namespace ? { ...one, label: element(one.label) } : one);
  const setProps = changed => { window.told.push([props.id ?? node.type, changed]); Object.assign(node.props, changed); window.draw(); };
  return React.createElement(window[node.namespace][node.type], { key, ...props, setProps }, ...[element(children)].flat());
}
window.draw = tree => { if (tree) window.tree = tree; root.render(element(window.tree, 0)); };
window.drawNow = tree => ReactDOM.flushSync(() => window.draw(tree));
// In which order an element got its attributes says nothing.
const sorted = one => {
  const copy = one.cloneNode(true);
  for (const each of [copy, ...copy.querySelectorAll('*')]) {
    const held = [...each.attributes].sort((a, b) => a.name < b.name ? -1 : 1);
    held.forEach(attribute => each.removeAttributeNode(attribute));
    held.forEach(attribute => each.setAttributeNode(attribute));
  }
  return copy;
};
window.shown = () => [...document.body.children].filter(one => one.tagName !== 'SCRIPT').map(one => sorted(one).outerHTML).join('');
"""


def build() -> Flask:
    """A server with the stage at ``/whole`` and ``/shipped``."""
    server = Flask("components_stage", static_folder=None)

    @server.get("/<of>")
    def stage(of: str) -> str:
        tags = "".join(f'<script src="/{of}/{at}"></script>' for at in range(len(_scripts(of))))
        return (
            f'<!doctype html><html lang="en"><body><div id="stage"></div>{tags}<script>{_STAGE}</script></body></html>'
        )

    @server.get("/<of>/<int:at>")
    def script(of: str, at: int) -> Response:
        return Response(_scripts(of)[at], mimetype="text/javascript")

    @server.get("/favicon.ico")
    def nothing() -> tuple[str, int]:
        assert request.path
        return "", 204

    return server


def _scripts(of: str) -> list[bytes]:
    react = [(ASSETS / "vendor/regenerator-runtime/runtime.min.js").read_bytes()]
    react += [dash_internals.package_file(*script) for script in _REACT]
    react.append(_RENDERER)
    if of == WHOLE:
        return [*react, *(dash_internals.package_file(*script) for script in _WHOLE)]
    return [*react, *((ASSETS / path).read_bytes() for path in (COMPONENTS, "js/still.js"))]


def as_sent(tree: Any) -> Any:
    """Components as Dash tells the browser of them, one by one."""
    return json.loads(dash._utils.to_json(tree))
