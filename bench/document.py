"""``docs/performance.md``, composed of the newest run of every part."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import history
from bench.measure import table
from bench.results import Run
from bench.targets import TARGETS, Target

NOTES = Path(__file__).resolve().parent / "notes.toml"
TITLES = {
    "page": "Pages",
    "api": "The gateway's API",
    "scale": "The gateway's API at a hundred million messages",
    "ingest": "Writing",
    "memory": "An hour of writing",
    "webhooks": "Webhooks",
    "reports": "Reports, invoices, exports, health scores",
    "load": "Many people at once",
    "live": "Open dashboards",
}
HEAD = """# Performance

Written by `make bench`; nobody edits it by hand. Each part is measured by itself (`make bench-page`, …) and says when, on
what machine, how much of it other programs took meanwhile, and how long a million additions in Python and a page of
memory that a program has not had yet (usually 0.2 µs) took there, just before and after, with all processors at work:
machines of one description differ by a factor of three from one hour to the next, some in the one and some in the other. Whatever is compared was measured in one run, in alternation. Trust bytes and requests first, then ratios, then
processor time, then milliseconds.
"""


def notes(path: Path = NOTES) -> dict[str, dict[str, str]]:
    """What is known of missed figures: by "part.key", its `profile` and the `next` idea."""
    return {
        f"{part}.{key}": note
        for part, entries in tomllib.loads(path.read_text(encoding="utf-8")).items()
        for key, note in entries.items()
    }


def compose(
    runs: Mapping[str, Sequence[Run]],
    explained: Mapping[str, Mapping[str, str]],
    targets: Sequence[Target] = TARGETS,
) -> str:
    """The whole report in Markdown of all runs of each part, oldest first."""
    newest = {part: of_part[-1] for part, of_part in runs.items() if of_part}
    parts = [HEAD, "## Measured\n", _measured(newest), "\n## Against the targets\n"]
    parts.append(_judged(newest, targets))
    parts.append(_missed(newest, explained, targets))
    parts.append(_regressed(runs, targets))
    for part, title in TITLES.items():
        if part not in newest:
            continue
        parts.append(f"## {title}\n")
        parts += [each.markdown() for each in newest[part].found.tables]
        before = history.told([target for target in targets if target.part == part], runs[part])
        if before:
            parts += ["### Runs so far\n", before + "\n"]
    return "\n".join(part for part in parts if part)


def _measured(newest: Mapping[str, Run]) -> str:
    rows = []
    for part, title in TITLES.items():
        run = newest.get(part)
        if run is None:
            rows.append([title, f"`make bench-{part}`", "not yet", "", "", "", "", ""])
            continue
        rows.append([
            title, f"`make bench-{part}`", f"{run.at[:16].replace('T', ' ')} UTC", run.machine, f"{run.messages:,}",
            "–" if run.seconds is None else f"{run.seconds:,.0f}",
            "–" if run.others is None else f"{100 * run.others:.0f} %",
            "–" if run.pace is None else f"{run.pace:.0f}",
            "–" if run.touch is None else f"{run.touch:.1f}",
        ])  # fmt: skip
    head = ["part", "by", "when", "machine", "messages", "took s", "taken by others", "a million additions, ms",
            "a new page of memory, µs"]  # fmt: skip
    return table(head, rows)


def _judged(newest: Mapping[str, Run], targets: Sequence[Target]) -> str:
    lines = []
    for part, title in TITLES.items():
        rows = [_row(target, newest.get(part)) for target in targets if target.part == part]
        if rows:
            lines.append(f"**{title}**\n\n{table(['figure', 'measured', 'target', 'held'], rows)}\n")
    return "\n".join(lines)


def _row(target: Target, run: Run | None) -> list[str]:
    value = run.found.figures.get(target.key) if run is not None else None
    if value is None:
        return [target.name, "not measured", target.wanted, "–"]
    held = "" if target.limit is None else "yes" if target.holds(value) else "**no**"
    return [target.name, target.shown(value), target.wanted, held]


def missed(newest: Mapping[str, Run], targets: Sequence[Target]) -> list[tuple[Target, float]]:
    """Figures over their target, with what was measured."""
    found = []
    for target in targets:
        run = newest.get(target.part)
        value = run.found.figures.get(target.key) if run is not None else None
        if value is not None and not target.holds(value):
            found.append((target, value))
    return found


def _missed(newest: Mapping[str, Run], explained: Mapping[str, Mapping[str, str]], targets: Sequence[Target]) -> str:
    rows = []
    for target, value in missed(newest, targets):
        note = explained.get(f"{target.part}.{target.key}", {})
        rows.append([
            target.name, target.shown(value), target.wanted,
            note.get("profile", "not yet looked into"), note.get("next", "profile it"),
        ])  # fmt: skip
    if not rows:
        return ""
    return f"## Missed, and why\n\n{table(['figure', 'measured', 'target', 'where it goes', 'next idea'], rows)}\n"


def _regressed(runs: Mapping[str, Sequence[Run]], targets: Sequence[Target]) -> str:
    rows = []
    for part, of_part in runs.items():
        for each in history.regressions([target for target in targets if target.part == part], of_part):
            shown = each.target.shown
            rows.append([each.target.name, shown(each.before), shown(each.now), f"{100 * each.share:.0f} %"])
    text = (
        f"Bytes, counts and ratios that got worse by more than {100 * history.MOST:.0f} % against the middle of up to "
        f"{history.COMPARED} runs before, over as many messages.\n\n"
    )
    if not rows:
        return f"## Worse than before\n\n{text}None.\n"
    return f"## Worse than before\n\n{text}{table(['figure', 'before', 'now', 'worse by'], rows)}\n"
