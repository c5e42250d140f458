"""What is wrong between the code and the catalogs: keys that no catalog holds, keys that nothing uses, arguments that a
text wants and a call does not give, texts written into the code, and sentences put together out of several texts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

from portal.i18n.catalog import LOCALES_DIR
from portal.i18n.patterns import arguments

ROOT = LOCALES_DIR.parent
SOURCES = ("portal", "gateway", "components", "pages", "callbacks")
# Keys put together from data (an error code, a status) are used through their prefix.
_DYNAMIC = re.compile(r"""t\(\s*f["']([a-z0-9_.]+?)[.{]""")
# Component arguments and attributes whose value a person reads.
_READ = {
    "title", "label", "placeholder", "alt", "aria_label", "header", "tooltip", "summary", "caption", "children",
    "content", "aria-label", "data-label",
}  # fmt: skip
_UNREAD = ("script", "style", "code", "template")
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_WORD = re.compile(r"[A-Za-z\u0600-\u06FF]{2,}")


@dataclass(frozen=True)
class Finding:
    """One thing to mend: where, and what is wrong."""

    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


@lru_cache(maxsize=2)
def _nodes(source: str) -> tuple[ast.AST, ...]:
    """Every node of a module: read once, looked through several times."""
    return tuple(ast.walk(ast.parse(source)))


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
    for call in (node for node in _nodes(source) if isinstance(node, ast.Call)):
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


class _Page(HTMLParser):
    """The texts of a template that a person reads: between tags, and in attributes that are shown or spoken."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in _UNREAD
        self.found += [(self.getpos()[0], value) for name, value in attrs if name in _READ - {"content"} and value]

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in _UNREAD

    def handle_data(self, data: str) -> None:
        if not self._unread:
            before = data[: len(data) - len(data.lstrip())]
            self.found.append((self.getpos()[0] + before.count("\n"), data))


def template_findings(template: str, name: str, known: set[str]) -> list[Finding]:
    """Words written into a Jinja template, keys in it that no catalog holds, and texts that it joins."""
    # What Jinja fills in is blanked out with its lines kept, so that lines are told rightly.
    page = _Page()
    page.feed(_JINJA.sub(lambda found: "\n" * found[0].count("\n"), template))
    findings = [
        Finding(f"{name}:{line}", f"raw text: {text.strip()!r}") for line, text in page.found if _WORD.search(text)
    ]
    for number, line in enumerate(template.splitlines(), 1):
        place = f"{name}:{number}"
        keys = set(re.findall(r"""\bt\(\s*["']([^"']+)["']\s*[,)]""", line))
        findings += [Finding(place, f"no catalog holds {key}") for key in sorted(keys - known)]
        if re.search(r"\bt\([^)]*\)\s*~", line) or re.search(r"~\s*t\(", line):
            findings.append(Finding(place, "a sentence put together out of texts; make it one message"))
    return findings


def _python_files() -> Iterator[Path]:
    for folder in SOURCES:
        yield from sorted((ROOT / folder).rglob("*.py"))


def used_keys(source: str) -> tuple[set[str], set[str]]:
    """(keys named in a module as whole strings, prefixes of keys that are put together)."""
    names = {node.value for node in _nodes(source) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    prefixes = {match.group(1) for match in _DYNAMIC.finditer(source)}
    for node in _nodes(source):
        if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
            head = str(node.values[0].value)
            if re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*\.", head):
                prefixes.add(head.rstrip("."))
    return names, prefixes


def missing_keys(source: str, name: str, known: set[str]) -> list[Finding]:
    """``t("…")`` calls whose key no catalog holds."""
    findings = []
    for node in _nodes(source):
        if isinstance(node, ast.Call) and _is_text(node) and node.args:
            key = node.args[0]
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value not in known:
                findings.append(Finding(f"{name}:{node.lineno}", f"no catalog holds {key.value}"))
    return findings


def _is_text(node: ast.AST) -> bool:
    """Whether an expression is a text of a catalog: ``t(…)``, or ``language.text("area.key", …)`` of the platform."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute) and node.func.attr == "text" and node.args:
        key = node.args[0]
        return isinstance(key, ast.Constant) and isinstance(key.value, str) and "." in key.value
    return isinstance(node.func, ast.Name) and node.func.id == "t"


def _added(node: ast.expr) -> Iterator[ast.expr]:
    """The parts of ``a + b + c``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from _added(node.left)
        yield from _added(node.right)
    else:
        yield node


def _written_words(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and isinstance(part.value, str) and bool(_WORD.search(part.value))


def joined_texts(source: str, name: str) -> list[Finding]:
    """Sentences put together out of texts, whose order and endings are another language's: ``t(…) + t(…)``, two of them
    in one f-string, or joined by spaces; also one text with words beside it that are in no catalog.
    """
    findings: dict[int, Finding] = {}
    for node in _nodes(source):
        parts: list[ast.expr] = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            parts = list(_added(node))
        elif isinstance(node, ast.JoinedStr):
            parts = [each.value if isinstance(each, ast.FormattedValue) else each for each in node.values]
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "join"
            and isinstance(node.func.value, ast.Constant)
            and isinstance(node.func.value.value, str)
            and not node.func.value.value.strip()
            and node.args
            and isinstance(node.args[0], ast.List | ast.Tuple)
        ):
            parts = node.args[0].elts
        texts = sum(_is_text(part) for part in parts)
        if texts > 1 or (texts and any(map(_written_words, parts))):
            line = getattr(node, "lineno", 0)
            findings[line] = Finding(f"{name}:{line}", "a sentence put together out of texts; make it one message")
    return list(findings.values())


def wrong_arguments(source: str, name: str, english: Mapping[str, str]) -> list[Finding]:
    """``t("key", …)`` calls that give other arguments than the message has: what is missing is shown as ``{name}``."""
    findings = []
    for node in _nodes(source):
        if not isinstance(node, ast.Call) or not _is_text(node) or not node.args:
            continue
        key = node.args[0]
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str) or key.value not in english:
            continue
        if any(keyword.arg is None for keyword in node.keywords):
            continue  # ``**given``: what is in it is not known here
        given = {str(keyword.arg) for keyword in node.keywords}
        wanted = set(arguments(english[key.value]))
        if given != wanted:
            problem = f"{key.value} is given {sorted(given)} and has {sorted(wanted)}"
            findings.append(Finding(f"{name}:{node.lineno}", problem))
    return findings


def check_sources(english: Mapping[str, str]) -> list[Finding]:
    """Problems between the sources and the catalogs, and raw strings in UI modules. ``english``: key → pattern."""
    findings: list[Finding] = []
    known = set(english)
    named: set[str] = set()
    prefixes: set[str] = set()
    for path in _python_files():
        source, name = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
        findings += missing_keys(source, name, known)
        findings += wrong_arguments(source, name, english)
        if name.split("/")[0] in {"components", "pages", "callbacks"}:
            findings += raw_strings(source, name)
        findings += joined_texts(source, name)
        keys, heads = used_keys(source)
        named |= keys
        prefixes |= heads
    for path in sorted(ROOT.glob("portal/**/templates/*.html")) + sorted(ROOT.glob("gateway/**/templates/*.html")):
        template = path.read_text(encoding="utf-8")
        named |= set(re.findall(r"""["']([a-z0-9_]+(?:\.[a-z0-9_]+)+)["']""", template))
        findings += template_findings(template, str(path.relative_to(ROOT)), known)
    for key in sorted(known - named):
        if not any(key.startswith(prefix + ".") for prefix in prefixes):
            findings.append(Finding("locales", f"nothing uses {key}"))
    return findings
