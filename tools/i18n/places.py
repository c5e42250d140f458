"""On which pages and papers a text is seen: worked out from the code each time, so that it is never out of date.

A page shows the texts of the modules that it and its callbacks are made of. What more pages share than a translator
would look up is said to be on every page.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from portal.i18n.source_lint import ROOT, used_keys

_OF_PAGES = ("components", "pages", "callbacks")
EVERYWHERE = "every page"
_MOST, _FEW = 8, 3
#: Folders whose texts stand on none of the portal's own pages.
_ELSEWHERE = {
    "portal/web": "sign-in and error pages",
    "portal/shell": EVERYWHERE,
    "portal/i18n": EVERYWHERE,
    "gateway/identity": "sign-in of the platform",
    "gateway/invoices": "invoice (PDF)",
    "gateway/reports": "review (PDF)",
}
_IMAGES = ROOT / "docs" / "images"


@lru_cache(maxsize=512)
def _imports(path: Path) -> frozenset[Path]:
    """The modules of pages that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            module = ROOT / f"{name.replace('.', '/')}.py"
            if name.split(".")[0] in _OF_PAGES and module.is_file():
                found.add(module)
    return frozenset(found)


def _reached(start: Iterable[Path]) -> set[Path]:
    found, waiting = set[Path](), list(start)
    while waiting:
        if (path := waiting.pop()) not in found:
            found.add(path)
            waiting += _imports(path)
    return found


def _own_modules() -> list[Path]:
    return [path for folder in ("components", "callbacks") for path in sorted((ROOT / folder).rglob("*.py"))]


@lru_cache(maxsize=1)
def _modules() -> dict[Path, frozenset[str]]:
    """Module → names of the pages that it is part of."""
    pages = [path for path in sorted((ROOT / "pages").glob("*.py")) if path.stem != "__init__"]
    shared = [module for page in pages for module in _imports(page)]
    callbacks = {path.stem: path for path in sorted((ROOT / "callbacks").glob("*.py"))}
    named = {page.stem for page in pages} & callbacks.keys()
    found: dict[Path, set[str]] = {}
    for page in pages:
        # A page's callbacks have its name; those of no page's name are its own where they build what it is built of.
        own = {module for module in _imports(page) if shared.count(module) <= _FEW} | {page}
        others = [path for stem, path in callbacks.items() if stem not in named or page.stem not in named]
        with_it = [path for path in others if _imports(path) & own]
        for module in _reached([page, *with_it, *([callbacks[page.stem]] if page.stem in named else [])]):
            found.setdefault(module, set()).add(page.stem)
    told = {module: frozenset(names) for module, names in found.items()}
    # The frame around the pages, and what only it is built of.
    return {path: told.get(path, frozenset({EVERYWHERE})) for path in (*_own_modules(), *told)}


@lru_cache(maxsize=1)
def _said() -> list[tuple[set[str], set[str], frozenset[str]]]:
    """(keys, prefixes of keys, places) of every module and template."""
    told = []
    for module, pages in _modules().items():
        told.append((*used_keys(module.read_text(encoding="utf-8")), pages))
    for folder, place in _ELSEWHERE.items():
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix == ".py":
                told.append((*used_keys(path.read_text(encoding="utf-8")), frozenset({place})))
            elif path.suffix == ".html":
                keys = set(re.findall(r"[\"']([a-z0-9_]+(?:\.[a-z0-9_]+)+)[\"']", path.read_text(encoding="utf-8")))
                told.append((keys, set(), frozenset({place})))
    return told


def places(key: str) -> list[str]:
    """Where a text is seen; empty where the code does not tell (a name that is put together elsewhere)."""
    found = {
        place
        for keys, prefixes, pages in _said()
        if key in keys or any(key.startswith(f"{prefix}.") for prefix in prefixes)
        for place in pages
    }
    return [EVERYWHERE] if EVERYWHERE in found or len(found) > _MOST else sorted(found)


def pictures(key: str, own: Iterable[str] = ()) -> list[str]:
    """Names of pictures that show it: those that its entry names, and those of ``docs/images`` of its pages."""
    named = [f"docs/images/{place}.png" for place in places(key) if (_IMAGES / f"{place}.png").is_file()]
    return [*own, *(name for name in named if name not in own)]


def described(key: str, entry: dict[str, object]) -> str:
    """The context of an English text for a translator: what it is, where it is seen, which pictures show it."""
    own = entry.get("screenshots", [])
    seen = places(key)
    return "\n".join([
        str(entry.get("context", "")),
        *([f"Seen on: {', '.join(seen)}"] if seen else []),
        *(f"Screenshot: {name}" for name in pictures(key, own if isinstance(own, list) else [])),
    ])  # fmt: skip
