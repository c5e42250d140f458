"""The embedded server's life: started, shared, killed, found again, stopped once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gateway.postgres import EmbeddedPostgres, PostgresError, database, tuning
from gateway.settings import GatewaySettings
from tests.support.postgres import fastest_directory

SMALL = {"shared_buffers": "16MB", "max_wal_size": "64MB", "min_wal_size": "32MB"}

HOLDER = """
import signal, sys, psycopg
from pathlib import Path
from gateway.postgres import EmbeddedPostgres
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background of a shell
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False, options={"shared_buffers": "16MB"})
with server:
    try:
        print(server.url, flush=True)
        sys.stdin.read()
    except KeyboardInterrupt:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE written_after_interrupt ()")
print("stopped", flush=True)
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    """A short path: pytest's own are too long for a socket, which has a test of its own here."""
    with tempfile.TemporaryDirectory(prefix="gw-pg-", dir=fastest_directory(), ignore_cleanup_errors=True) as path:
        yield Path(path) / "pg"


def server_in(directory: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(directory, durable=False, options=SMALL)


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


def is_running(server: EmbeddedPostgres) -> bool:
    try:
        psycopg.connect(server.url).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture
def holder(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the server until its standard input ends; a group of its own, as a terminal makes."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        start_new_session=True, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgresql://")
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_server_keeps_its_data_over_a_second_start(directory: Path) -> None:
    with server_in(directory) as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept ()")
        assert server.start() == server.url  # holding it already changes nothing
    assert not is_running(server)
    server.stop()
    with server_in(directory) as again:
        assert tables(again.url) == {"kept"}


def test_server_listens_on_no_network_and_to_its_owner_alone(directory: Path) -> None:
    with server_in(directory) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW jit").fetchone() == ("off",)
        (socket,) = (directory / "run").glob(".s.PGSQL.*[0-9]")
        assert socket.stat().st_mode & 0o077 == 0
        assert (directory / "run").stat().st_mode & 0o077 == 0


def test_server_of_two_processes_is_stopped_by_the_last(directory: Path, holder: subprocess.Popen[str]) -> None:
    server = server_in(directory)
    server.start()
    out, _ = holder.communicate("", timeout=60)
    assert out.strip() == "stopped"
    assert is_running(server)
    server.stop()
    assert not is_running(server)


def test_server_outlives_an_interrupt_of_the_whole_group(directory: Path, holder: subprocess.Popen[str]) -> None:
    os.killpg(holder.pid, signal.SIGINT)
    out, _ = holder.communicate(timeout=60)
    assert (out.strip(), holder.returncode) == ("stopped", 0)
    with server_in(directory) as server:
        assert tables(server.url) == {"written_after_interrupt"}
        assert "recovery" not in server.log.read_text()


def test_server_whose_holder_was_killed_is_found_and_stopped(directory: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    server = server_in(directory)
    assert is_running(server)
    with server:
        assert is_running(server)
    assert not is_running(server)


def test_server_killed_with_its_machine_recovers(directory: Path) -> None:
    server = EmbeddedPostgres(directory, options=SMALL)
    with server, psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept ()")
        os.kill(int((server.data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGQUIT)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT pg_sleep(60)")
    with server_in(directory) as again:
        assert tables(again.url) == {"kept"}


def test_left_over_pid_file_that_names_another_process_is_no_obstacle(directory: Path) -> None:
    with server_in(directory) as server:
        lines = (server.data / "postmaster.pid").read_text().splitlines()
    (server.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with server_in(directory) as again:
        assert is_running(again)


def test_directory_too_long_for_a_socket_uses_a_short_one(directory: Path) -> None:
    with server_in(directory / ("long" * 30)) as server:
        assert tables(server.url) == set()
        assert str(directory) not in server.url


def test_socket_directory_of_somebody_else_is_refused(directory: Path) -> None:
    server = server_in(directory)
    directory.mkdir()
    (directory / "elsewhere").mkdir()
    (directory / "run").symlink_to(directory / "elsewhere")
    with pytest.raises(PostgresError, match="belongs to somebody else"):
        server.start()


def test_interrupted_first_start_is_begun_again(directory: Path) -> None:
    (directory / "data.new").mkdir(parents=True)
    (directory / "data.new" / "half").touch()
    with server_in(directory) as server:
        assert is_running(server)


def test_server_that_cannot_start_says_why(directory: Path) -> None:
    with pytest.raises(PostgresError, match="work_mem"), EmbeddedPostgres(directory, options={"work_mem": "nonsense"}):
        pass
    with server_in(directory) as server:
        assert is_running(server)


def test_database_starts_nothing_where_a_url_is_given(tmp_path: Path) -> None:
    settings = GatewaySettings(database_url="postgresql://u@h/d", data_dir=tmp_path)
    with database(settings) as ready:
        assert ready is settings
    assert list(tmp_path.iterdir()) == []


def test_database_holds_the_embedded_server_for_the_block(directory: Path) -> None:
    with database(GatewaySettings(data_dir=directory)) as ready:
        assert ready.database_url is not None
        assert tables(ready.database_url) == set()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(ready.database_url)


@pytest.mark.parametrize(("gibibytes", "buffers"), [(0.25, "64MB"), (2, "512MB"), (24, "4096MB"), (256, "4096MB")])
def test_tuning_follows_the_memory(gibibytes: float, buffers: str) -> None:
    assert tuning(int(gibibytes * 2**30))["shared_buffers"] == buffers
