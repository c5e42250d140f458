"""Which parts are measured, and what is kept of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from bench import __main__ as command
from bench.machine import Spent
from bench.measure import Found, Options
from bench.results import Run


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the parts that the command measures from now on; nothing is measured in truth."""
    names: list[str] = []

    def measure(part: str, options: Options) -> Run:
        names.append(part)
        return Run(part, "2026-12-01T10:00:00+00:00", "2 cores", options.messages, 1, 0, Found())

    monkeypatch.setattr(command, "_measure", measure)
    monkeypatch.setattr(command, "_missing", lambda _run: [])
    return names


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["bench", "--quick", *arguments])
    return command.main()


def test_what_takes_an_hour_is_measured_only_when_it_is_named(
    monkeypatch: pytest.MonkeyPatch, measured: list[str]
) -> None:
    assert _run(monkeypatch) == 0
    assert measured == [part for part in command.PARTS if part not in command.LONG]
    measured.clear()
    assert _run(monkeypatch, *command.LONG) == 0
    assert measured == list(command.LONG)


def test_run_says_how_many_messages_there_were_when_the_part_had_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def watched() -> Iterator[Spent]:
        yield Spent()

    found = Found()
    monkeypatch.setattr(command.machine, "watched", watched)
    monkeypatch.setattr(command, "import_module", lambda _name: SimpleNamespace(measure=lambda _options: found))
    assert command._measure("live", Options(1000)).messages == 1000
    found.messages = 12
    assert command._measure("live", Options(1000)).messages == 12
