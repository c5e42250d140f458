"""The page's scripts and stylesheets: one bundle of each, and the table of what may be loaded later."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from portal.shell import dash_internals
from portal.shell.static_files import StaticFile, StaticFiles

JAVASCRIPT = "text/javascript"
CSS = "text/css"
GUARD = "guard.js"
BUNDLE = "portal.js"
PLOTLY = "plotly.js"
FONT = "vazirmatn.woff2"
STYLES = {"ltr": "ltr.css", "rtl": "rtl.css"}
#: What runs the bundle's parts.
RUNNER = "bundle.js"
#: Our own scripts that only some menus need: not in the bundle, and fetched by assets/js/later.js.
LATER = ("dates.js",)
#: Where Dash's components stand among what others wrote: those that pages use, which tools/vendor/manifest.json lists.
COMPONENTS = "vendor/dash/components.min.js"
_TABLE_MARK = "/*TABLE*/ {}"
_PARTS_MARK = "/*PARTS*/ []"
_COMMENTS = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n", re.DOTALL | re.MULTILINE)
_INDENTS = re.compile(r"^[ \t]+", re.MULTILINE)


class Assets:
    """Builds and names everything the browser loads, from ``assets/`` and from Dash's own packages."""

    def __init__(self, folder: Path, files: StaticFiles, *, prefix: str) -> None:
        """``folder`` is ``assets/``; ``prefix`` the application's URL prefix, ending in a slash."""
        self._folder = folder
        self._files = files
        self._prefix = prefix
        self.font = files.add(FONT, (folder / "vendor/vazirmatn/vazirmatn.woff2").read_bytes(), "font/woff2")
        self.plotly = self._add_plotly()
        self.styles = {
            direction: files.add(name, self._join_styles(direction), CSS) for direction, name in STYLES.items()
        }

    def complete(self, callbacks: list[dict[str, Any]]) -> None:
        """Make the bundle, which holds the graph of callbacks, and the guard, which knows the bundle's hash.

        The graph is the same for everybody, so it is fetched once and not with every page. Processes that serve the
        same portal must all come to the same bytes: a page of one names scripts that another may be asked for.
        """
        self.bundle = self._files.add(BUNDLE, self._join_scripts(callbacks), JAVASCRIPT)
        self.guard = self._add_guard()

    def url(self, name: str) -> str:
        """The fingerprinted URL of a file by its short name (``ltr.css``, ``rtl.css``, ``portal.js`` …)."""
        return self._files.url(name.removeprefix("css/"))

    def stylesheet_tag(self, direction: str, nonce: str) -> str:
        """The ``<link>`` for the one stylesheet, for pages of the portal that Dash does not draw."""
        return stylesheet_tag(self.styles[direction], nonce)

    def _add_plotly(self) -> StaticFile:
        path = self._folder / "vendor/plotly/plotly.min.js"
        compressed = path.with_name(path.name + ".br").read_bytes()
        return self._files.add(PLOTLY, path.read_bytes(), JAVASCRIPT, precompressed=compressed)

    def _join_scripts(self, callbacks: list[dict[str, Any]]) -> bytes:
        """React, Dash's renderer, components, our own scripts, callbacks, the start. Source maps are not shipped."""
        scripts = self._folder / "js"
        parts = [(self._folder / "vendor/regenerator-runtime/runtime.min.js").read_bytes()]
        parts += [dash_internals.package_file(*script) for script in dash_internals.SCRIPTS]
        parts.append((self._folder / COMPONENTS).read_bytes())
        apart = (GUARD, RUNNER, *LATER)
        own = sorted(path for path in scripts.glob("*.js") if path.name not in apart)
        parts.append("\n;\n".join(map(_bare, own)).encode())
        graph = json.dumps(json.dumps(callbacks, sort_keys=True, separators=(",", ":")))
        parts.append(f"window.portalCallbacks = {graph}; new DashRenderer();".encode())
        # In brackets, a browser compiles a function when it reads it, beside the page, and not when it is called. A
        # semicolon before it keeps what is strict in a part from being strict for all of it.
        functions = (
            b"(function(){;\n" + re.sub(rb"//# sourceMappingURL=\S+\s*$", b"", part) + b"\n})" for part in parts
        )
        return _filled(_short((scripts / RUNNER).read_text()), _PARTS_MARK, b"[" + b",\n".join(functions) + b"]")

    def _join_styles(self, direction: str) -> bytes:
        """Bootstrap for the direction, icons, our own stylesheets; in right-to-left languages also their font."""
        vendor = self._folder / "vendor"
        bootstrap = "bootstrap.rtl.min.css" if direction == "rtl" else "bootstrap.min.css"
        parts = [(vendor / "bootstrap" / bootstrap).read_text(), (vendor / "icons/icons.css").read_text()]
        if direction == "rtl":
            font = (self._folder / "fonts/vazirmatn.css").read_text()
            parts.append(font.replace(FONT, self.font.url))
        parts += [_bare(path) for path in sorted(self._folder.glob("css/*.css"))]
        return "\n".join(parts).encode()

    def _add_guard(self) -> StaticFile:
        """The first script of every page, holding {path asked for: [URL, sha384]} of all that may come later.

        What is fetched later is asked for beside the script that asks, which is the bundle.
        """
        table = {
            self.bundle.url: [self.bundle.url, self.bundle.integrity],
            f"{self._prefix}{dash_internals.PLOTLY_PATH}": [self.plotly.url, self.plotly.integrity],
        }
        for name in LATER:
            later = self._files.add(name, _bare(self._folder / "js" / name).encode(), JAVASCRIPT)
            table[f"{self._files.prefix}{name}"] = [later.url, later.integrity]
        # It is waited for before anything is painted. Its back-quotes stand in patterns, not around lines.
        source = _short((self._folder / "js" / GUARD).read_text())
        filled = _filled(source, _TABLE_MARK, json.dumps(table, sort_keys=True).encode())
        return self._files.add(GUARD, filled, JAVASCRIPT)


def _filled(source: str, mark: str, value: bytes) -> bytes:
    """A script of our own with what the server knows put into it."""
    if source.count(mark) != 1:
        raise ValueError(f"{source[:60]}… must hold {mark} exactly once: what the server knows goes there")
    return source.encode().replace(mark.encode(), value)


def _bare(path: Path) -> str:
    """A file of our own without comments on lines of their own and without indentation: a fifth of what it weighs.

    Only a text that goes on over lines could be changed by that, so there may be none.
    """
    text = _short(path.read_text())
    if "`" in text:
        raise ValueError(f"{path.name} holds a template literal, whose lines would be changed")
    return text


def _short(text: str) -> str:
    return _INDENTS.sub("", _COMMENTS.sub("", text))


def first_script_tag(file: StaticFile, nonce: str) -> str:
    """A script that runs before anything is painted, and that the parser does not wait for."""
    return f'<script async blocking="render" src="{file.url}" {_secured(file, nonce)}></script>'


def later_tag(file: StaticFile, nonce: str, element_id: str) -> str:
    """Names a script that ``assets/js/guard.js`` has the browser fetch once the page has been seen."""
    return f'<link id="{element_id}" rel="later" href="{file.url}" {_secured(file, nonce)}>'


def stylesheet_tag(file: StaticFile, nonce: str) -> str:
    return f'<link rel="stylesheet" href="{file.url}" {_secured(file, nonce)}>'


def _secured(file: StaticFile, nonce: str) -> str:
    return f'nonce="{nonce}" integrity="{file.integrity}" crossorigin="anonymous"'
