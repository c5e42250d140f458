"""Whole answers of the message log as a stream of CSV, written by the database itself: no row becomes a Python object.

Everything is read in one snapshot, so a file holds each message as it was at one moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, text

from gateway.store.log_conditions import alternatives, conditions, shape_of, source, values_of
from gateway.store.log_filter import LogFilter

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FORMULA = ", ".join(str(ord(char)) for char in "=+-@\t\r\n＝＋－＠")
_UTC = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'
_LOCAL = "YYYY-MM-DD HH24:MI:SS"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a file looks like. `guarded`: what a spreadsheet would take for a formula gets an apostrophe in front."""

    time_zone: str
    currency: str
    include_text: bool
    guarded: bool


class Snapshot:
    """The messages of a filter as they are at one moment, up to those submitted at `until`."""

    def __init__(self, connection: Connection, wanted: LogFilter, until: datetime) -> None:
        self._connection = connection
        self._matching, self._values = _matching(wanted, until)
        self.as_of: datetime = connection.execute(text("SELECT now()")).scalar_one()

    def count(self) -> int:
        """How many there are."""
        counted = self._connection.exec_driver_sql(f"SELECT count(*) {self._matching}", self._values)
        return int(counted.scalar_one())

    def lines(self, shape: Shape) -> Iterator[bytes]:
        """A line of names, then one record for each message, newest first: CSV in UTF-8, NULL as nothing at all."""
        wanted = f"""
            SELECT {_columns(shape)} {self._matching}
            ORDER BY messages.submitted_at DESC, messages.message_id DESC"""
        driver: Any = self._connection.connection.driver_connection
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY ({wanted}) TO STDOUT (FORMAT csv, HEADER)", self._values) as copy,
        ):
            for line in copy:
                yield bytes(line)


@contextmanager
def snapshot(engine: Engine, wanted: LogFilter, until: datetime) -> Iterator[Snapshot]:
    """A snapshot to read from while the block lasts."""
    with engine.connect() as connection:
        steady = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with steady.begin():
            yield Snapshot(steady, wanted, until)


def header(shape: Shape) -> bytes:
    """The line of names alone: what is written when nothing can match."""
    return (",".join(name for name, _ in _expressions(shape)) + "\n").encode()


def _matching(wanted: LogFilter, until: datetime) -> tuple[str, dict[str, Any]]:
    """All messages that fulfil the filter, from FROM on, with the values in it; no message is in it twice."""
    shape = shape_of(wanted)
    values, where = {**values_of(wanted), "until": until}, list(conditions(shape))
    where += [
        f"({' OR '.join(f'({each.condition})' for each in alternatives(shape))})",
        "messages.submitted_at <= %(until)s",
    ]
    searched = source(shape)
    if wanted.windows is not None:
        searched += ", unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS span (opens, closes)"
        where.append("messages.submitted_at >= span.opens AND messages.submitted_at < span.closes")
        values |= {"starts": [item.start for item in wanted.windows], "ends": [item.end for item in wanted.windows]}
    for name, comparison in (("start", ">="), ("end", "<")):
        moment = getattr(wanted, name)
        if moment is not None and wanted.windows is None:
            where.append(f"messages.submitted_at {comparison} %({name})s")
            values[name] = moment
    return f"FROM {searched} WHERE {' AND '.join(where)}", values


def _columns(shape: Shape) -> str:
    return ", ".join(f'{expression.replace("%", "%%")} AS "{name}"' for name, expression in _expressions(shape))


def _expressions(shape: Shape) -> list[tuple[str, str]]:
    def plain(name: str) -> str:
        return _guarded(f"messages.{name}") if shape.guarded else f"messages.{name}"

    local = f"to_char(messages.submitted_at AT TIME ZONE {_quoted(shape.time_zone)}, '{_LOCAL}')"
    shown = [
        ("messageId", _message_id("messages.message_id")),
        ("submittedAt", _utc("messages.submitted_at")),
        ("submittedLocalTime", local),
        ("to", plain("recipient")),
        ("from", plain("sender_id")),
        ("status", "messages.status"),
        ("operator", plain("operator")),
        ("country", "messages.country"),
        ("errorCode", plain("error_code")),
        ("carrierCode", plain("carrier_code")),
        ("sentAt", _utc("messages.sent_at")),
        ("deliveredAt", f"CASE WHEN messages.status = 'delivered' THEN {_utc('messages.final_at')} END"),
        ("segments", "messages.segments"),
        ("encoding", "messages.encoding"),
        ("price", "messages.price"),
        ("currency", _quoted(shape.currency)),
    ]
    return [*shown, ("text", plain("body"))] if shape.include_text else shown


def _utc(moment: str) -> str:
    return f"to_char({moment} AT TIME ZONE 'UTC', '{_UTC}')"


def _guarded(value: str) -> str:
    """A number with its plus sign is harmless, and programs read it: it stays as it is."""
    number = f"ltrim(substr({value}, 2), '0123456789') = '' AND substr({value}, 1, 1) = '+'"
    return f"CASE WHEN ascii({value}) IN ({_FORMULA}) AND NOT ({number}) THEN '''' || {value} ELSE {value} END"


def _message_id(uuid: str) -> str:
    """`gateway.domain.ids.encode` in SQL: five bits at a time, two of the 130 standing before the first."""
    raw, symbols = f"uuid_send({uuid})", []
    for place in range(26):
        byte, offset = divmod(5 * place - 2, 8)
        if place == 0:
            bits = f"get_byte({raw}, 0) >> 5"
        elif offset <= 3:
            bits = f"(get_byte({raw}, {byte}) >> {3 - offset}) & 31"
        else:
            bits = f"((get_byte({raw}, {byte}) << {offset - 3}) | (get_byte({raw}, {byte + 1}) >> {11 - offset})) & 31"
        symbols.append(f"chr(get_byte('{_ALPHABET}'::bytea, {bits}))")
    return f"concat('msg_', {', '.join(symbols)})"


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
