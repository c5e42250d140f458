"""Prints what the portal answers behind TLS, as JSON for ``scan.mjs``: [{path, status, headers, body}]."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from flask import Flask

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.integration.portal.conftest import lonely_portal
from tests.support import portal_on_fakes

EDGE = ("/login", "/dashboard", "/auth/nowhere", "/health", "/metrics")
HOST = "portal.example"


def answers(server: Flask, paths: tuple[str, ...]) -> list[dict[str, Any]]:
    client = server.test_client()
    found = [(path, client.get(path, base_url=f"https://{HOST}")) for path in paths]
    return [
        {"path": path, "status": one.status_code, "headers": dict(one.headers), "body": one.text} for path, one in found
    ]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        edge = lonely_portal(Path(folder) / "edge", public_url=f"https://{HOST}", csp_candidate=True)
        pages, _app = portal_on_fakes.build(Path(folder) / "pages", origin=f"https://{HOST}")
        json.dump(answers(edge, EDGE) + answers(pages, portal_on_fakes.PAGES), sys.stdout)


if __name__ == "__main__":
    main()
