"""First data of the page on which an internal user chooses whose eyes to look through."""

from __future__ import annotations

from typing import Any

from dash import Dash

from components.look_as import PATH, choice_failure, choice_values
from portal.context import actor, request_id, services
from portal.domain.errors import NotFound, PortalError, Unauthenticated
from portal.domain.params import Params, as_uuid, one


def register(app: Dash) -> None:
    """Connect the page."""
    app.first_data(PATH, load_choice)


def load_choice(params: Params) -> dict[tuple[Any, str], Any]:
    """The roles of the account that the address names. NotFound passes through: the page is then a 404."""
    tenant_id = as_uuid(one(params, "tenantId"))
    if tenant_id is None:
        raise NotFound("tenant")
    try:
        return choice_values(services().account.show(tenant_id, actor=actor()))
    except (NotFound, Unauthenticated):
        raise
    except PortalError as error:
        return choice_failure(error, tenant_id, request_id())
