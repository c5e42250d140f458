"""Joining: which message a receipt is for, and what both make of it.

A chunk of records is worked through in the order of the file, against the messages that are known already. What comes
out is the same whether a message and its receipts stand in one chunk, in two, or in two imports: the rules here and
those of `gateway.store.writes.apply_transitions` are the same status machine.

The message centre's ids come round again, and some links give none at all. So a receipt belongs to the nearest earlier
message with its reference that has no final status yet; a receipt that was logged up to a minute before its message
still finds it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from gateway.domain import ids
from gateway.domain.messages import NewEvent, NewMessage, Transition, new_message
from gateway.domain.pricing import UNCHARGED
from gateway.domain.segments import PART, SINGLE, segment
from gateway.domain.statuses import FINAL, Status, path
from gateway.imports.reasons import Reason, Rejected
from gateway.imports.records import Receipt, Submission
from gateway.store.imports import KnownEvent, KnownMessage, WaitingReceipt

SOURCE = "import"
LONGEST_WAIT = timedelta(days=35)
EARLY = timedelta(minutes=1)


@dataclass(slots=True)
class Entry:
    """A message while a chunk is worked through. `row` is set for one that is not in the database yet.

    `events` are None as long as the row alone tells its history."""

    message_id: UUID
    submitted_at: datetime
    recipient: str
    sender_id: str
    body: str | None
    status: Status
    price: Decimal
    row: NewMessage | None = None
    events: list[NewEvent] | None = None
    told: list[KnownEvent] = field(default_factory=list)
    sent_at: datetime | None = None
    final_at: datetime | None = None
    error_code: str | None = None
    carrier_code: str | None = None
    explained: bool = False

    def final_row(self) -> NewMessage:
        """The row to insert, with what the chunk made of the message."""
        assert self.row is not None  # noqa: S101 - only asked of new messages
        if self.events is None:
            return self.row
        return self.row._replace(
            status=self.status.value,
            sent_at=self.sent_at,
            final_at=self.final_at,
            error_code=self.error_code,
            carrier_code=self.carrier_code,
            price=self.price,
        )

    def history(self) -> list[NewEvent]:
        """The events of this chunk, which may be added to."""
        if self.events is None:
            self.events = list(_history(self.row)) if self.row is not None else []
        return self.events

    def told_and_new(self) -> Iterator[KnownEvent]:
        """Every event of the message, in the database and out of this chunk."""
        yield from self.told
        for event in self.history():
            yield KnownEvent(event.at, event.status, event.detail)

    def times_told(self, receipt: KnownEvent) -> int:
        """How often this receipt is among the message's events."""
        return sum(1 for event in self.told if event.at == receipt.at and event.detail == receipt.detail)


