"""Alphanumeric sender IDs (3GPP TS 23.040 §9.1.2.5): eleven characters, and not to be mistaken for a number."""

from __future__ import annotations

import re

LONGEST = 11
_FORM = re.compile(rf"(?=[^ ])(?=.*[A-Za-z])[A-Za-z0-9 ]{{1,{LONGEST}}}(?<! )")


def is_sender_id(text: str) -> bool:
    """1–11 ASCII letters, digits and inner spaces, with a letter among them."""
    return _FORM.fullmatch(text) is not None
