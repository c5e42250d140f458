"""The dashboard of the peers: their data, figures by Plotly Express, key figures and table, as its documentation teaches.

What differs between the peers is the framework. Reads ``BENCH_DATA`` (JSON of the gateway's answers); also imported in the
peers' own environment, so it knows nothing of the product.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.express as px

DATA = json.loads(Path(os.environ["BENCH_DATA"]).read_text())
ALL_DAYS = DATA["volume"]["buckets"]
PERIODS = [7, 30, 90]
VOLUME = pd.DataFrame(
    [
        {"day": day, "status": series["key"], "messages": value or 0}
        for series in DATA["volume"]["series"]
        for day, value in zip(ALL_DAYS, series["values"], strict=True)
    ]
)
RATE = pd.DataFrame({"day": ALL_DAYS, "rate": DATA["rate"]["series"][0]["values"]})
OPERATORS = pd.DataFrame(DATA["operators"]["items"])
HEAT = pd.DataFrame(DATA["heatmap"]["cells"])
ERRORS = pd.DataFrame(DATA["errors"]["items"])


def of_days(frame: pd.DataFrame, days: int) -> pd.DataFrame:
    return frame[frame["day"].isin(ALL_DAYS[-days:])]


def key_figures(days: int) -> list[tuple[str, str]]:
    shown = of_days(VOLUME, days)
    total = int(shown["messages"].sum())
    delivered = int(shown[shown["status"] == "delivered"]["messages"].sum())
    return [
        ("Messages", f"{total:,}"),
        ("Delivered", f"{delivered:,}"),
        ("Rate", f"{delivered / max(1, total):.1%}"),
        ("Balance", DATA["balance"]["balance"]["amount"]),
    ]


def volume(days: int) -> Any:
    return px.bar(of_days(VOLUME, days), x="day", y="messages", color="status")


def rate(days: int) -> Any:
    return px.line(of_days(RATE, days), x="day", y="rate")


def operators() -> Any:
    return px.bar(OPERATORS, x="key", y="messages")


def heatmap() -> Any:
    return px.imshow(HEAT.pivot_table(index="weekday", columns="hour", values="messages"))


def errors() -> Any:
    return px.bar(ERRORS, x="messages", y="key", orientation="h")


def table(days: int, rows: int = 15) -> pd.DataFrame:
    return of_days(VOLUME, days).groupby("day", as_index=False)["messages"].sum().tail(rows)


def by_status(days: int) -> Any:
    """The second page's chart."""
    return px.line(of_days(VOLUME, days), x="day", y="messages", color="status")
