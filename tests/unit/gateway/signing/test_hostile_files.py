"""Whatever somebody uploads is answered, within limits of time and memory."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.signing import TooBusy, Verdict, verdict, verify
from gateway.signing.checking import look_at
from tests.support.reports import NOW, keys, report

STATES = {"intact", "extended", "changed", "not_signed", "not_pdf", "unreadable"}
SIGNED = keys().signer.sign(report(), at=NOW)


def pdf(*objects: bytes, trailer: bytes = b"<< /Root 1 0 R /Size 99 >>") -> bytes:
    """A file of these objects, numbered from 1, with a cross-reference table that fits."""
    content, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(
        b"%010d 00000 n \n" % p for p in places
    )
    return content + table + b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (trailer, len(content))


def bomb() -> bytes:
    """A stream of objects that is a hundred thousand times as long as it looks."""
    packed = zlib.compress(b"1 0 " + b" " * 400_000_000, 9)
    head = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>" % len(packed)
    start = b"%PDF-1.7\n"
    content = start + b"1 0 obj\n" + head + b"\nstream\n" + packed + b"\nendstream\nendobj\n"
    rows = bytes([0, 0, 0, 0, 0, 255]) + bytes([1]) + len(start).to_bytes(4, "big") + bytes([0])
    rows += bytes([2, 0, 0, 0, 1, 0])
    xref = b"<< /Type /XRef /Size 3 /W [1 4 1] /Root 2 0 R /Length %d >>\nstream\n" % len(rows) + rows + b"\nendstream"
    return content + b"3 0 obj\n" + xref + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(content)


HOSTILE = {
    "a fields tree that is its own child": pdf(
        b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [3 0 R] >> >>",
        b"<< /Type /Pages /Kids [] /Count 0 >>",
        b"<< /T (a) /Kids [3 0 R] >>",
    ),
    "a signature without a place": pdf(
        b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [3 0 R] /SigFlags 3 >> >>",
        b"<< /Type /Pages /Kids [] /Count 0 >>",
        b"<< /FT /Sig /T (a) /V 4 0 R >>",
        b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Contents <00> /ByteRange [0 -1 5 99999999999999] >>",
    ),
    "arrays within arrays": pdf(b"[" * 50_000 + b"]" * 50_000),
    "a table that leads to itself": b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<< /Prev 9 /Size 1 /Root 1 0 R >>\nstartxref\n9\n%%EOF\n",
    "an encrypted file": pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>",
        trailer=b"<< /Root 1 0 R /Size 3 /Encrypt << /Filter /Standard /V 1 /R 2 /O (x) /U (y) /P -4 >> /ID [(a) (b)] >>",
    ),
    "a length that is not true": b"%PDF-1.7\n1 0 obj\n<< /Length 99999999999 >>\nstream\n" + b"x" * 1000,
    "numbers without an end": b"%PDF-1.7\n" + b"9" * 1_000_000 + b"\nstartxref\n" + b"9" * 5000 + b"\n%%EOF",
    "a compressed bomb": bomb(),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_has_an_answer(name: str) -> None:
    found = verify(HOSTILE[name], ())
    assert found.state in {"unreadable", "not_signed", "changed"}, name
    assert found.size == len(HOSTILE[name])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=600))
def test_anything_behind_the_mark_is_answered(content: bytes) -> None:
    assert look_at(b"%PDF-1.7\n" + content, frozenset())["state"] in STATES


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(SIGNED)), st.integers(0, len(SIGNED)))
def test_any_part_of_a_signed_file_is_answered(start: int, end: int) -> None:
    assert look_at(SIGNED[start:end], frozenset())["state"] in STATES


def test_what_is_no_pdf_is_told_without_asking_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "_PROGRAM", "/nowhere")
    assert verify(b"PK\x03\x04", ()).state == "not_pdf"


def test_a_program_that_dies_makes_a_file_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "_PROGRAM", "/nowhere")
    assert verify(SIGNED, ()).state == "unreadable"


def test_two_are_looked_at_at_once_and_a_third_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "PATIENCE_SECONDS", 0.01)
    for _ in range(2):
        verdict._places.acquire()
    try:
        with pytest.raises(TooBusy):
            verify(SIGNED, ())
    finally:
        for _ in range(2):
            verdict._places.release()


def test_a_machine_without_time_is_no_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "LONGEST_SECONDS", 0)
    with pytest.raises(TooBusy):
        verify(SIGNED, ())


def test_verdict_of_what_is_not_signed_names_nobody() -> None:
    found = verify(report(), ())
    assert found == Verdict("not_signed", found.sha256, len(report()))
