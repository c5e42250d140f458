"""Logins under way in this browser: one sealed ``__Host-tx-…`` cookie each, Lax, ten minutes, five at most.

One cookie per login, not one for all: two tabs that begin at the same moment would overwrite each other's. Lax, since
the browser comes back from another site, and Strict cookies are withheld then.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

from flask import Request, Response

from portal.clients.oidc import LoginAttempt
from portal.web.sealing import Sealer

PREFIX = "__Host-tx-"
SECONDS = 600
MOST = 5


@dataclass(frozen=True)
class PendingLogin:
    """What was asked of the issuer, and where the person wanted to go."""

    attempt: LoginAttempt
    next_path: str


def cookie_name(state: str) -> str:
    return PREFIX + hashlib.sha256(state.encode()).hexdigest()[:16]


class LoginAttempts:
    """Keeps attempts in the browser."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def remember(self, request: Request, response: Response, pending: PendingLogin) -> None:
        """Add an attempt; the oldest beyond five are dropped."""
        attempt = pending.attempt
        name = cookie_name(attempt.state)
        value = {
            "s": attempt.state, "n": attempt.nonce, "v": attempt.code_verifier, "p": pending.next_path, "t": time.time()
        }  # fmt: skip
        known: list[tuple[float, str]] = []
        for other in request.cookies:
            if other.startswith(PREFIX):
                found = self._sealer.open(other, request.cookies.get(other))
                known.append((found["t"] if found else 0.0, other))
        for _, other in sorted(known)[: max(0, len(known) - MOST + 1)]:
            self._drop(response, other)
        response.set_cookie(
            name,
            self._sealer.seal(name, value, SECONDS),
            max_age=SECONDS,
            path="/",
            secure=True,
            httponly=True,
            samesite="Lax",
        )

    def find(self, request: Request, state: str) -> PendingLogin | None:
        """The attempt that ``state`` belongs to, if this browser began it within ten minutes."""
        name = cookie_name(state)
        found = self._sealer.open(name, request.cookies.get(name))
        if found is None or found["s"] != state:
            return None
        return PendingLogin(LoginAttempt(found["s"], found["n"], found["v"]), found["p"])

    def forget(self, response: Response, state: str) -> None:
        """A state is good for one answer."""
        self._drop(response, cookie_name(state))

    @staticmethod
    def _drop(response: Response, name: str) -> None:
        response.set_cookie(name, "", max_age=0, path="/", secure=True, httponly=True, samesite="Lax")
