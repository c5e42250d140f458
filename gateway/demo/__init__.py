"""Demo data: honest-looking traffic of invented accounts, the same for the same arguments."""

from __future__ import annotations

from gateway.demo.loading import DemoExists, DemoReport, load

__all__ = ["DemoExists", "DemoReport", "load"]
