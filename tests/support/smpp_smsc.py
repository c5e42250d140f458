"""A message centre that speaks SMPP 3.4, for Kannel to bind to: the far end of the line, under the tests' control.

Kannel's own `fakesmsc` gives no receipts. This one keeps a record of every submission it was offered, answers each as
its `plan` says, and sends the receipts and inbound messages that a test asks for, in any order and as often as wanted.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import gsm0338

from gateway.domain.segments import segment

THROTTLED, QUEUE_FULL, INVALID_DESTINATION = 0x58, 0x14, 0x0B
USERNAME, PASSWORD = "operator", "secret12"
_BINDS, _SUBMIT, _DELIVER, _UNBIND, _ENQUIRE, _RESPONSE = {1, 2, 9}, 4, 5, 6, 0x15, 0x80000000
_codec = gsm0338.Codec()


@dataclass(frozen=True)
class Submitted:
    """One submit_sm as it came: one part of a message. `parts` and `reference` are from its user data header."""

    message_id: str
    source: str
    destination: str
    data_coding: int
    wants_receipt: bool
    payload: bytes
    part: int = 1
    parts: int = 1
    reference: int = 0

    @property
    def text(self) -> str:
        if self.data_coding == 8:
            return self.payload.decode("utf-16-be", "surrogatepass")
        return str(_codec.decode(self.payload)[0])


@dataclass(frozen=True)
class Answer:
    """How the centre treats a submission: its SMPP status, the receipts (`stat`, `err`) that follow at once; `silent`
    takes it in and says nothing."""

    command_status: int = 0
    receipts: tuple[tuple[str, str], ...] = ()
    silent: bool = False


DELIVERED = Answer(receipts=(("DELIVRD", "000"),))


class _Session:
    """One bound connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._writing = threading.Lock()
        self._sequence = 0

    def send(self, command: int, body: bytes = b"", *, status: int = 0, sequence: int | None = None) -> None:
        with self._writing:
            if sequence is None:
                self._sequence += 1
                sequence = self._sequence
            self._connection.sendall(struct.pack(">IIII", 16 + len(body), command, status, sequence) + body)

    def pdus(self) -> Iterator[tuple[int, int, bytes]]:
        """(command, sequence number, body) until the other side closes."""
        while (head := self._exactly(16)) is not None:
            length, command, _status, sequence = struct.unpack(">IIII", head)
            body = self._exactly(length - 16)
            if body is None:
                return
            yield command, sequence, body

    def close(self) -> None:
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def _exactly(self, count: int) -> bytes | None:
        taken = b""
        while len(taken) < count:
            try:
                more = self._connection.recv(count - len(taken))
            except OSError:
                return None
            if not more:
                return None
            taken += more
        return taken


