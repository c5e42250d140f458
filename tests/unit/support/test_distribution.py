"""The running product is started by one worker only."""

from __future__ import annotations

import pytest

from tests.support.distribution import THE_PRODUCT, part_of


def test_tests_of_the_running_product_go_to_one_worker_others_by_file(request: pytest.FixtureRequest) -> None:
    """As collected here: whoever asks for ``stack`` is in the one part, whoever does not is not in its way."""
    assert part_of("tests/unit/docs/test_links.py::test_it[a::b]") == "tests/unit/docs/test_links.py"
    wrong = [
        item.nodeid
        for item in request.session.items
        if "stack" in getattr(item, "fixturenames", ()) and part_of(item.nodeid) != THE_PRODUCT
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", ["profile", "whole"])
def test_folders_of_the_running_product_are_one_part(folder: str) -> None:
    assert part_of(f"tests/browser/{folder}/test_new.py::test_it") == THE_PRODUCT
