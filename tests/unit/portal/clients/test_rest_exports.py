"""Exports on the platform's API, read from the published samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portal.clients.rest_exports import RestExports
from portal.clients.upstream import bound_key
from portal.domain.errors import NotFound, UpstreamUnavailable
from portal.domain.exports import ExportStatus
from portal.domain.message_filter import MessageFilter
from tests.support.fakes_analytics import actor
from tests.unit.portal.clients.conftest import Platform, reply

SAMPLES = Path(__file__).resolve().parents[4] / "contracts" / "samples"
KNOWN = "019aa0f2-6c1e-7d3a-9a51-3f1f6f6f1c10"


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))["payload"]


def answer(platform: Platform, body: Any, status: int = 200) -> RestExports:
    platform.answers = [reply(status, json.dumps(body).encode())]
    return RestExports(platform.upstream())


def test_list_is_read_as_published(platform: Platform) -> None:
    page = answer(platform, sample("message_exports")).list_exports(limit=9, actor=actor())
    assert platform.seen[-1][1] == "/v1/messages/exports?limit=9"
    running, ready = page.items
    assert (running.status, running.rows_done, running.rows_total) == (ExportStatus.RUNNING, 412_000, 1_000_000)
    assert page.unfinished
    assert (ready.status, ready.size_bytes) == (ExportStatus.READY, 201_533)
    assert ready.wanted == MessageFilter.from_search("status=failed&startDate=2026-11-01&endDate=2026-11-20")


def test_address_of_the_file_is_read_and_not_logged(platform: Platform) -> None:
    found = answer(platform, sample("message_export")).get_export(KNOWN, actor=actor())
    assert found.address == sample("message_export")["downloadUrl"]
    assert "signature" not in repr(found)


def test_filter_is_sent_as_the_platform_reads_it(platform: Platform) -> None:
    wanted = MessageFilter.from_search(
        "status=failed&status=expired&startDate=2026-11-01&endDate=2026-11-20&weekday=5&hour=0&senderId=BANK"
        "&tenantId=00000000-0000-7000-8000-000000000009"
    )
    port = answer(platform, sample("message_export"), 202)
    port.create_export(wanted, "csv", include_text=True, idempotency_key="i", actor=actor())
    method, path, headers, body = platform.seen[-1]
    assert (method, path) == ("POST", "/v1/messages/exports")
    assert headers["Idempotency-Key"] == bound_key("i", "/v1/messages/exports", json.loads(body))
    asked = json.loads(body)
    assert (asked["format"], asked["includeText"]) == ("csv", True)
    found = asked["filter"]
    assert {name: sorted(value) if isinstance(value, list) else value for name, value in found.items()} == {
        "status": ["expired", "failed"],
        "startDate": "2026-11-01",
        "endDate": "2026-11-20",
        "weekday": 5,
        "hour": 0,
        "senderId": ["BANK"],
    }


def test_id_of_another_form_is_not_asked_about(platform: Platform) -> None:
    for export_id in ("x", "../../v1/keys", KNOWN.upper(), f"{KNOWN}/file"):
        with pytest.raises(NotFound):
            RestExports(platform.upstream()).get_export(export_id, actor=actor())
    assert platform.seen == []


@pytest.mark.parametrize(
    "change", [{"status": "odd"}, {"rowsDone": "many"}, {"filter": 3}], ids=["status", "rows", "filter"]
)
def test_answer_that_makes_no_sense_is_the_platforms_failure(platform: Platform, change: dict[str, Any]) -> None:
    with pytest.raises(UpstreamUnavailable):
        answer(platform, {**sample("message_export"), **change}).get_export(KNOWN, actor=actor())
