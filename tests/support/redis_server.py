"""A Redis of a test's own, as Debian packs it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from launcher import ports

BINARY = "/usr/bin/redis-server"
START_SECONDS = 60


@dataclass(frozen=True)
class RedisServer:
    """Its address, and its process for stopping it."""

    url: str
    process: subprocess.Popen[bytes]


@contextmanager
def redis_below(folder: Path) -> Iterator[RedisServer]:
    """Skips the test where Redis is absent; `make redis` installs it."""
    if not os.access(BINARY, os.X_OK):
        pytest.skip(f"{BINARY} is absent: make redis")
    port = ports.any_free("127.0.0.1")
    command = [BINARY, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        url = f"redis://127.0.0.1:{port}/0"
        try:
            with Redis.from_url(url) as client:
                end = time.monotonic() + START_SECONDS
                while True:
                    try:
                        client.ping()
                        break
                    except RedisError:
                        assert process.poll() is None
                        assert time.monotonic() < end
            yield RedisServer(url, process)
        finally:
            process.kill()
