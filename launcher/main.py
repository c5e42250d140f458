"""``python app.py``: with nothing configured, the database, the gateway, its worker and the portal; with
``PORTAL_GATEWAY_URL`` set, the portal alone."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from launcher import ports, secrets_file
from launcher.processes import Child, Group, StartFailed, read_announcement, wait_until_answers

CLIENT_ID = "portal"
DEMO_SIGN_INS = (
    ("owner@demo.example", "Demo Bank, owner"),
    ("developer@demo.example", "Demo Bank, developer"),
    ("billing@demo.example", "Demo Bank, billing contact"),
    ("viewer@demo.example", "Demo Bank, viewer"),
    ("owner@other.example", "another customer, owner; behind with paying"),
    ("tam@demo.example", "technical account manager of some customers"),
    ("admin@demo.example", "platform administrator"),
)
DEMO_PASSWORD = "Demo-1234"  # noqa: S105 - printed for everyone to read, and only ever created with the demo data


class BadSetting(ValueError):
    """A setting the launcher itself needs is malformed."""


class _Stopped(Exception):
    """Someone asked us to stop."""


@dataclass(frozen=True)
class Where:
    """Addresses and folders of one start."""

    host: str
    port: int
    public_url: str
    data_dir: Path
    gateway_url: str | None
    demo: bool

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Where:
        host = env.get("PORTAL_HOST") or "127.0.0.1"
        try:
            port = int(env.get("PORTAL_PORT") or 8050)
            if not 0 < port < 65536:
                raise ValueError
        except ValueError:
            raise BadSetting(f"PORTAL_PORT: wants a port number from 1 to 65535, got {env['PORTAL_PORT']!r}") from None
        demo = env.get("PORTAL_DEMO") or "1"
        if demo not in ("0", "1"):
            raise BadSetting(f"PORTAL_DEMO: wants 0 or 1, got {demo!r}")
        public_url = (env.get("PORTAL_PUBLIC_URL") or f"http://localhost:{port}").rstrip("/")
        if urlsplit(public_url).scheme not in ("http", "https") or not urlsplit(public_url).hostname:
            raise BadSetting(f"PORTAL_PUBLIC_URL: wants an http or https URL, got {public_url!r}")
        data_dir = Path(env.get("PORTAL_DATA_DIR") or ".data").resolve()
        return cls(host, port, public_url, data_dir, env.get("PORTAL_GATEWAY_URL") or None, demo == "1")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _portal_child(where: Where, env: Mapping[str, str]) -> Child:
    command = [
        sys.executable, "-m", "gunicorn", "app:server", "--bind", f"{where.host}:{where.port}", "--workers",
        env.get("PORTAL_WORKERS") or "1", "--worker-class", "gthread", "--threads", env.get("PORTAL_THREADS") or "16",
        "--graceful-timeout", "5", "--timeout", "60", "--keep-alive", "20",
        # Workers of a master that was killed keep the address for some seconds, while they finish what they answer.
        "--reuse-port", "--no-control-socket",
        "--limit-request-field_size", "16384",  # two session cookies of up to 4 KB each travel in one header
    ]  # fmt: skip
    return Child("portal", command, env, where.data_dir / "logs" / "portal.log")


def _start_bundled(where: Where, group: Group, env: dict[str, str]) -> None:
    """Database, gateway and worker; afterwards ``env`` has what the portal needs to reach them."""
    own = secrets_file.load(where.data_dir)
    gateway_host = env.get("GATEWAY_HOST") or "127.0.0.1"
    gateway_port = int(env.get("GATEWAY_PORT") or ports.remembered(gateway_host, where.data_dir / "gateway.port"))
    public_host = urlsplit(where.public_url).hostname or "localhost"
    gateway_url = f"http://{gateway_host}:{gateway_port}"
    # The browser goes to the issuer itself, so its address is on the host by which the browser knows the portal.
    issuer = env.get("GATEWAY_PUBLIC_URL") or f"http://{public_host}:{gateway_port}"
    env.update(
        GATEWAY_HOST=gateway_host,
        GATEWAY_PORT=str(gateway_port),
        GATEWAY_PUBLIC_URL=issuer,
        GATEWAY_DATA_DIR=str(where.data_dir),
        GATEWAY_INGEST_TOKEN=env.get("GATEWAY_INGEST_TOKEN") or own.ingest_token,
        PORTAL_PUBLIC_URL=where.public_url,
        PORTAL_GATEWAY_URL=gateway_url,
        PORTAL_API_PUBLIC_URL=env.get("PORTAL_API_PUBLIC_URL") or issuer,
        PORTAL_OIDC_ISSUER=env.get("PORTAL_OIDC_ISSUER") or issuer,
        PORTAL_OIDC_CLIENT_ID=env.get("PORTAL_OIDC_CLIENT_ID") or CLIENT_ID,
        PORTAL_OIDC_CLIENT_SECRET=env.get("PORTAL_OIDC_CLIENT_SECRET") or own.oidc_client_secret,
    )
    logs = where.data_dir / "logs"
    read_end, write_end = os.pipe()
    up = Child(
        "database",
        [sys.executable, "-m", "gateway", "up", "--announce-fd", str(write_end)]
        + ([] if where.demo else ["--no-demo"]),
        # A copy: started again after a fall with the DATABASE_URL that is added below, it would take its own server
        # for somebody else's and never start it.
        dict(env),
        logs / "database.log",
        pass_fds=(write_end,),
    )
    group.start(up)
    os.close(write_end)
    # The portal needs the gateway's address only, so it starts while the database does.
    portal = group.start(_portal_child(where, dict(env)))
    try:
        announced = json.loads(read_announcement(read_end, up, 900, say))
    finally:
        os.close(read_end)
    # Started again after a fall it must find nobody at the other end of a pipe.
    up.command, up.pass_fds = [part for part in up.command if part not in ("--announce-fd", str(write_end))], ()
    env["DATABASE_URL"] = announced["databaseUrl"]
    gateway = group.start(
        Child("gateway", [sys.executable, "-m", "gateway", "serve", "--share-port"], dict(env), logs / "gateway.log")
    )
    group.start(Child("worker", [sys.executable, "-m", "gateway", "worker"], dict(env), logs / "worker.log"))
    wait_until_answers(f"{gateway_url}/ready", gateway, 60)
    wait_until_answers(_local_url(where) + "/ready", portal, 60)
    if announced.get("empty"):
        say("\nThere is no customer yet. Create the first one and its owner:\n")
        say('  python -m gateway create-tenant --slug acme --name "Acme"')
        say('  python -m gateway create-user --tenant acme --email you@acme.example --name "You" --role owner')


def _local_url(where: Where) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(where.host, where.host)  # noqa: S104 - read, not bound
    return f"http://{host}:{where.port}"


def _greet(where: Where, seconds: float) -> None:
    say(f"\nThe portal is ready after {seconds:.1f} s:  {where.public_url}\n")
    if where.demo and not where.gateway_url:
        say(f"Demo sign-ins, all with the password {DEMO_PASSWORD}:")
        for email, who in DEMO_SIGN_INS:
            say(f"  {email:<24} {who}")
        say("")
    say(f"Data and logs: {where.data_dir}. Ctrl-C stops everything.")


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise _Stopped


def main(arguments: list[str], check: Callable[[Mapping[str, str]], object]) -> int:
    """Run until stopped. Exit code 0 after a stop, 2 for a setting or port that a person must change.

    ``check`` reads the portal's settings and raises ValueError with the name of a malformed one, so that it is found
    before anything is started.
    """
    if arguments:
        say("app.py takes no arguments: its settings are environment variables, see docs/configure.md")
        return 2
    began = time.monotonic()
    group = Group()
    before = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        where = Where.from_env(os.environ)
        ports.require_free(where.host, where.port)
        (where.data_dir / "logs").mkdir(parents=True, exist_ok=True)
        env = {**os.environ, "PYTHONUNBUFFERED": "1", "PORTAL_HOST": where.host, "PORTAL_PORT": str(where.port),
               "PORTAL_PUBLIC_URL": where.public_url, "PORTAL_DATA_DIR": str(where.data_dir)}  # fmt: skip
        check(env if where.gateway_url else {"PORTAL_OIDC_CLIENT_SECRET": "made below", **env})
        if where.gateway_url:
            portal = group.start(_portal_child(where, env))
            wait_until_answers(_local_url(where) + "/health", portal, 60)
        else:
            _start_bundled(where, group, env)
        _greet(where, time.monotonic() - began)
        while True:
            time.sleep(0.5)
            group.keep_up(say)
    except _Stopped:
        say("\nStopping …")
        return 0
    except ValueError as error:  # a malformed setting, ours or the portal's
        say(str(error))
        return 2
    except ports.PortInUse as error:
        say(f"PORTAL_PORT: {error}. Stop the other program or choose another port: PORTAL_PORT=8051 make run")
        return 2
    except StartFailed as error:
        say(str(error))
        return 1
    finally:
        for number in before:
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave children behind
        group.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
