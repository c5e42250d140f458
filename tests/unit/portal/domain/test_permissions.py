"""Which role may open which page and do what on it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.domain.actor import Actor
from portal.domain.errors import Forbidden, PreviewIsReadOnly
from portal.domain.permissions import ACTS, CUSTOMER_ROLES, INTERNAL_ROLES, Act, customers_of, may, may_open, require


def person(user_type: str, *roles: str) -> Actor:
    return Actor("u", "t", user_type, frozenset(roles), "N", "n@x", token="t")  # type: ignore[arg-type]


def customer(*roles: str) -> Actor:
    return person("customer", "customer", *roles)


OWNER, TAM = customer("owner"), person("internal", "tam")


@pytest.mark.parametrize(
    "path", ["/dashboard", "/analytics", "/messages", "/messages/msg_1", "/nowhere", "/portfolios", "/profile"]
)
def test_owner_may_open_every_page_of_customers(path: str) -> None:
    assert may_open(OWNER, path)


@pytest.mark.parametrize("path", ["/portfolio", "/portfolio/anything"])
def test_customer_may_not_open_internal_pages(path: str) -> None:
    assert not may_open(OWNER, path)
    assert may_open(TAM, path)


@pytest.mark.parametrize("path", ["/messages", "/messages/msg_1", "/messages/<message_id>", "/api-keys", "/webhooks"])
def test_billing_contact_may_not_open_what_shows_messages_or_builds(path: str) -> None:
    assert not may_open(customer("billing"), path)
    assert may_open(customer("billing"), "/billing")


def test_any_of_several_roles_opens() -> None:
    assert may_open(customer("billing", "viewer"), "/messages")


def test_internal_role_in_a_customers_token_opens_nothing() -> None:
    assert not may_open(customer("tam"), "/portfolio")
    assert not may(customer("platform_admin"), Act.SEE_KEYS)


def test_customer_role_in_an_internal_token_does_nothing() -> None:
    assert not may(person("internal", "owner"), Act.CHANGE_KEYS)


def test_role_of_the_issuers_own_opens_what_every_role_may_and_no_more() -> None:
    assert may_open(customer(), "/dashboard")
    assert not may_open(customer(), "/messages")


def test_every_act_is_in_the_table_with_roles_that_exist() -> None:
    assert set(ACTS) == set(Act)
    assert all(roles <= {*CUSTOMER_ROLES, *INTERNAL_ROLES} for roles in ACTS.values())


def test_require_refuses_what_may_denies() -> None:
    require(customer("developer"), Act.CHANGE_KEYS)
    with pytest.raises(Forbidden):
        require(customer("viewer"), Act.CHANGE_KEYS)


def test_preview_shows_what_the_role_may_do_and_lets_nothing_be_done() -> None:
    looking = replace(customer("developer"), preview_role="developer")
    assert may(looking, Act.CHANGE_KEYS)
    with pytest.raises(PreviewIsReadOnly):
        require(looking, Act.CHANGE_KEYS)
    require(looking, Act.READ_MESSAGES)
    with pytest.raises(Forbidden):
        require(looking, Act.SEE_INVOICES)
    assert not may(looking, Act.CHANGE_WEIGHTS), "an internal user's own rights are gone meanwhile"


def test_roles_of_a_page_are_named_in_reading_order() -> None:
    assert customers_of("/messages") == ["owner", "developer", "viewer"]
    assert customers_of("/portfolio") == []
