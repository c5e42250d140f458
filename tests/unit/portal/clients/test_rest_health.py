"""Weights and runs on the platform's API, read from the published samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portal.clients.rest_health import RestHealth
from portal.domain.errors import NotFound, UpstreamRefused, UpstreamUnavailable
from portal.domain.health import Band, HealthInput
from portal.domain.weights import RunStatus
from tests.support.fakes_analytics import actor
from tests.support.fakes_health import DEFAULTS
from tests.unit.portal.clients.conftest import Platform, reply

SAMPLES = Path(__file__).resolve().parents[4] / "contracts" / "samples"
ADMIN = actor(None, roles=("platform_admin",))
TENANT = "00000000-0000-7000-8000-000000000001"


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))["payload"]


def answer(platform: Platform, body: Any, status: int = 200) -> RestHealth:
    platform.answers = [reply(status, json.dumps(body).encode())]
    return RestHealth(platform.upstream())


def test_weights_are_read_with_their_history_and_curves(platform: Platform) -> None:
    found = answer(platform, sample("health_weights")).get_weights(actor=ADMIN)
    assert found.current == found.history[0]
    assert (found.current.version, found.current.changed_by, found.current.of[HealthInput.DELIVERY]) == (2, "admin", 50)
    assert found.history[-1].changed_by is None
    assert found.defaults == DEFAULTS
    first = found.curves[HealthInput.NPS][0]
    assert (first.value, first.points) == (-100, 0)


def test_preview_and_change_send_the_platforms_names(platform: Platform) -> None:
    preview = answer(platform, sample("weights_preview")).preview_weights(DEFAULTS, actor=ADMIN)
    assert platform.seen[-1][:2] == ("POST", "/v1/internal/health/weights/preview")
    assert preview.before[Band.AT_RISK] == 2
    assert (sum(preview.spread_before), sum(preview.spread_after), len(preview.spread_after)) == (2, 2, 10)
    assert preview.largest[0].name == "Other Shop"
    changed = answer(platform, sample("weights_changed")).change_weights(DEFAULTS, "Why", based_on=1, actor=ADMIN)
    assert platform.seen[-1][:2] == ("PUT", "/v1/internal/health/weights")
    assert changed.current.version == 2


def test_conflict_has_its_status(platform: Platform) -> None:
    with pytest.raises(UpstreamRefused) as refused:
        answer(platform, {"code": "conflict"}, 409).change_weights(DEFAULTS, "Why", based_on=1, actor=ADMIN)
    assert refused.value.status == 409


def test_runs_are_of_an_account_or_of_all(platform: Platform) -> None:
    run = answer(platform, sample("health_run"), 202).ask_run(TENANT, 7, actor=ADMIN)
    assert platform.seen[-1][:2] == ("POST", f"/v1/internal/tenants/{TENANT}/health/recompute")
    assert (run.status, run.done_days, run.unfinished) == (RunStatus.DONE, 7, False)
    answer(platform, sample("health_run"), 202).ask_run(None, 7, actor=ADMIN)
    assert platform.seen[-1][1] == "/v1/internal/health/recompute"
    answer(platform, sample("health_runs")).list_runs(TENANT, actor=ADMIN)
    assert platform.seen[-1][1] == f"/v1/internal/health/runs?tenantId={TENANT}"
    assert len(answer(platform, sample("health_runs")).list_runs(None, actor=ADMIN)) == 1
    assert platform.seen[-1][1] == "/v1/internal/health/runs"


@pytest.mark.parametrize("tenant_id", ["", "-", "../weights"])
def test_id_of_another_form_is_not_asked_about(platform: Platform, tenant_id: str) -> None:
    for call in (lambda port: port.ask_run(tenant_id, 7, actor=ADMIN), lambda port: port.list_runs(tenant_id, actor=ADMIN)):  # fmt: skip
        with pytest.raises(NotFound):
            call(RestHealth(platform.upstream()))
    assert platform.seen == []


@pytest.mark.parametrize("change", [{"curves": {}}, {"current": {}}, {"history": [1]}, {"defaults": {"nps": "1"}}])
def test_answer_that_makes_no_sense_is_the_platforms_failure(platform: Platform, change: dict[str, Any]) -> None:
    with pytest.raises(UpstreamUnavailable):
        answer(platform, {**sample("health_weights"), **change}).get_weights(actor=ADMIN)
