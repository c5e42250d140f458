"""Catalog and source lint: ``python -m portal.i18n.lint`` fails when a text could reach a customer wrong.

Catalogs: the same keys everywhere, the same arguments as English, every CLDR plural category the language has,
patterns that ICU accepts, statuses that are known. Sources: keys that no catalog holds, catalog keys that nothing
uses, and user-visible strings written into the code instead of a catalog.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel import Locale as BabelLocale
from icu4py.messageformat import MessageFormat
from pyicumessageformat import Parser

from portal.i18n.catalog import LOCALES_DIR
from portal.i18n.locales import DEFAULT_TAG, SUPPORTED

ROOT = LOCALES_DIR.parent
SOURCES = ("portal", "gateway", "components", "pages", "callbacks")
STATUSES = {"machine", "reviewed"}
# Keys put together from data (an error code, a status) are used through their prefix.
_DYNAMIC = re.compile(r"""t\(\s*f["']([a-z0-9_.]+?)[.{]""")
# Component arguments and attributes whose value a person reads.
_READ = {
    "title", "label", "placeholder", "alt", "aria_label", "header", "tooltip", "summary", "caption", "children",
    "content", "aria-label", "data-label",
}  # fmt: skip
_WORD = re.compile(r"[A-Za-z\u0600-\u06FF]{2,}")


@dataclass(frozen=True)
class Finding:
    """One thing to mend: where, and what is wrong."""

    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


def catalogs(directory: Path = LOCALES_DIR) -> dict[str, dict[str, dict[str, str]]]:
    """Locale tag → key → entry, as stored."""
    return {tag: json.loads((directory / tag / "messages.json").read_text(encoding="utf-8")) for tag in SUPPORTED}


def _nodes(parsed: list[Any]) -> Iterator[dict[str, Any]]:
    for node in parsed:
        if isinstance(node, dict):
            yield node
            for branch in (node.get("options") or {}).values():
                yield from _nodes(branch if isinstance(branch, list) else [branch])


def arguments(pattern: str) -> dict[str, str]:
    """The arguments of an ICU pattern and their kinds: ``{"count": "plural", "name": "none"}``."""
    found: dict[str, str] = {}
    for node in _nodes(Parser().parse(pattern)):
        kind = node.get("type") or "none"
        # An argument used both plainly and in a plural is what its richest use is.
        if found.get(node["name"], "none") == "none":
            found[node["name"]] = kind
    return found


def check_catalogs(loaded: dict[str, dict[str, dict[str, str]]]) -> list[Finding]:
    """Problems of the catalogs among themselves."""
    findings: list[Finding] = []
    english = loaded[DEFAULT_TAG]
    for tag, entries in loaded.items():
        place = f"locales/{tag}"
        categories = set(BabelLocale.parse(tag.replace("-", "_")).plural_form.tags) | {"other"}
        for key in sorted(english.keys() - entries.keys()):
            findings.append(Finding(place, f"{key} is missing"))
        for key in sorted(entries.keys() - english.keys()):
            findings.append(Finding(place, f"{key} is not in the English catalog"))
        for key, entry in entries.items():
            pattern = entry.get("message", "")
            if tag == DEFAULT_TAG and not entry.get("context"):
                findings.append(Finding(place, f"{key} has no context for translators"))
            if tag != DEFAULT_TAG and entry.get("status") not in STATUSES:
                findings.append(Finding(place, f"{key} has no known status"))
            if not pattern.strip():
                findings.append(Finding(place, f"{key} is empty"))
                continue
            try:
                MessageFormat(pattern, SUPPORTED[tag].icu)
                mine = arguments(pattern)
                nodes = list(_nodes(Parser().parse(pattern)))
            except Exception as error:
                findings.append(Finding(place, f"{key} is not valid ICU MessageFormat: {error}"))
                continue
            if key in english and set(mine) != set(arguments(english[key]["message"])):
                findings.append(Finding(place, f"{key} has other arguments than English: {sorted(mine)}"))
            for node in nodes:
                if node.get("type") in ("plural", "selectordinal"):
                    named = {name for name in node["options"] if not name.startswith("=")}
                    if node["type"] == "plural" and named != categories:
                        findings.append(
                            Finding(place, f"{key} has plural branches {sorted(named)}, needs {sorted(categories)}")
                        )
    return findings


def _strings(node: ast.expr) -> Iterator[ast.Constant]:
    """String constants that would be shown: the value itself, or the members of a list, tuple, f-string or choice."""
    match node:
        case ast.Constant(value=str()):
            yield node
        case ast.List(elts=members) | ast.Tuple(elts=members) | ast.JoinedStr(values=members):
            for member in members:
                yield from _strings(member)
        case ast.IfExp(body=yes, orelse=no):
            yield from _strings(yes)
            yield from _strings(no)
        case ast.BinOp(left=left, right=right):
            yield from _strings(left)
            yield from _strings(right)


def raw_strings(source: str, name: str) -> list[Finding]:
    """User-visible text written into a UI module: children and labels of components that are not ``t(…)``."""
    findings = []
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        function = call.func
        owner = (
            function.value.id if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) else ""
        )
        if owner not in {"html", "dcc", "dbc"}:
            continue
        shown = [(argument, "children") for argument in call.args[:1]]
        shown += [(keyword.value, keyword.arg or "") for keyword in call.keywords if (keyword.arg or "") in _READ]
        for value, argument in shown:
            for constant in _strings(value):
                if _WORD.search(str(constant.value)):
                    findings.append(Finding(f"{name}:{constant.lineno}", f"raw text in {argument}: {constant.value!r}"))
    return findings


