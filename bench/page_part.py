"""Pages in a real browser: the dashboard beside its peers, every page in every language, Lighthouse."""

from __future__ import annotations

from collections.abc import Sequence

from bench import every_page, first_load, lighthouse
from bench.browser import READY_SECONDS, chromium, sign_in
from bench.first_load import Measured, middle
from bench.measure import Found, Options, Table, median
from bench.stack import running

LINES = ("loopback", "cable", "mobile")


def measure(options: Options) -> Found:
    found = Found()
    with running(options.messages) as stack:
        found.attempt(lambda: judged(first_load.run(stack, options)))
        print("every page", flush=True)
        found.attempt(lambda: every_page.run(stack, options))
        print("Lighthouse", flush=True)
        with chromium() as driver:
            sign_in(driver, stack.portal_url, first_load.OWNER)
            address = stack.portal_url + "/dashboard?period=90d"
            found.attempt(lambda: lighthouse.run(driver, address, options))
    return found


def judged(measured: Sequence[Measured]) -> Found:
    """The figures of the portal, beside the floor and plain Dash where they are ratios."""
    by_name = {each.name: each for each in measured}
    ours, floor, dash = by_name["portal"], by_name["static page"], by_name["plain Dash"]
    loop = ours.first["loopback"]
    found = Found(
        {
            "dashboard_kb": middle(loop, "kilobytes"),
            "dashboard_requests": middle(loop, "requests"),
            "startup_requests": middle(loop, "startup_posts"),
            "repeat_ms": middle(ours.repeat, "painted"),
            "shift": max(middle(loads, "shift") for loads in ours.first.values()),
            "blocking_ms_mobile": middle(ours.first["mobile"], "blocking"),
            "blocking_dash_mobile": _share(ours, dash, "mobile", "blocking"),
            "pointed_ms": median(ours.pointed),
            "filter_ms": median(ours.filters),
            "filter_dash": median(ours.filters) / median(dash.filters),
            "navigation_ms": max(median(ours.next_page), median(ours.log_page)),
            "navigation_dash": median(ours.next_page) / median(dash.next_page),
        }
    )
    for line in LINES:
        found.figures[f"painted_static_{line}"] = _share(ours, floor, line, "painted")
        found.figures[f"painted_dash_{line}"] = _share(ours, dash, line, "painted")
        found.figures[f"interactive_dash_{line}"] = _share(ours, dash, line, "interactive")
    if ours.cpu_ms is not None and ours.memory is not None:
        found.figures |= {"cpu_ms": ours.cpu_ms, "worker_mb": ours.memory}
    found.tables += [_loads(measured), _clicks(measured)]
    return found


def _share(ours: Measured, theirs: Measured, line: str, what: str) -> float:
    return middle(ours.first[line], what) / max(1.0, middle(theirs.first[line], what))


def _loads(measured: Sequence[Measured]) -> Table:
    return Table(
        "The dashboard, first load (90 days, five charts)",
        "Cable is 5 Mbit/s and 28 ms, mobile 1.6 Mbit/s, 150 ms and a four times slower processor; medians. Painted is the end of the "
        "first frame with all charts in it, interactive when clicks are answered, and every chart says what its marks are (of the peers: "
        "when Plotly has drawn all; the portal's Plotly comes when it is pointed at, see below), blocking what tasks took beyond 50 ms each. The static page is the portal's own HTML without any script. Plain Dash, Vizro and Streamlit show the same charts "
        "of the same numbers as their documentation teaches, without sign-in.",
        ["page", "KB", "requests", "asked", *(f"painted, {line} ms" for line in LINES),
         *(f"interactive, {line} ms" for line in LINES), "blocking, mobile ms", "layout shift"],
        [
            [each.name, *(f"{middle(each.first['loopback'], what):,.0f}" for what in ("kilobytes", "requests", "startup_posts")),
             *(_shown(each, line, what) for what in ("painted", "interactive") for line in LINES),
             _shown(each, "mobile", "blocking"),
             f"{max(middle(loads, 'shift') for loads in each.first.values() if loads):.3f}"]
            for each in measured
        ],
    )  # fmt: skip


def _shown(each: Measured, line: str, what: str) -> str:
    """The middle, or that it was given up: see `bench.browser.load`."""
    loads = each.first[line]
    return f"{middle(loads, what):,.0f}" if loads else f"> {1000 * READY_SECONDS:,}"


def _clicks(measured: Sequence[Measured]) -> Table:
    def shown(values: Sequence[float]) -> str:
        return f"{median(values):,.0f}" if values else "–"

    return Table(
        "The dashboard again: second visit, a filter, the next page, the server",
        "Loopback, medians, in milliseconds. A filter goes from 90 days to 30 and ends when the last change in any chart in sight is painted. "
        "Pointed at is a first pointer over a chart until Plotly has drawn it, Plotly's arrival included. "
        "The next page has charts and, of the peers, a table; the portal's is its analytics, and the log with its rows. Processor time "
        "is the server's for a repeated view; of Vizro and Streamlit that of a browser's second visit.",
        ["page", "painted again", "KB again", "files fetched again", "pointed at", "filter", "next page", "log", "server CPU", "server MB"],
        [
            [each.name, f"{middle(each.repeat, 'painted'):,.0f}", f"{middle(each.repeat, 'kilobytes'):,.0f}",
             f"{middle(each.repeat, 'fetched') - middle(each.repeat, 'startup_posts'):,.0f}",
             shown(each.pointed), shown(each.filters), shown(each.next_page), shown(each.log_page),
             "–" if each.cpu_ms is None else f"{each.cpu_ms:.1f}", "–" if each.memory is None else f"{each.memory:.0f}"]
            for each in measured
        ],
    )  # fmt: skip
