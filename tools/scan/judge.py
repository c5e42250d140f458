"""What the crawler's reports come to: findings by level, those that are none with their reasons, and the last figures."""

from __future__ import annotations

import os
import platform
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from tools import marked
from tools.scan.door import Door

LEVELS = ("informational", "low", "medium", "high", "critical")


@dataclass(frozen=True)
class Finding:
    """One thing the crawler says; ``where`` names what it looked at."""

    where: str
    kind: str
    level: int
    asked: str
    info: str

    def __str__(self) -> str:
        return f"{LEVELS[self.level]}: {self.kind} in the {self.where}, {self.asked}: {self.info}"


@dataclass(frozen=True)
class Accepted:
    """A finding that is none, by its kind, where it is, and a pattern for what was asked and what is said of it."""

    kind: str
    where: str
    said: str
    reason: str


ACCEPTED = (
    Accepted(
        "HttpOnly Flag cookie", "portal", ".*: __theme",
        "`__theme` holds `light`, `dark` or `auto`; the page's own button sets it without asking the server",
    ),
    Accepted(
        "Secure Flag cookie", "platform", ".*: identity-(form|session)",
        "the crawled issuer is on `http://localhost`; on https these cookies are `Secure` and `__Host-`",
    ),
    Accepted(
        "Cross Site Request Forgery", "platform", r"POST /v1/auth/(oidc/(token|revoke)|refresh): .*",
        "calls of programs, proved by what is in their body; no cookie counts for them",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Crawl:
    """One part of the product, crawled: the crawler's report, and what its door saw."""

    where: str
    report: Mapping[str, Any]
    door: Door

    @property
    def pages(self) -> int:
        return int(self.report["infos"]["crawled_pages_nbr"])

    def findings(self) -> list[Finding]:
        return [
            Finding(
                self.where, one["category"], one["level"], f"{one['method']} {urlsplit(one['path']).path}", one["info"]
            )
            for one in self.report["findings"]
        ]


def accepted(finding: Finding) -> Accepted | None:
    """Why a finding is none, if it is known."""
    kind, said = (finding.kind, finding.where), f"{finding.asked}: {finding.info}"
    return next((one for one in ACCEPTED if (one.kind, one.where) == kind and re.fullmatch(one.said, said)), None)


def wrong(crawls: list[Crawl]) -> list[str]:
    """What makes a scan fail: findings above informational, errors and insides that the doors saw, crawls of nothing."""
    said = [str(one) for crawl in crawls for one in crawl.findings() if one.level > 0 and accepted(one) is None]
    for crawl in crawls:
        said += [f"{crawl.where}: {trouble}" for trouble in crawl.door.troubles]
        if crawl.door.statuses[200] < crawl.pages or not crawl.pages:
            said.append(
                f"{crawl.where}: {crawl.pages} pages and {crawl.door.statuses[200]} good answers: nothing was seen"
            )
    return said


def table(crawls: list[Crawl], minutes: float, modules: tuple[str, ...], version: str) -> str:
    """The scan as a sentence and two Markdown tables."""
    found = [one for crawl in crawls for one in crawl.findings()]
    real = Counter(one.level for one in found if accepted(one) is None)
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    lines = [
        f"Last run on {datetime.now(UTC):%Y-%m-%d}, {machine}, Wapiti {version}: {minutes:g} minutes, attacks: {', '.join(modules)}. "
        "Nothing above informational was found.",
        "",
        "| crawled | pages, forms and calls | requests | answered 2xx, 3xx, 4xx, 5xx | attacks that the end came before |",
        "|---|--:|--:|--:|---|",
    ]
    for crawl in crawls:
        by_class = Counter(dict.fromkeys(range(2, 6), 0))
        for status, count in crawl.door.statuses.items():
            by_class[status // 100] += count
        answers = ", ".join(f"{by_class[kind]:,}" for kind in range(2, 6))
        lines.append(
            f"| {crawl.where} | {crawl.pages:,} | {crawl.door.requests:,} | {answers} | {', '.join(crawl.report['stopped']) or '–'} |"
        )
    lines += ["", "| findings | how many |", "|---|--:|"]
    lines += [f"| {name} | {real[level]} |" for level, name in reversed(list(enumerate(LEVELS)))]
    for one in ACCEPTED:
        if count := sum(accepted(finding) is one for finding in found):
            lines.append(f"| {one.kind}, in the {one.where}: none, since {one.reason} | {count} |")
    return "\n".join(lines)


def write(text: str) -> None:
    marked.replace(marked.SECURITY, "make scan", text)
