"""What is signed is read as signed by others, and no byte of it can be another one."""

from __future__ import annotations

import logging
import os
import subprocess
from datetime import timedelta, timezone
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext
from pypdf import PdfReader

from gateway.signing import Known, SigningFailed, verify
from gateway.signing.checking import look_at
from gateway.signing.signer import LARGEST
from tests.support.reports import NOW, keys, report

OURS = keys()
SIGNED = OURS.signer.sign(report(), at=NOW)
KNOWN = (Known(OURS.certificates[0], False),)
FINGERPRINTS = frozenset({OURS.certificates[0].fingerprint(hashes.SHA256()).hex()})
GENERATED = (Phase.explicit, Phase.generate)  # a smaller example tells nothing more, and takes minutes to be found
PDFSIG = "/usr/bin/pdfsig"


@pytest.fixture(autouse=True)
def _quiet() -> None:
    logging.getLogger("pyhanko.sign").setLevel(logging.CRITICAL + 1)  # it tells of each signature that does not hold


def judged(content: bytes) -> PdfSignatureStatus:
    """pyHanko's own validation, trusting the authority above our certificate."""
    root = asn1_x509.Certificate.load(OURS.certificates[1].public_bytes(Encoding.DER))
    signature = PdfFileReader(BytesIO(content)).embedded_signatures[0]
    context = ValidationContext(trust_roots=[root], allow_fetching=False, moment=NOW)
    return validate_pdf_signature(signature, signer_validation_context=context)


def test_report_is_the_beginning_of_what_is_signed_and_the_whole_is_covered() -> None:
    assert SIGNED.startswith(report())
    found = verify(SIGNED, KNOWN)
    assert (found.state, found.signer, found.genuine) == ("intact", "platform", True)
    assert (found.signed_by, found.organization) == ("Reports of the platform", "Ours")
    assert found.signed_at == NOW
    assert found.fingerprint in FINGERPRINTS


def test_signing_time_in_another_zone_is_the_same_moment() -> None:
    kabul = timezone(timedelta(hours=4, minutes=30))
    assert verify(OURS.signer.sign(report(), at=NOW.astimezone(kabul)), KNOWN).signed_at == NOW


def test_pyhanko_accepts_it_and_not_with_one_changed_byte() -> None:
    status = judged(SIGNED)
    assert status.bottom_line, status.pretty_print_details()
    assert status.docmdp_ok
    changed = bytearray(SIGNED)
    changed[SIGNED.index(b"stream") + 40] ^= 1
    assert not judged(bytes(changed)).bottom_line


@pytest.mark.skipif(not os.access(PDFSIG, os.X_OK), reason="pdfsig is not installed: make pdfsig, as root")
def test_pdfsig_accepts_it_and_not_with_one_changed_byte(tmp_path: Path) -> None:
    def said(content: bytes) -> str:
        (tmp_path / "report.pdf").write_bytes(content)
        run = subprocess.run([PDFSIG, "-nocert", tmp_path / "report.pdf"], capture_output=True, text=True, check=False)
        return run.stdout

    good = said(SIGNED)
    assert "Signature is Valid." in good
    assert "Total document signed" in good
    assert "ETSI.CAdES.detached" in good
    assert "Signer Certificate Common Name: Reports of the platform" in good
    changed = bytearray(SIGNED)
    changed[SIGNED.index(b"stream") + 40] ^= 1
    bad = said(bytes(changed))
    assert "Signature is Valid." not in bad
    assert "Digest Mismatch." in bad


def test_signed_pdf_stays_one_for_archives_and_screen_readers() -> None:
    """As far as it can be told without their judges: what is added breaks none of the rules for what it is."""
    before, after = PdfReader(BytesIO(report())), PdfReader(BytesIO(SIGNED))
    update = SIGNED[len(report()) :]
    assert after.trailer["/Root"]["/Metadata"].get_data() == before.trailer["/Root"]["/Metadata"].get_data()
    assert b"/Metadata" not in update.replace(b"/Metadata ", b"", 1)  # PDF/A-2, 6.6.2: it is as it was made
    assert "/Version" not in after.trailer["/Root"]
    assert after.pdf_header == "%PDF-1.7"
    assert after.trailer["/ID"][0] == before.trailer["/ID"][0]
    (widget,) = (each.get_object() for each in after.pages[0]["/Annots"])
    # PDF/A-2, 6.3.2 and 6.3.3: printed, not hidden, and without an appearance only because it has no size.
    assert widget["/F"] & 0b100
    assert not widget["/F"] & 0b100011
    left, low, right, high = widget["/Rect"]
    assert (left, low) == (right, high)
    assert left < 0  # PDF/UA-1, 7.18.1: what lies outside the page is in no structure
    assert widget["/TU"]  # and 7.18.4: a field says what it is
    assert after.pages[0]["/Tabs"] == "/S"
    reference = widget["/V"]["/Reference"][0]
    assert set(reference) == {"/Type", "/TransformMethod", "/TransformParams"}  # PDF/A-2, 6.1.12: no digest here
    assert after.trailer["/Root"]["/Perms"]["/DocMDP"].get_object() == widget["/V"]


