"""A person's password and sessions."""

from __future__ import annotations

from pydantic import Field

from gateway.api.models.shape import Answer, Body, Query, Timestamp
from gateway.identity.weak_passwords import LONGEST, SHORTEST


class PasswordChange(Body):
    """The new password's length is judged together with everything else that may be wrong with it."""

    current_password: str = Field(max_length=1024)
    new_password: str = Field(
        json_schema_extra={"minLength": SHORTEST, "maxLength": LONGEST},
        description="Not the e-mail address, not the current one, and none of the commonest.",
    )


class SessionPath(Query):
    session_id: str = Field(max_length=64)


class Session(Answer):
    """One browser in which the person is signed in. `lastSeenAt` moves when its access token is renewed."""

    session_id: str
    created_at: Timestamp
    signed_in_at: Timestamp = Field(description="When a password was last entered there.")
    last_seen_at: Timestamp
    expires_at: Timestamp
    ip: str | None
    user_agent: str | None
    browser: str | None = Field(description="Read out of `userAgent`; null when it is none that is known.")
    system: str | None
    current: bool = Field(description="Whether it is the session that is asking.")


class Sessions(Answer):
    items: list[Session]
    next_cursor: str | None
