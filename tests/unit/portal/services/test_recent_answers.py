from __future__ import annotations

from portal.services.recent_answers import RecentAnswers, Scope
from tests.support.fakes_analytics import actor

OWNER = actor("tenant-1")
STRANGER = actor("tenant-2")


def test_answer_of_one_tenant_is_invisible_to_another() -> None:
    recent: RecentAnswers[str] = RecentAnswers()
    recent.put(Scope.of(OWNER, None), "question", "secret")
    assert recent.get(Scope.of(OWNER, None), "question") == "secret"
    assert recent.get(Scope.of(STRANGER, None), "question") is None


def test_teammate_with_the_same_roles_shares_and_one_with_others_does_not() -> None:
    assert Scope.of(OWNER, None) == Scope.of(actor("tenant-1", user="user-2"), None)
    assert Scope.of(OWNER, None) != Scope.of(actor("tenant-1", roles=("viewer",)), None)


def test_internal_people_share_nothing_with_each_other() -> None:
    tam, other = (actor(None, roles=("tam",), user=user) for user in ("tam-1", "tam-2"))
    assert Scope.of(tam, "tenant-1") != Scope.of(other, "tenant-1")
    assert Scope.of(tam, "tenant-1") != Scope.of(tam, "tenant-2")
    assert Scope.of(tam, "tenant-1") != Scope.of(OWNER, None)


def test_least_recently_used_answer_goes_first() -> None:
    recent: RecentAnswers[int] = RecentAnswers(size=2)
    scope = Scope.of(OWNER, None)
    recent.put(scope, "a", 1)
    recent.put(scope, "b", 2)
    recent.get(scope, "a")
    recent.put(scope, "c", 3)
    assert [recent.get(scope, name) for name in "abc"] == [1, None, 3]
