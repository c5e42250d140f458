"""The token without which nothing is changed: in a cookie that only this site's pages can read, and in the request.

Signed double submit: ``__Host-csrf`` holds ``<kid>.<HMAC of the session's id>``. A page's script puts it into a header
(assets/js/csrf.js), a form that works without a script into a field. Every request that is not safe (RFC 9110 §9.2.1)
and carries a session must bring both, whatever route it asks: a form added later cannot be left out. Each half has to
be of this very session, so that neither a cookie planted by another site of the same domain nor somebody else's token
serves. Keys come from those that seal sessions, and change with them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from flask import Request, Response

from portal.settings import SessionKey

COOKIE = "__Host-csrf"
HEADER = "X-CSRF-Token"
FIELD = "csrf_token"
_PURPOSE = b"portal csrf token v1"


class CsrfTokens:
    """Makes and checks tokens. The newest key signs, every key of the ring is good."""

    def __init__(self, ring: Sequence[SessionKey], *, seconds: int) -> None:
        """``seconds``: how long the cookie is kept, as long as the session's."""
        self._current = ring[0].kid
        self._keys = {key.kid: hmac.digest(key.key, _PURPOSE, "sha256") for key in ring}
        self._seconds = seconds

    def of(self, session_id: str) -> str:
        """The token of a session. The same each time: what was drawn earlier in a session stays good."""
        return self._signed(self._current, session_id)

    def holds(self, text: str | None, session_id: str) -> bool:
        """Whether ``text`` is a token of that session."""
        kid = (text or "").partition(".")[0]
        if text is None or kid not in self._keys:
            return False
        return hmac.compare_digest(text.encode(), self._signed(kid, session_id).encode())

    def proven(self, request: Request, session_id: str) -> bool:
        """Whether a page of this session sent the request. Fields count where a form can be the sender; what scripts
        ask for by themselves brings the header."""
        sent = request.headers.get(HEADER)
        if sent is None and not request.path.startswith("/_"):
            sent = request.form.get(FIELD)
        return self.holds(request.cookies.get(COOKIE), session_id) and self.holds(sent, session_id)

    def save(self, response: Response, session_id: str) -> None:
        """Set the cookie. Not HttpOnly: reading it is what shows that a page is of this site."""
        response.set_cookie(
            COOKIE, self.of(session_id), max_age=self._seconds, path="/", secure=True, samesite="Strict"
        )

    @staticmethod
    def clear(response: Response) -> None:
        response.set_cookie(COOKIE, "", max_age=0, path="/", secure=True, samesite="Strict")

    def _signed(self, kid: str, session_id: str) -> str:
        mac = hmac.digest(self._keys[kid], session_id.encode(), hashlib.sha256)
        return f"{kid}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
