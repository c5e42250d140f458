"""The browser's side of the portal: policy-conform pages that arrive whole, drawn by the server first."""

from __future__ import annotations

from portal.shell.app import ChartDrawing, PortalDash
from portal.shell.quick_components import hasten

__all__ = ["ChartDrawing", "PortalDash"]

hasten()
