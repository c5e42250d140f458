from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.imports.kannel import Clock, KannelParser, dialled, parse_default
from gateway.imports.kannel_format import FormatError, compile_format
from gateway.imports.reasons import Reason, Rejected
from gateway.imports.records import Receipt, Submission

FORMAT = "%t|%T|%l|%i|%n|%A|%B|%F|%I|%D|%p|%P|%m:%c:%M:%C:%d|%L|%b|%U:%u"


def line(event: str = "Sent SMS", text: bytes = b"hi", length: int | None = None, **fields: str) -> bytes:
    values = {
        "SMSC": "mno1", "SVC": "acme", "ACT": "", "BINF": "", "FID": "7", "META": "?smpp?", "from": "INFO",
        "to": "93700000141", "flags": "-1:0:-1:-1:31",
    } | fields  # fmt: skip
    head = " ".join(f"[{name}:{value}]" for name, value in values.items())
    size = len(text) if length is None else length
    return f"2026-11-21 03:53:39 {event} {head} [msg:{size}:".encode() + text + b"] [udh:0:]"


def parse(raw: bytes, **options: object) -> Submission | Receipt:
    return KannelParser(Clock(), **options).parse(raw)  # type: ignore[arg-type]


def reason(raw: bytes, **options: object) -> Reason:
    with pytest.raises(Rejected) as rejected:
        parse(raw, **options)
    assert rejected.value.sentence
    return rejected.value.reason


def test_text_with_brackets_is_taken_by_its_length() -> None:
    text = b"a] [udh:0:] [msg:3:x]"
    found = parse(line(text=text))
    assert isinstance(found, Submission)
    assert found.body == text.decode()
    assert found.submitted_at == datetime(2026, 11, 21, 3, 53, 39, tzinfo=UTC)


def test_fields_with_brackets_are_read() -> None:
    found = parse(line(**{"from": "A]B [x:1]", "ACT": "a] b", "META": "?x?k=[v]]"}))
    assert isinstance(found, Submission)
    assert found.sender == "A]B [x:1]"


def test_unicode_text_is_hexadecimal() -> None:
    text = "سلام 🎉".encode("utf-16-be")
    raw = line(text=text.hex().upper().encode(), length=len(text), flags="-1:2:-1:-1:31")
    found = parse(raw)
    assert isinstance(found, Submission)
    assert found.body == "سلام 🎉"
    assert reason(line(text=b"zz00", length=2, flags="-1:2:-1:-1:31")) is Reason.BAD_TEXT


def test_fields_may_come_in_any_order() -> None:
    fields = line(text=b"x] [to:1]").decode()
    stamp, body = fields.split(" [SMSC", 1)
    inner = "[SMSC" + body
    head, message = inner[: inner.index("[msg:")], inner[inner.index("[msg:") :]
    turned = f"{stamp} {message} {' '.join(reversed(head.strip()[1:-1].split('] [')))}"
    turned = f"{stamp} {message} " + " ".join(f"[{field}]" for field in reversed(head.strip()[1:-1].split("] [")))
    one, other = parse(line(text=b"x] [to:1]")), parse(turned.encode())
    assert isinstance(other, Submission)
    assert isinstance(one, Submission)
    assert (other.body, other.recipient, other.reference) == (one.body, one.recipient, one.reference)


@pytest.mark.parametrize(
    ("kind", "reply", "status", "error", "carrier"),
    [
        (1, "id:1 stat:DELIVRD err:000 text:stat:UNDELIV", "delivered", None, None),
        (1, "", "delivered", None, None),
        (2, "id:1 stat:UNDELIV err:027 text:", "failed", "absent_subscriber", "UNDELIV/027"),
        (2, "stat:EXPIRED err:254", "expired", "validity_expired", "EXPIRED/254"),
        (2, "stat:REJECTD err:008", "failed", "rejected_by_carrier", "REJECTD/008"),
        (2, "stat:UNKNOWN err:0A1", "failed", "unknown_error", "UNKNOWN/0A1"),
        (2, "", "failed", "unknown_error", None),
        (4, "stat:ENROUTE err:000", None, None, "ENROUTE/000"),
        (8, "ACK/", None, None, None),
        (16, "NACK/0x0000000b/Invalid Destination Address", "rejected", "invalid_destination", "0x0000000B"),
        (16, "NACK/no SMSC", "rejected", "no_route", "no SMSC"),
        (16, "NACK/", "rejected", None, None),
        (16, "whatever", "rejected", None, "whatever"),
    ],
)
def test_receipt_says_status_and_codes(
    kind: int, reply: str, status: str | None, error: str | None, carrier: str | None
) -> None:
    found = parse(line("Receive DLR", reply.encode(), flags=f"-1:-1:-1:-1:{kind}"))
    assert isinstance(found, Receipt)
    carrier_code = found.carrier_code or None
    assert (found.status, found.error_code, carrier_code) == (status, error, carrier)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", Reason.EMPTY_LINE),
        (b"a\0b", Reason.NUL_BYTE),
        (b"hello", Reason.UNREADABLE),
        (b"2026-11-21 03:53:39 Log begins", Reason.LOG_MARKER),
        (b"2026-02-30 03:53:39" + line()[19:], Reason.BAD_TIME),
        (b"1969-12-31 23:59:59" + line()[19:], Reason.BAD_TIME),
        (line("Receive SMS"), Reason.INBOUND_MESSAGE),
        (line("FAILED Receive DLR"), Reason.ORPHAN_RECEIPT),
        (line("Dancing SMS"), Reason.UNKNOWN_EVENT),
        (line("Receive DLR", flags="-1:-1:-1:-1:3"), Reason.UNKNOWN_RECEIPT_TYPE),
        (line(to="abc"), Reason.BAD_RECIPIENT),
        (line(**{"from": ""}), Reason.BAD_SENDER),
        (line(flags="1:2"), Reason.BAD_NUMBER),
        (line(length=900), Reason.TRUNCATED),
        (line(text=b"hello", length=3), Reason.LENGTH_MISMATCH),
        (line(text=b"\xff\xfe"), Reason.BAD_ENCODING),
        (line()[:90], Reason.TRUNCATED),
    ],
)
def test_unusable_line_has_its_reason(raw: bytes, expected: Reason) -> None:
    assert reason(raw) is expected


