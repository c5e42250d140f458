"""What every test may use. Each part adds its plugin to the list; fixtures live in tests/support."""

from __future__ import annotations

from hypothesis import settings

# An example that takes long is a busy machine, not a bug: no test asserts a time.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

pytest_plugins = [
    "tests.support.postgres",
    "tests.support.browser",
    "tests.support.stack",
    "tests.support.kannel",
    "tests.support.distribution",
]
