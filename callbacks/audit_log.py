"""The audit log: first data. Its filters and its older lines are addresses, so nothing else happens on it."""

from __future__ import annotations

from typing import Any

from dash import Dash

from components.audit_log import PATH, AuditLogIds, build_audit_log, build_failure
from portal.context import actor, request_id, services
from portal.domain.audit import AuditFilter
from portal.domain.errors import PortalError, Unauthenticated
from portal.domain.params import Params


def register(app: Dash) -> None:
    """Connect the page."""
    app.first_data(PATH, load_audit_log)


def load_audit_log(params: Params) -> dict[tuple[Any, str], Any]:
    """The lines of the address's page."""
    wanted = AuditFilter.from_params(params)
    try:
        page = services().audit.list(wanted, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return {(AuditLogIds.LIST, "children"): build_failure(error, wanted, request_id())}
    return {(AuditLogIds.LIST, "children"): build_audit_log(page, wanted)}
