"""What is shipped from others is what the manifest pins, with its licence."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import re
from pathlib import Path

import brotli
import pytest

from portal.shell import dash_internals

ROOT = Path(__file__).resolve().parents[4]
VENDOR = ROOT / "assets/vendor"
MANIFEST = json.loads((ROOT / "tools/vendor/manifest.json").read_text())


def test_vendor_folder_holds_exactly_the_files_of_the_manifest() -> None:
    found = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert found == set(MANIFEST["files"])


@pytest.mark.parametrize("name", sorted(MANIFEST["files"]))
def test_vendored_file_has_the_pinned_hash(name: str) -> None:
    digest = hashlib.sha384((VENDOR / name).read_bytes()).digest()
    assert base64.b64encode(digest).decode() == MANIFEST["files"][name]


@pytest.mark.parametrize("name", sorted(MANIFEST["elsewhere"]))
def test_font_of_invoices_has_the_pinned_hash(name: str) -> None:
    digest = hashlib.sha384((ROOT / name).read_bytes()).digest()
    assert base64.b64encode(digest).decode() == MANIFEST["elsewhere"][name]


def test_every_vendored_folder_has_its_licence() -> None:
    for folder in VENDOR.iterdir():
        assert (folder / "LICENSE").read_text().strip(), folder


def test_precompressed_plotly_is_the_same_file() -> None:
    plotly = VENDOR / "plotly/plotly.min.js"
    assert brotli.decompress((VENDOR / "plotly/plotly.min.js.br").read_bytes()) == plotly.read_bytes()


def test_plotly_bundle_needs_no_unsafe_eval() -> None:
    source = (VENDOR / "plotly/plotly.min.js").read_text()
    assert "new Function(" not in source
    assert "eval(" not in source


_LIBRARIES = {"dbc": "dash_bootstrap_components", "dcc": "dash_core_components", "html": "dash_html_components"}
_USUAL_NAMES = {"dash_bootstrap_components": "dbc", "dcc": "dcc", "html": "html"}
_SOURCES = [path for folder in ("components", "pages", "callbacks", "portal") for path in (ROOT / folder).rglob("*.py")]


def _components(path: Path) -> tuple[set[tuple[str, str]], list[int]]:
    """(namespace, name) of the components that a source names, and the lines that may name some in ways not seen here."""
    used: set[tuple[str, str]] = set()
    unseen: list[int] = []
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Attribute(value=ast.Name(id=library), attr=name) if library in _LIBRARIES and name[0].isupper():
                used.add((_LIBRARIES[library], name))
            case ast.Call(func=ast.Name(id="getattr"), args=[ast.Name(id=library), *_]) if library in _LIBRARIES:
                unseen.append(node.lineno)
            case ast.ImportFrom(module=module) if module in {"dash.html", "dash.dcc", "dash_bootstrap_components"}:
                unseen.append(node.lineno)
            case ast.alias(name=name, asname=other) if (other or name) != _USUAL_NAMES.get(name, other or name):
                unseen.append(node.lineno)
    return used, unseen


def test_the_components_that_are_shipped_are_those_that_are_used() -> None:
    """Change ``components`` in the manifest and run ``make vendor``. Tests' own pages draw no others."""
    found = {path: _components(path) for path in [*_SOURCES, *(ROOT / "tests/support").glob("*_demo.py")]}
    assert {str(path): unseen for path, (_used, unseen) in found.items() if unseen} == {}
    used = set.union(*(names for names, _unseen in found.values()))
    assert used == {(namespace, name) for namespace, names in MANIFEST["components"].items() for name in names}


@pytest.mark.parametrize("name", sorted(MANIFEST["compiled"]))
def test_shipped_components_are_those_that_python_has(name: str) -> None:
    """They are put together from the sources of npm's packages, which were compiled to what Python's packages hold."""
    package, path = name.split("/", 1)
    # dcc holds the moment of its compilation.
    content = re.sub(rb"v\d+_\d+_\d+m\d+", b"", dash_internals.package_file(package, path))
    assert base64.b64encode(hashlib.sha384(content).digest()).decode() == MANIFEST["compiled"][name]


def _class_names(path: Path) -> set[str]:
    """Words of every ``className``/``class_name`` in a source, also of the constant parts of formatted ones."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.keyword) and node.arg in ("className", "class_name"):
            for part in ast.walk(node.value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    found |= set(part.value.split())
    return found


def test_no_class_of_bootstrap_is_used_that_is_not_shipped() -> None:
    """Add it to ``bootstrapClasses`` in the manifest and run ``make vendor``, or use a class of ours."""
    gone = set((ROOT / "tools/vendor/not_shipped.txt").read_text().split())
    assert len(gone) > 1000
    used = {str(path.relative_to(ROOT)): names for path in _SOURCES if (names := _class_names(path) & gone)}
    own = set(re.findall(r"\.([a-z][\w-]*)", "".join(path.read_text() for path in (ROOT / "assets/css").glob("*.css"))))
    assert {path: names - own for path, names in used.items() if names - own} == {}


def test_every_icon_that_is_shipped_is_used() -> None:
    """All of them are fetched with every first page."""
    folders = ("components", "pages", "callbacks", "portal", "assets/js")
    files = [
        path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".js", ".html"}
    ]
    named = set(re.findall(r"""["']([a-z0-9-]+)["']|icon-([a-z0-9-]+)""", " ".join(file.read_text() for file in files)))
    assert not set(MANIFEST["icons"]) - {name for names in named for name in names}