class Book:
    """The messages and receipts of one chunk."""

    def __init__(
        self,
        tenant_id: UUID,
        known: Iterable[KnownMessage],
        waiting: Iterable[WaitingReceipt],
        *,
        kept_from: datetime | None = None,
    ) -> None:
        self._tenant_id = tenant_id
        self._kept_from = kept_from
        self._by_id: dict[UUID, Entry] = {}
        self._by_external: defaultdict[str, list[Entry]] = defaultdict(list)
        self._waiting: defaultdict[str, list[WaitingReceipt]] = defaultdict(list)
        self._stored: set[tuple[str, bytes, int]] = set()
        self.new: list[Entry] = []
        self.news: list[Transition] = []
        self.explanations: list[Entry] = []
        self.refunds: list[tuple[datetime, Decimal]] = []
        self.forgotten: list[WaitingReceipt] = []
        self.kept: dict[tuple[str, bytes, int], WaitingReceipt] = {}
        for receipt in waiting:
            self._stored.add(_key(receipt))
            self._waiting[receipt.reference].append(receipt)
        for message in known:
            entry = Entry(
                message.message_id,
                message.submitted_at,
                message.recipient,
                message.sender_id,
                message.body,
                Status(message.status),
                message.price,
                told=list(message.events),
                error_code=message.error_code,
                carrier_code=message.carrier_code,
                explained=any(_is_refusal(event) for event in message.events),
            )
            self._add(entry, message.external_id)

    def _add(self, entry: Entry, external_id: str | None) -> None:
        self._by_id[entry.message_id] = entry
        if external_id is not None:
            self._by_external[external_id].append(entry)

    def submit(self, submission: Submission, occurrence: int) -> bool:
        """Take a message; False when it is known already. Raises `Rejected` when it contradicts what is known."""
        message_id = message_key(self._tenant_id, submission, occurrence)
        known = self._by_id.get(message_id)
        if known is not None:
            return False if submission.reference else self._update(known, submission)
        if (
            not submission.reference
            and submission.external_id is not None
            and self._by_external[submission.external_id]
        ):
            raise Rejected(Reason.DUPLICATE_EXTERNAL_ID, submission.external_id)
        if self._kept_from is not None and submission.submitted_at < self._kept_from:
            # Whether it was counted once cannot be told any more: taken, it might be counted twice.
            raise Rejected(Reason.NO_LONGER_KEPT)
        row = _row(self._tenant_id, submission, message_id)
        entry = Entry(
            message_id,
            row.submitted_at,
            row.recipient,
            row.sender_id,
            row.body,
            Status(row.status),
            row.price,
            row,
            sent_at=row.sent_at,
            final_at=row.final_at,
            error_code=row.error_code,
            carrier_code=row.carrier_code,
        )
        self._add(entry, submission.external_id)
        self.new.append(entry)
        for waiting in self._due(submission):
            self._release(waiting)
            self._apply(entry, _news(entry, waiting), waiting)
        return True

    def _update(self, entry: Entry, submission: Submission) -> bool:
        """A row about a message that is known: news of its status, or nothing new."""
        if (submission.recipient, submission.sender, submission.body) != (entry.recipient, entry.sender_id, entry.body):
            raise Rejected(Reason.DUPLICATE_EXTERNAL_ID, submission.external_id or "")
        target = Status(submission.status)
        if target is entry.status or any(event.status == target for event in entry.told_and_new()):
            return False
        if not path(entry.status, target):
            raise Rejected(Reason.CONFLICTS_WITH_KNOWN, f"{entry.status} is known, {target} is given")
        if entry.status is Status.QUEUED and submission.sent_at is not None and target in FINAL - {Status.REJECTED}:
            self._apply(entry, Transition(entry.message_id, Status.SENT, submission.sent_at, SOURCE))
        at = submission.final_at or submission.sent_at or submission.submitted_at
        codes = (submission.error_code, submission.carrier_code)
        self._apply(entry, Transition(entry.message_id, target, at, SOURCE, *codes))
        return True

    def receive(self, receipt: Receipt, occurrence: int, line: int, raw: bytes) -> bool:
        """Take a receipt; False when it is known already. One without a message is kept, and counts as taken."""
        waiting = WaitingReceipt(
            receipt.reference, receipt.foreign_id, receipt.digest, occurrence, line, receipt.at, receipt.status,
            receipt.error_code, receipt.carrier_code, receipt.detail, receipt.refusal, raw,
        )  # fmt: skip
        candidates = self._candidates(receipt)
        same = KnownEvent(receipt.at, None, receipt.detail)
        if sum(entry.times_told(same) for entry in candidates) > occurrence:
            return False
        entry = _nearest(candidates, receipt)
        if entry is not None:
            self._apply(entry, _news(entry, waiting), waiting)
            return True
        key = _key(waiting)
        if key not in self.kept:
            if key not in self._stored:
                self._waiting[receipt.reference].append(waiting)
            self.kept[key] = waiting
            return True
        return False

    def _candidates(self, receipt: Receipt) -> list[Entry]:
        """Messages that the receipt may be for: those with its id, else those of its link and number without one."""
        recipient = receipt.reference.rpartition("/")[2]
        named = [e for e in self._by_external.get(receipt.external_id, ()) if e.recipient == recipient]
        if named or not receipt.foreign_id:
            return named
        return [e for e in self._by_external.get(receipt.anonymous_id, ()) if e.status is not Status.REJECTED]

    def _due(self, submission: Submission) -> list[WaitingReceipt]:
        """Receipts that came before this message: to a message without an id any of its link and number."""
        if not submission.reference:
            return []
        earliest, latest = submission.submitted_at - EARLY, submission.submitted_at + LONGEST_WAIT
        anonymous = not submission.foreign_id and submission.status != "rejected"
        return [
            waiting
            for waiting in self._waiting.get(submission.reference, ())
            if earliest <= waiting.at <= latest and (anonymous or waiting.foreign_id == submission.foreign_id)
        ]

    def _release(self, waiting: WaitingReceipt) -> None:
        self._waiting[waiting.reference].remove(waiting)
        self.kept.pop(_key(waiting), None)
        if _key(waiting) in self._stored:
            self.forgotten.append(waiting)

    def _apply(self, entry: Entry, news: Transition, receipt: WaitingReceipt | None = None) -> None:
        """The same as `apply_transitions` does in the database, on a message that may not be there yet."""
        steps = path(entry.status, news.status) if news.status is not None else ()
        if entry.row is None:
            self.news.append(news)
        else:
            entry.history().extend(_events(entry, news, steps))
        entry.told.extend(KnownEvent(news.at, step, news.detail) for step in steps or (news.status,))
        if steps:
            if Status.SENT in steps and entry.sent_at is None:
                entry.sent_at = news.at
            entry.status = steps[-1]
            entry.final_at = news.at if entry.status in FINAL else None
            entry.error_code = news.error_code
            entry.carrier_code = news.carrier_code or entry.carrier_code
            if entry.status in UNCHARGED:
                self._refund(entry)
        elif receipt is not None and receipt.refusal and entry.status is Status.REJECTED and not entry.explained:
            entry.explained = True
            entry.error_code = receipt.error_code or entry.error_code
            entry.carrier_code = receipt.carrier_code or entry.carrier_code
            if entry.row is None:
                self.explanations.append(entry)

    def _refund(self, entry: Entry) -> None:
        if entry.row is None:
            self.refunds.append((entry.submitted_at, entry.price))
        entry.price = Decimal("0.0000")

    def charges(self) -> Iterator[tuple[datetime, Decimal]]:
        """What the chunk adds to the tenant's spend, by time of submission; refunds are negative."""
        for entry in self.new:
            yield entry.submitted_at, entry.price
        for submitted_at, price in self.refunds:
            yield submitted_at, -price


