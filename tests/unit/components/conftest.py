"""Every component is built in every language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.i18n import SUPPORTED, Locale, use


@pytest.fixture(params=list(SUPPORTED))
def reader(request: pytest.FixtureRequest) -> Iterator[Locale]:
    with use(request.param) as chosen:
        yield chosen
