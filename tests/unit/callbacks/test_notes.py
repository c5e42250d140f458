"""Notes, audit log and assignments: what their callbacks do, as plain functions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dash import no_update

from callbacks import assignments, audit_log, notes
from callbacks.tenant import load_tenant
from components.assignments import AssignmentsIds
from components.audit_log import AuditLogIds, action_words
from components.notes import NotesIds
from gateway.api.permissions import PERMISSIONS
from gateway.api.reads import kind_of
from portal import context
from portal.domain.assignments import Change
from portal.domain.audit import AuditFilter, What
from portal.domain.errors import Forbidden, Unauthenticated, UpstreamUnavailable
from portal.domain.notes import LONGEST_NOTE
from portal.i18n import SUPPORTED, has, ltr, use
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.fakes_notes import FakeAssignments, FakeAudit, FakeNotes, entry, note, note_id, person
from tests.support.fakes_portfolio import tenant_id
from tests.support.trees import links, nodes, text

ROOT = Path(__file__).resolve().parents[3]
TAM, ADMIN, OWNER = actor(None, roles=("tam",)), actor(None, roles=("platform_admin",)), actor()
AT = f"?tenantId={tenant_id(0)}"


@contextmanager
def asked(who: Any = TAM, **ports: Any) -> Iterator[None]:
    with context.use(actor=who, services=fake_services(**ports)):
        yield


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What toasts were shown."""
    found: list[str] = []
    monkeypatch.setattr(notes, "set_props", lambda _id, props: found.append(str(props)))
    return found


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Say which control was used."""

    def use_one(triggered: Any) -> None:
        for module in (notes, assignments):
            monkeypatch.setattr(module, "ctx", SimpleNamespace(triggered_id=triggered))

    return use_one


def acts(tree: Any) -> set[tuple[str, str]]:
    found = [node.id for node in nodes(tree) if isinstance(getattr(node, "id", None), dict)]
    return {(each["type"], each["noteId"]) for each in found if "noteId" in each}


# -- notes -----------------------------------------------------------------------------------------------------------


def test_account_shows_its_notes_and_each_what_can_be_done_with_it() -> None:
    with asked():
        card = load_tenant({"tenantId": tenant_id(0)})[NotesIds.LIST, "children"]
    assert "Farid" in text(card)
    assert "**" not in text(card)
    assert acts(card) == {
        *((kind, note_id(0)) for kind in ("note-edit", "note-delete", "note-history")),
        *((kind, note_id(2)) for kind in ("note-edit", "note-delete")),
        ("note-history", note_id(3)),
    }


def test_account_without_notes_or_that_cannot_be_had_says_so() -> None:
    with asked(notes=FakeNotes([])):
        assert "No notes yet" in text(load_tenant({"tenantId": tenant_id(0)})[NotesIds.LIST, "children"])
    with asked(notes=FakeNotes(error=UpstreamUnavailable())):
        values = load_tenant({"tenantId": tenant_id(0)})
        assert "Try again" in text(values[NotesIds.LIST, "children"])
        assert "Try again" in text(notes.show_notes("x", AT))


def test_older_notes_come_below() -> None:
    port = FakeNotes([note(number) for number in range(45)])
    with asked(notes=port):
        first, foot = notes.append_notes(1, "20", None, AT)
        assert len(first) == 20
        assert [node.value for node in nodes(foot) if getattr(node, "id", "") == NotesIds.MORE] == ["40"]
        more, _ = notes.append_notes(1, "40", ["something"], AT)
        assert type(more).__name__ == "Patch"
        assert notes.append_notes(None, "40", None, AT) == (no_update, no_update)
        port.error = UpstreamUnavailable()
        kept, foot = notes.append_notes(1, "40", None, AT)
        assert kept is no_update
        assert "Try again" in text(foot)


def test_note_is_written_once_and_the_list_asked_for_anew(told: list[str]) -> None:
    port = FakeNotes([])
    with asked(notes=port):
        for _ in range(2):
            opened, body, changed, *wrong = notes.write_note(1, "key-1", AT, "Called **them**")
            assert (opened, body, wrong) == (False, None, [no_update] * 2)
            assert changed
    assert [each.body for each in port.notes] == ["Called **them**"]
    assert "The note is kept." in told[0]


@pytest.mark.parametrize("body", ["", "  \n", None, "x" * (LONGEST_NOTE + 1)])
def test_text_that_is_none_is_told_beside_the_field_and_nothing_asked(body: str | None) -> None:
    port = FakeNotes()
    with asked(notes=port):
        opened, _, changed, summary, beside = notes.write_note(1, "key", AT, body)
    assert (opened, changed) == (no_update, no_update)
    assert summary
    assert beside
    assert port.calls == []


def test_change_of_what_somebody_else_changed_keeps_what_was_typed(used: Any, told: list[str]) -> None:
    port = FakeNotes([note(1)])
    used({"type": "note-edit", "noteId": note_id(1)})
    with asked(notes=port):
        opened, form = notes.ask_about_change([1], AT)
        assert opened is True
        values = {
            node.id["field"]: node.value
            for node in nodes(form)
            if isinstance(getattr(node, "id", None), dict) and "value" in node.to_plotly_json()["props"]
        }
        assert values == {"body": note(1).body, "noteId": note_id(1), "basedOn": "1"}
        port.change_note("", note_id(1), "by somebody else", based_on=1, actor=TAM)
        opened, _, _, summary, _ = notes.edit_note(1, AT, note_id(1), values["basedOn"], "mine")
        assert opened is no_update
        assert "Somebody changed this note meanwhile" in text(summary)
        assert notes.edit_note(1, AT, note_id(1), "2", "mine")[0] is False
    assert port.notes[0].body == "mine"
    assert "changed" in told[0]


def test_note_is_deleted_after_a_question_that_shows_it(used: Any, told: list[str]) -> None:
    port = FakeNotes([note(0), note(1)])
    used({"type": "note-delete", "noteId": note_id(0)})
    with asked(notes=port):
        _, form = notes.ask_about_end([1, None], AT)
        assert "Farid" in text(form)
        assert notes.ask_about_end([None], AT) == (no_update, no_update)
        assert notes.delete_note(1, AT, note_id(0), "2")[0] is False
        # Gone already: no mistake.
        assert notes.delete_note(1, AT, note_id(0), "2")[0] is False
        assert notes.ask_about_change([1], AT) == (no_update, no_update)
    assert [each.note_id for each in port.notes] == [note_id(1)]
    assert "is gone" in told[-1]


def test_history_shows_every_text(used: Any) -> None:
    used({"type": "note-history", "noteId": note_id(0)})
    with asked():
        opened, body = notes.show_history([1], AT)
    assert opened is True
    assert "Written by" in text(body)
    assert "Changed by" in text(body)


def test_preview_is_what_the_note_will_be() -> None:
    with asked():
        shown = notes.show_preview(1, "**bold** <script>")
        assert "Strong" in {type(node).__name__ for node in nodes(shown)}
        assert "<script>" in text(shown)
        assert "nothing to show" in text(notes.show_preview(1, None))
        assert notes.show_preview(None, "x") is no_update


@pytest.mark.parametrize("who", [OWNER, actor(roles=("tam", "platform_admin"))], ids=["owner", "impostor"])
def test_customer_asks_nothing_of_notes(who: Any) -> None:
    port = FakeNotes()
    with asked(who, notes=port):
        for call in (
            lambda: notes.write_note(1, "k", AT, "x"),
            lambda: notes.edit_note(1, AT, note_id(0), "1", "x"),
        ):
            assert call()[0] is no_update
        assert notes.delete_note(1, AT, note_id(0), "1")[0] is no_update
        with pytest.raises(Forbidden):
            notes.show_preview(1, "x")
        notes.show_notes("x", AT)
    assert port.calls == []


def test_ended_session_passes_through() -> None:
    with asked(notes=FakeNotes(error=Unauthenticated())):
        for call in (lambda: notes.show_notes("x", AT), lambda: notes.write_note(1, "k", AT, "x")):
            with pytest.raises(Unauthenticated):
                call()


# -- the audit log ---------------------------------------------------------------------------------------------------


def audit(port: FakeAudit, who: Any = OWNER, **params: str) -> Any:
    with asked(who, audit=port):
        return audit_log.load_audit_log(params)[AuditLogIds.LIST, "children"]


def test_log_says_in_words_who_did_what() -> None:
    shown = text(audit(FakeAudit(7)))
    for words in (
        "Looked at the message log", "8 times", "Platform’s team", "Nadia Rahimi", "Made an API key", "Core banking OTP",
        "now: ", "no longer: ", "Stopped a webhook that failed", "The platform", "Somebody who has left", "2026-Q4",
    ):  # fmt: skip
        assert words in shown, words


def test_action_that_nobody_knows_shows_its_code() -> None:
    assert action_words(entry(6)) == ltr("something.of_tomorrow")
    assert "something.of_tomorrow" in text(audit(FakeAudit(7)))


def test_log_is_asked_for_what_the_address_says_and_links_keep_it() -> None:
    port, who = FakeAudit(), entry(0).actor_id or ""
    shown = audit(port, TAM, tenantId=tenant_id(0), what="reads", actorId=who)
    assert port.asked == [AuditFilter(What.READS, who, tenant_id(0))]
    assert all(f"tenantId={tenant_id(0)}" in href for href in links(shown))
    assert f"/audit-log?tenantId={tenant_id(0)}&what=reads" in links(shown)  # without the person
    audit(port, OWNER, what="nonsense", actorId="nonsense", cursor="7")
    assert port.asked[-1] == AuditFilter(cursor="7")


def test_log_has_a_way_to_older_lines_and_back() -> None:
    assert any("cursor=50" in href for href in links(audit(FakeAudit(60))))
    assert "/audit-log" in links(audit(FakeAudit(60), cursor="50"))
    assert "Nobody has looked" in text(audit(FakeAudit(0), what="reads"))
    assert "Try again" in text(audit(FakeAudit(error=UpstreamUnavailable())))


@pytest.mark.parametrize("role", ["developer", "billing", "viewer"])
def test_log_is_not_for_everybody(role: str) -> None:
    port = FakeAudit()
    audit(port, actor(roles=(role,)))
    assert port.asked == []


def actions_of_the_platform() -> set[str]:
    """Every action that the platform writes down: what its code says, and what it reads."""
    found = set()
    for path in (ROOT / "gateway").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(getattr(call, "func", None), "id", getattr(getattr(call, "func", None), "attr", ""))
            if isinstance(call, ast.Call) and name in {"audit", "audit_internally", "record", "_note", "_audit"}:
                texts = [each.value for each in ast.walk(call) if isinstance(each, ast.Constant)]
                found |= {each for each in texts if isinstance(each, str) and each.count(".") == 1 and " " not in each}
    kinds = {kind_of(route) for method, route in PERMISSIONS if method == "GET"} - {None}
    tenant = {
        route
        for (method, route), rule in PERMISSIONS.items()
        if method == "GET" and (rule.tenant or "<tenantId>" in route)
    }
    return found | {f"{kind_of(route)}.viewed" for route in tenant if kind_of(route) in kinds}


def test_every_action_there_is_has_words_in_every_language() -> None:
    actions = actions_of_the_platform()
    assert len(actions) > 35
    for locale in SUPPORTED.values():
        with use(locale):
            assert not {action for action in actions if not has(f"audit.action.{action}")}


# -- assignments -----------------------------------------------------------------------------------------------------


ROWS = [{"type": "assignments-row", "tenantId": tenant_id(number)} for number in range(3)]


def test_accounts_are_listed_with_those_who_look_after_them() -> None:
    port = FakeAssignments()
    with asked(ADMIN, assignments=port):
        values = assignments.load_assignments({})
        shown = values[AssignmentsIds.LIST, "children"]
        assert "nobody" in text(shown)
        assert person(1).name in text(shown)
        assert "/assignments?unassigned=true" in links(shown)
        assert "has left" in str(values[AssignmentsIds.PEOPLE, "children"])
        nobody = text(assignments.load_assignments({"unassigned": "true"})[AssignmentsIds.LIST, "children"])
        assert person(1).name not in nobody
        assert "No account fits" in text(assignments.load_assignments({"q": "x" * 90})[AssignmentsIds.LIST, "children"])


def test_ticked_accounts_are_assigned_in_one_call_and_it_can_be_undone(used: Any) -> None:
    port = FakeAssignments(broken=frozenset({tenant_id(2)}))
    before = {tenant: set(people) for tenant, people in port.held.items()}
    used(AssignmentsIds.ADD)
    with asked(ADMIN, assignments=port):
        shown, result, done, people = assignments.change_assignments(
            1, None, person(1).user_id, [True, True, True], ROWS, ""
        )
        assert port.changes == [Change(person(1).user_id, tuple(row["tenantId"] for row in ROWS), True)]
        said = text(result)
        for words in ("1 account assigned to", "1 was so already", "1 could not be changed"):
            assert words in said, said
        assert person(1).name in text(shown)
        assert [node.value for node in nodes(people) if type(node).__name__ == "Select"] == [person(1).user_id]
        assert done == {"person": person(1).user_id, "tenants": [tenant_id(0)], "adds": False}
        _, result, *_ = assignments.undo_assignments(1, done, "")
        assert "1 account taken away" in text(result)
    assert port.held == before


def test_nothing_ticked_or_nobody_chosen_is_said(used: Any) -> None:
    port = FakeAssignments()
    used(AssignmentsIds.REMOVE)
    with asked(ADMIN, assignments=port):
        _, result, *_ = assignments.change_assignments(None, 1, None, [True], ROWS[:1], "")
        assert "Choose somebody first" in text(result)
        _, result, *_ = assignments.change_assignments(None, 1, person(0).user_id, [False], ROWS[:1], "")
        assert "Tick an account first" in text(result)
        assert assignments.change_assignments(None, None, None, [], [], "") == (no_update,) * 4
        assert assignments.undo_assignments(1, None, "") == (no_update,) * 4
    assert port.changes == []


@pytest.mark.parametrize("who", [TAM, OWNER], ids=["tam", "owner"])
def test_only_admins_assign(who: Any, used: Any) -> None:
    port = FakeAssignments()
    used(AssignmentsIds.ADD)
    done = {"person": person(0).user_id, "tenants": [tenant_id(0)], "adds": True}
    with asked(who, assignments=port):
        for call in (
            lambda: assignments.load_assignments({}),
            lambda: assignments.change_assignments(1, None, person(0).user_id, [True], ROWS[:1], ""),
            lambda: assignments.undo_assignments(1, done, ""),
        ):
            with pytest.raises(Forbidden):
                call()
    assert port.changes == []


def test_platform_that_is_away_is_said_and_nothing_shown_goes(used: Any) -> None:
    port = FakeAssignments(error=UpstreamUnavailable())
    used(AssignmentsIds.ADD)
    with asked(ADMIN, assignments=port):
        assert "Try again" in text(assignments.load_assignments({})[AssignmentsIds.LIST, "children"])
        shown, result, done, people = assignments.change_assignments(1, None, person(0).user_id, [True], ROWS[:1], "")
    assert (shown, done, people) == (no_update,) * 3
    assert text(result)