def test_other_services_are_not_taken() -> None:
    assert reason(line(SVC="globex"), services=["acme"]) is Reason.OTHER_SERVICE
    assert isinstance(parse(line(SVC="acme"), services=["acme"]), Submission)


def test_local_time_is_read_in_its_zone() -> None:
    found = KannelParser(Clock(ZoneInfo("Asia/Kabul"))).parse(line())
    assert isinstance(found, Submission)
    assert found.submitted_at == datetime(2026, 11, 20, 23, 23, 39, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "expected"),
    [("93700000141", "+93700000141"), ("+93700000141", "+93700000141"), ("0093700000141", "+93700000141"),
     ("0700000141", "+93700000141"), ("4915123456789", "+4915123456789")],
)  # fmt: skip
def test_number_is_written_in_e164(number: str, expected: str) -> None:
    assert dialled(number) == expected


@pytest.mark.parametrize("number", ["", "abc", "0", "12", "+", "1" * 30, "٠٧٠٠"])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(Rejected):
        dialled(number)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_record_or_a_reason(raw: bytes) -> None:
    for layout in (parse_default, compile_format(FORMAT)):
        with suppress(Rejected):
            assert isinstance(parse(raw, layout=layout), Submission | Receipt)


@given(st.data())
def test_damaged_line_gives_a_record_or_a_reason(data: st.DataObject) -> None:
    raw = bytearray(
        line(data.draw(st.sampled_from(["Sent SMS", "Receive DLR", "DISCARDED SMS"])), b"stat:X err:\xd9\x84")
    )
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(raw)))
        match data.draw(st.integers(0, 2)):
            case 0:
                raw[place : place + 1] = data.draw(st.binary(min_size=1, max_size=3))
            case 1:
                del raw[place : place + data.draw(st.integers(1, 20))]
            case _:
                raw[place:place] = data.draw(
                    st.sampled_from([b"] [udh:0:]", b"] [to:1", b"[msg:9999999:", b"]", b"\0"])
                )
    with suppress(Rejected):
        assert isinstance(parse(bytes(raw)), Submission | Receipt)


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r"), max_size=80))
def test_any_text_comes_back_from_a_line(text: str) -> None:
    encoded = text.encode()
    found = parse(line(text=encoded))
    assert isinstance(found, Submission)
    assert found.body == text
    wide = text.encode("utf-16-be")
    found = parse(line(text=wide.hex().encode(), length=len(wide), flags="-1:2:-1:-1:31"))
    assert isinstance(found, Submission)
    assert found.body == text


def custom(text: str = "hi", **fields: str) -> bytes:
    values = {"t": "2026-11-21 05:37:27", "T": "1795239447", "l": "Sent SMS", "p": "INFO", "d": "31"} | fields
    v = values
    return (
        f"{v['t']}|{v['T']}|{v['l']}|mno1|acme|acc||0001|uuid|?smpp?|{v['p']}|93700000141|-1:0:-1:-1:{v['d']}"
        f"|{len(text.encode())}|{text}|0:"
    ).encode()


def test_custom_layout_takes_the_text_by_its_length() -> None:
    found = parse(custom("a|b|0:"), layout=compile_format(FORMAT))
    assert isinstance(found, Submission)
    assert (found.body, found.recipient, found.external_id) == ("a|b|0:", "+93700000141", "mno1/0001")
    assert found.submitted_at == datetime(2026, 11, 21, 5, 37, 27, tzinfo=UTC)


def test_custom_layout_may_have_kannels_time_before_it() -> None:
    found = parse(b"2026-11-21 10:07:27 " + custom(), layout=compile_format(FORMAT))
    assert isinstance(found, Submission)
    assert found.submitted_at == datetime(2026, 11, 21, 5, 37, 27, tzinfo=UTC)


def test_custom_layout_without_a_length_ends_the_text_at_the_next_literal() -> None:
    read = compile_format("%l;%i;%F;%p;%P;%c;%d;%b")
    found = parse(b"2026-11-21 10:07:27 Sent SMS;mno1;7;INFO;93700000141;2;31;00410042", layout=read)
    assert isinstance(found, Submission)
    assert found.body == "AB"


@pytest.mark.parametrize("log_format", ["", "%l", "%l %i %F %p %P", "%l%i %F %p %P %d", "%l %i %F %p %P %d %z"])
def test_format_that_cannot_be_read_is_refused(log_format: str) -> None:
    with pytest.raises(FormatError):
        compile_format(log_format)
