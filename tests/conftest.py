"""What every test may use. Each part adds its plugin to the list; fixtures live in tests/support."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# An example that takes long is a busy machine, not a bug: no test asserts a time.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
# For `make fuzz`: as many examples as there is time for, each time others.
settings.register_profile(
    "fuzz", deadline=None, max_examples=2000, database=None, suppress_health_check=list(HealthCheck)
)

pytest_plugins = [
    "tests.support.postgres",
    "tests.support.browser",
    "tests.support.stack",
    "tests.support.kannel",
    "tests.support.distribution",
]
