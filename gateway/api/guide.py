"""The human documentation: the OpenAPI document as one plain page, without script and without anything from outside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

Schema = dict[str, Any]

STYLESHEET = """\
:root { color-scheme: light dark; --line: #8884; --quiet: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-inline-size: 60rem; padding: 1.5rem; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
h1, h2, h3 { line-height: 1.2; } h2 { margin-block-start: 3rem; } h3 { margin-block-start: 2rem; }
h3 code { font-size: 1em; } .method { border: 1px solid var(--line); border-radius: .25rem; padding: 0 .4rem; }
table { border-collapse: collapse; inline-size: 100%; margin-block: .5rem; }
th, td { border-block-end: 1px solid var(--line); padding: .3rem .6rem .3rem 0; text-align: start; }
nav ul { columns: 2; list-style: none; padding: 0; } details { background: var(--quiet); padding: .5rem .8rem; }
"""


def render_guide(document: Schema) -> str:
    """The page for an OpenAPI document."""
    info = document["info"]
    operations = list(_operations(document))
    links = "".join(
        f'<li><a href="#{escape(item["operationId"])}"><code>{method} {escape(path)}</code></a></li>'
        for path, method, item in operations
    )
    sections, tag = [], None
    for path, method, item in operations:
        if item["tags"][0] != tag:
            tag = item["tags"][0]
            sections.append(f"<h2>{escape(tag)}</h2>")
        sections.append(_operation(path, method, item))
    schemas = "".join(_schema(name, item) for name, item in sorted(document["components"]["schemas"].items()))
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(info["title"])}</title><link rel="stylesheet" href="/v1/docs.css"></head>'
    )
    return (
        f"{head}<body><main><h1>{escape(info['title'])} {escape(info['version'])}</h1>"
        f"{_paragraphs(info['description'])}"
        '<p>Machine-readable: <a href="/v1/openapi.json">OpenAPI 3.1</a>.</p>'
        f'<nav aria-label="Calls"><ul>{links}</ul></nav>{"".join(sections)}'
        f"<h2>Schemas</h2>{schemas}</main></body></html>"
    )


def _operations(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _operation(path: str, method: str, item: Schema) -> str:
    rows = [
        (
            f"<code>{escape(parameter['name'])}</code>{' (needed)' if parameter.get('required') else ''}",
            escape(parameter["in"]),
            _kind(parameter["schema"]),
            _inline(parameter.get("description", "")),
        )
        for parameter in item.get("parameters", [])
    ]
    answers = [
        (f"<code>{escape(status)}</code>", _answer_kind(answer), _inline(answer.get("description", "")))
        for status, answer in item["responses"].items()
    ]
    body = item.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    anchor = escape(item["operationId"])
    return (
        f'<section><h3 id="{anchor}"><span class="method">{method}</span> <code>{escape(path)}</code></h3>'
        f"<p><strong>{_inline(item.get('summary', ''))}</strong></p>"
        f"{_paragraphs(item.get('description', '').replace('<br/>', chr(10)))}"
        f"{_table(('Parameter', 'In', 'Type', 'Meaning'), rows)}"
        f"{f'<p>Body: {_kind(body)}</p>' if body else ''}"
        f"{_table(('Answer', 'Body', 'When'), answers)}{_next_calls(item)}</section>"
    )


def _next_calls(item: Schema) -> str:
    """Where the ids of an answer lead."""
    targets = [
        link["operationId"] for answer in item["responses"].values() for link in answer.get("links", {}).values()
    ]
    shown = ", ".join(f'<a href="#{escape(target)}"><code>{escape(target)}</code></a>' for target in targets)
    return f"<p>Next: {shown}</p>" if shown else ""


def _schema(name: str, item: Schema) -> str:
    rows = [
        (f"<code>{escape(field)}</code>", _kind(schema), _inline(schema.get("description", "")))
        for field, schema in item.get("properties", {}).items()
    ]
    values = f"<p>{_kind(item)}</p>" if "enum" in item else ""
    return (
        f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        f"{_paragraphs(item.get('description', ''))}{values}{_table(('Field', 'Type', 'Meaning'), rows)}</details>"
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells that are HTML already; nothing without rows."""
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    titles = "".join(f'<th scope="col">{head}</th>' for head in heads)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>" if body else ""


def _answer_kind(answer: Schema) -> str:
    return ", ".join(_kind(content.get("schema", {})) for content in answer.get("content", {}).values())


def _kind(schema: Schema) -> str:
    """A type in a few words, linked where it is a schema of its own."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}"><code>{name}</code></a>'
    if "anyOf" in schema:
        return " or ".join(_kind(part) for part in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return ", ".join(f"<code>{escape(str(value))}</code>" for value in values)
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    words = [schema.get("type", "any"), *(f"({schema[key]})" for key in ("format",) if key in schema)]
    limits = [f"{sign} {schema[key]}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in schema]
    return escape(" ".join([*words, *limits]))


def _inline(text: str) -> str:
    """Escaped text with `code`, **strong** and *emphasis*."""
    shown = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
    shown = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", shown)
    return re.sub(r"(?<!\w)\*([^*<>]+)\*(?!\w)", r"<em>\1</em>", shown)


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_inline(part.strip())}</p>" for part in re.split(r"\n\s*\n", text.strip()) if part.strip())