def message_key(tenant_id: UUID, submission: Submission, occurrence: int) -> UUID:
    """The id of a message: from its external id where that is unique, else from the bytes it was read from."""
    submitted_at = ids.to_milliseconds(submission.submitted_at)
    if submission.reference or submission.external_id is None:
        return ids.message_id(tenant_id, submitted_at, SOURCE, f"{submission.digest.hex()}/{occurrence}")
    return ids.message_id(tenant_id, submitted_at, SOURCE, submission.external_id)


def _row(tenant_id: UUID, submission: Submission, message_id: UUID) -> NewMessage:
    encoding, segments = None, submission.segments
    if submission.unicode and segment(submission.body or "").encoding == "GSM-7":
        encoding = "UCS-2"
        units = len(submission.body or "")
        counted = 1 if units <= SINGLE["UCS-2"] else -(-units // PART["UCS-2"])
        segments = segments or counted
    return new_message(
        tenant_id=tenant_id,
        submitted_at=submission.submitted_at,
        recipient=submission.recipient,
        sender_id=submission.sender,
        source=SOURCE,
        external_id=submission.external_id,
        body=submission.body,
        status=Status(submission.status),
        sent_at=submission.sent_at,
        final_at=submission.final_at,
        error_code=submission.error_code,
        carrier_code=submission.carrier_code,
        segment_count=segments,
        encoding=encoding,
        price=submission.price,
        message_id=message_id,
    )


def _history(row: NewMessage) -> Iterator[NewEvent]:
    """The events a new row implies, as `copy_messages` would write them if it were given none."""
    steps: list[tuple[Status, datetime, str | None]] = [(Status.QUEUED, row.submitted_at, None)]
    status = Status(row.status)
    if status in (Status.HELD, Status.BLOCKED):
        steps.append((Status.HELD, row.submitted_at, None))
    elif status not in (Status.QUEUED, Status.REJECTED):
        steps.append((Status.SENT, row.sent_at or row.submitted_at, None))
    if status in FINAL:
        steps.append((status, row.final_at or row.submitted_at, row.carrier_code))
    for seq, (step, at, code) in enumerate(steps, 1):
        yield NewEvent(
            row.tenant_id, row.submitted_at, row.message_id, at, seq, step.value, "status", row.source, code, None
        )


def _nearest(candidates: list[Entry], receipt: Receipt) -> Entry | None:
    """The message a receipt is for; None when it must wait for one."""
    earlier = [e for e in candidates if receipt.at - LONGEST_WAIT <= e.submitted_at <= receipt.at]
    following = [e for e in candidates if receipt.at < e.submitted_at <= receipt.at + EARLY]
    for group, pick in ((earlier, max), (following, min)):
        open_ones = [entry for entry in group if _is_open(entry, receipt)]
        if open_ones:
            return pick(open_ones, key=_order)
    return max(earlier, key=_order) if earlier else None


def _is_open(entry: Entry, receipt: Receipt) -> bool:
    if receipt.refusal and entry.status is Status.REJECTED:
        return not any(_is_refusal(event) for event in entry.told)
    return entry.status not in FINAL


def _is_refusal(event: KnownEvent) -> bool:
    return (event.detail or "").startswith("type 16")


def _order(entry: Entry) -> tuple[datetime, UUID]:
    return entry.submitted_at, entry.message_id


def _news(entry: Entry, receipt: WaitingReceipt) -> Transition:
    status = Status(receipt.status) if receipt.status is not None else None
    if status is Status.REJECTED and entry.status is Status.SENT:
        status = Status.FAILED  # accepted first and refused then: for the machine that is a failure after sending
    return Transition(
        entry.message_id, status, receipt.at, SOURCE, receipt.error_code, receipt.carrier_code, receipt.detail
    )


def _events(entry: Entry, news: Transition, steps: tuple[Status, ...]) -> Iterator[NewEvent]:
    assert entry.row is not None  # noqa: S101 - only asked of new messages
    head = (entry.row.tenant_id, entry.submitted_at, entry.message_id)
    seq = len(entry.history())
    if not steps:
        said = news.status.value if news.status is not None else None
        yield NewEvent(*head, news.at, seq + 1, said, "receipt", SOURCE, news.carrier_code, news.detail)
        return
    for number, step in enumerate(steps, seq + 1):
        last = step is steps[-1]
        code, detail = (news.carrier_code, news.detail) if last else (None, None)
        yield NewEvent(*head, news.at, number, step.value, "status", SOURCE, code, detail)


def _key(receipt: WaitingReceipt) -> tuple[str, bytes, int]:
    return receipt.reference, bytes(receipt.digest), receipt.occurrence
