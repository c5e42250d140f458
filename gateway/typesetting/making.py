"""The PDF of a sheet: made by another process (`program`), some at a time, and none for ever."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import orjson

LONGEST_SECONDS = 30
_PROGRAM = Path(__file__).with_name("program.py")
_places = BoundedSemaphore(2)


class TooBusy(RuntimeError):
    """So many are being made that one more would have to wait."""


class NotMade(RuntimeError):
    """The program failed, or took too long; what it said."""


@dataclass(frozen=True, slots=True)
class Made:
    """A PDF, and what no font could show of its texts: each character once, as `U+1F600`, where it stands a box."""

    pdf: bytes
    replaced: tuple[str, ...]


def to_pdf(template: Path, sheet: Mapping[str, Any], at: datetime, *, patience: float = 2.0) -> Made:
    """The pages of `sheet` by a Typst template, the same bytes whenever they are made: `at` is the time they bear.

    PDF/A-2a and PDF/UA-1, whatever its texts hold. Waits for a place for `patience` seconds. Raises TooBusy, NotMade.
    """
    if not _places.acquire(timeout=patience):
        raise TooBusy
    try:
        made = subprocess.run(
            [sys.executable, "-I", str(_PROGRAM)],
            input=orjson.dumps({"template": str(template), "sheet": dict(sheet), "at": int(at.timestamp())}),
            capture_output=True,
            timeout=LONGEST_SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise NotMade(error.stderr.decode(errors="replace")[-2000:]) from error
    except subprocess.TimeoutExpired as error:
        raise NotMade(f"not done after {LONGEST_SECONDS} s") from error
    finally:
        _places.release()
    said, _, pdf = made.stdout.partition(b"\n")
    return Made(pdf, tuple(orjson.loads(said)["replaced"]))
