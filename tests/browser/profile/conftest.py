"""People of their own in the running product, since what they do to themselves must not meet other tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from gateway.identity.users import create_user
from gateway.settings import GatewaySettings
from gateway.store.accounts import find_tenant
from gateway.store.engine import create_engine
from tests.browser.whole.conftest import give_session, sign_in, signed_in
from tests.support.browser import Browser, open_browser
from tests.support.stack import Stack

__all__ = ["sign_in", "signed_in"]
PASSWORD = "the first sentence"


@pytest.fixture(scope="module")
def identity(stack: Stack) -> Iterator[Engine]:
    """The running product's database, as its sign-in service sees it."""
    engine = create_engine(GatewaySettings(database_url=stack.database_url, data_dir=stack.data_dir), "identity")
    yield engine
    engine.dispose()


@pytest.fixture
def person(identity: Engine) -> str:
    """The address of somebody new with the role ``viewer``."""
    email = f"{uuid4().hex}@profile.example"
    with identity.begin() as connection:
        tenant_id = find_tenant(connection, "demo-bank")
        create_user(connection, email, "Zarghona", PASSWORD, "customer", ["viewer"], tenant_id)
    return email


@pytest.fixture
def elsewhere(stack: Stack) -> Iterator[Callable[[str, str], Browser]]:
    """``elsewhere(email, password)`` gives another browser with a session."""
    with open_browser() as other:

        def another(email: str, password: str = PASSWORD) -> Browser:
            give_session(other, stack, email, password)
            return other

        yield another
