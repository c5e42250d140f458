"""Plans of PostgreSQL in few words."""

from __future__ import annotations

from typing import Any

from bench.straight import scans, told


def node(kind: str, *below: dict[str, Any], loops: int = 1, **more: str) -> dict[str, Any]:
    return {"Node Type": kind, "Actual Loops": loops, "Plans": list(below), **more}


PLAN = node(
    "Limit",
    node(
        "Append",
        node("Index Scan", **{"Relation Name": "messages_2026_11", "Index Name": "messages_2026_11_pkey"}),
        node("Index Scan", **{"Relation Name": "messages_2026_10", "Index Name": "messages_2026_10_pkey"}),
        node("Seq Scan", loops=0, **{"Relation Name": "messages_2026_09"}),
    ),
    node(
        "Bitmap Heap Scan", node("Bitmap Index Scan", **{"Index Name": "prices_by_day"}), **{"Relation Name": "prices"}
    ),
)


def test_nodes_that_read_are_named_by_their_index_and_their_table_without_its_month() -> None:
    assert list(scans(PLAN)) == [
        "Index Scan messages_pkey",
        "Index Scan messages_pkey",
        "Bitmap Heap Scan prices",
        "Bitmap Index Scan prices_by_day",
    ]


def test_node_that_never_ran_is_left_out() -> None:
    assert not [name for name in scans(PLAN) if "Seq Scan" in name]


def test_same_nodes_are_counted_and_what_every_request_reads_is_left_out() -> None:
    assert told({"Index Scan messages_pkey": 2, "Seq Scan tenants": 1, "Seq Scan a": 1}) == (
        "Index Scan messages_pkey ×2, Seq Scan a"
    )


def test_what_every_request_reads_is_told_when_there_is_nothing_else() -> None:
    assert told({"Seq Scan tenants": 1}) == "Seq Scan tenants"
