"""The crawler itself, Wapiti, as a program: what it is told, and the report it writes."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

# What there is here to attack: no uploads, no LDAP, no files of others' software.
LONG = ("xss", "sql", "timesql", "exec", "file", "crlf", "redirect", "ssrf", "xxe", "permanentxss")
SHORT = ("csrf", "methods", "htaccess", "http_headers", "cookieflags", "csp")  # a request or two for each page
MODULES = (*LONG, *SHORT)
_CRAWLING, _ATTACKING = 0.12, 0.8  # of the time; the rest is for the short ones
_GRACE_SECONDS = 90
_STOPPED = re.compile(r"Max attack time was reached for module (\w+)")
_NOTED = "SELECT category, level, info, paths.path, paths.method FROM payloads JOIN paths ON paths.path_id = payloads.evil_path_id"


class Blind(RuntimeError):
    """The crawler did not do its work."""


def crawl(
    program: Path,
    folder: Path,
    url: str,
    elsewhere: str,
    seconds: float,
    *,
    level: int = 2,
    links: int = 25,
    starts: Sequence[str] = (),
    excluded: Sequence[str] = (),
    contract: Path | None = None,
) -> dict[str, Any]:
    """Crawl and attack what is at ``url`` for so long; the report. ``elsewhere`` sees who asks what it should not.

    ``level`` 2 attacks the queries of pages that have none, too; of each page the first ``links`` are followed.
    """  # fmt: skip
    folder.mkdir(parents=True)
    report, said = folder / "report.json", folder / "crawler.log"
    (folder / "starts.txt").write_text("".join(f"{url}{path}\n" for path in starts), encoding="utf-8")
    command = [
        str(program), "-u", f"{url}/", "--scope", "domain", "-m", ",".join(MODULES), "-l", str(level), "-S", "normal",
        "-s", str(folder / "starts.txt"), "--endpoint", f"{elsewhere}/", "--no-bugreport", "--tasks", "4", "-t", "20",
        "--max-scan-time", f"{seconds * _CRAWLING:.0f}", "--max-attack-time", f"{seconds * _ATTACKING / len(LONG):.0f}",
        "--max-links-per-page", str(links), "--max-files-per-dir", "20", "-d", "1", "-v", "1",
        "--store-session", str(folder), "--store-config", str(folder), "-f", "json", "-dr", "1", "-o", str(report),
    ]  # fmt: skip
    for path in excluded:
        command += ["-x", f"{url}{path}"]
    if contract is not None:
        command += ["--swagger", str(contract)]
    with said.open("wb") as log:
        try:
            subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=seconds + _GRACE_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise Blind(f"the crawler did not end: {_last(said)}") from error
    if not report.exists():
        raise Blind(f"the crawler wrote no report: {_last(said)}")
    text = said.read_text(errors="replace")
    lost = [name for name in MODULES if f"[*] Launching module {name}" not in text]
    if lost or "Traceback (most recent call last)" in text:
        raise Blind(f"the crawler broke off {', '.join(lost) or 'an attack'}: {_last(said)}")
    return {
        **json.loads(report.read_text(encoding="utf-8")),
        "findings": _findings(folder),
        "stopped": _STOPPED.findall(text),
    }


def _findings(folder: Path) -> list[dict[str, Any]]:
    """Everything it has noted down: its report leaves out one kind, entities of XML."""
    (database,) = folder.glob("*.db")
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(_NOTED)]


def _last(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
