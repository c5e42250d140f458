"""Saved views on the platform's API, read from the published samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portal.clients.rest_views import RestViews
from portal.clients.upstream import bound_key
from portal.domain.errors import NotFound, UpstreamUnavailable
from portal.domain.message_filter import MessageFilter
from tests.support.fakes_analytics import actor
from tests.unit.portal.clients.conftest import Platform, reply

SAMPLES = Path(__file__).resolve().parents[4] / "contracts" / "samples"
KNOWN = "019ab3c4-7a00-7000-8000-000000000001"
FAILURES = MessageFilter.from_search("status=failed&operator=Roshan")
TENANT = "00000000-0000-7000-8000-000000000009"


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))["payload"]


def answer(platform: Platform, body: Any, status: int = 200) -> RestViews:
    platform.answers = [reply(status, json.dumps(body).encode())]
    return RestViews(platform.upstream())


def test_list_is_read_as_published_and_names_a_tenant_for_internal_people_only(platform: Platform) -> None:
    [found] = answer(platform, sample("views")).list_views(TENANT, actor=actor())
    assert (found.view_id, found.name, found.wanted) == (KNOWN, "Failures on Roshan", FAILURES)
    assert platform.seen[-1][1] == "/v1/views"
    answer(platform, sample("views")).list_views(TENANT, actor=actor(None, roles=("tam",)))
    assert platform.seen[-1][1] == f"/v1/views?tenantId={TENANT}"


def test_filter_is_saved_as_the_platform_reads_it_without_a_tenant(platform: Platform) -> None:
    wanted = MessageFilter.from_search(f"status=failed&operator=Roshan&hour=0&tenantId={TENANT}")
    answer(platform, sample("view"), 201).create_view("Mine", wanted, idempotency_key="i", actor=actor())
    method, path, headers, body = platform.seen[-1]
    assert (method, path) == ("POST", "/v1/views")
    assert headers["Idempotency-Key"] == bound_key("i", "/v1/views", json.loads(body))
    assert json.loads(body) == {"name": "Mine", "filter": {"status": ["failed"], "operator": ["Roshan"], "hour": 0}}


def test_change_names_only_what_changes(platform: Platform) -> None:
    answer(platform, sample("view")).change_view(KNOWN, name="Ours", actor=actor())
    assert (platform.seen[-1][:2], json.loads(platform.seen[-1][3])) == (
        ("PATCH", f"/v1/views/{KNOWN}"),
        {"name": "Ours"},
    )
    answer(platform, sample("view")).change_view(KNOWN, wanted=MessageFilter(), actor=actor())
    assert json.loads(platform.seen[-1][3]) == {"filter": {}}


def test_id_of_another_form_is_not_asked_about(platform: Platform) -> None:
    for view_id in ("", "x", "../../v1/keys", KNOWN.upper(), f"{KNOWN}/file"):
        with pytest.raises(NotFound):
            RestViews(platform.upstream()).delete_view(view_id, actor=actor())
    assert platform.seen == []


@pytest.mark.parametrize("change", [{"viewId": 3}, {"name": None}, {"filter": []}], ids=["id", "name", "filter"])
def test_answer_that_makes_no_sense_is_the_platforms_failure(platform: Platform, change: dict[str, Any]) -> None:
    with pytest.raises(UpstreamUnavailable):
        answer(platform, {"items": [{**sample("view"), **change}]}).list_views(actor=actor())
