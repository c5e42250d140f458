"""How much a caller may send: bodies and pages of every route, from the routes there are."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from gateway.api.app import LARGEST_BODY
from gateway.api.permissions import PERMISSIONS, Door
from tests.support.api_world import INGEST_TOKEN, World

TOO_LARGE = b'{"a":"' + b"x" * LARGEST_BODY + b'"}'
BODIES = {"POST", "PUT", "PATCH"}


def paths(world: World) -> list[tuple[str, str]]:
    """Every route that takes a body, those of the identity service too, about things that do not exist."""
    return sorted(
        (method, re.sub(r"<[^>]+>", str(uuid4()), rule.rule))
        for rule in world.app.url_map.iter_rules()
        for method in (rule.methods or set()) & BODIES
    )


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_body_that_is_too_large_is_taken_by_no_route(world: World, content_type: str) -> None:
    wrong = []
    tried = paths(world)
    for method, path in tried:
        client = world.client("admin" if path.startswith("/v1/internal/") else "owner")
        if path == "/v1/internal/messages":
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {INGEST_TOKEN}"
        asked = (
            {"period": "2026-Q1"} if "/qbr" in path else {}
        )  # what is missing in the query is told before the body is read
        answer = client.open(path, method=method, query_string=asked, data=TOO_LARGE, content_type=content_type)
        refused = {413} if content_type == "application/json" and path.startswith("/v1/") else {400, 401, 403, 413, 415}
        if path == "/v1/reports/verify":
            refused |= {415}  # takes PDF alone, and as much as test_report_checks.py says
        if "/carriers/" in path or "/auth/" in path:
            refused |= {400, 401, 403, 404, 422}  # who they are is asked first, and without their body
        if answer.status_code not in refused:
            wrong.append(f"{method} {path}: {answer.status_code}")
    assert len(tried) > 20
    assert not wrong, "\n".join(wrong)


def test_page_is_as_large_as_is_said_at_most_and_never_empty_or_negative(world: World) -> None:
    document = world.app.extensions["gateway-openapi"]
    wrong, tried = [], 0
    for route, methods in document["paths"].items():
        rule = PERMISSIONS.get(("GET", route.replace("{", "<").replace("}", ">")))
        for parameter in methods.get("get", {}).get("parameters", ()):
            if parameter["name"] not in ("limit", "page", "days") or rule is None or rule.door is not Door.BEARER:
                continue
            tried += 1
            most = parameter["schema"]["maximum"]
            who = "owner" if "owner" in rule.roles else "admin"
            path = re.sub(r"{[^}]+}", str(uuid4()), route)
            for value in (0, -1, most + 1, 10**30, "all", "", "1.5", "1e2", "NaN"):
                answer = world.get(who, path, **{parameter["name"]: value})
                if answer.status_code != 422:
                    wrong.append(f"GET {path}?{parameter['name']}={value}: {answer.status_code}")
    assert tried > 12
    assert not wrong, "\n".join(wrong)


def test_cursor_that_is_too_long_is_refused(world: World) -> None:
    for path in ("/v1/messages", "/v1/webhooks", "/v1/billing/ledger", "/v1/account/audit-events"):
        assert world.get("owner", path, cursor="A" * 401).status_code == 422
