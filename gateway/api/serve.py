"""Serving: gunicorn with threads, several workers, graceful on SIGTERM."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from importlib import import_module
from typing import Any

from gunicorn.app.base import BaseApplication

from gateway.settings import GatewaySettings

WORKERS = 2
THREADS = 8
GRACE_SECONDS = 20
METRICS_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with options given in code; each worker builds its own application, so no connection is shared."""

    def __init__(self, build: Callable[[], Any], options: dict[str, Any]) -> None:
        self._build = build
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._build()


def serve(settings: GatewaySettings, *, share_port: bool = False) -> int:
    """Answer requests until SIGTERM or SIGINT; requests in progress are finished first. Returns the exit code.

    With `share_port` it listens at once also where workers of a killed server hold the address while they finish what
    they answer; whoever asks for that makes sure that there is no second server.
    """
    own_directory = None
    if METRICS_DIRECTORY not in os.environ:
        # Before prometheus_client is imported anywhere: it decides then where samples are kept.
        own_directory = tempfile.mkdtemp(prefix="gateway-metrics-")
        os.environ[METRICS_DIRECTORY] = own_directory
    # Once, before workers are forked: each spends seconds on it else, also the one that takes a fallen one's place.
    import_module("gateway.api.app")
    try:
        Server(lambda: _build(settings), {**gunicorn_options(settings), "reuse_port": share_port}).run()
    except SystemExit as stopped:
        return int(stopped.code or 0)
    finally:
        if own_directory is not None:
            shutil.rmtree(own_directory, ignore_errors=True)
    return 0


def gunicorn_options(settings: GatewaySettings) -> dict[str, Any]:
    """The options of the server; also what an operator would write into a gunicorn configuration."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return {
        "bind": f"{host}:{settings.port}",
        "worker_class": "gthread",
        "workers": WORKERS,
        "threads": THREADS,
        "graceful_timeout": GRACE_SECONDS,
        "timeout": 60,
        "keepalive": 30,
        "preload_app": False,
        "accesslog": None,
        "loglevel": "warning",
        "proc_name": "gateway",
        "control_socket_disable": True,
        "child_exit": _forget_worker,
        "limit_request_line": 8190,
    }


def _build(settings: GatewaySettings) -> Any:
    from gateway.api import logs
    from gateway.api.app import served, settled

    logs.configure()
    return settled(served(settings))


def _forget_worker(_server: object, worker: Any) -> None:
    """Drop the gauges of a worker that ended; its counters stay in the sums."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
