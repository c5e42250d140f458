"""``/csp-report``: what browsers say they refused, counted and logged.

Anybody can post here. So little is read and less is kept: bodies have a largest size, senders a rate, labels of the
metric come from fixed lists, and what is logged is short, printable and without the queries of addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import orjson
import structlog
from flask import Flask, Response, request
from prometheus_client import Counter
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from portal.web.limits import TooMany
from portal.web.policy import REPORT_PATH

LARGEST_BODY_BYTES = 65_536
MOST_IN_ONE_BODY = 20
LONGEST_VALUE = 200

DIRECTIVES = frozenset(
    {
        "base-uri", "child-src", "connect-src", "default-src", "font-src", "form-action", "frame-ancestors",
        "frame-src", "img-src", "integrity-policy", "manifest-src", "media-src", "object-src",
        "require-trusted-types-for", "script-src", "script-src-attr", "script-src-elem", "style-src",
        "style-src-attr", "style-src-elem", "trusted-types", "upgrade-insecure-requests", "worker-src",
    }
)  # fmt: skip
DISPOSITIONS = frozenset({"enforce", "report"})
OTHER = "other"
_FORMATS = ("application/csp-report", "application/reports+json", "application/json")

VIOLATIONS = Counter(
    "customer_portal_policy_violations_total",
    "What browsers refused (disposition enforce) or would have refused (report), by directive.",
    ["directive", "disposition"],
)
REFUSED = Counter(
    "customer_portal_policy_reports_refused_total", "Violation reports that were not taken, by reason.", ["reason"]
)
_log = structlog.get_logger("portal.violations")


@dataclass(frozen=True)
class Violation:
    """One refusal as it may be logged. ``directive`` and ``disposition`` are of the lists above, or "other"."""

    directive: str
    disposition: str
    blocked: str
    source: str
    line: int
    sample: str
    page: str


class Malformed(ValueError):
    """No report in any format that browsers send."""


def read(body: bytes) -> list[Violation]:
    """The violations of a body: one ``{"csp-report": {…}}``, or an array of ``{"type", "url", "body"}``, of which those
    are left out that are not about a policy. Raises Malformed."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Malformed from None
    if isinstance(value, dict) and isinstance(report := value.get("csp-report"), dict):
        return [_violation(report, dashed=True)]
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Malformed
    found = []
    for report in value[:MOST_IN_ONE_BODY]:
        kind, about = report.get("type"), report.get("body")
        if not isinstance(kind, str) or not isinstance(about, dict):
            raise Malformed
        if kind == "csp-violation":
            found.append(_violation(about, dashed=False))
        elif kind == "integrity-violation":
            only_told = about.get("reportOnly") is True
            named = {"effectiveDirective": "integrity-policy", "disposition": "report" if only_told else "enforce"}
            found.append(_violation({**about, **named}, dashed=False))
    return found


def _violation(report: Mapping[str, object], *, dashed: bool) -> Violation:
    def value(old: str, new: str) -> object:
        return report.get(old if dashed else new, "")

    directive = value("effective-directive", "effectiveDirective") or value("violated-directive", "violatedDirective")
    line = value("line-number", "lineNumber")
    return Violation(
        directive=_of(DIRECTIVES, str(directive).partition(" ")[0]),
        disposition=_of(DISPOSITIONS, str(value("disposition", "disposition"))),
        blocked=_address(value("blocked-uri", "blockedURL")),
        source=_address(value("source-file", "sourceFile")),
        line=line if isinstance(line, int) and 0 <= line < 10_000_000 else 0,
        sample=_printable(value("script-sample", "sample")),
        page=_address(value("document-uri", "documentURL")),
    )


def _of(known: frozenset[str], value: str) -> str:
    return value if value in known else OTHER


def _printable(value: object) -> str:
    """Text that cannot end a line, steer a terminal or turn what stands beside it around; cut to its beginning."""
    text = value[:LONGEST_VALUE] if isinstance(value, str) else ""
    return "".join(character if character.isprintable() else "?" for character in text)


def _address(value: object) -> str:
    """Where something is, without the query: filters hold phone numbers, callbacks hold codes."""
    text = _printable(value)
    try:
        parts = urlsplit(text)
    except ValueError:
        return "?"
    if parts.scheme in ("http", "https") and parts.netloc:
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return parts.scheme or parts.path  # "inline", "eval", "data:…": what follows the scheme is content


def register(server: Flask, too_many: Callable[[str], TooMany | None]) -> None:
    """Add the route. ``too_many`` counts a report from an address, and says when that is not taken now."""

    @server.post(REPORT_PATH)
    def csp_report() -> Response:
        if (met := too_many(request.remote_addr or "")) is not None:
            return met.mark(_refuse(HTTPStatus.TOO_MANY_REQUESTS, "rate"))
        if request.mimetype not in _FORMATS:
            return _refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "format")
        try:
            found = read(_body())
        except RequestEntityTooLarge:
            return _refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "size")
        except (Malformed, ClientDisconnected):
            return _refuse(HTTPStatus.BAD_REQUEST, "malformed")
        for violation in found:
            VIOLATIONS.labels(violation.directive, violation.disposition).inc()
            _log.warning("policy_violation", **asdict(violation))
        return Response(status=HTTPStatus.NO_CONTENT)


def _body() -> bytes:
    """The request's body. Raises RequestEntityTooLarge, also for one that comes in pieces without saying its length,
    which Werkzeug would cut off silently."""
    if (request.content_length or 0) > LARGEST_BODY_BYTES:
        raise RequestEntityTooLarge
    body = bytearray()
    while piece := request.stream.read(LARGEST_BODY_BYTES + 1 - len(body)):
        body += piece
        if len(body) > LARGEST_BODY_BYTES:
            raise RequestEntityTooLarge
    return bytes(body)


def _refuse(status: HTTPStatus, reason: str) -> Response:
    REFUSED.labels(reason).inc()
    return Response(status=status, mimetype="text/plain")
