"""Row-level security keeps operators that are not leak-proof away from indexes: each filter of the log must have one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, text

from gateway.store.log_filter import LogFilter, Recipient, Search
from gateway.store.message_reads import list_messages
from gateway.store.tenancy import tenant_transaction
from tests.support.api_world import World


@pytest.mark.parametrize(
    ("wanted", "condition"),
    [
        ({"statuses": ("held",)}, None),
        ({"statuses": ("failed", "expired")}, None),
        ({"operators": ("AWCC",)}, "operator = 'AWCC'"),
        ({"sender_ids": ("BANK",)}, "sender_id = 'BANK'"),
        ({"error_codes": ("throttled",)}, "error_code = 'throttled'"),
        ({"countries": ("GB",)}, "country = 'GB'"),
        ({"recipient": Recipient("+93701234567", prefix=False)}, "recipient = '+93701234567'"),
        ({"recipient": Recipient("+9370123", prefix=True)}, "recipient ~>=~ '+9370123'"),
        ({"search": Search("+9370123", ("nobody",))}, "sender_id = 'nobody'"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_filter_of_the_log_is_looked_up_in_an_index(
    world: World, wanted: dict[str, Any], condition: str | None
) -> None:
    asked: list[tuple[str, Any]] = []

    def keep(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    with tenant_transaction(world.api_engine, world.tenant) as connection:
        # So few rows would be read without an index; what counts is that one can be used.
        connection.execute(
            text("SELECT set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true)")
        )
        event.listen(connection, "before_cursor_execute", keep)
        list_messages(connection, LogFilter(world.tenant, **wanted), limit=50)
        statement, parameters = asked[0]
        plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) {statement}", parameters).scalars())
    assert "Seq Scan" not in plan
    if condition is None:
        # A partial index holds nothing else, so no filter is left over.
        assert "Filter: (status" not in plan, plan
        return
    used = [line for line in plan.splitlines() if "Index Cond" in line]
    assert any(condition in line.replace("::text", "").replace("::bpchar", "") for line in used), plan
