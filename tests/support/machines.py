"""Several machines behind a real nginx: portals, gateways and workers, each with an address and a folder of its own.

They share a PostgreSQL, the settings that replicas must share, and a Redis where one is given; nothing else. nginx runs
with the configuration that is shipped (deploy/nginx), with other addresses.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from gateway.demo import loading
from gateway.settings import GatewaySettings
from gateway.up import register_portal
from launcher import ports
from launcher.processes import answers
from tests.support.compressed import share_compressed

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "deploy" / "nginx"
NGINX = "/usr/sbin/nginx"
PASSWORD = "Demo-1234"
START_SECONDS = 300


@dataclass
class Machine:
    """A program on a machine of its own."""

    name: str
    address: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """As if its power had gone: all its processes at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def said(self) -> str:
        return f"== {self.name}\n{self.log.read_text(errors='replace')[-3000:]}"


@dataclass
class Site:
    """What runs, and by which addresses browsers reach it."""

    portal_url: str
    gateway_url: str
    database_url: str
    folder: Path
    portals: list[Machine] = field(default_factory=list)
    gateways: list[Machine] = field(default_factory=list)
    workers: list[Machine] = field(default_factory=list)

    @property
    def machines(self) -> list[Machine]:
        return [*self.portals, *self.gateways, *self.workers]

    def sql(self, statement: str, parameters: Mapping[str, object] | None = None) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def logs(self) -> str:
        return "\n".join(machine.said() for machine in self.machines)


@contextmanager
def running_site(
    database_url: str,
    folder: Path,
    *,
    portals: int,
    gateways: int,
    workers: int,
    messages: int = 1500,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Site]:
    """Start them all, with demo data, and stop them at the end. Skips the test where nginx is absent."""
    if not os.access(NGINX, os.X_OK):
        pytest.skip(f"{NGINX} is absent: make nginx")
    port, gateway_port = ports.any_free("127.0.0.1"), ports.any_free("127.0.0.1")
    site = Site(f"http://localhost:{port}", f"http://localhost:{gateway_port}", database_url, folder)
    env = _shared(site, port, gateway_port, dict(settings or {}))
    _prepare(database_url, folder, env, messages)
    gunicorn = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "1", "--no-control-socket"]
    network = 16 + os.getpid() % 200  # other tests of this machine have other addresses
    try:
        for number in range(gateways):
            where = f"127.77.{network}.{21 + number}:8051"
            command = [*gunicorn, "--threads", "8", "--keep-alive", "30", "--bind", where, "gateway.api.app:from_env()"]
            site.gateways.append(_start(f"gateway-{number}", where, command, folder, env))
        for number in range(portals):
            where = f"127.77.{network}.{11 + number}:8050"
            command = [*gunicorn, "--threads", "16", "--keep-alive", "20", "--limit-request-field_size", "16384",
                       "--bind", where, "app:server"]  # fmt: skip
            site.portals.append(_start(f"portal-{number}", where, command, folder, env))
        for number in range(workers):
            command = [sys.executable, "-m", "gateway", "worker"]
            site.workers.append(_start(f"worker-{number}", "", command, folder, env))
        addresses = [[machine.address for machine in each] for each in (site.portals, site.gateways)]
        with running_nginx(folder / "nginx", *addresses, port, gateway_port):
            for machine in (*site.gateways, *site.portals):
                _wait(site, machine, f"http://{machine.address}/ready")
            yield site
    finally:
        for machine in site.machines:
            if machine.process.poll() is None:
                machine.kill()


def _shared(site: Site, port: int, gateway_port: int, settings: dict[str, str]) -> dict[str, str]:
    """What all machines are told: docs/operate.md lists it."""
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "GATEWAY_", "DATABASE_"))
    }
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return env | {
        "DATABASE_URL": site.database_url,
        "DATABASE_POOL_SIZE": "4",
        "GATEWAY_PUBLIC_URL": site.gateway_url,
        "GATEWAY_IDENTITY_SECRET": secrets.token_urlsafe(32),
        "GATEWAY_EXPORT_DIR": str(site.folder / "exports"),
        "GATEWAY_REPORT_DIR": str(site.folder / "reports"),
        "GATEWAY_TRUSTED_PROXIES": "1",
        "PORTAL_PUBLIC_URL": site.portal_url,
        "PORTAL_GATEWAY_URL": f"http://127.0.0.1:{gateway_port}",
        "PORTAL_OIDC_ISSUER": site.gateway_url,
        "PORTAL_OIDC_CLIENT_SECRET": secrets.token_urlsafe(24),
        "PORTAL_SESSION_KEYS": f"k1:{key}",
        "PORTAL_TRUSTED_PROXIES": "1",
        **settings,
    }


def _prepare(database_url: str, folder: Path, env: Mapping[str, str], messages: int) -> None:
    secret_of_all = env["GATEWAY_IDENTITY_SECRET"]
    settings = GatewaySettings(database_url=database_url, data_dir=folder, identity_secret=secret_of_all)
    register_portal(settings, dict(env))
    # Where programs that sign in as the portal does find its secret.
    secret = {"oidc_client_secret": env["PORTAL_OIDC_CLIENT_SECRET"]}
    (folder / "secrets.json").write_text(json.dumps(secret), encoding="utf-8")
    loading.load(settings, messages=messages)


def _start(name: str, address: str, command: list[str], folder: Path, env: Mapping[str, str]) -> Machine:
    own = share_compressed(folder / name)
    log = own / "log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=output, start_new_session=True,
            env={**env, "PORTAL_DATA_DIR": str(own), "GATEWAY_DATA_DIR": str(own)},
        )  # fmt: skip
    return Machine(name, address, process, log)


@contextmanager
def running_nginx(
    folder: Path, portals: list[str], gateways: list[str], port: int, gateway_port: int
) -> Iterator[Path]:
    """nginx before machines at these addresses, answering at these ports; its log. Skips the test where it is absent."""
    if not os.access(NGINX, os.X_OK):
        pytest.skip(f"{NGINX} is absent: make nginx")
    folder.mkdir(parents=True)
    # Where unprivileged processes may put what they buffer; Debian's own place belongs to another account.
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f" {kind}_temp_path {folder}/{kind};" for kind in kinds)
    shipped = (SHIPPED / "nginx.conf").read_text()
    (folder / "nginx.conf").write_text(shipped.replace("http {", f"http {{{places}", 1))
    for name, addresses, listens in (("portal", portals, port), ("gateway", gateways, gateway_port)):
        lines = (SHIPPED / f"{name}.servers").read_text().splitlines()
        [rest] = {line.split(maxsplit=2)[2] for line in lines if line.startswith("server")}
        (folder / f"{name}.servers").write_text("".join(f"server {address} {rest}\n" for address in addresses))
        (folder / f"{name}.listen").write_text(f"listen 127.0.0.1:{listens};\n")
    log = folder / "log"
    command = [NGINX, "-p", f"{folder}/", "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        end = time.monotonic() + START_SECONDS
        while not _accepts(gateway_port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        yield log
    finally:
        process.terminate()
        process.wait()


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


def _wait(site: Site, machine: Machine, url: str) -> None:
    end = time.monotonic() + START_SECONDS
    while not answers(url, timeout=5.0):
        if machine.process.poll() is not None or time.monotonic() > end:
            pytest.fail(f"{machine.name} did not start:\n{site.logs()[-8000:]}")
        time.sleep(0.2)
