"""Which passwords are refused, and that nothing else is asked of them than length."""

from __future__ import annotations

import pytest

from gateway.identity.weak_passwords import _COMMON, SHORTEST, weakness

EMAIL = "someone.long@bank.example"


@pytest.mark.parametrize(
    ("password", "found"),
    [
        ("x" * 9 + "y", "password_too_common"),
        ("123456789", "password_too_short"),
        ("گذرواژه‌ای که فقط خودم می‌دانم", None),
        ("no digits at all", None),
        ("ab" + "c" * 255, "password_too_long"),
        ("a" + "bc" * 127 + "d", None),
        ("PASSWORD123", "password_too_common"),
        (EMAIL.upper(), "password_is_email"),
        ("Someone.Long", "password_is_email"),
        ("the current one", "password_unchanged"),
        ("The current one", None),
    ],
)
def test_weakness_is_named(password: str, found: str | None) -> None:
    assert weakness(password, EMAIL, "the current one") == found


def test_list_of_common_ones_has_none_that_is_too_short_anyway() -> None:
    assert all(len(word) >= SHORTEST and word == word.casefold() for word in _COMMON)
