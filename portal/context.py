"""Who is asking, with which services, under which id: the current request's, for callbacks and pages' loaders.

Set by the guard for each request; tests and jobs set their own with ``use``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Literal

import flask

from portal.domain.actor import Actor
from portal.domain.errors import Unauthenticated
from portal.domain.report_checks import ReportCheck
from portal.services import Services

Theme = Literal["light", "dark", "auto"]


@dataclass(frozen=True)
class _Context:
    actor: Actor | None = None
    services: Services | None = None
    request_id: str = "-"
    theme: Theme = "auto"
    ask_opinion_at: dt.datetime | None = None


_override: ContextVar[_Context | None] = ContextVar("portal_context", default=None)


def _current() -> _Context:
    chosen = _override.get()
    if chosen is not None:
        return chosen
    found = flask.g.get("portal_context") if flask.has_app_context() else None
    return found if isinstance(found, _Context) else _Context()


def actor() -> Actor:
    """The signed-in person. Raises Unauthenticated outside a guarded request."""
    found = _current().actor
    if found is None:
        raise Unauthenticated("nobody is signed in")
    return found


def signed_in() -> Actor | None:
    """The signed-in person, or None."""
    return _current().actor


def services() -> Services:
    """The application's services. Raises LookupError where none were given."""
    found = _current().services
    if found is None and flask.has_app_context():
        found = flask.current_app.extensions["portal"].services
    if found is None:
        raise LookupError("no services in this context")
    return found


def request_id() -> str:
    """The id under which this request is logged here and upstream, and shown on error pages."""
    return _current().request_id


def theme() -> Theme:
    """The reader's choice of colours; ``auto`` follows their system."""
    return _current().theme


def opinion_wanted(now: dt.datetime) -> bool:
    """Whether the reader is to be asked what they think of the platform."""
    at = _current().ask_opinion_at
    return at is not None and at <= now


def profile_changed() -> None:
    """Say that what is known of the person is old: it is asked anew, by every process that serves this browser."""
    if flask.has_request_context():
        flask.g.profile_changed = True


def refused_upstream() -> None:
    """Say that the platform no longer accepts this session's token: the answer becomes "sign in again" (401)."""
    if flask.has_request_context():
        flask.g.refused_upstream = True


def report_check() -> ReportCheck | None:
    """What came of the file that was sent with this request; None where none was."""
    found = flask.g.get("report_check") if flask.has_app_context() else None
    return found if isinstance(found, ReportCheck) else None


def set_report_check(found: ReportCheck) -> None:
    """Have the page that answers this request tell it; for the web layer alone."""
    flask.g.report_check = found


def set_for_request(**changes: Any) -> None:
    """Set fields of the current request's context; for the web layer alone."""
    known = flask.g.get("portal_context") or _Context()
    flask.g.portal_context = replace(known, **changes)


@contextmanager
def use(
    *,
    actor: Actor | None = None,
    services: Services | None = None,
    request_id: str = "test",
    theme: Theme = "auto",
    ask_opinion_at: dt.datetime | None = None,
) -> Iterator[None]:
    """Answer with these inside the block, whatever the request says."""
    token = _override.set(_Context(actor, services, request_id, theme, ask_opinion_at))
    try:
        yield
    finally:
        _override.reset(token)
