"""Connections that the server has left are noticed without asking it, and nobody is answered by one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
from sqlalchemy import Engine, text

from gateway.store.engine import driver_of

ALIVE = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'gateway-worker'"
)
KILL = ALIVE.replace("count(*)", "count(pg_terminate_backend(pid))")


@pytest.mark.parametrize("opened", [1, 4])
def test_next_transaction_after_the_server_left_opens_another_connection(
    opened: int, worker_engine: Engine, fresh_database: str
) -> None:
    together = Barrier(opened)

    def use(_: int) -> None:
        with worker_engine.begin() as connection:
            together.wait(30)
            connection.execute(text("SELECT 1"))

    with ThreadPoolExecutor(opened) as pool:
        list(pool.map(use, range(opened)))
    with psycopg.connect(fresh_database, autocommit=True) as killer:
        assert killer.execute(KILL).fetchone() == (opened,)
        while killer.execute(ALIVE).fetchone() != (0,):
            pass
    for _ in range(opened):
        with worker_engine.begin() as connection:
            assert connection.execute(text("SELECT 7")).scalar_one() == 7


def test_each_statement_on_the_driver_is_a_transaction_and_the_next_user_has_one_again(worker_engine: Engine) -> None:
    with driver_of(worker_engine) as driver:
        first = driver.execute("SELECT pg_current_xact_id()").fetchone()
        assert driver.execute("SELECT pg_current_xact_id()").fetchone() != first
        with pytest.raises(psycopg.Error):
            driver.execute("SELECT 1 / 0")
        assert driver.execute("SELECT 1").fetchone() == (1,)
    with worker_engine.begin() as connection:
        first = connection.execute(text("SELECT pg_current_xact_id()")).scalar_one()
        assert connection.execute(text("SELECT pg_current_xact_id()")).scalar_one() == first


def test_error_on_the_driver_leaves_the_connection_to_others(worker_engine: Engine) -> None:
    with pytest.raises(psycopg.Error), driver_of(worker_engine) as driver:
        driver.execute("SELECT 1 / 0")
    with worker_engine.begin() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
