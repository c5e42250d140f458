"""``/preview/start`` and ``/preview/leave``: an internal user looks at what a customer of some role sees.

What is looked at is in a cookie of its own, sealed like the session's and bound to it: nobody can write one, and it
ends with the session, after half an hour, or when it is left. The platform is told first, and writes it into the
customer's audit log; from then on it hears the role with each question, and answers what that role may read and no
more. Nothing can be changed meanwhile: portal/clients/upstream.py and the platform each refuse for themselves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast
from urllib.parse import urlencode

from flask import Flask, Request, Response, g, redirect, request

from portal import context
from portal.domain.actor import Actor
from portal.domain.errors import Forbidden, NotFound
from portal.domain.params import as_uuid
from portal.domain.permissions import CUSTOMER_ROLES
from portal.services import Services
from portal.web.sealing import Sealer
from portal.web.session import PREVIEW_COOKIE, Session

START_PATH, LEAVE_PATH = "/preview/start", "/preview/leave"
SECONDS = 30 * 60
_HOME, _BACK = "/dashboard", "/tenant"


class Previews:
    """Reads previews from requests and writes them to responses."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def seen_by(self, actor: Actor, session: Session, request: Request) -> Actor:
        """Whom the request is answered as: the customer whose view an internal user has opened, or the actor."""
        found = self._load(session, request) if actor.internal else None
        if found is None:
            return actor
        tenant_id, role = found
        return replace(
            actor,
            tenant_id=tenant_id,
            user_type="customer",
            roles=frozenset({"customer", role}),
            preview_role=role,
        )

    def is_open(self, session: Session, request: Request) -> bool:
        """Whether this session has one open."""
        return self._load(session, request) is not None

    def save(self, response: Response, session: Session, tenant_id: str, role: str) -> None:
        value = {"id": session.session_id, "tenant": tenant_id, "role": role}
        response.set_cookie(
            PREVIEW_COOKIE,
            self._sealer.seal(PREVIEW_COOKIE, value, SECONDS),
            max_age=SECONDS,
            path="/",
            secure=True,
            httponly=True,
            samesite="Strict",
        )

    def clear(self, response: Response) -> None:
        response.set_cookie(PREVIEW_COOKIE, "", max_age=0, path="/", secure=True, httponly=True, samesite="Strict")

    def _load(self, session: Session, request: Request) -> tuple[str, str] | None:
        found = self._sealer.open(PREVIEW_COOKIE, request.cookies.get(PREVIEW_COOKIE))
        if found is None or found.get("id") != session.session_id:
            return None
        tenant_id, role = as_uuid(str(found.get("tenant", ""))), found.get("role")
        return (tenant_id, role) if tenant_id and role in CUSTOMER_ROLES else None


def register(server: Flask, *, previews: Previews, services: Services) -> None:
    """Answer the forms that begin and end a preview."""

    @server.post(START_PATH)
    def start_preview() -> Response:
        asker, session = context.actor(), _session()
        tenant_id, role = as_uuid(request.form.get("tenantId", "")), request.form.get("role", "")
        if not asker.internal:
            raise Forbidden("internal users only", permission="internal")
        if tenant_id is None or role not in CUSTOMER_ROLES:
            raise NotFound("preview")
        services.portfolio.start_preview(tenant_id, role, actor=asker)
        response = cast(Response, redirect(_HOME, 303))
        previews.save(response, session, tenant_id, role)
        return response

    @server.post(LEAVE_PATH)
    def leave_preview() -> Response:
        asker = context.actor()
        back = f"{_BACK}?{urlencode({'tenantId': asker.tenant_id})}" if asker.preview_role and asker.tenant_id else "/"
        response = cast(Response, redirect(back, 303))
        previews.clear(response)
        return response


def _session() -> Session:
    return cast(Session, g.portal_session.session)