def _python_files() -> Iterator[Path]:
    for folder in SOURCES:
        yield from sorted((ROOT / folder).rglob("*.py"))


def used_keys(source: str) -> tuple[set[str], set[str]]:
    """(keys named in a module as whole strings, prefixes of keys that are put together)."""
    names = {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    prefixes = {match.group(1) for match in _DYNAMIC.finditer(source)}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
            head = str(node.values[0].value)
            if re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*\.", head):
                prefixes.add(head.rstrip("."))
    return names, prefixes


def missing_keys(source: str, name: str, known: set[str]) -> list[Finding]:
    """``t("…")`` calls whose key no catalog holds."""
    findings = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t" and node.args:
            key = node.args[0]
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value not in known:
                findings.append(Finding(f"{name}:{node.lineno}", f"no catalog holds {key.value}"))
    return findings


def check_sources(known: set[str]) -> list[Finding]:
    """Problems between the sources and the catalogs, and raw strings in UI modules."""
    findings: list[Finding] = []
    named: set[str] = set()
    prefixes: set[str] = set()
    for path in _python_files():
        source, name = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
        findings += missing_keys(source, name, known)
        if name.split("/")[0] in {"components", "pages", "callbacks"}:
            findings += raw_strings(source, name)
        keys, heads = used_keys(source)
        named |= keys
        prefixes |= heads
    for path in sorted(ROOT.glob("portal/**/templates/*.html")) + sorted(ROOT.glob("gateway/**/templates/*.html")):
        named |= set(re.findall(r"""["']([a-z0-9_]+(?:\.[a-z0-9_]+)+)["']""", path.read_text(encoding="utf-8")))
    for key in sorted(known - named):
        if not any(key.startswith(prefix + ".") for prefix in prefixes):
            findings.append(Finding("locales", f"nothing uses {key}"))
    return findings


def coverage(loaded: dict[str, dict[str, dict[str, str]]]) -> str:
    """A table: per locale how much is translated, and how much of it a person has reviewed."""
    total = len(loaded[DEFAULT_TAG])
    rows = ["locale  translated  reviewed"]
    for tag, entries in loaded.items():
        if tag != DEFAULT_TAG:
            reviewed = sum(1 for entry in entries.values() if entry.get("status") == "reviewed")
            rows.append(f"{tag:<7} {len(entries) / total:>10.1%} {reviewed / total:>9.1%}")
    return "\n".join(rows)


def main() -> int:
    """Print every finding and the coverage; 1 when there is any finding."""
    loaded = catalogs()
    findings = check_catalogs(loaded) + check_sources(set(loaded[DEFAULT_TAG]))
    sys.stdout.write("".join(f"{finding}\n" for finding in findings) + coverage(loaded) + "\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
