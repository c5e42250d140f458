"""Requests drawn from the published document, valid and invalid, by several people: the answers must be as documented."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from gateway.api.app import bare_app
from gateway.api.permissions import PERMISSIONS
from tests.contract.conftest import NOTE
from tests.support.api_world import INGEST_TOKEN, World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

EXAMPLES = 20
UNOWNED = {route.replace("<", "{").replace(">", "}") for (_, route), rule in PERMISSIONS.items() if not rule.tenant}
CALLERS = ("owner", "billing", "tam", "admin", "ingestion", None)


class Door:
    """A WSGI application that can be exchanged: the document is read when tests are collected, before any database."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.application(environ, start_response)


door = Door(bare_app())
schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", door)


@schemathesis.serializer("application/pdf")
def as_it_is(_context: Any, value: Any) -> bytes:
    """A file, whatever is in it."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@pytest.fixture(autouse=True)
def served(contract_world: World) -> None:
    door.application = contract_world.app


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_call_by_anybody_answers_as_documented(case: Any, contract_world: World) -> None:
    if isinstance(case.body, dict) and "tenantId" in case.body and case.meta.generation.mode.is_positive:
        # A random account is only ever unknown; a real one leads past the door.
        case.body["tenantId"] = str(contract_world.empty)
    for who in CALLERS:
        if who in {"tam", "admin"} and case.meta.generation.mode.is_positive and case.operation.path not in UNOWNED:
            case.query = {**(case.query or {}), "tenantId": str(contract_world.tenant)}
        token = INGEST_TOKEN if who == "ingestion" else f"token-of-{who}"
        headers = {"Authorization": f"Bearer {token}"} if who else {}
        response = case.call(headers=headers)
        # Rules between fields (an end after its start) cannot be written into a schema: such a request is valid by the
        # schema and refused with 422 all the same.
        case.validate_response(response, headers=headers, excluded_checks=[positive_data_acceptance])
        assert response.status_code < 500
        if who not in {"tam", "admin"}:
            assert NOTE not in response.text
