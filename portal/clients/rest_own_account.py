"""The signed-in person's password, address and sessions over REST."""

from __future__ import annotations

from urllib.parse import quote

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.rest_account import profile_of
from portal.clients.upstream import Upstream
from portal.domain.account import Profile, SignedInSession
from portal.domain.actor import Actor

_MOST_SESSIONS = 100


class RestOwnAccount:
    """:class:`portal.domain.ports.OwnAccountPort` on the platform's API."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def change_password(self, current: str, new: str, *, actor: Actor) -> None:
        self._upstream.post("/v1/me/password", {"currentPassword": current, "newPassword": new}, actor=actor)

    def change_email(self, email: str, current_password: str, *, actor: Actor) -> Profile:
        body = self._upstream.patch("/v1/me", {"email": email, "currentPassword": current_password}, actor=actor)
        with decode.answer():
            return profile_of(body)

    def list_sessions(self, *, actor: Actor) -> tuple[SignedInSession, ...]:
        body = self._upstream.get("/v1/auth/sessions", [("limit", str(_MOST_SESSIONS))], actor=actor)
        with decode.answer():
            return tuple(_session(item) for item in decode.items(body["items"]))

    def end_session(self, session_id: str, *, actor: Actor) -> None:
        self._upstream.delete(f"/v1/auth/sessions/{quote(session_id, safe='')}", actor=actor)

    def end_other_sessions(self, *, actor: Actor) -> None:
        self._upstream.delete("/v1/auth/sessions", actor=actor)


def _session(body: Json) -> SignedInSession:
    return SignedInSession(
        session_id=decode.text(body["sessionId"]),
        created_at=decode.instant(body["createdAt"]),
        last_seen_at=decode.instant(body["lastSeenAt"]),
        ip=decode.maybe_text(body.get("ip")),
        browser=decode.maybe_text(body.get("browser")),
        system=decode.maybe_text(body.get("system")),
        current=decode.flag(body["current"]),
    )
