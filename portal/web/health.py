"""``/health``, ``/ready`` and ``/metrics``: for machines, open to all, saying nothing of anybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Flask, Response, jsonify

from portal.web import telemetry


def register(server: Flask, *, checks: Mapping[str, Callable[[], bool]]) -> None:
    """``checks``: what the portal cannot work without, by name; each returns quickly whether it answers."""

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