@dataclass
class MessageCentre:
    """The centre while it runs. `plan` decides about each submission and may be exchanged at any time."""

    port: int = 0
    plan: Callable[[Submitted], Answer] = lambda _submitted: DELIVERED
    record: list[Submitted] = field(default_factory=list)  # accepted ones
    refused: list[Submitted] = field(default_factory=list)
    _sessions: list[_Session] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _last_id: int = 1_000_000

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
        """Returns when `condition` holds; it is looked at whenever something came in."""
        with self._changed:
            assert self._changed.wait_for(condition, seconds), f"the message centre waited in vain for: {what}"

    def messages(self) -> list[tuple[str, str, int]]:
        """(destination, whole text, parts) of the accepted messages, put together like a phone does."""
        with self._changed:
            offered = list(self.record)
        whole: dict[tuple[str, str, int], list[Submitted]] = {}
        for number, one in enumerate(offered):
            key = (one.source, one.destination, one.reference if one.parts > 1 else -number - 1)
            whole.setdefault(key, []).append(one)
        found = []
        for pieces in whole.values():
            pieces.sort(key=lambda piece: piece.part)
            assert [piece.part for piece in pieces] == list(range(1, pieces[0].parts + 1)), (
                "a part is missing or double"
            )
            found.append((pieces[0].destination, "".join(piece.text for piece in pieces), len(pieces)))
        return found

    def messages_begun(self) -> set[str]:
        """The destinations of which at least the first part was accepted."""
        with self._changed:
            return {one.destination for one in self.record}

    def send_receipt(self, submitted: Submitted, stat: str, err: str = "000", *, message_id: str | None = None) -> None:
        """A receipt about a submission, or with `message_id` about one that never was."""
        text = (
            f"id:{message_id or submitted.message_id} sub:001 dlvrd:001 submit date:2611211200 done date:2611211201"
            f" stat:{stat} err:{err} text:"
        )
        self._deliver(submitted.destination, submitted.source, text.encode("ascii"), esm_class=4)

    def send_inbound(self, sender: str, number: str, text: str) -> None:
        """A message from a phone to one of the platform's numbers, in as many parts as it needs."""
        counted = segment(text)
        if counted.encoding == "GSM-7":
            units, size, coding = list(_codec.encode(text)[0]), 153, 0
            data = bytes(units)
        else:
            data, size, coding = text.encode("utf-16-be"), 134, 8
        if counted.segments == 1:
            self._deliver(sender, number, data, data_coding=coding)
            return
        pieces = [data[start : start + size] for start in range(0, len(data), size)]
        for place, piece in enumerate(pieces, start=1):
            header = bytes((5, 0, 3, len(self.record) % 256, len(pieces), place))
            self._deliver(sender, number, header + piece, data_coding=coding, esm_class=0x40)

    def forget(self) -> None:
        """An empty record, and everything delivered from now on."""
        with self._changed:
            self.record.clear()
            self.refused.clear()
            self.plan = lambda _submitted: DELIVERED

    def drop_sessions(self) -> None:
        for session in list(self._sessions):
            session.close()

    @property
    def is_bound(self) -> bool:
        return bool(self._sessions)

    def _deliver(
        self, source: str, destination: str, payload: bytes, *, data_coding: int = 0, esm_class: int = 0
    ) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.is_bound, 30), "Kannel is not bound"
            session = self._sessions[-1]
        body = b"\0\1\1" + source.encode("ascii") + b"\0\1\1" + destination.encode("ascii") + b"\0"
        body += bytes((esm_class, 0, 0)) + b"\0\0" + bytes((0, 0, data_coding, 0, len(payload))) + payload
        session.send(_DELIVER, body)

    def _serve(self, connection: socket.socket) -> None:
        session = _Session(connection)
        try:
            for command, sequence, body in session.pdus():
                if command in _BINDS:
                    username, password = body.split(b"\0")[:2]
                    right = (username.decode(), password.decode()) == (USERNAME, PASSWORD)
                    session.send(command | _RESPONSE, b"centre\0", status=0 if right else 0x0E, sequence=sequence)
                    if right:
                        self._note(lambda: self._sessions.append(session))
                elif command == _SUBMIT:
                    self._take(session, sequence, body)
                elif command in {_ENQUIRE, _UNBIND}:
                    session.send(command | _RESPONSE, sequence=sequence)
        except OSError:
            pass  # Kannel was killed while we answered
        finally:
            connection.close()
            self._note(lambda: self._sessions.remove(session) if session in self._sessions else None)

    def _take(self, session: _Session, sequence: int, body: bytes) -> None:
        with self._changed:
            self._last_id += 1
            submitted = _parse_submit(body, str(self._last_id))
        answer = self.plan(submitted)
        accepted = answer.command_status == 0
        if accepted:
            self._note(lambda: self.record.append(submitted))
        else:
            self._note(lambda: self.refused.append(submitted))
        if answer.silent:
            return
        text = submitted.message_id.encode("ascii") + b"\0" if accepted else b""
        session.send(_SUBMIT | _RESPONSE, text, status=answer.command_status, sequence=sequence)
        if accepted and submitted.wants_receipt:
            for stat, err in answer.receipts:
                self.send_receipt(submitted, stat, err)

    def _note(self, change: Callable[[], object]) -> None:
        with self._changed:
            change()
            self._changed.notify_all()


def _parse_submit(body: bytes, message_id: str) -> Submitted:
    fields: list[bytes] = []
    rest = body
    # service type, (ton, npi,) source, (ton, npi,) destination: SMPP 3.4 §4.4.1
    for skip in (0, 2, 2):
        text, _, rest = rest[skip:].partition(b"\0")
        fields.append(text)
    esm_class = rest[0]
    _schedule, _, rest = rest[3:].partition(b"\0")
    _validity, _, rest = rest.partition(b"\0")
    registered, _replace, data_coding, _default, length = rest[:5]
    payload = rest[5 : 5 + length]
    part, parts, reference = 1, 1, 0
    if esm_class & 0x40:
        header, payload = payload[: payload[0] + 1], payload[payload[0] + 1 :]
        reference, parts, part = header[3], header[4], header[5]
    return Submitted(
        message_id, fields[1].decode("latin-1"), fields[2].decode("ascii"), data_coding, bool(registered & 1), payload,
        part, parts, reference,
    )  # fmt: skip


@contextmanager
def message_centre() -> Iterator[MessageCentre]:
    """A centre on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        centre = MessageCentre(port=listener.getsockname()[1])
        threads: list[threading.Thread] = []

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                thread = threading.Thread(target=centre._serve, args=(connection,), daemon=True)
                threads.append(thread)
                thread.start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield centre
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            accepting.join(10)
            centre.drop_sessions()
            for thread in threads:
                thread.join(10)
