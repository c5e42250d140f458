"""Which worker of pytest-xdist gets which tests, and when: one worker has the running product, long files come first.

Both are about what a worker may not share. A session's fixture is made once in *each* worker that meets a test of it, so
the product would be started, filled and kept running twice. And pytest-xdist hands out the files with the most tests
first, which are the quickest ones: the few long tests in a browser were left for the end, where one worker waits for
the others.
"""

from __future__ import annotations

from typing import Any

import pytest

THE_PRODUCT = "the running product"
WITH_THE_PRODUCT = ("tests/browser/profile/", "tests/browser/whole/")
"""Where tests use the fixture ``stack``, also through ``sign_in``. A test of it elsewhere works too, at the cost of another start."""


def part_of(nodeid: str) -> str:
    """The name of what is given to one worker as a whole: a file, or all that use the running product."""
    file = nodeid.split("::", 1)[0]
    return THE_PRODUCT if file.startswith(WITH_THE_PRODUCT) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Parts(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return part_of(nodeid)

    # As collected: browser, contract, integration, unit, which is from the longest tests to the shortest.
    config.option.loadscopereorder = False
    return Parts(config, log)
