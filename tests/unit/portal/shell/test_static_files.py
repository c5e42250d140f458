from __future__ import annotations

import gzip
from pathlib import Path

import brotli
import pytest
from flask import Flask, request

from portal.shell.static_files import StaticFile, StaticFiles, sri

TEXT = b"var x = 1; // " + b"some text to compress " * 50


@pytest.fixture
def files(tmp_path: Path) -> StaticFiles:
    return StaticFiles("/pinned/", tmp_path / "cache")


def respond(files: StaticFiles, file: StaticFile, **headers: str) -> tuple[int, dict[str, str], bytes]:
    with Flask("x").test_request_context(headers=headers):
        response = files.respond(file, request)
        return response.status_code, dict(response.headers), response.get_data()


def test_url_changes_with_the_content_and_only_with_it(files: StaticFiles) -> None:
    one = files.add("a.js", TEXT, "text/javascript").url
    assert files.add("a.js", TEXT, "text/javascript").url == one
    assert files.add("a.js", TEXT + b"!", "text/javascript").url != one
    assert one.startswith("/pinned/a.")


def test_integrity_is_the_hash_that_browsers_compute() -> None:
    assert sri(b"") == "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None), ("", None)],
)
def test_file_comes_in_the_best_encoding_the_browser_takes(
    files: StaticFiles, accepted: str, encoding: str | None
) -> None:
    file = files.add("a.js", TEXT, "text/javascript")
    status, headers, body = respond(files, file, **{"Accept-Encoding": accepted})
    assert (status, headers.get("Content-Encoding")) == (200, encoding)
    assert {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding](body) == TEXT
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["Vary"] == "Accept-Encoding"


def test_best_compression_is_kept_for_the_next_start(tmp_path: Path) -> None:
    first = StaticFiles("/pinned/", tmp_path)
    first.add("a.js", TEXT, "text/javascript")
    first.compress_now()
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(brotli.compress(b"from the disk"))
    second = StaticFiles("/pinned/", tmp_path)
    file = second.add("a.js", TEXT, "text/javascript")
    assert brotli.decompress(respond(second, file, **{"Accept-Encoding": "br"})[2]) == b"from the disk"


def test_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    files = StaticFiles("/pinned/", tmp_path / "file" / "below")
    file = files.add("a.js", TEXT, "text/javascript")
    files.compress_now()
    assert brotli.decompress(respond(files, file, **{"Accept-Encoding": "br"})[2]) == TEXT
