from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.domain.api_keys import KeyDraft
from portal.domain.errors import Forbidden, InvalidInput
from portal.services.api_keys import ApiKeyService
from tests.support.fakes_analytics import actor
from tests.support.fakes_api_keys import NOW, FakeApiKeys, key

DRAFT = KeyDraft("Night job", ("sms:send",), "live", "90", ())
CHANGES: list[Callable[[ApiKeyService, Any], object]] = [
    lambda service, who: service.create(DRAFT, idempotency_key="k", actor=who),
    lambda service, who: service.rotate(key().key_id, 0, idempotency_key="k", actor=who),
    lambda service, who: service.revoke(key().key_id, actor=who),
    lambda service, who: service.show(key().key_id, actor=who),
]


@pytest.fixture
def port() -> FakeApiKeys:
    return FakeApiKeys()


@pytest.fixture
def service(port: FakeApiKeys) -> ApiKeyService:
    return ApiKeyService(port, now=lambda: NOW)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    "who", [actor(roles=("billing",)), actor(roles=("viewer",)), actor(roles=()), actor(None, roles=("tam",)),
            actor(None, roles=("platform_admin",)), actor(None, roles=("owner",))]
)  # fmt: skip
def test_change_by_somebody_who_may_not_asks_the_platform_nothing(
    service: ApiKeyService, port: FakeApiKeys, change: Callable[[ApiKeyService, Any], object], who: Any
) -> None:
    before = list(port.keys)
    with pytest.raises(Forbidden):
        change(service, who)
    assert (port.keys, port.made, port.graces) == (before, {}, [])


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", ["owner", "developer"])
def test_change_by_who_builds_is_done(
    service: ApiKeyService, change: Callable[[ApiKeyService, Any], object], role: str
) -> None:
    change(service, actor(roles=(role,)))


@pytest.mark.parametrize("role", ["billing", "viewer"])
def test_list_is_for_who_builds_and_for_internal_readers(service: ApiKeyService, role: str) -> None:
    with pytest.raises(Forbidden):
        service.list(actor=actor(roles=(role,)))
    assert service.list("t", actor=actor(None, roles=("tam",))).items


def test_create_sends_the_end_of_the_key(service: ApiKeyService, port: FakeApiKeys) -> None:
    created = service.create(DRAFT, idempotency_key="k", actor=actor())
    assert port.drafts == [(DRAFT, "2027-02-20T00:00:00+00:00")]
    assert created.raw_key not in repr(created)


def test_draft_with_problems_is_not_sent(service: ApiKeyService, port: FakeApiKeys) -> None:
    with pytest.raises(InvalidInput) as raised:
        service.create(KeyDraft("", (), "live", "90", ("x",)), idempotency_key="k", actor=actor())
    assert set(raised.value.codes) == {"name", "scopes", "allowedIps"}
    assert port.drafts == []
