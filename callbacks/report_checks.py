"""``/verify``: what was found of the file that came with the request (portal/web/report_checks.py)."""

from __future__ import annotations

from typing import Any

from components.report_checks import ReportCheckIds, build_result
from portal import context
from portal.shell import PortalDash


def register(app: PortalDash) -> None:
    app.first_data("/verify", load_check)


def load_check(_params: dict[str, Any]) -> dict[Any, Any]:
    """Nothing, unless a file was sent."""
    found = context.report_check()
    return {(ReportCheckIds.RESULT, "children"): build_result(found, context.request_id()) if found else None}
