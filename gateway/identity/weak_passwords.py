"""Passwords that are not accepted, however right their owner finds them (NIST SP 800-63B-4 §3.1.1.2).

Length is asked for, not composition; what everybody's guessing list begins with is refused.
"""

from __future__ import annotations

from pathlib import Path

SHORTEST = 10
LONGEST = 256

# The commonest of at least ten characters in published breaches, and what this country invites.
_COMMON = frozenset(Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").split())


def weakness(password: str, email: str, current: str) -> str | None:
    """Why ``password`` cannot replace ``current``, as a code; None when it can."""
    plain = password.casefold()
    if len(password) < SHORTEST:
        return "password_too_short"
    if len(password) > LONGEST:
        return "password_too_long"
    if password == current:
        return "password_unchanged"
    if plain in (email.casefold(), email.casefold().partition("@")[0]):
        return "password_is_email"
    if plain in _COMMON or len(set(plain)) <= 2:
        return "password_too_common"
    return None
