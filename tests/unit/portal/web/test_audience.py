"""Which page is for whom."""

from __future__ import annotations

import pytest

from portal.domain.actor import Actor
from portal.web.audience import has_access, home_of, may_open, needs_tenant


def person(user_type: str, *roles: str, tenant: str | None = "t") -> Actor:
    return Actor("u", tenant, user_type, frozenset(roles), "N", "n@x", token="t")  # type: ignore[arg-type]


CUSTOMER, TAM = person("customer", "owner"), person("internal", "tam", tenant=None)


@pytest.mark.parametrize(
    "path", ["/dashboard", "/analytics", "/messages", "/messages/msg_1", "/nowhere", "/portfolios"]
)
def test_customer_may_open_pages_about_traffic(path: str) -> None:
    assert may_open(CUSTOMER, path)


@pytest.mark.parametrize("path", ["/portfolio", "/portfolio/anything"])
def test_customer_may_not_open_internal_pages(path: str) -> None:
    assert not may_open(CUSTOMER, path)
    assert may_open(TAM, path)


def test_internal_user_must_name_the_tenant_whose_page_it_is() -> None:
    assert needs_tenant(TAM, "/messages/msg_1", "")
    assert not needs_tenant(TAM, "/messages", "t-1")
    assert not needs_tenant(TAM, "/portfolio", "")
    assert not needs_tenant(CUSTOMER, "/messages", "")


@pytest.mark.parametrize(
    "actor", [person("customer"), person("customer", "owner", tenant=None), person("internal", tenant=None)]
)
def test_person_without_a_role_or_an_account_may_open_nothing(actor: Actor) -> None:
    assert not has_access(actor)
    assert not may_open(actor, "/dashboard")


def test_home_depends_on_who_it_is() -> None:
    assert (home_of(CUSTOMER), home_of(TAM)) == ("/dashboard", "/portfolio")
