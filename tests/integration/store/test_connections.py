"""Connections that the server has left are noticed without asking it, and nobody is answered by one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import orjson
import psycopg
import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, text

from gateway.store.prepared import Direct, Prepared, binary, moment, read_binary, texts

ALIVE = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'gateway-worker'"
)
KILL = ALIVE.replace("count(*)", "count(pg_terminate_backend(pid))")
TRANSACTION = Prepared(b"transaction", b"SELECT pg_current_xact_id()")
QUOTIENT = Prepared(b"quotient", b"SELECT 6 / $1::integer")
ECHO = Prepared(
    b"echo",
    b"SELECT to_json($1::text[]), $2::bytea, $3::timestamptz = '2026-03-01 12:00:00.005+00', $4::text",
)


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


def test_prepared_statement_is_a_transaction_and_the_next_user_has_one_again(worker_engine: Engine) -> None:
    with Direct(worker_engine) as direct:
        assert direct.first(TRANSACTION, []) != direct.first(TRANSACTION, [])
    with worker_engine.begin() as connection:
        first = connection.execute(text("SELECT pg_current_xact_id()")).scalar_one()
        assert connection.execute(text("SELECT pg_current_xact_id()")).scalar_one() == first


def test_error_of_a_prepared_statement_leaves_the_connection_to_others(worker_engine: Engine) -> None:
    with Direct(worker_engine) as direct:
        with pytest.raises(psycopg.errors.DivisionByZero, match="division by zero"):
            direct.first(QUOTIENT, [b"0"])
        assert direct.first(QUOTIENT, [b"2"]) == (b"3",)
    with worker_engine.begin() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_prepared_statement_is_prepared_anew_where_the_connection_has_forgotten_it(worker_engine: Engine) -> None:
    with Direct(worker_engine) as direct:
        direct.first(QUOTIENT, [b"1"])
    with worker_engine.begin() as connection:
        connection.exec_driver_sql("DEALLOCATE ALL")
    with Direct(worker_engine) as direct:
        assert direct.first(QUOTIENT, [b"6"]) == (b"1",)


def test_values_come_back_as_they_were_sent(worker_engine: Engine) -> None:
    odd = ["", "a,b", '"', "\\", "{}", "NULL", " ", "پیام"]
    given = [texts(odd), binary(b"\x00\xff"), moment(datetime(2026, 3, 1, 12, 0, 0, 5000, UTC)), None]
    with Direct(worker_engine) as direct:
        row = direct.first(ECHO, given)
    assert row is not None
    strings, raw, at, nothing = row
    assert (orjson.loads(strings or b""), read_binary(raw or b""), at, nothing) == (odd, b"\x00\xff", b"t", None)


def test_statement_for_a_server_that_left_says_so_and_the_next_one_has_another(
    worker_engine: Engine, fresh_database: str
) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as killer, Direct(worker_engine) as direct:
        direct.first(QUOTIENT, [b"1"])
        killer.execute(KILL)
        with pytest.raises(psycopg.OperationalError):
            direct.first(QUOTIENT, [b"1"])
    with Direct(worker_engine) as direct:
        assert direct.first(QUOTIENT, [b"3"]) == (b"2",)


def test_what_was_left_open_is_rolled_back_before_others_have_the_connection(worker_engine: Engine) -> None:
    with worker_engine.connect() as connection:
        first = connection.execute(text("SELECT pg_current_xact_id(), pg_backend_pid()")).one()
    with worker_engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        assert driver.pgconn.transaction_status == TransactionStatus.IDLE
        second = connection.execute(text("SELECT pg_current_xact_id(), pg_backend_pid()")).one()
    assert second[1] == first[1]
    assert second[0] != first[0]
