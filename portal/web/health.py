"""``/health``, ``/ready``, ``/metrics`` and ``/csp-report``: for machines, open to all, saying nothing of anybody."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping

import structlog
from flask import Flask, Response, jsonify, request

from portal.web import telemetry
from portal.web.policy import REPORT_PATH

_LARGEST_REPORT_BYTES = 16_384
_MOST_REPORTS_A_MINUTE = 30
_log = structlog.get_logger("portal.health")


def register(server: Flask, *, checks: Mapping[str, Callable[[], bool]]) -> None:
    """``checks``: what the portal cannot work without, by name; each returns quickly whether it answers."""
    limit = _PerMinute(_MOST_REPORTS_A_MINUTE)

    @server.get("/health")
    def health() -> Response:
        return jsonify(status="ok")

    @server.get("/ready")
    def ready() -> tuple[Response, int]:
        found = {name: check() for name, check in checks.items()}
        good = all(found.values())
        return jsonify(
            status="ready" if good else "not ready", checks={n: "ok" if ok else "failing" for n, ok in found.items()}
        ), 200 if good else 503

    @server.get("/metrics")
    def metrics() -> Response:
        body, content_type = telemetry.exposition()
        return Response(body, content_type=content_type)

    @server.post(REPORT_PATH)
    def csp_report() -> tuple[str, int]:
        """What a browser refused to load. Anybody can post here, so little is read, and little of it is kept."""
        raw = request.stream.read(_LARGEST_REPORT_BYTES)
        if limit.allows():
            try:
                report = json.loads(raw)["csp-report"]
                kept = {
                    name: str(report.get(name, ""))[:200]
                    for name in ("effective-directive", "blocked-uri", "source-file", "line-number")
                }
            except (ValueError, KeyError, TypeError, AttributeError):
                return "", 400
            _log.warning("policy_violation", **{name.replace("-", "_"): value for name, value in kept.items()})
        return "", 204


class _PerMinute:
    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._minute = 0
        self._count = 0

    def allows(self) -> bool:
        minute = int(time.monotonic() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._count = minute, 0
            self._count += 1
            return self._count <= self._most
