"""The links of the published contract lead where they say, and every call about a thing is reached by one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from gateway.api.openapi import document
from gateway.api.permissions import PERMISSIONS, Door


@cache
def contract() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document())
    return found


@cache
def operations() -> dict[str, dict[str, Any]]:
    return {operation["operationId"]: operation for path in contract()["paths"].values() for operation in path.values()}


def links() -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Source, name, the link, and the answer it stands in."""
    for source, operation in operations().items():
        for answer in operation["responses"].values():
            for name, link in answer.get("links", {}).items():
                yield source, name, link, answer


def path_parameters(name: str) -> set[str]:
    return {each["name"] for each in operations()[name]["parameters"] if each["in"] == "path"}


def test_every_parameter_of_a_link_is_one_of_the_call_it_leads_to_and_all_it_needs_are_there() -> None:
    for source, name, link, _answer in links():
        target = operations()[link["operationId"]]
        known = {each["name"] for each in target["parameters"]}
        needed = {each["name"] for each in target["parameters"] if each.get("required")}
        given = set(link.get("parameters", ()))
        assert given <= known, (source, name)
        assert needed - given <= {"from", "to", "period"}, (source, name)  # which days, is the caller's to say


def test_every_place_that_a_link_takes_a_value_from_is_in_the_answer_or_the_request() -> None:
    for source, name, link, answer in links():
        sent = {each["name"] for each in operations()[source]["parameters"]}
        for expression in link.get("parameters", {}).values():
            where, _, rest = expression.partition("#/")
            if where == "$response.body":
                (content,) = answer["content"].values()
                assert held(content["schema"], rest.split("/")), (source, name, expression)
            else:
                assert expression.rpartition(".")[2] in sent, (source, name, expression)


def held(schema: dict[str, Any], way: list[str]) -> bool:
    """Whether answers of a schema hold something at the end of a way of keys."""
    while "$ref" in schema:
        schema = contract()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if not way:
        return True
    if schema.get("type") == "array":
        return way[0] == "0" and held(schema["items"], way[1:])
    return way[0] in schema.get("properties", {}) and held(schema["properties"][way[0]], way[1:])


def test_every_call_about_something_is_reached_by_a_link() -> None:
    reached = {link["operationId"] for _, _, link, _ in links()}
    by_address = {
        operations_of["operationId"]
        for path, methods in contract()["paths"].items()
        for method, operations_of in methods.items()
        if PERMISSIONS[(method.upper(), path.replace("{", "<").replace("}", ">"))].door is Door.LINK
    }
    # Signed addresses are in the answers as they are; nothing is to be put together.
    assert {name for name in operations() if path_parameters(name)} - by_address <= reached


def test_what_creating_calls_make_can_be_read_changed_and_deleted_by_links() -> None:
    led = {
        (source, link["operationId"])
        for source, _, link, _ in links()
    }  # fmt: skip
    for source, targets in {
        "create_api_key": {"get_api_key", "change_api_key", "rotate_api_key", "revoke_api_key", "get_api_key_usage"},
        "rotate_api_key": {"get_api_key", "revoke_api_key"},
        "create_webhook": {
            "get_webhook",
            "change_webhook",
            "delete_webhook",
            "test_webhook",
            "list_webhook_deliveries",
        },
        "test_webhook": {"get_webhook_delivery", "resend_webhook_delivery"},
        "create_export": {"get_export", "delete_export"},
        "create_view": {"list_views", "change_view", "delete_view"},
        "send_message": {"get_message"},
        "send_batch": {"get_message"},
    }.items():
        assert {(source, target) for target in targets} <= led, source
    assert all((name, name) in led for name in operations() if name.startswith("list_") and name in paged())


def paged() -> set[str]:
    return {
        name
        for name, operation in operations().items()
        if "cursor" in {each["name"] for each in operation["parameters"]}
    }
