"""The PDF of an invoice: made by another process (`typesetting`), some at a time, and none for ever."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import orjson

LONGEST_SECONDS = 30
_PROGRAM = Path(__file__).with_name("typesetting.py")
_places = BoundedSemaphore(2)


class TooBusy(RuntimeError):
    """So many are being made that one more would have to wait."""


class NotMade(RuntimeError):
    """The program failed, or took too long; what it said."""


def to_pdf(sheet: Mapping[str, Any], issued_at: datetime) -> bytes:
    """The pages of what `sheet.sheet_of` says, the same bytes whenever they are made. Raises TooBusy, NotMade."""
    if not _places.acquire(timeout=2):
        raise TooBusy
    try:
        made = subprocess.run(
            [sys.executable, "-I", str(_PROGRAM)],
            input=orjson.dumps({"sheet": dict(sheet), "issuedAt": int(issued_at.timestamp())}),
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
    return made.stdout
