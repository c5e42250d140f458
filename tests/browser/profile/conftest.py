"""People of their own in the running product, since what they do to themselves must not meet other tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from tests.browser.whole.conftest import sign_in
from tests.support.browser import Browser, open_browser
from tests.support.stack import Stack

__all__ = ["sign_in"]
PASSWORD = "the first sentence"


@pytest.fixture
def person(stack: Stack) -> str:
    """The address of somebody new with the role ``viewer``."""
    email = f"{uuid4().hex}@profile.example"
    made = stack.gateway(
        "create-user", "--tenant", "demo-bank", "--email", email, "--name", "Zarghona", "--role", "viewer",
        "--password-stdin", stdin=PASSWORD,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return email


@pytest.fixture
def elsewhere(stack: Stack) -> Iterator[Callable[[str, str], Browser]]:
    """``elsewhere(email, password)`` signs in with another browser and gives it."""
    with open_browser() as other:

        def signed_in(email: str, password: str = PASSWORD) -> Browser:
            sign_in.__wrapped__(other, stack)(email, password)  # type: ignore[attr-defined]
            return other

        yield signed_in
