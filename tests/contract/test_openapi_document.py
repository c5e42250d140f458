"""The published document and its samples are what the code says, nothing older."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from gateway.api.openapi import document
from gateway.api.permissions import PERMISSIONS, Door

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
SAMPLES = sorted((CONTRACTS / "samples").glob("*.json"))


def test_openapi_file_equals_what_the_code_generates() -> None:
    written = (CONTRACTS / "openapi.json").read_text(encoding="utf-8")
    assert written == document(), "run `python -m gateway openapi > contracts/openapi.json`"


def test_openapi_document_names_exactly_the_calls_the_permission_table_guards() -> None:
    described = {
        (method.upper(), path) for path, methods in json.loads(document())["paths"].items() for method in methods
    }
    unlisted = {("GET", "/metrics"), ("GET", "/v1/openapi.json"), ("GET", "/v1/docs"), ("GET", "/v1/docs.css")}
    unlisted |= {key for key, rule in PERMISSIONS.items() if rule.door is Door.CARRIER}
    guarded = {(method, route.replace("<", "{").replace(">", "}")) for method, route in PERMISSIONS}
    assert described == guarded - unlisted


def test_openapi_document_says_how_each_call_is_authenticated() -> None:
    paths = json.loads(document())["paths"]
    expected = {Door.BEARER: [{"bearer": []}], Door.INGEST: [{"ingest": []}], Door.OPEN: [{}], Door.LINK: [{}]} | {
        Door.CLIENT: [{"client": []}]
    }
    for (method, route), rule in PERMISSIONS.items():
        operation = paths.get(route.replace("<", "{").replace(">", "}"), {}).get(method.lower())
        if operation is not None:
            by_key = [{"apiKey": [rule.scope]}] if rule.scope else []
            assert operation["security"] == expected[rule.door] + by_key, (method, route)


def test_openapi_document_says_of_each_call_how_it_is_limited() -> None:
    described = json.loads(document())
    paths, headers = described["paths"], described["components"]["headers"]
    for (method, route), rule in PERMISSIONS.items():
        operation = paths.get(route.replace("<", "{").replace(">", "}"), {}).get(method.lower())
        if operation is None:
            continue
        limited = rule.door in {Door.BEARER, Door.INGEST}
        assert ("429" in operation["responses"]) is limited, (method, route)
        for status, answer in operation["responses"].items():
            named = {name for name in answer["headers"] if name in headers}
            wanted = {"RateLimit", "RateLimit-Policy"} if limited else set()
            assert named == wanted | ({"Retry-After"} if status == "429" else set()), (method, route, status)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_sample_payload_fits_its_schema(sample: Path) -> None:
    content: dict[str, Any] = json.loads(sample.read_text(encoding="utf-8"))
    schemas = json.loads(document())["components"]["schemas"]
    schema = {"$ref": f"#/components/schemas/{content['schema']}", "components": {"schemas": schemas}}
    jsonschema_rs.Draft202012Validator(schema).validate(content["payload"])


def test_samples_exist_for_every_answer() -> None:
    named = {json.loads(path.read_text(encoding="utf-8"))["schema"] for path in SAMPLES}
    answers = {
        content["schema"]["$ref"].rpartition("/")[2]
        for methods in json.loads(document())["paths"].values()
        for operation in methods.values()
        for answer in operation["responses"].values()
        for content in answer.get("content", {}).values()
    }
    assert answers <= named
