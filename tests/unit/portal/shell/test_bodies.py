"""Numbers that no column holds are refused before anything counts with them."""

from __future__ import annotations

import flask
import pytest

from portal.shell.shapes import LARGEST, Bodies


@pytest.fixture
def bodies() -> Bodies:
    return Bodies(flask.Flask(__name__))


@pytest.mark.parametrize(
    "text", [str(LARGEST + 1), str(-LARGEST - 1), str(10**30), '{"a": [1, NaN]}', "[-Infinity]", "{"]
)
def test_what_is_no_number_here_is_no_json(bodies: Bodies, text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - as json.loads raises it
        bodies.loads(text)


def test_everything_else_is_read_as_it_is(bodies: Bodies) -> None:
    text = f'{{"a": [{LARGEST}, {-LARGEST}, 1.5, null, true, "پیام"]}}'
    assert bodies.loads(text) == {"a": [LARGEST, -LARGEST, 1.5, None, True, "پیام"]}
    assert bodies.loads(text.encode()) == bodies.loads(text)
