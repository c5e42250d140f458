"""What is shipped from others is what the manifest pins, with its licence."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import brotli
import pytest

ROOT = Path(__file__).resolve().parents[4]
VENDOR = ROOT / "assets/vendor"
MANIFEST = json.loads((ROOT / "tools/vendor/manifest.json").read_text())


def test_vendor_folder_holds_exactly_the_files_of_the_manifest() -> None:
    found = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert found == set(MANIFEST["files"])


@pytest.mark.parametrize("name", sorted(MANIFEST["files"]))
def test_vendored_file_has_the_pinned_hash(name: str) -> None:
    digest = hashlib.sha384((VENDOR / name).read_bytes()).digest()
    assert base64.b64encode(digest).decode() == MANIFEST["files"][name]


def test_every_vendored_folder_has_its_licence() -> None:
    for folder in VENDOR.iterdir():
        assert (folder / "LICENSE").read_text().strip(), folder


def test_precompressed_plotly_is_the_same_file() -> None:
    plotly = VENDOR / "plotly/plotly.min.js"
    assert brotli.decompress((VENDOR / "plotly/plotly.min.js.br").read_bytes()) == plotly.read_bytes()


def test_plotly_bundle_needs_no_unsafe_eval() -> None:
    source = (VENDOR / "plotly/plotly.min.js").read_text()
    assert "new Function(" not in source
    assert "eval(" not in source
