from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.domain.errors import (
    CATALOGUE,
    COMMAND_STATUSES,
    MAP_ERRORS,
    outcome_of_command_status,
    outcome_of_message_state,
    outcome_of_receipt,
)
from gateway.domain.statuses import TRANSITIONS, Status

LOCALES = Path(__file__).parents[4] / "locales"


def test_every_mapped_code_is_in_the_catalogue() -> None:
    assert set(MAP_ERRORS.values()) | set(COMMAND_STATUSES.values()) <= set(CATALOGUE)


@pytest.mark.parametrize(
    ("stat", "err", "status", "code", "carrier"),
    [
        ("DELIVRD", "000", Status.DELIVERED, None, None),
        ("UNDELIV", "001", Status.FAILED, "unknown_subscriber", "UNDELIV/001"),
        ("UNDELIV", "27", Status.FAILED, "absent_subscriber", "UNDELIV/27"),
        ("UNDELIV", "999", Status.FAILED, "undeliverable", "UNDELIV/999"),
        ("UNDELIV", None, Status.FAILED, "undeliverable", "UNDELIV"),
        ("DELETED", "000", Status.FAILED, "deleted_by_carrier", "DELETED/000"),
        ("REJECTD", "0x12", Status.FAILED, "rejected_by_carrier", "REJECTD/0x12"),
        ("EXPIRED", "034", Status.EXPIRED, "validity_expired", "EXPIRED/034"),
        ("ACCEPTD", "000", None, None, "ACCEPTD/000"),
        ("ENROUTE", "000", None, None, "ENROUTE/000"),
        ("UNKNOWN", "000", None, None, "UNKNOWN/000"),
        ("SOMETHING", "٣", None, None, "SOMETHING/٣"),
    ],
)
def test_outcome_of_receipt(
    stat: str, err: str | None, status: Status | None, code: str | None, carrier: str | None
) -> None:
    found = outcome_of_receipt(stat, err)
    assert (found.status, found.error_code, found.carrier_code) == (status, code, carrier)


def test_outcome_of_receipt_uses_the_table_of_the_route() -> None:
    assert outcome_of_receipt("UNDELIV", "13", {13: "throttled"}).error_code == "throttled"


@pytest.mark.parametrize(
    ("state", "status"),
    [(1, None), (2, Status.DELIVERED), (3, Status.EXPIRED), (4, Status.FAILED), (5, Status.FAILED), (6, None), (7, None),
     (8, Status.FAILED), (0, None), (99, None)],
)  # fmt: skip
def test_outcome_of_message_state(state: int, status: Status | None) -> None:
    assert outcome_of_message_state(state).status is status


def test_receipts_after_acceptance_are_outcomes_the_machine_allows() -> None:
    outcomes = {outcome_of_message_state(state).status for state in range(10)} - {None}
    assert outcomes <= TRANSITIONS[Status.SENT]


def test_outcome_of_command_status() -> None:
    assert outcome_of_command_status(0).status is Status.SENT
    assert outcome_of_command_status(0x0B).error_code == "invalid_destination"
    strange = outcome_of_command_status(0x433)
    assert (strange.status, strange.error_code) == (Status.REJECTED, "rejected_by_carrier")
    assert strange.carrier_code == "0x00000433"


@pytest.mark.parametrize("tag", ["en", "fa-AF", "ps", "ar"])
def test_every_code_has_title_and_advice_in_every_language(tag: str) -> None:
    catalog = json.loads((LOCALES / tag / "messages.json").read_text(encoding="utf-8"))
    wanted = {f"error_code.{code}.{part}" for code in CATALOGUE for part in ("title", "advice")}
    assert wanted <= set(catalog)
