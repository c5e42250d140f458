"""A review as it is laid out in each language, signed: pdfsig accepts it, and not with one byte changed."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path

import pytest
from pypdf import PdfReader

from gateway.signing import Known, verify
from gateway.texts import LANGUAGES
from tests.support.reports import NOW, keys
from tests.unit.gateway.reports.test_pages import made
from tests.unit.gateway.reports.told import review

OURS = keys()
PDFSIG = "/usr/bin/pdfsig"


@pytest.mark.skipif(not os.access(PDFSIG, os.X_OK), reason="pdfsig is not installed: make pdfsig, as root")
@pytest.mark.parametrize("language", [each.tag for each in LANGUAGES])
def test_review_of_each_language_is_accepted_and_not_with_one_byte_changed(language: str, tmp_path: Path) -> None:
    plain, _ = made(review(), language)
    signed = OURS.signer.sign(plain, at=NOW)
    assert verify(signed, [Known(OURS.certificates[0], False)]).genuine
    before, after = PdfReader(io.BytesIO(plain)), PdfReader(io.BytesIO(signed))
    assert [page.extract_text() for page in after.pages] == [page.extract_text() for page in before.pages]
    changed = bytearray(signed)
    changed[len(plain) // 2] ^= 1
    for content, says in ((signed, "Signature is Valid."), (bytes(changed), "Digest Mismatch.")):
        (tmp_path / "review.pdf").write_bytes(content)
        run = subprocess.run([PDFSIG, "-nocert", tmp_path / "review.pdf"], capture_output=True, text=True, check=False)
        assert f"Signature Validation: {says}" in run.stdout
        assert "Total document signed" in run.stdout
