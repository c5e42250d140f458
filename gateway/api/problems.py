"""Errors on their way out: anything a handler raises becomes RFC 9457 JSON, never a stack trace, never a secret."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from flask import Flask, Response, g
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from gateway.api.models.problem import FieldProblem, ProblemCode, ProblemDetails
from gateway.api.replies import json_bytes
from gateway.store.connections import ABSENCE

MEDIA_TYPE = "application/problem+json"
RETRY_UNAVAILABLE_SECONDS = 2

log = structlog.get_logger("gateway.api")

_TITLES: dict[ProblemCode, tuple[int, str, str]] = {
    ProblemCode.UNAUTHENTICATED: (401, "Sign-in needed", "The request carries no valid access token."),
    ProblemCode.INSUFFICIENT_BALANCE: (402, "Balance too low", "The balance does not hold the price; top it up."),
    ProblemCode.FORBIDDEN: (403, "Not permitted", "Your roles do not permit this call."),
    ProblemCode.NOT_FOUND: (404, "Not found", "There is nothing here that you may see."),
    ProblemCode.METHOD_NOT_ALLOWED: (405, "Method not allowed", "This resource does not answer that method."),
    ProblemCode.NOT_ACCEPTABLE: (406, "Not acceptable", "No representation fits the Accept header."),
    ProblemCode.PERIOD_WITHOUT_TRAFFIC: (
        409,
        "Nothing to report",
        "No message was submitted in the period: there is nothing to report.",
    ),
    ProblemCode.CONFLICT: (409, "Conflict", "The call does not fit what this has become in the meantime."),
    ProblemCode.TOO_LARGE: (413, "Too large", "The request body is larger than this call accepts."),
    ProblemCode.UNSUPPORTED_MEDIA_TYPE: (415, "Unsupported media type", "Send the body as application/json."),
    ProblemCode.VALIDATION_FAILED: (422, "Input not valid", "One or more fields are not valid."),
    ProblemCode.RATE_LIMITED: (429, "Too many requests", "Wait before trying again."),
    ProblemCode.INTERNAL: (500, "Internal error", "Something failed on our side; the request id finds it in our logs."),
    ProblemCode.UNAVAILABLE: (503, "Temporarily unavailable", "A part this call needs does not answer; try again."),
}
# Of two with one status the latter is the general one.
_BY_STATUS = {status: code for code, (status, _, _) in _TITLES.items()}


class Problem(Exception):
    """Raised anywhere below a handler; carries all the client is told."""

    def __init__(
        self,
        code: ProblemCode,
        detail: str | None = None,
        *,
        errors: Sequence[FieldProblem] = (),
        retry_after: int | None = None,
        challenge: str | None = None,
    ) -> None:
        super().__init__(detail or code.value)
        self.code = code
        self.detail = detail
        self.errors = list(errors)
        self.retry_after = retry_after
        self.challenge = challenge


def invalid(field: str, code: str, detail: str) -> Problem:
    """The 422 for a single field found wrong after the model was accepted (a cursor, a tenant)."""
    return Problem(ProblemCode.VALIDATION_FAILED, errors=[FieldProblem(field=field, code=code, detail=detail)])


def default_detail(code: ProblemCode) -> str:
    """What a problem says where nothing closer is known."""
    return _TITLES[code][2]


def render(problem: Problem) -> Response:
    """The response for `problem`, with `WWW-Authenticate` on 401 and `Retry-After` where it helps."""
    status, title, general = _TITLES[problem.code]
    g.problem_code = problem.code
    body = ProblemDetails(
        type=f"urn:problem:{problem.code}",
        title=title,
        status=status,
        detail=problem.detail or general,
        code=problem.code,
        errors=problem.errors,
        request_id=g.get("request_id", ""),
    )
    response = Response(json_bytes(body.model_dump(mode="json")), status, mimetype=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    if status == 401:
        response.headers["WWW-Authenticate"] = problem.challenge or 'Bearer realm="platform"'
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def field_problems(error: ValidationError) -> list[FieldProblem]:
    """Every field's problem in the words of the client's own field names; the rejected values are not repeated."""
    found = []
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        name = ".".join(str(part) for part in item["loc"] if not str(part).startswith("function-"))
        detail = item["msg"].removeprefix("Value error, ")
        found.append(FieldProblem(field=name, code=item["type"], detail=detail))
    return found


def from_validation(error: ValidationError) -> Response:
    """flask-openapi3's hook: all fields' problems in one answer."""
    return render(Problem(ProblemCode.VALIDATION_FAILED, errors=field_problems(error)))


def register(app: Flask) -> None:
    """Install the handlers; the database's absence is 503, everything unforeseen 500."""

    @app.errorhandler(Problem)
    def answer_problem(problem: Problem) -> Response:
        return render(problem)

    @app.errorhandler(HTTPException)
    def answer_http_error(error: HTTPException) -> Response:
        if error.code is not None and error.code < 400:
            return Response(error.get_response().get_data(), error.code, headers=error.get_response().headers.items())
        code = _BY_STATUS.get(error.code or 500)
        if code is None:
            code = ProblemCode.VALIDATION_FAILED if (error.code or 500) < 500 else ProblemCode.INTERNAL
        response = render(Problem(code, challenge=error.get_response().headers.get("WWW-Authenticate")))
        if error.code == 405 and error.get_response().headers.get("Allow"):
            response.headers["Allow"] = error.get_response().headers["Allow"]
        return response

    def answer_database_absence(error: Exception) -> Response:
        log.error("database_unavailable", error=type(error).__name__)
        return render(Problem(ProblemCode.UNAVAILABLE, retry_after=RETRY_UNAVAILABLE_SECONDS))

    for absence in ABSENCE:
        app.register_error_handler(absence, answer_database_absence)

    @app.errorhandler(Exception)
    def answer_unforeseen(error: Exception) -> Response:
        log.exception("unhandled_error", error=type(error).__name__)
        return render(Problem(ProblemCode.INTERNAL))
