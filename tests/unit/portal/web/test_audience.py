"""Who may come in, and where they begin."""

from __future__ import annotations

import pytest

from portal.domain.actor import Actor
from portal.web.audience import has_access, home_of, needs_tenant, of_other_audience


def person(user_type: str, *roles: str, tenant: str | None = "t") -> Actor:
    return Actor("u", tenant, user_type, frozenset(roles), "N", "n@x", token="t")  # type: ignore[arg-type]


CUSTOMER, TAM = person("customer", "owner"), person("internal", "tam", tenant=None)


def test_pages_of_the_other_kind_of_user_are_told_apart_from_missing_roles() -> None:
    assert of_other_audience(CUSTOMER, "/portfolio")
    assert of_other_audience(TAM, "/send-test")
    assert not of_other_audience(person("customer", "billing"), "/messages")


def test_internal_user_must_name_the_tenant_whose_page_it_is() -> None:
    assert needs_tenant(TAM, "/messages/msg_1", "")
    assert not needs_tenant(TAM, "/messages", "t-1")
    assert not needs_tenant(TAM, "/portfolio", "")
    assert not needs_tenant(TAM, "/profile", "")
    assert not needs_tenant(CUSTOMER, "/messages", "")


@pytest.mark.parametrize(
    "actor", [person("customer"), person("customer", "owner", tenant=None), person("internal", tenant=None)]
)
def test_person_without_a_role_or_an_account_has_no_access(actor: Actor) -> None:
    assert not has_access(actor)


def test_home_depends_on_who_it_is() -> None:
    assert (home_of(CUSTOMER), home_of(TAM)) == ("/dashboard", "/portfolio")
