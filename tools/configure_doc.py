"""Prints ``docs/configure.md`` from the settings as the code has them: ``python tools/configure_doc.py > docs/configure.md``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gateway.settings import SETTINGS as GATEWAY
from portal.settings import SETTINGS as PORTAL

HEAD = """# Configuring

Settings are environment variables, read once at start-up. A malformed one stops the start with its name and what it wants.
A secret can be given as a file instead: `NAME_FILE=/run/secrets/name`. This page is made from the code: `make docs`.
"""

LAUNCHER = (
    ("PORTAL_WORKERS", "1", "Processes of the portal that `make run` starts."),
    ("PORTAL_THREADS", "16", "Threads of each."),
)


def rows(settings: object) -> str:
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for one in settings:  # type: ignore[attr-defined]
        secret = " *(secret)*" if one.secret else ""
        lines.append(f"| `{one.name}`{secret} | {one.default or 'none'} | {one.meaning} |".replace("<", "&lt;"))
    return "\n".join(lines)


def document() -> str:
    """The whole page."""
    launcher = "\n".join(
        ["| variable | default | meaning |", "|---|---|---|"] + [f"| `{n}` | {d} | {m} |" for n, d, m in LAUNCHER]
    )
    return (
        f"{HEAD}\n## Portal\n\n{rows(PORTAL)}\n\n## Start on one machine\n\nWithout `PORTAL_GATEWAY_URL` the bundled gateway is started, and the"
        f" settings by which portal and gateway know each other are made up.\n\n{launcher}\n\n## Bundled gateway\n\n{rows(GATEWAY)}\n"
    )


if __name__ == "__main__":
    sys.stdout.write(document())
