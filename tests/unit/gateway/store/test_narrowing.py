"""Statements with the conditions that are asked for."""

from __future__ import annotations

from typing import Any, cast

import pytest

from gateway.store.connections import Connection
from gateway.store.narrowing import Narrowed


class Asked:
    """A connection that remembers what it is asked."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def execute(self, statement: object, _values: dict[str, Any]) -> Asked:
        self.texts.append(str(statement))
        return self

    def all(self) -> list[Any]:
        return []


def test_only_conditions_with_a_value_stand_in_the_statement() -> None:
    listed = Narrowed("SELECT 1 WHERE true{narrowed} LIMIT 9", {"kind": "k = :kind", "before": "at < :before"})
    asked = Asked()
    for values in ({"kind": None, "before": None}, {"kind": 0, "before": None}, {"kind": "", "before": 5}):
        listed.rows(cast(Connection, asked), values)
    assert asked.texts == [
        "SELECT 1 WHERE true LIMIT 9",
        "SELECT 1 WHERE true AND k = :kind LIMIT 9",
        "SELECT 1 WHERE true AND k = :kind AND at < :before LIMIT 9",
    ]


@pytest.mark.parametrize("statement", ["SELECT 1", "SELECT {narrowed} {narrowed}"])
def test_text_without_its_place_is_refused(statement: str) -> None:
    with pytest.raises(ValueError, match="once"):
        Narrowed(statement, {})
