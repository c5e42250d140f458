"""``POST /verify``: a report that somebody has, as a plain form sends it, answered with the page around what was found.

The strict policy has no need of an exception for it: nothing reads the file in the browser, no script sends it. Of the
file nothing is kept; what is longer than a form field waits in a temporary file without a name until it was read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask import Flask, Response, request

from portal import context
from portal.clients import budget
from portal.domain.report_checks import LARGEST_BYTES, ReportCheck, UploadProblem
from portal.services import Services

PATH = "/verify"
FIELD = "report"
# Somewhat more is read than is looked at, so that "too large" is said on the page: a browser whose upload is cut off
# shows an error of its own.
LARGEST_UPLOAD = 4 * LARGEST_BYTES
SECONDS = 20.0
_LONGEST_NAME = 120


def allow_uploads(server: Flask) -> None:
    """Let this one form be as large as it has to be. Must come before whatever reads forms: the guard does."""

    @server.before_request
    def allow() -> None:
        if request.method == "POST" and request.path == PATH:
            request.max_content_length = LARGEST_UPLOAD
            budget.start(SECONDS)


def show_with(server: Flask, draw: Callable[[], Response]) -> None:
    """Have ``draw`` answer with the page of this path, around what ``portal.context.report_check`` says."""
    server.extensions["portal_report_page"] = draw


def register(server: Flask, *, services: Services) -> None:
    """Answer the form."""

    @server.post(PATH)
    def check_report() -> Response:
        context.set_report_check(_check(services))
        return cast(Callable[[], Response], server.extensions["portal_report_page"])()


def _check(services: Services) -> ReportCheck:
    sent = request.files.get(FIELD)
    if sent is None or not sent.filename:
        return ReportCheck(problem=UploadProblem.MISSING)
    # Browsers of old sent whole paths.
    name = sent.filename.replace("\\", "/").rpartition("/")[2][:_LONGEST_NAME]
    return services.report_checks.check(name, sent.read(LARGEST_BYTES + 1), actor=context.actor())
