"""From what was measured to the figures that are judged."""

from __future__ import annotations

import pytest

from bench.answers import Asked, growths
from bench.browser import Load
from bench.every_page import Visited, _named
from bench.every_page import told as pages_told
from bench.exports import Written
from bench.first_load import Measured
from bench.health import Listed, Night
from bench.ingest_stack import Memory
from bench.memory_part import judged as memory_judged
from bench.page_part import judged as pages_judged
from bench.questions import Question
from bench.reports_part import exported, scores
from bench.webhooks import Delivered
from bench.webhooks_part import judged as webhooks_judged

LINES = ("loopback", "cable", "mobile")


def load(painted: float = 100, *, kb: float = 500, requests: int = 5, posts: int = 0, fetched: int = 0) -> Load:
    return Load(kb, requests, posts, fetched, painted, painted, 3 * painted, 0.01, 40)


def measured(name: str, painted: float, clicks: float) -> Measured:
    loads = [load(painted), load(painted), load(100 * painted)]
    return Measured(
        name,
        dict.fromkeys(LINES, loads),
        loads,
        pointed=[clicks],
        filters=[clicks] * 3,
        next_page=[2 * clicks],
        log_page=[3 * clicks],
    )


def test_dashboard_is_judged_by_medians_beside_the_others() -> None:
    figures = pages_judged(
        [measured("portal", 110, 40), measured("static page", 100, 0), measured("plain Dash", 1100, 100)]
    ).figures
    assert figures["painted_static_cable"] == pytest.approx(1.1)
    assert figures["painted_dash_mobile"] == pytest.approx(0.1)
    assert figures["interactive_dash_loopback"] == pytest.approx(0.1)
    assert figures["filter_ms"] == 40
    assert figures["filter_dash"] == pytest.approx(0.4)
    assert figures["navigation_ms"] == 120, "the slower of the two next pages"
    assert figures["navigation_dash"] == pytest.approx(0.4)


def test_peers_that_could_not_be_had_are_not_needed() -> None:
    found = pages_judged([measured(name, 100, 1) for name in ("portal", "static page", "plain Dash", "Vizro")])
    assert [row[0] for row in found.tables[0].rows] == ["portal", "static page", "plain Dash", "Vizro"]


def test_largest_page_without_charts_is_of_any_language_and_files_fetched_again_of_any_page() -> None:
    found = pages_told(
        [
            Visited("/dashboard", "en", True, load(kb=590), load(kb=30, posts=1, fetched=1)),
            Visited("/dashboard", "ps", True, load(kb=620, requests=6), None),
            Visited("/messages", "en", False, load(kb=190), load(kb=20, posts=1, fetched=3)),
            Visited("/messages", "ps", False, load(kb=240), None),
        ]
    )
    assert found.figures == {
        "fetched_again": 2, "chartless_kb": 240, "chartless_requests": 5, "dashboard_kb_any": 620, "dashboard_requests_any": 6,
    }  # fmt: skip
    (table,) = found.tables
    assert table.rows[1][:6] == ["/messages", "", "190", "–", "240", "–"]


def test_page_of_a_thing_is_named_without_it() -> None:
    assert _named("/messages/msg_01KA8Z5M3W7T9Q2RBVXC4DEFGH") == "/messages/…"
    assert _named("/billing/invoices") == "/billing/invoices"


def test_growth_is_of_the_same_question() -> None:
    one, other = Question("one", "a"), Question("other", "b")
    before = [Asked(one, api=[2.0]), Asked(other, api=[10.0])]
    now = [Asked(one, api=[3.0]), Asked(other, api=[5.0])]
    assert growths(before, now) == {"one": 1.5, "other": 0.5}


def test_memory_is_judged_by_the_program_that_grows_most() -> None:
    found = memory_judged([Memory("gateway", 60, 5000, 100, 105), Memory("worker", 60, 5000, 200, 190)])
    assert found.figures == {"growth": 1.05}
    assert [row[-1] for row in found.tables[0].rows] == ["1.05", "0.95"]


def test_program_that_was_never_seen_has_not_grown() -> None:
    assert Memory("gateway", 60, 0, 0, 0).growth == 1


def test_two_workers_are_judged_by_what_one_does() -> None:
    rounds = [Delivered(count, 10, 100, 400.0 * count**0.5, 1, 0.5) for count in (1, 2, 1, 2)]
    figures = webhooks_judged(rounds).figures
    assert figures["one_per_second"] == 400
    assert figures["two_over_one"] == pytest.approx(2**0.5)


def test_export_is_judged_by_a_million_rows() -> None:
    figures = exported([Written("csv", 2_000_000, 10, 600, 99)]).figures
    assert figures == {"export_csv_seconds": 5, "export_csv_mb": 99}


def test_health_is_judged_by_a_night_and_the_slowest_first_rows_of_a_manager() -> None:
    nights = [Night("31 days, as of a new database", 10, 10, 310, 100), Night("a night", 10, 10, 10, 7)]
    listed = [
        Listed("first 50, by name", 5000, 20, 40, 90, 1),
        Listed("first 50, worst first", 5000, 20, 60, 90, 1),
        Listed("the scatter, all of them", 5000, 20, 500, 900, 1),
        Listed("first 50, by name", 10000, 20, 70, 90, 1),
    ]
    assert scores(nights, listed).figures == {"health_seconds": 7, "health_list_ms": 60}
