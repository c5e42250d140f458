"""The door for programs: `Authorization: Bearer gsk_…` on routes whose rule names a scope.

The key is looked up anew for every call, one indexed read, and no answer is remembered: what was revoked, has expired
or comes from elsewhere is refused on its very next call.
"""

from __future__ import annotations

from flask import g, request

from gateway.api import limits
from gateway.api.context import dependencies
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem
from gateway.domain.api_keys import MARK, KnownKey, Refusal, is_well_formed, refusal_of
from gateway.store.api_keys import find_by_hash

_WORKS_NO_MORE = frozenset({Refusal.REVOKED, Refusal.EXPIRED})
_CHALLENGE = 'Bearer realm="platform", error="invalid_token"'


def is_key(token: str) -> bool:
    """Does the bearer mean to be an API key?"""
    return token.startswith(MARK)


def hash_of(raw_key: str) -> bytes:
    """What is stored of a key: keyed by the gateway's secret, so that a copied table is of no use to anybody."""
    return dependencies().sealer.keyed_digest("api-key", raw_key)


def admit(raw_key: str, scope: str | None) -> KnownKey:
    """The key, when it opens a route that asks for `scope`. Raises Problem: 401 for a key that does not work at all,
    403 for one that works, but not here or not from there, 429 beyond its limits or its account's."""
    if not is_well_formed(raw_key):
        raise _unauthenticated("This is no key of this platform: it is cut off or mistyped.")
    key = find_by_hash(dependencies().engine, hash_of(raw_key))
    if key is None:
        raise _unauthenticated("This key is not known.")
    # From here on the call is counted, whatever comes of it.
    g.api_key, g.tenant_id = key, key.tenant_id
    refusal = refusal_of(key, scope, request.remote_addr, dependencies().now())
    if refusal is Refusal.ADDRESS:
        limits.count_failure()
    elif refusal not in _WORKS_NO_MORE:
        # Whoever has a key that stopped must not use up what its account may do.
        limits.count_call(key.tenant_id, key=key.key_id)
    if refusal is not None:
        g.key_refusal = refusal
        raise _refused(refusal, scope)
    return key


def _refused(refusal: Refusal, scope: str | None) -> Problem:
    match refusal:
        case Refusal.REVOKED:
            return _unauthenticated("This key was revoked.")
        case Refusal.EXPIRED:
            return _unauthenticated("This key has expired.")
        case Refusal.ADDRESS:
            return Problem(ProblemCode.FORBIDDEN, f"This key does not work from {request.remote_addr}.")
        case Refusal.CLOSED:
            return Problem(ProblemCode.FORBIDDEN, "This call is for people; no key opens it.")
        case Refusal.SCOPE:
            return Problem(ProblemCode.FORBIDDEN, f"This key lacks the scope {scope}.")


def _unauthenticated(detail: str) -> Problem:
    return Problem(ProblemCode.UNAUTHENTICATED, detail, challenge=_CHALLENGE)
