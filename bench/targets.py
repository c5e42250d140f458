"""What every figure should be: one list, judged when the report is composed, so that a limit holds for old runs too."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A figure of a part. `limit` None has no target and is only followed. `steady` figures (bytes, counts, ratios
    within one run) do not depend on how busy the machine was: when one worsens, the product has."""

    part: str
    key: str
    name: str
    limit: float | None = None
    at_least: bool = False
    digits: int = 0
    steady: bool = False

    def holds(self, value: float) -> bool:
        if self.limit is None:
            return True
        return value >= self.limit if self.at_least else value <= self.limit

    def shown(self, value: float) -> str:
        return f"{value:,.{self.digits}f}"

    @property
    def wanted(self) -> str:
        return "–" if self.limit is None else f"{'≥' if self.at_least else '≤'} {self.shown(self.limit)}"

    def worsened(self, before: float, now: float) -> float:
        """By which share of `before` the figure got worse; negative when it got better. From nothing: all or none."""
        change = before - now if self.at_least else now - before
        if before == 0:
            return float(change > 0)
        return change / abs(before)


def _page() -> tuple[Target, ...]:
    def on_lines(key: str, name: str, limit: float, lines: tuple[str, ...]) -> tuple[Target, ...]:
        return tuple(Target("page", f"{key}_{line}", f"{name}, {line}", limit, digits=2, steady=True) for line in lines)

    slow, lines = ("cable", "mobile"), ("loopback", "cable", "mobile")
    return (
        Target("page", "dashboard_kb", "dashboard, first load, KB", 560, steady=True),
        Target("page", "dashboard_requests", "dashboard, requests of a first load", 6, steady=True),
        Target(
            "page", "dashboard_kb_any", "dashboard, first load in the language that needs most, KB", 560, steady=True
        ),
        Target("page", "dashboard_requests_any", "dashboard, requests in the language that needs most", 6, steady=True),
        Target("page", "startup_requests", "requests before the dashboard is complete", 0, steady=True),
        Target("page", "fetched_again", "files of any page fetched again on its second visit", 0, steady=True),
        Target("page", "chartless_kb", "largest page without charts in any language, KB", 250, steady=True),
        Target("page", "chartless_requests", "most requests of a page without charts", steady=True),
        *on_lines("painted_static", "painted, portal / static page", 1.1, slow),
        Target("page", "painted_static_loopback", "painted, portal / static page, loopback", digits=2, steady=True),
        *on_lines("painted_dash", "painted, portal / plain Dash", 0.1, slow),
        Target("page", "painted_dash_loopback", "painted, portal / plain Dash, loopback", digits=2, steady=True),
        *on_lines("interactive_dash", "interactive, portal / plain Dash", 0.2, lines),
        Target("page", "repeat_ms", "painted on a repeat visit, ms", 200),
        Target("page", "shift", "layout shift, largest of any line", 0.02, digits=3, steady=True),
        Target("page", "blocking_ms_mobile", "blocking time, mobile, ms", 300),
        Target("page", "blocking_dash_mobile", "blocking time, mobile, portal / plain Dash", digits=2, steady=True),
        Target("page", "pointed_ms", "first pointer over a chart until Plotly has drawn it, loopback, ms", 200),
        Target("page", "navigation_ms", "next page to its data, loopback, ms", 150),
        Target("page", "navigation_dash", "next page, portal / plain Dash", 0.4, digits=2, steady=True),
        Target("page", "filter_ms", "filter change to painted charts, loopback, ms", 200),
        Target("page", "filter_dash", "filter change, portal / plain Dash", 0.3, digits=2, steady=True),
        Target("page", "cpu_ms", "portal's processor time for a dashboard view, ms", 10, digits=1),
        Target("page", "worker_mb", "memory of a portal worker, MB", 150, steady=True),
        Target("page", "lighthouse_performance_desktop", "Lighthouse performance, desktop", 95, at_least=True),
        Target("page", "lighthouse_performance_mobile", "Lighthouse performance, mobile", 90, at_least=True),
        Target("page", "lighthouse_blocking_mobile_ms", "Lighthouse total blocking time, mobile, ms", 300),
        Target("page", "lighthouse_blocking_desktop_ms", "Lighthouse total blocking time, desktop, ms"),
        Target("page", "lighthouse_accessibility", "Lighthouse accessibility", 100, at_least=True, steady=True),
        Target("page", "lighthouse_best_practices", "Lighthouse best practices", 100, at_least=True, steady=True),
    )


API = (
    Target("api", "analytics_p50_ms", "slowest analytics question, p50, ms", 15, digits=1),
    Target("api", "analytics_p99_ms", "slowest analytics question, p99, ms", 50, digits=1),
    Target("api", "log_p50_ms", "slowest filter of the log, first page, p50, ms", 15, digits=1),
    Target("api", "log_p99_ms", "slowest filter of the log, first page, p99, ms", 50, digits=1),
    Target("api", "log_deep_p50_ms", "slowest filter of the log, thousandth page, p50, ms", 15, digits=1),
    Target("api", "log_deep_p99_ms", "slowest filter of the log, thousandth page, p99, ms", 50, digits=1),
    Target("api", "sql_ratio_worst", "API / the same SQL straight, worst question", 2, digits=2, steady=True),
    Target("api", "sql_ratio_median", "API / the same SQL straight, median question", 2, digits=2, steady=True),
    Target("api", "growth_worst", "factor from 1 to 10 million messages, worst question", 1.3, digits=2, steady=True),
    Target("api", "growth_median", "factor from 1 to 10 million messages, median question", 1.3, digits=2, steady=True),
)

