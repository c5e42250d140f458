"""Days as CSV: numpy columns become Arrow columns become text, without a Python object for each message."""

from __future__ import annotations

import io
from collections.abc import Sequence
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv

from gateway.demo.cast import OPERATORS
from gateway.demo.traffic import CODES, NEVER, PREFIXES, STATUSES, Day, Ints, Traffic
from gateway.store.demo import STAGED_COLUMNS

_OPTIONS = pa_csv.WriteOptions(include_header=False)
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_LONGEST_NUMBER = 15


class RowWriter:
    """Writes days of a plan as CSV for `gateway.store.demo.write_messages`."""

    def __init__(self, traffic: Traffic, tenant_ids: Sequence[UUID]) -> None:
        self._tenants = pa.array([str(tenant_id) for tenant_id in tenant_ids])
        self._senders = pa.array([sender.sender_id for _, sender in traffic.plan.senders])
        self._bodies = pa.array(traffic.bodies)
        self._statuses = pa.array(STATUSES)
        self._countries = pa.array([prefix.country for prefix in PREFIXES])
        self._destinations = pa.array([prefix.destination for prefix in PREFIXES])
        self._operators = pa.array([OPERATORS[prefix.operator].name for prefix in PREFIXES])
        self._errors = pa.array([error for error, _ in CODES])
        self._carriers = pa.array([carrier for _, carrier in CODES])
        self._encodings = pa.array(["GSM-7", "UCS-2"])

    def csv(self, days: Sequence[Day]) -> memoryview:
        """The messages of the days, sorted by account and time, as CSV."""
        columns = {name: np.concatenate([getattr(day, name) for day in days]) for name in Day.__dataclass_fields__}
        if len(days) > 1:
            order = np.lexsort((columns["submitted"], columns["tenant"]))
            columns = {name: column[order] for name, column in columns.items()}
        day = Day(**columns)
        unknown_code = day.code < 0
        values = {
            "tenant_id": self._tenants.take(pa.array(day.tenant)),
            "submitted_at": _moments(day.submitted),
            "message_id": message_ids(day.submitted, day.ids),
            "sent_at": _moments(day.sent),
            "final_at": _moments(day.final),
            "status": self._statuses.take(pa.array(day.status)),
            "segments": pa.array(day.segments),
            "price_units": pa.array(day.price),
            "country": self._countries.take(pa.array(day.prefix)),
            "operator": self._operators.take(pa.array(day.prefix)),
            "destination": self._destinations.take(pa.array(day.prefix)),
            "recipient": recipients(day.prefix, day.digits),
            "sender_id": self._senders.take(pa.array(day.sender)),
            "encoding": self._encodings.take(pa.array(day.unicode.astype(np.int64))),
            "error_code": self._errors.take(pa.array(day.code, mask=unknown_code)),
            "carrier_code": self._carriers.take(pa.array(day.code, mask=unknown_code)),
            "body": self._bodies.take(pa.array(day.text)),
        }
        sink = io.BytesIO()
        pa_csv.write_csv(pa.table([values[name] for name in STAGED_COLUMNS], list(STAGED_COLUMNS)), sink, _OPTIONS)
        return sink.getbuffer()


def message_ids(submitted: Ints, noise: npt.NDArray[np.uint64]) -> pa.StringArray:
    """Ids of the layout of `gateway.domain.ids`: 48 bits of milliseconds, version 7, the rest noise; in hexadecimal."""
    high = submitted.astype(np.uint64) << np.uint64(16) | np.uint64(0x7000) | noise[:, 0] & np.uint64(0x0FFF)
    low = noise[:, 1] & np.uint64(0x3FFFFFFFFFFFFFFF) | np.uint64(0x8000000000000000)
    octets = np.stack([high, low], axis=1).astype(">u8").view(np.uint8).reshape(-1, 16)
    digits = np.empty((len(octets), 32), dtype=np.uint8)
    digits[:, 0::2], digits[:, 1::2] = _HEX[octets >> 4], _HEX[octets & 15]
    offsets = np.arange(0, 32 * len(octets) + 1, 32, dtype=np.int32)
    return pa.StringArray.from_buffers(len(octets), pa.py_buffer(offsets), pa.py_buffer(digits))


def recipients(prefix: Ints, digits: Ints) -> pa.StringArray:
    """Numbers in E.164: the text of the network and its digits, zero-padded."""
    letters = np.zeros((len(prefix), _LONGEST_NUMBER), dtype=np.uint8)
    for number, network in enumerate(PREFIXES):
        rows = np.flatnonzero(prefix == number)
        text = np.frombuffer(network.text.encode(), dtype=np.uint8)
        letters[rows, : len(text)] = text
        value = digits[rows]
        for place in range(len(text) + network.digits - 1, len(text) - 1, -1):
            letters[rows, place] = value % 10 + ord("0")
            value = value // 10
    return pa.array(letters.view(f"S{_LONGEST_NUMBER}").ravel()).cast(pa.string())


def _moments(milliseconds: Ints) -> pa.Array:
    return pa.array(milliseconds, type=pa.timestamp("ms"), mask=milliseconds == NEVER)