@settings(max_examples=100, deadline=None, phases=GENERATED)
@given(place=st.integers(0, len(SIGNED) - 1), value=st.integers(1, 255))
def test_one_changed_byte_anywhere_is_never_accepted(place: int, value: int) -> None:
    changed = bytearray(SIGNED)
    changed[place] ^= value
    found = look_at(bytes(changed), FINGERPRINTS)
    assert not (found["state"] in {"intact", "extended"} and found.get("known")), place


def test_number_that_is_none_makes_a_file_unreadable() -> None:
    broken = SIGNED.replace(b"/F 132", b"/F 1.-")
    assert broken != SIGNED
    assert look_at(broken, FINGERPRINTS)["state"] == "unreadable"


def test_root_that_is_another_object_makes_a_file_unreadable_or_changed() -> None:
    root = SIGNED.rindex(b"/Root ") + len(b"/Root ")
    end = SIGNED.index(b" 0 R", root)
    states = {
        look_at(SIGNED[:root] + str(number).rjust(end - root, "0").encode() + SIGNED[end:], FINGERPRINTS)["state"]
        for number in range(1, 40)
        if number != int(SIGNED[root:end])
    }
    assert states == {"unreadable", "changed"}


@settings(max_examples=40, deadline=None, phases=GENERATED)
@given(
    place=st.integers(0, len(SIGNED)),
    removed=st.integers(0, 400),
    put_in=st.binary(max_size=400) | st.sampled_from([b"\n%%EOF\n", b"%PDF-1.7\n", SIGNED[-700:]]),
)
def test_bytes_put_in_or_cut_out_are_never_accepted(place: int, removed: int, put_in: bytes) -> None:
    changed = SIGNED[:place] + put_in + SIGNED[place + removed :]
    found = look_at(changed, FINGERPRINTS)
    assert changed == SIGNED or found["state"] != "intact"


def test_every_digit_around_the_signature_counts() -> None:
    """What the signature does not cover is the signature; of that, too, nothing may be another."""
    start = SIGNED.index(b"/Contents <") + len(b"/Contents ")
    end = SIGNED.index(b">", start) + 1
    for place in [*range(start, end, 97), start, end - 1, end - 2]:
        for put in (b"A", b"0"):
            if SIGNED[place : place + 1] != put:
                changed = SIGNED[:place] + put + SIGNED[place + 1 :]
                found = look_at(changed, FINGERPRINTS)
                assert not (found["state"] in {"intact", "extended"} and found.get("known")), place - start


def test_what_is_added_behind_the_signature_is_told() -> None:
    longer = SIGNED + b"\n% more\n"
    assert verify(longer, KNOWN).state == "extended"
    assert not verify(longer, KNOWN).genuine
    # A second signature by somebody else covers it all, and does not make it ours as a whole.
    again = keys("Somebody else").signer
    assert verify(OURS.signer.sign(report(), at=NOW), KNOWN).genuine
    with pytest.raises(SigningFailed):
        again.sign(SIGNED, at=NOW)  # what we certified says that nothing may be added


def test_somebody_elses_signature_is_theirs_and_is_not_believed_by_name() -> None:
    same_name = keys().signer.sign(report(), at=NOW)
    found = verify(same_name, KNOWN)
    assert (found.state, found.signer, found.signed_by) == ("intact", "foreign", "Reports of the platform")
    assert not found.genuine


def test_certificate_of_a_former_or_development_key_is_known_as_such() -> None:
    known = (Known(keys().certificates[0], False), Known(OURS.certificates[0], True))
    found = verify(SIGNED, known)
    assert (found.state, found.signer, found.genuine) == ("intact", "development", False)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"%PDF-1.7", b"%PDF-1.7\n" + b"\x00" * 5000, b"%PDF-" * 100])
def test_what_is_no_pdf_cannot_be_signed(content: bytes) -> None:
    with pytest.raises(SigningFailed):
        OURS.signer.sign(content, at=NOW)


def test_what_is_too_large_is_refused_before_it_is_looked_at() -> None:
    with pytest.raises(SigningFailed):
        OURS.signer.sign(bytes(LARGEST + 1), at=NOW)
    with pytest.raises(ValueError, match="more than"):
        verify(bytes(LARGEST + 1), KNOWN)
