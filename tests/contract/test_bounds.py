"""Nothing that a caller writes is unbounded: every text, list and number of the published contract has an end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.api.openapi import document

Schema = Mapping[str, Any]
# Formats and patterns that end by themselves.
ENDING_FORMATS = frozenset({"uuid", "date-time", "date"})


def inputs(whole: Schema) -> Iterator[tuple[str, Schema]]:
    """Every parameter and every body, with where it is."""
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            at = f"{method.upper()} {path}"
            for parameter in operation["parameters"]:
                if parameter["name"] != "X-Request-Id":  # another form is replaced
                    yield f"{at}, {parameter['name']}", parameter["schema"]
            for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                if kind != "application/pdf":  # as it is sent: its end is told in bytes, by test_report_checks.py
                    yield f"{at}, body", content["schema"]
    for name in ("IngestedMessage", "IngestedReceipt"):  # the items of a body that are judged one by one
        yield name, {"$ref": f"#/components/schemas/{name}"}


def unbounded(whole: Schema, schema: Schema, at: str, within: tuple[str, ...] = ()) -> Iterator[str]:
    """Where a value may be as large as its writer likes."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in within:
            yield from unbounded(whole, whole["components"]["schemas"][name], at, (*within, name))
        return
    for part in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from unbounded(whole, part, at, within)
    if "enum" in schema or "const" in schema:
        return
    kind = schema.get("type")
    if kind == "string" and not ("maxLength" in schema or schema.get("format") in ENDING_FORMATS or ends(schema)):
        yield f"{at}: a text without an end"
    if kind == "array":
        if "maxItems" not in schema:
            yield f"{at}: a list without an end"
        yield from unbounded(whole, schema.get("items", {}), f"{at}[]", within)
    if kind in ("integer", "number") and not {"maximum", "exclusiveMaximum"} & set(schema):
        yield f"{at}: a number without an end"
    if kind == "object" and schema.get("additionalProperties") is not False and "x-item" not in schema:
        yield f"{at}: fields of any name"
    for name, part in schema.get("properties", {}).items():
        yield from unbounded(whole, part, f"{at}.{name}", within)


def ends(schema: Schema) -> bool:
    """Whether a pattern lets only so many characters through."""
    pattern = schema.get("pattern", "*")
    if not (pattern.startswith("^") and pattern.endswith("$")):
        return False
    return not any(each in pattern.replace(r"\+", "") for each in "*+")


def test_every_text_list_and_number_that_callers_write_has_an_end() -> None:
    whole = json.loads(document())
    found = [each for at, schema in inputs(whole) for each in unbounded(whole, schema, at)]
    assert not found, "\n".join(found)


def test_every_list_has_pages_of_200_at_most() -> None:
    whole = json.loads(document())
    sizes = {at: schema["maximum"] for at, schema in inputs(whole) if at.endswith(", limit")}
    assert len(sizes) > 10
    assert set(sizes.values()) <= {100, 200}, sizes
    for path, methods in whole["paths"].items():
        for operation in methods.values():
            named = {each["name"] for each in operation["parameters"]}
            assert ("cursor" in named) <= ("limit" in named), path
