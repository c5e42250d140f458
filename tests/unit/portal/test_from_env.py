from __future__ import annotations

import gc

import pytest

from portal import factory
from portal.settings import PortalSettings


def test_served_portal_is_not_searched_for_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    built = ["portal"]
    monkeypatch.setattr(factory, "create_app", lambda _settings: built)
    monkeypatch.setattr(PortalSettings, "from_env", lambda _env: None)
    gc.unfreeze()
    try:
        assert factory.from_env() is built  # type: ignore[comparison-overlap]
        assert not any(found is built for found in gc.get_objects())
    finally:
        gc.unfreeze()
