"""Refused calls: first data. Other pages of the list are addresses of their own."""

from __future__ import annotations

from typing import Any

from dash import Dash

from components.refused_calls import RefusedCallsIds, build_failure, build_list
from portal.context import actor, request_id, services
from portal.domain.errors import PortalError, Unauthenticated
from portal.domain.params import Params, as_uuid, one


def register(app: Dash) -> None:
    """Connect the page."""
    app.first_data("/refused-calls", load_refused_calls)


def load_refused_calls(params: Params) -> dict[tuple[Any, str], Any]:
    """The calls of the address's page."""
    tenant_id, cursor = as_uuid(one(params, "tenantId")), one(params, "cursor", longest=400)
    try:
        page = services().messages.list_refused_calls(tenant_id, cursor=cursor or None, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return {(RefusedCallsIds.LIST, "children"): build_failure(error, tenant_id, request_id())}
    return {(RefusedCallsIds.LIST, "children"): build_list(page, tenant_id, first=not cursor)}
