"""Asking several things at once, each answered or failed on its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from portal.domain.errors import PortalError, Unauthenticated

T = TypeVar("T")
_pool = ThreadPoolExecutor(max_workers=12, thread_name_prefix="ask")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What one question came to: ``value``, or the ``error`` that its card shows."""

    value: T | None = None
    error: PortalError | None = None


def ask_all(questions: Mapping[str, Callable[[], Any]]) -> dict[str, Outcome[Any]]:
    """Ask everything at the same time, in this request's context (language, time budget), and wait for all.

    Anticipated errors belong to their question; Unauthenticated concerns the whole request and is raised, as is
    anything nobody anticipated.
    """
    running = {name: _pool.submit(copy_context().run, _ask, question) for name, question in questions.items()}
    outcomes = {name: future.result() for name, future in running.items()}
    for outcome in outcomes.values():
        if isinstance(outcome.error, Unauthenticated):
            raise outcome.error
    return outcomes


def _ask(question: Callable[[], T]) -> Outcome[T]:
    try:
        return Outcome(value=question())
    except PortalError as error:
        return Outcome(error=error)
