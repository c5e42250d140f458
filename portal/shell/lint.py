"""``python -m portal.shell.lint``: what would break the browser policy, a right-to-left page or the first load.

Prints one ``path:line: rule: what to do`` per finding and fails when there is one.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from portal.shell.css_lint import check as check_stylesheet

ROOT = Path(__file__).resolve().parents[2]
REQUEST_CODE = ("components", "pages", "callbacks", "portal")
COMPONENT_CODE = ("components", "pages", "callbacks")
STYLESHEETS = ("assets/css", "assets/fonts", "assets/signin", "gateway")
TEMPLATES = ("portal", "gateway")
SHIPPED = "assets"
SCRIPTS = "assets/js"
ENDINGS = ("js", "css", "svg", "html", "json", "webmanifest")

Finding = tuple[Path, int, str]

_HEAVY = {"pandas", "plotly.express", "plotly.graph_objects", "plotly.graph_objs", "plotly.figure_factory"}
_BANNED = {"dash_table", "dash.dash_table", "dash_ag_grid"}
RISKY_PROPERTIES = {
    "dangerously_allow_html": "render and sanitise on the server instead",
    "dangerouslySetInnerHTML": "build components instead",
    "srcDoc": "a document in an attribute escapes the page's policy checks",
    "srcdoc": "a document in an attribute escapes the page's policy checks",
    "external_scripts": "scripts belong in assets/js",
    "external_stylesheets": "stylesheets belong in assets/css",
    "index_string": "portal/shell/document.py writes the page",
    "httpEquiv": "headers are portal/web/policy.py's",
}
RISKY_ELEMENTS = {
    "Script": "scripts belong in assets/js",
    "Link": "stylesheets belong in assets/css",
    "Iframe": "the policy allows no frames",
    "Frame": "the policy allows no frames",
    "Frameset": "the policy allows no frames",
    "ObjectEl": "the policy allows no objects",
    "Embed": "the policy allows no objects",
    "Base": "the policy lets nobody change what addresses mean",
    "Meta": "headers are portal/web/policy.py's",
    "Template": "what is not drawn is not looked at either",
    "DangerouslySetInnerHTML": "build components instead",
}
_HTML_MODULES = ("dash", "dash.html", "dash_dangerously_set_inner_html")
RAW_MARKUP = {
    "Markup": "a string that is taken for markup: build components, or escape",
    "render_template_string": "templates are files, which are checked",
}
_NAMESPACES = r"(?!www\.w3\.org/)"
_OUTSIDE = re.compile(
    rf"(?:https?|wss?|ftp):(?:\\?/){{2}}{_NAMESPACES}[^\s\"'`)]*"
    rf"|//{_NAMESPACES}[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{{2,}}(?=[/:\"'\s)])"
    r"|url\(\s*[\"']?//[^)]*",
    re.IGNORECASE,
)
_SINK = re.compile(
    r"\.(?:innerHTML|outerHTML|srcdoc)\s*\+?=(?!=)|\.(?:insertAdjacentHTML|createContextualFragment|setHTMLUnsafe)\s*\("
    r"|\bdocument\.write(?:ln)?\s*\(|\beval\s*\(|\bnew\s+Function\b|\bset(?:Timeout|Interval)\s*\(\s*[\"'`]|[\"'`]javascript:"
)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STYLE_ATTRIBUTE = re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE)
_HANDLER_ATTRIBUTE = re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE)
_UNESCAPED = re.compile(r"\|\s*safe\b|autoescape\s+false", re.IGNORECASE)
_SCRIPT_ADDRESS = re.compile(r"[\"'=]\s*javascript:", re.IGNORECASE)
_BARE_SCRIPT = re.compile(r"<(?:script|style)(?![^>]*\b(?:nonce|type=\"application/json\"))[^>]*>", re.IGNORECASE)


def check_python(path: Path, source: str) -> Iterator[Finding]:
    """Dangerous properties and elements, inline clientside functions, heavy imports, the global ``callback``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield from ((path, node.lineno, text) for text in _in_call(node))
        elif isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            yield from ((path, node.lineno, text) for text in _in_assignment(node))
        elif isinstance(node, ast.Import):
            yield from ((path, node.lineno, text) for alias in node.names for text in _in_import(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            yield from ((path, node.lineno, text) for name in names for text in _in_import(name))
            if node.module in _HTML_MODULES:
                risky = [alias.name for alias in node.names if alias.name in RISKY_ELEMENTS]
                yield from ((path, node.lineno, f"{name}: {RISKY_ELEMENTS[name]}") for name in risky)


def check_components(path: Path, source: str) -> Iterator[Finding]:
    """The same properties on the way through a dict, where components are made."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Dict):
            names = [(key.value, key.lineno) for key in node.keys if isinstance(key, ast.Constant)]
            yield from ((path, line, text) for name, line in names for text in _risky_property(name))


def _in_call(node: ast.Call) -> Iterator[str]:
    for keyword in node.keywords:
        yield from _risky_property(keyword.arg)
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    if name in RAW_MARKUP:
        yield f"{name}: {RAW_MARKUP[name]}"
    if name == "clientside_callback" and not _names_a_function(node):
        yield "clientside_callback: name a function of assets/js by ClientsideFunction"
    if isinstance(called, ast.Attribute) and name in RISKY_ELEMENTS and _is_html(called.value):
        yield f"html.{name}: {RISKY_ELEMENTS[name]}"


def _names_a_function(node: ast.Call) -> bool:
    """Whether a clientside callback's first argument is a ``ClientsideFunction(…)``, not a text or who knows what."""
    given = node.args[0] if node.args else None
    return isinstance(given, ast.Call) and ast.unparse(given.func).rpartition(".")[2] == "ClientsideFunction"


def _is_html(node: ast.expr) -> bool:
    return ast.unparse(node).rpartition(".")[2] in ("html", "dash_dangerously_set_inner_html")


def _in_assignment(node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> Iterator[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        if isinstance(target, ast.Attribute):
            yield from _risky_property(target.attr)
        elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
            yield from _risky_property(target.slice.value)


def _risky_property(name: object) -> Iterator[str]:
    if isinstance(name, str) and name in RISKY_PROPERTIES:
        yield f"{name}: {RISKY_PROPERTIES[name]}"


def _in_import(name: str) -> Iterator[str]:
    if name in _BANNED or name.split(".")[0] in _BANNED:
        yield f"{name}: adds a bundle to every page"
    if name in _HEAVY or name.split(".")[0] == "pandas":
        yield f"{name}: too slow inside a request, use plain dicts"
    if name == "dash.callback":
        yield "dash.callback: registers nothing in a second app, use app.callback in register(app)"


def check_asset(path: Path, source: str) -> Iterator[Finding]:
    """Addresses outside this site in what browsers get; comments (licences) and XML namespaces may hold some."""
    for line, text in _lines_without_comments(source):
        if found := _OUTSIDE.search(text):
            yield path, line, f"outside address {found.group()}: nothing may be fetched from there"


def check_script(path: Path, source: str) -> Iterator[Finding]:
    """Where our own scripts would make code or markup of a string."""
    for line, text in _lines_without_comments(source):
        if found := _SINK.search(text):
            yield path, line, f"{found.group()}: makes code or markup of a string, build elements instead"


def check_template(path: Path, source: str) -> Iterator[Finding]:
    """Markup that the policy refuses."""
    rules = {
        _STYLE_ATTRIBUTE: "style attribute: use a class",
        _HANDLER_ATTRIBUTE: "handler attribute: listen in a script",
        _BARE_SCRIPT: "script or style without a nonce",
        _UNESCAPED: "text that is not escaped",
        _SCRIPT_ADDRESS: "javascript: address: listen in a script",
    }
    for line, text in enumerate(source.splitlines(), 1):
        for rule, advice in rules.items():
            if rule.search(text):
                yield path, line, advice


def _lines_without_comments(source: str) -> Iterator[tuple[int, str]]:
    blanked = _COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), source)
    yield from enumerate(blanked.splitlines(), 1)


def findings(root: Path = ROOT) -> list[Finding]:
    """Everything wrong under ``root``, by file."""
    checks: list[tuple[Callable[[Path, str], Iterator[Finding]], list[Path]]] = [
        (check_python, [path for folder in REQUEST_CODE for path in (root / folder).rglob("*.py")]),
        (check_components, [path for folder in COMPONENT_CODE for path in (root / folder).rglob("*.py")]),
        (check_stylesheet, [path for folder in STYLESHEETS for path in (root / folder).rglob("*.css")]),
        (check_asset, [path for ending in ENDINGS for path in (root / SHIPPED).rglob(f"*.{ending}")]),
        (check_script, list((root / SCRIPTS).rglob("*.js"))),
        (check_template, [path for folder in TEMPLATES for path in (root / folder).rglob("*.html")]),
    ]
    return [found for check, paths in checks for path in sorted(paths) for found in check(path, path.read_text())]


def main() -> int:
    found = findings()
    for path, line, text in found:
        sys.stderr.write(f"{path.relative_to(ROOT)}:{line}: {text}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
