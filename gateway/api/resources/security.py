"""The signed-in person's password and sessions."""

from __future__ import annotations

from uuid import UUID

from flask import Response

from gateway.api.access import principal
from gateway.api.documents import answers, blueprint, done
from gateway.api.models import security as models
from gateway.api.models.filters import NoParameters, PageQuery
from gateway.api.models.problem import ProblemCode
from gateway.api.own_account import judged
from gateway.api.problems import Problem, invalid
from gateway.api.replies import reply
from gateway.identity.own_account import own_account
from gateway.identity.user_agents import browser_of, system_of
from gateway.store.identity.sessions import SessionRow

api = blueprint("security", __name__, "Profile")


@api.post("/me/password", responses=done(413, 415, 429))
def change_password(query: NoParameters, body: models.PasswordChange) -> Response:
    """Change one's password; every other session ends"""
    caller = principal()
    with judged():
        own_account().change_password(
            caller.user_id, body.current_password, body.new_password, session_id=caller.session_id
        )
    return Response(status=204)


@api.get("/auth/sessions", responses=answers(models.Sessions))
def list_sessions(query: PageQuery) -> Response:
    """Where one is signed in, newest first"""
    caller = principal()
    before = _uuid(query.cursor) if query.cursor is not None else None
    if query.cursor is not None and before is None:
        raise invalid("cursor", "cursor", "Pass on `nextCursor` as it was given.")
    found = own_account().list_sessions(caller.user_id, limit=query.limit + 1, before=before)
    shown, more = found[: query.limit], len(found) > query.limit
    return reply(
        models.Sessions(
            items=[_presented(row, current=row.session_id == caller.session_id) for row in shown],
            next_cursor=str(shown[-1].session_id) if more else None,
        )
    )


@api.delete("/auth/sessions/<sessionId>", responses=done())
def end_session(path: models.SessionPath, query: NoParameters) -> Response:
    """Sign out one of one's own sessions, at once"""
    wanted = _uuid(path.session_id)
    # Somebody else's is ended by nobody here, and as unknown as one that does not exist.
    if wanted is None or not own_account().end_session(principal().user_id, wanted):
        raise Problem(ProblemCode.NOT_FOUND)
    return Response(status=204)


@api.delete("/auth/sessions", responses=done())
def end_other_sessions(query: NoParameters) -> Response:
    """Sign out everywhere but here, at once"""
    caller = principal()
    own_account().end_other_sessions(caller.user_id, keep=caller.session_id)
    return Response(status=204)


def _presented(row: SessionRow, *, current: bool) -> models.Session:
    return models.Session(
        session_id=str(row.session_id),
        created_at=row.created_at,
        signed_in_at=row.auth_time,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        ip=row.ip,
        user_agent=row.user_agent,
        browser=browser_of(row.user_agent),
        system=system_of(row.user_agent),
        current=current,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
