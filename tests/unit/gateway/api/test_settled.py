from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.api import app, logs, serve
from gateway.settings import GatewaySettings


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What stands for the application; what a test froze is thawed again, and threads take turns as before."""
    application = ["application"]
    monkeypatch.setattr(app, "served", lambda _settings: application)
    monkeypatch.setattr(logs, "configure", lambda: None)
    monkeypatch.setattr(GatewaySettings, "from_env", lambda _env: None)
    usual = sys.getswitchinterval()
    gc.unfreeze()
    yield application
    gc.unfreeze()
    sys.setswitchinterval(usual)


def by_a_foreign_server() -> Any:
    return app.from_env()


def by_our_own() -> Any:
    return serve._build(None)  # type: ignore[arg-type]


@pytest.mark.parametrize("serving", [by_a_foreign_server, by_our_own])
def test_served_application_is_not_searched_for_garbage(built: list[str], serving: Any) -> None:
    assert serving() is built
    assert gc.get_freeze_count() > 0
    assert not any(found is built for found in gc.get_objects())


@pytest.mark.parametrize("serving", [by_a_foreign_server, by_our_own])
def test_request_that_computes_lets_others_go_on_soon(built: list[str], serving: Any) -> None:
    sys.setswitchinterval(0.005)
    assert serving() is built
    assert sys.getswitchinterval() == pytest.approx(app.SWITCH_SECONDS)
