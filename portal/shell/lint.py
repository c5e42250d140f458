"""``python -m portal.shell.lint``: what would break the browser policy, a right-to-left page or the first load.

Prints one ``path:line: rule: what to do`` per finding and fails when there is one.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUEST_CODE = ("components", "pages", "callbacks", "portal")
STYLESHEETS = ("assets/css", "assets/fonts")
TEMPLATES = ("portal", "gateway")
SHIPPED = "assets"

Finding = tuple[Path, int, str]

_HEAVY = {"pandas", "plotly.express", "plotly.graph_objects", "plotly.graph_objs", "plotly.figure_factory"}
_BANNED = {"dash_table", "dash.dash_table", "dash_ag_grid"}
_RISKY_KEYWORDS = {
    "dangerously_allow_html": "render and sanitise on the server instead",
    "srcDoc": "a document in an attribute escapes the page's policy checks",
    "dangerouslySetInnerHTML": "build components instead",
}
_RISKY_ELEMENTS = {
    "Script": "scripts belong in assets/js",
    "Iframe": "the policy allows no frames",
    "ObjectEl": "the policy allows no objects",
    "Embed": "the policy allows no objects",
}
_PHYSICAL = re.compile(
    r"(?:^|[;{\s])(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)(?:-[a-z]+)?"
    r"|border-(?:top|bottom)-(?:left|right)-radius|left|right)\s*:"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)\b"
)
_OUTSIDE = re.compile(
    r"(?:https?:)?//(?!www\.w3\.org/)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?=[/:\"'\s)])", re.IGNORECASE
)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STYLE_ATTRIBUTE = re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE)
_HANDLER_ATTRIBUTE = re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE)
_BARE_SCRIPT = re.compile(r"<(?:script|style)(?![^>]*\b(?:nonce|type=\"application/json\"))[^>]*>", re.IGNORECASE)


def check_python(path: Path, source: str) -> Iterator[Finding]:
    """Dangerous properties and elements, inline clientside functions, heavy imports, the global ``callback``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield from ((path, node.lineno, text) for text in _in_call(node))
        elif isinstance(node, ast.Import):
            yield from ((path, node.lineno, text) for alias in node.names for text in _in_import(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            yield from ((path, node.lineno, text) for name in names for text in _in_import(name))


def _in_call(node: ast.Call) -> Iterator[str]:
    for keyword in node.keywords:
        if keyword.arg in _RISKY_KEYWORDS:
            yield f"{keyword.arg}: {_RISKY_KEYWORDS[keyword.arg]}"
    called = node.func
    if not isinstance(called, ast.Attribute):
        return
    if isinstance(called.value, ast.Name) and called.value.id == "html" and called.attr in _RISKY_ELEMENTS:
        yield f"html.{called.attr}: {_RISKY_ELEMENTS[called.attr]}"
    if called.attr == "clientside_callback" and node.args and isinstance(node.args[0], (ast.Constant, ast.JoinedStr)):
        yield "clientside_callback: name a function of assets/js by ClientsideFunction"


def _in_import(name: str) -> Iterator[str]:
    if name in _BANNED or name.split(".")[0] in _BANNED:
        yield f"{name}: adds a bundle to every page"
    if name in _HEAVY or name.split(".")[0] == "pandas":
        yield f"{name}: too slow inside a request, use plain dicts"
    if name == "dash.callback":
        yield "dash.callback: registers nothing in a second app, use app.callback in register(app)"


def check_stylesheet(path: Path, source: str) -> Iterator[Finding]:
    """Left and right where start and end are meant."""
    for line, text in _lines_without_comments(source):
        if _PHYSICAL.search(text):
            yield path, line, "physical property: write its logical form (margin-inline-start, inset-inline-end …)"


def check_asset(path: Path, source: str) -> Iterator[Finding]:
    """Addresses outside this site in what browsers get; comments (licences) and XML namespaces may hold some."""
    for line, text in _lines_without_comments(source):
        if found := _OUTSIDE.search(text):
            yield path, line, f"outside address {found.group()}: nothing may be fetched from there"


def check_template(path: Path, source: str) -> Iterator[Finding]:
    """Markup that the policy refuses."""
    rules = {
        _STYLE_ATTRIBUTE: "style attribute: use a class",
        _HANDLER_ATTRIBUTE: "handler attribute: listen in a script",
        _BARE_SCRIPT: "script or style without a nonce",
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
        (check_stylesheet, [path for folder in STYLESHEETS for path in (root / folder).rglob("*.css")]),
        (check_asset, [path for ending in ("js", "css", "svg") for path in (root / SHIPPED).rglob(f"*.{ending}")]),
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