WEBHOOKS = (
    Target("webhooks", "one_per_second", "deliveries/s of one worker", 500, at_least=True),
    Target("webhooks", "two_over_one", "two workers / one", 1.8, at_least=True, digits=2, steady=True),
    Target("webhooks", "cpu_ms", "processor time of the dispatcher for a delivery, ms", digits=2),
    Target("webhooks", "database_ms", "processor time of PostgreSQL for a delivery, ms", digits=2),
)

REPORTS = (
    Target("reports", "review_p95_ms", "business review with signature, p95, ms", 2000),
    Target("reports", "health_seconds", "a night's health scores of 10,000 customers, s", 30, digits=1),
    Target("reports", "health_list_ms", "first rows of 5,000 customers, slowest order, p50, ms", 300),
    Target("reports", "export_csv_seconds", "a million rows as CSV, s", 30, digits=1),
    Target("reports", "export_parquet_seconds", "a million rows as Parquet, s", 30, digits=1),
    Target("reports", "export_csv_mb", "worker's highest size meanwhile, CSV, MB", 300),
    Target("reports", "export_parquet_mb", "worker's highest size meanwhile, Parquet, MB", 300),
    Target("reports", "invoice_seconds", "an invoice over a million messages, s", digits=1),
)

INGEST = (
    Target("ingest", "one_per_second", "messages/s accepted one by one, of two cores", 800, at_least=True),
    Target("ingest", "batch_per_second", "messages/s accepted in batches, of two cores", 3000, at_least=True),
    Target("ingest", "one_read_p99_ms", "dashboard's p99 beside single messages, ms", 100),
    Target("ingest", "batch_read_p99_ms", "dashboard's p99 beside batches, ms", 100),
    Target("ingest", "one_lag_seconds", "rollups behind single messages by, at most, s", 5, digits=1),
    Target("ingest", "batch_lag_seconds", "rollups behind batches by, at most, s", 5, digits=1),
    Target("ingest", "import_per_second", "rows/s imported, slower format, of two cores", 20_000, at_least=True),
)

MEMORY = (
    Target(
        "memory",
        "growth",
        "memory, last tenth of the hour / first, program that grows most",
        1.1,
        digits=2,
        steady=True,
    ),
)

LOAD = (
    Target("load", "p99_ms", "500 people, a click every 5 s each: p99, ms", 1000),
    Target("load", "arriving_p99_ms", "first clicks of 500 people who all come within 5 s: p99, ms"),
    Target("load", "errors", "errors meanwhile", 0),
    Target("load", "views_a_second", "dashboard views/s at saturation", 150, at_least=True),
    Target("load", "view_cpu_ms", "portal's processor time for one of them, ms", 10, digits=1),
    Target("load", "worker_mb", "memory of a portal worker, MB", 150, steady=True),
)

LIVE = (
    Target("live", "streams", "open dashboards", 2000, at_least=True),
    Target("live", "portal_percent", "portal, % of the machine while nothing happens", 10, digits=1),
    Target("live", "all_percent", "whole product, % of the machine while nothing happens", 10, digits=1),
    Target("live", "stream_kb", "portal's memory for one stream, KB", 20, digits=1),
    Target("live", "told_p50_ms", "accepted message to event, p50, ms", 2000),
    Target("live", "told_p99_ms", "accepted message to event, p99, ms", 5000),
    Target("live", "calls_per_minute", "calls to the gateway a minute while nothing happens"),
)

SCALE = (
    Target(
        "scale", "growth_worst", "factor from 1 to 100 million messages, worst question", 1.3, digits=2, steady=True
    ),
    Target(
        "scale", "growth_median", "factor from 1 to 100 million messages, median question", 1.3, digits=2, steady=True
    ),
    Target("scale", "analytics_p50_ms", "slowest analytics question, p50, ms", 15, digits=1),
    Target("scale", "analytics_p99_ms", "slowest analytics question, p99, ms", 50, digits=1),
    Target("scale", "log_p50_ms", "slowest filter of the log, first page, p50, ms", 15, digits=1),
    Target("scale", "log_p99_ms", "slowest filter of the log, first page, p99, ms", 50, digits=1),
    Target("scale", "log_deep_p50_ms", "slowest filter of the log, thousandth page, p50, ms", 15, digits=1),
    Target("scale", "log_deep_p99_ms", "slowest filter of the log, thousandth page, p99, ms", 50, digits=1),
)

TARGETS: tuple[Target, ...] = (*_page(), *API, *SCALE, *INGEST, *MEMORY, *WEBHOOKS, *REPORTS, *LOAD, *LIVE)
