"""What every test may use. Each part adds its plugin to the list; fixtures live in tests/support."""

from __future__ import annotations

pytest_plugins = [
    "tests.support.postgres",
    "tests.support.browser",
    "tests.support.stack",
    "tests.support.kannel",
    "tests.support.distribution",
]
