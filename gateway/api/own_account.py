"""How the identity service's refusals are answered, wherever a person changes something of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.api.models.problem import FieldProblem, ProblemCode
from gateway.api.problems import Problem
from gateway.identity.own_account import NotAccepted, TryLater, UnknownUser
from gateway.identity.weak_passwords import LONGEST, SHORTEST

_DETAILS = {
    "missing": "This needs your current password.",
    "wrong_password": "This is not your current password.",
    "email_not_usable": "This address cannot be used.",
    "password_too_short": f"A password needs at least {SHORTEST} characters.",
    "password_too_long": f"A password may have at most {LONGEST} characters.",
    "password_unchanged": "This is the current password.",
    "password_is_email": "The e-mail address is the first thing anybody would try.",
    "password_too_common": "This is one of the passwords that are tried first.",
}


@contextmanager
def judged() -> Iterator[None]:
    """Turn what the identity service raises inside the block into problems."""
    try:
        yield
    except NotAccepted as refused:
        errors = [
            FieldProblem(field=each.field, code=each.code, detail=_DETAILS[each.code]) for each in refused.refusals
        ]
        raise Problem(ProblemCode.VALIDATION_FAILED, errors=errors) from None
    except TryLater as later:
        code = ProblemCode.UNAVAILABLE if later.busy else ProblemCode.RATE_LIMITED
        raise Problem(code, retry_after=later.retry_after) from None
    except UnknownUser:
        raise Problem(ProblemCode.NOT_FOUND) from None
