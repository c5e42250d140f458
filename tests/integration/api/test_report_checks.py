"""Checking a report: for everybody who is signed in, of whoever's report it is, and nothing but what stands in it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from flask import g

from gateway.api.context import EXTENSION, Dependencies
from gateway.api.report_links import report_link
from gateway.domain.moments import rfc3339
from gateway.signing import LARGEST, open_signer, verdict
from gateway.storage import LocalFolder
from tests.support.api_world import NOW, World
from tests.support.reports import keys, report

VERIFY, PDF = "/v1/reports/verify", "application/pdf"
EVERYBODY = ("owner", "developer", "billing", "viewer", "stranger", "tam", "unassigned_tam", "admin")


def sent(world: World, who: str | None, content: bytes, media: str = PDF) -> Any:
    return world.client(who).post(VERIFY, data=content, content_type=media)


def settings_of(world: World) -> Any:
    found: Dependencies = world.app.extensions[EXTENSION]
    return found.settings


@pytest.fixture(scope="module")
def signed(world: World) -> bytes:
    return open_signer(settings_of(world)).sign(report(), at=NOW)


def test_verdict_tells_what_stands_in_the_file(world: World, signed: bytes) -> None:
    answer = sent(world, "stranger", signed)
    assert answer.status_code == 200, answer.json
    told = answer.json
    assert (told["result"], told["signer"], told["coversWholeFile"]) == ("development", "development", True)
    assert told["signedBy"] == "Development key, not for use"
    assert told["signedAt"] == rfc3339(NOW)
    assert told["sizeBytes"] == len(signed)
    assert len(told["certificateSha256"]) == len(told["sha256"]) == 64


def test_verdicts_of_what_is_not_as_it_was_signed(world: World, signed: bytes) -> None:
    changed = bytearray(signed)
    changed[300] ^= 1
    theirs = keys("Somebody").signer.sign(report(), at=NOW)
    results = {
        "changed": bytes(changed), "extended": signed + b"\n%", "foreign": theirs, "not_signed": report(),
        "not_pdf": b"PK\x03\x04",
    }  # fmt: skip
    for result, content in results.items():
        told = sent(world, "viewer", content).json
        assert told["result"] == result
        assert told["coversWholeFile"] == (result == "foreign")
    assert sent(world, "viewer", theirs + b"\n%").json["result"] == "foreign"
    assert sent(world, "viewer", b"").json["result"] == "not_pdf"


def test_everybody_signed_in_may_ask_and_nobody_else(world: World) -> None:
    for who in EVERYBODY:
        assert sent(world, who, b"no report").status_code == 200, who
    assert sent(world, None, b"no report").status_code == 401
    assert sent(world, "no_role", b"no report").status_code == 403


@pytest.mark.parametrize("media", ["application/json", "multipart/form-data", "text/plain", ""])
def test_another_type_of_body_is_refused(world: World, media: str) -> None:
    answer = sent(world, "owner", b"{}", media)
    assert (answer.status_code, answer.json["detail"]) == (415, "Send the body as application/pdf.")


def test_too_large_a_file_is_refused_and_one_just_small_enough_is_not(world: World) -> None:
    assert sent(world, "owner", bytes(LARGEST + 1)).status_code == 413
    assert sent(world, "owner", bytes(LARGEST)).json["result"] == "not_pdf"


def test_too_many_at_once_are_told_to_come_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "PATIENCE_SECONDS", 0.01)
    for _ in range(2):
        verdict._places.acquire()
    try:
        answer = sent(world, "owner", report())
    finally:
        for _ in range(2):
            verdict._places.release()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")


def test_certificates_are_for_anybody_and_are_those_that_sign(world: World) -> None:
    answer = world.client(None).get("/v1/reports/certificate")
    assert (answer.status_code, answer.mimetype) == (200, "application/x-pem-file")
    assert answer.text == open_signer(settings_of(world)).certificates
    assert "PRIVATE" not in answer.text


def link(world: World, tenant: UUID, report_id: UUID, **more: Any) -> str:
    """The address that is given out to an owner of the world."""
    with world.app.test_request_context("/"):
        g.principal = type("Caller", (), {"user_id": world.people["owner"].user_id})()
        url, _ = report_link(tenant, report_id, f"{tenant}/{report_id}.1.pdf", name="qbr.pdf", **more)
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def test_file_is_fetched_by_its_signed_address_and_the_audit_log_knows(world: World) -> None:
    storage = world.app.extensions[EXTENSION].reports
    assert isinstance(storage, LocalFolder)
    report_id, tenant = uuid4(), world.tenant
    address = link(world, tenant, report_id)
    assert world.client(None).get(address).status_code == 404  # not there yet
    storage.put(f"{tenant}/{report_id}.1.pdf", b"%PDF-1.7 whole")
    answer = world.client(None).get(address, buffered=True)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, b"%PDF-1.7 whole", PDF)
    assert answer.headers["Content-Disposition"] == "attachment; filename=qbr.pdf"
    assert answer.headers["Cache-Control"] == "private, no-store"
    part = world.client(None).get(address, headers={"Range": "bytes=5-7"}, buffered=True)
    assert (part.status_code, part.data) == (206, b"1.7")
    written = world.sql(
        "SELECT actor_id FROM audit_events WHERE action = 'qbr_report.downloaded' AND subject = :it", it=str(report_id)
    )
    assert [row[0] for row in written] == [world.people["owner"].user_id]


def test_address_that_was_changed_or_has_ended_opens_nothing(world: World) -> None:
    storage = world.app.extensions[EXTENSION].reports
    report_id, tenant = uuid4(), world.tenant
    for suffix in ("1", "2"):
        storage.put(f"{tenant}/{report_id}.{suffix}.pdf", b"%PDF-1.7")
    address = link(world, tenant, report_id)
    for was, now in (
        (f"{report_id}.1", f"{report_id}.2"), ("name=qbr.pdf", "name=other.pdf"), (str(report_id), str(uuid4())),
        (str(tenant), str(world.other)), ("expires=", "expires=9"),
    ):  # fmt: skip
        assert world.client(None).get(address.replace(was, now, 1)).status_code in {403, 422}, was
    over = link(world, tenant, report_id, kept_until=NOW - timedelta(seconds=1))
    assert world.client(None).get(over).status_code == 403
    assert world.client(None).get(address, buffered=True).status_code == 200


def test_nothing_of_a_file_is_kept(world: World, signed: bytes, tmp_path: Path) -> None:
    folder = settings_of(world).data_dir
    before = {path for path in folder.rglob("*") if path.is_file()}
    assert sent(world, "owner", signed + bytes(600_000)).status_code == 200
    assert {path for path in folder.rglob("*") if path.is_file()} == before
