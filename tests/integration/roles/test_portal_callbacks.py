"""Every callback of the portal, forged by every role, against a real gateway: hiding a button protects nothing.

A callback is named here with the action it belongs to. One that changes something must change nothing for a role that
may not act so, nor anything of another tenant for anybody; no answer may hold another tenant's data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from gateway.domain import ids
from gateway.store.notes import Writer, create_note
from gateway.store.tenancy import tenant_transaction
from gateway.store.views import Views
from portal.domain.permissions import Act, may, may_open
from portal.shell import dash_internals
from tests.integration.roles.conftest import House
from tests.integration.roles.forging import Aim, Forged, forge
from tests.support import api_calls
from tests.support.api_world import NOW, add_export, add_key
from tests.support.contents import contents
from tests.support.webhook_rows import add_delivery, add_endpoint

PEOPLE = ("owner", "developer", "billing", "viewer", "stranger", "tam", "unassigned_tam", "admin", "impostor")
ROUTER = "portal.shell.app.show_page"


@dataclass(frozen=True)
class Answers:
    """What a callback belongs to. ``act`` None: it gives nothing that a role may not see. ``changes``: it writes."""

    act: Act | None
    changes: bool = False


ANYBODY = Answers(None)
TABLE: dict[str, Answers] = {
    "callbacks.analytics.renew_analytics": ANYBODY,
    "callbacks.billing.renew_billing": ANYBODY,
    "callbacks.billing.set_low_balance": Answers(Act.SET_LOW_BALANCE, changes=True),
    "callbacks.dashboard.renew_dashboard": ANYBODY,
    "callbacks.exports.follow_exports": Answers(Act.EXPORT_MESSAGES),
    "callbacks.exports.ask_for_export": ANYBODY,
    "callbacks.exports.ask_about_end": Answers(Act.EXPORT_MESSAGES),
    "callbacks.exports.begin_export": Answers(Act.EXPORT_MESSAGES, changes=True),
    "callbacks.exports.delete_export": Answers(Act.EXPORT_MESSAGES, changes=True),
    "callbacks.filters.follow_controls": ANYBODY,
    "callbacks.filters.show_address": ANYBODY,
    "callbacks.health_runs.recompute_all": Answers(Act.RECOMPUTE_ALL_SCORES, changes=True),
    "callbacks.health_runs.recompute_one": Answers(Act.RECOMPUTE_SCORES, changes=True),
    "callbacks.health_runs.follow_all": Answers(Act.RECOMPUTE_ALL_SCORES),
    "callbacks.health_runs.follow_one": Answers(Act.RECOMPUTE_SCORES),
    "callbacks.health_weights.preview_weights": Answers(Act.CHANGE_WEIGHTS),
    "callbacks.health_weights.save_weights": Answers(Act.CHANGE_WEIGHTS, changes=True),
    "callbacks.messages.follow_controls": ANYBODY,
    "callbacks.messages.show_address": Answers(Act.READ_MESSAGES),
    "callbacks.messages.append_rows": Answers(Act.READ_MESSAGES),
    "callbacks.messages.refresh": Answers(Act.READ_MESSAGES),
    "callbacks.messages.follow_message": Answers(Act.READ_MESSAGES),
    "callbacks.api_keys.show_keys": Answers(Act.SEE_KEYS),
    "callbacks.api_keys.ask_for_key": ANYBODY,
    "callbacks.api_keys.ask_about_rotation": Answers(Act.CHANGE_KEYS),
    "callbacks.api_keys.ask_about_end": Answers(Act.CHANGE_KEYS),
    "callbacks.api_keys.create_key": Answers(Act.CHANGE_KEYS, changes=True),
    "callbacks.api_keys.rotate_key": Answers(Act.CHANGE_KEYS, changes=True),
    "callbacks.api_keys.revoke_key": Answers(Act.CHANGE_KEYS, changes=True),
    "callbacks.qbr.save_comments": Answers(Act.PRESENT_REVIEWS, changes=True),
    "callbacks.qbr_reports.follow_reports": Answers(Act.PRESENT_REVIEWS),
    "callbacks.qbr_reports.ask_for_report": ANYBODY,
    "callbacks.qbr_reports.begin_report": Answers(Act.PRESENT_REVIEWS, changes=True),
    "callbacks.qbr_reports.make_again": Answers(Act.PRESENT_REVIEWS, changes=True),
    "callbacks.send_test.show_preview": Answers(Act.SEND_MESSAGES),
    "callbacks.send_test.use_plain_version": ANYBODY,
    "callbacks.send_test.send_message": Answers(Act.SEND_MESSAGES, changes=True),
    "callbacks.send_test.follow_message": Answers(Act.READ_MESSAGES),
    "callbacks.nps.give_opinion": Answers(Act.GIVE_OPINION, changes=True),
    "callbacks.nps.keep_opinion": Answers(Act.GIVE_OPINION, changes=True),
    "callbacks.assignments.change_assignments": Answers(Act.ASSIGN, changes=True),
    "callbacks.assignments.undo_assignments": Answers(Act.ASSIGN, changes=True),
    "callbacks.notes.show_notes": Answers(Act.SEE_NOTES),
    "callbacks.notes.append_notes": Answers(Act.SEE_NOTES),
    "callbacks.notes.ask_for_note": ANYBODY,
    "callbacks.notes.ask_about_change": Answers(Act.SEE_NOTES),
    "callbacks.notes.ask_about_end": Answers(Act.SEE_NOTES),
    "callbacks.notes.show_history": Answers(Act.SEE_NOTES),
    "callbacks.notes.show_preview": Answers(Act.WRITE_NOTES),
    "callbacks.notes.write_note": Answers(Act.WRITE_NOTES, changes=True),
    "callbacks.notes.edit_note": Answers(Act.WRITE_NOTES, changes=True),
    "callbacks.notes.delete_note": Answers(Act.WRITE_NOTES, changes=True),
    "callbacks.portfolio.follow_controls": ANYBODY,
    "callbacks.portfolio.show_address": ANYBODY,
    "callbacks.portfolio.append_rows": ANYBODY,
    "callbacks.tenant.ask_again": ANYBODY,
    "callbacks.tenant.link_tickets": Answers(Act.LINK_TICKETS, changes=True),
    "callbacks.profile.show_sessions": Answers(Act.CHANGE_OWN_PROFILE),
    "callbacks.profile.ask_about_session": Answers(Act.CHANGE_OWN_PROFILE),
    "callbacks.profile.ask_about_others": Answers(Act.CHANGE_OWN_PROFILE),
    "callbacks.profile.change_email": Answers(Act.CHANGE_OWN_PROFILE, changes=True),
    "callbacks.profile.change_password": Answers(Act.CHANGE_OWN_PROFILE, changes=True),
    "callbacks.profile.end_session": Answers(Act.CHANGE_OWN_PROFILE, changes=True),
    "callbacks.profile.end_others": Answers(Act.CHANGE_OWN_PROFILE, changes=True),
    "callbacks.views.show_views": Answers(Act.READ_MESSAGES),
    "callbacks.views.ask_for_name": ANYBODY,
    "callbacks.views.ask_about_name": Answers(Act.SAVE_VIEWS),
    "callbacks.views.ask_about_end": Answers(Act.SAVE_VIEWS),
    "callbacks.views.save_view": Answers(Act.SAVE_VIEWS, changes=True),
    "callbacks.views.rename_view": Answers(Act.SAVE_VIEWS, changes=True),
    "callbacks.views.update_view": Answers(Act.SAVE_VIEWS, changes=True),
    "callbacks.views.delete_view": Answers(Act.SAVE_VIEWS, changes=True),
    "callbacks.webhooks.show_endpoints": Answers(Act.SEE_WEBHOOKS),
    "callbacks.webhooks.ask_for_endpoint": Answers(Act.SEE_WEBHOOKS),
    "callbacks.webhooks.create_endpoint": Answers(Act.CHANGE_WEBHOOKS, changes=True),
    "callbacks.webhook_endpoint.show_endpoint": Answers(Act.SEE_WEBHOOKS),
    "callbacks.webhook_endpoint.ask_about_change": Answers(Act.CHANGE_WEBHOOKS),
    "callbacks.webhook_endpoint.ask_about_test": Answers(Act.CHANGE_WEBHOOKS),
    "callbacks.webhook_endpoint.ask_about_secret": Answers(Act.CHANGE_WEBHOOKS),
    "callbacks.webhook_endpoint.ask_about_failures": Answers(Act.CHANGE_WEBHOOKS),
    "callbacks.webhook_endpoint.ask_about_pause": Answers(Act.CHANGE_WEBHOOKS),
    "callbacks.webhook_endpoint.ask_about_end": Answers(Act.CHANGE_WEBHOOKS),
    "callbacks.webhook_endpoint.count_failures": Answers(Act.CHANGE_WEBHOOKS),
    "callbacks.webhook_endpoint.change_endpoint": Answers(Act.CHANGE_WEBHOOKS, changes=True),
    "callbacks.webhook_endpoint.send_test": Answers(Act.CHANGE_WEBHOOKS, changes=True),
    "callbacks.webhook_endpoint.rotate_secret": Answers(Act.CHANGE_WEBHOOKS, changes=True),
    "callbacks.webhook_endpoint.send_failures": Answers(Act.CHANGE_WEBHOOKS, changes=True),
    "callbacks.webhook_endpoint.enable_endpoint": Answers(Act.CHANGE_WEBHOOKS, changes=True),
    "callbacks.webhook_endpoint.disable_endpoint": Answers(Act.CHANGE_WEBHOOKS, changes=True),
    "callbacks.webhook_endpoint.delete_endpoint": Answers(Act.CHANGE_WEBHOOKS, changes=True),
    "callbacks.webhook_delivery.show_delivery": Answers(Act.SEE_WEBHOOKS),
    "callbacks.webhook_delivery.resend": Answers(Act.CHANGE_WEBHOOKS, changes=True),
}
# Of accounts that one looks after, of which nobody's TAM has none.
OF_CARE = (Act.RECOMPUTE_SCORES, Act.WRITE_NOTES, Act.PRESENT_REVIEWS)
READS = sorted(name for name, entry in TABLE.items() if not entry.changes)
WRITES = sorted(name for name, entry in TABLE.items() if entry.changes)
# What platform admins do in every account: to them no account is somebody else's.
OF_EVERY_ACCOUNT = frozenset(name for name, entry in TABLE.items() if entry.act in {Act.WRITE_NOTES, Act.ASSIGN})
# Endpoints that `aim_at` and forged requests made.
OF_AIMS = "position('hook-of-the' in url) + position('/forged' in url) > 0"


def aim_at(house: House, tenant: Any, who: str) -> Aim:
    """Ids of things that are the tenant's, or ``who``'s where they are a person's; those of earlier aims are gone."""
    with house.world.worker_engine.begin() as connection:
        # An account may keep fifty of each; forging makes more of them than people do.
        for made in (
            "message_exports",
            "health_runs",
            "nps_answers",
            "saved_views",
            "qbr_comments",
            "qbr_reports",
            f"webhook_deliveries WHERE endpoint_id IN (SELECT endpoint_id FROM webhook_endpoints WHERE {OF_AIMS})",
            f"webhook_endpoints WHERE {OF_AIMS}",
        ):
            connection.exec_driver_sql(f"DELETE FROM {made}")
    return add_aim(house, tenant, who)


def add_aim(house: House, tenant: Any, who: str) -> Aim:
    """One aim more, beside those there are."""
    world = house.world
    with world.worker_engine.begin() as connection:
        key_id = str(add_key(connection, tenant, "Key of the bank" if tenant == world.tenant else "Key of the shop"))
        hook_id, delivery_id = hook_with_a_failure(house, connection, tenant)
    export_id = export_of(house, tenant)
    view_id = view_of(house, tenant, who)
    session_id = api_calls.own_session(world, who)["sessionId"]
    person_id = somebody_to_assign(house)
    assigned = {"person": person_id, "tenants": [str(tenant)], "adds": True}
    hook = {"endpoint": hook_id, "endpointId": hook_id, "webhook-endpoint-id": hook_id}
    named = {"tenantId": str(tenant), "endpointId": hook_id, "deliveryId": delivery_id}
    message = world.sql("SELECT message_id FROM messages WHERE tenant_id = :tenant LIMIT 1", tenant=tenant)[0][0]
    message_name = urlencode({"tenantId": str(tenant), "messageId": ids.encode(message)})
    return Aim(
        str(tenant),
        {"key": key_id, "keyId": key_id, "session": session_id, "sessionId": session_id}
        | {"noteId": note_of(house, tenant, who), "tenantId": str(tenant)}
        | {"person": person_id, "assignments-done": assigned}
        | {"export": export_id, "exportId": export_id, "viewId": view_id}
        | dict.fromkeys(("views-to-rename", "views-to-delete", "views-to-update"), view_id)
        | hook
        | {"again": "2026-Q4/fa-AF"}
        | {"qbr-address": urlencode({"tenantId": str(tenant), "period": "2026-Q4"})}
        | {"delivery": delivery_id, "webhook-delivery-name": urlencode(named), "message-detail-name": message_name},
    )


def export_of(house: House, tenant: Any) -> str:
    """A finished export that somebody of the tenant asked for."""
    world = house.world
    asker = world.people["owner" if tenant == world.tenant else "stranger"].user_id
    return str(add_export(world.api_engine, world.worker_engine, tenant, asker))


def note_of(house: House, tenant: Any, who: str) -> str:
    """A note that whoever may write any may change, if the tenant is theirs to look after."""
    author = house.world.people["tam" if who == "tam" and tenant == house.world.tenant else "admin"]
    name = "Note of the bank" if tenant == house.world.tenant else "Note of the shop"
    with tenant_transaction(house.world.api_engine, tenant, actor=str(author.user_id)) as connection:
        return str(create_note(connection, tenant, name, Writer(author.user_id, "author", NOW)).note_id)


def somebody_to_assign(house: House) -> str:
    """A TAM who looks after nobody yet."""
    with house.world.worker_engine.begin() as connection:
        made = connection.exec_driver_sql(
            "INSERT INTO users (email, name, user_type, roles) VALUES (%(email)s, 'Assignable', 'internal', '{tam}')"
            " RETURNING user_id",
            {"email": f"{uuid4().hex}@tests.example"},
        )
        return str(made.scalar_one())


def view_of(house: House, tenant: Any, who: str) -> str:
    """A view of the person's own, or of somebody else of the tenant where they can have none."""
    world = house.world
    somebody = "owner" if tenant == world.tenant else "stranger"
    person = world.people[who if may(house.actor(who), Act.SAVE_VIEWS) and who != "impostor" else somebody]
    name = "View of the bank" if tenant == world.tenant else "View of the shop"
    with tenant_transaction(world.api_engine, tenant, actor=str(person.user_id)) as connection:
        view = Views(connection, tenant, person.user_id).create(name, {"status": ["failed"]}, NOW)
    return str(view.view_id)


def hook_with_a_failure(house: House, connection: Any, tenant: Any) -> tuple[str, str]:
    """An endpoint made a while ago, with a delivery that failed for good."""
    name = "bank" if tenant == house.world.tenant else "shop"
    endpoint_id = add_endpoint(
        connection,
        tenant,
        NOW - timedelta(days=1),
        sealer=house.world.sealer,
        url=f"https://hook-of-the-{name}.example.com/",
    )
    delivery_id = add_delivery(connection, tenant, endpoint_id, NOW, status="failed", http_status=500, attempts=1)
    return str(endpoint_id), str(delivery_id)


def forged(house: House, handler: str, aim: Aim, **properties: Any) -> Forged:
    names = dash_internals.handlers(house.app)
    callback = next(each for each in dash_internals.callbacks(house.app) if names.get(each["output"]) == handler)
    outputs = house.app.callback_map[callback["output"]]["output"]
    return forge(callback, outputs if isinstance(outputs, list) else [outputs], aim, **properties)


def permitted(house: House, handler: str, who: str) -> bool:
    """An impostor has no role that counts, and the platform lets them do nothing at all; nobody's TAM has no account to
    act on."""
    act = TABLE[handler].act
    assert act is not None
    nowhere = who == "unassigned_tam" and act in OF_CARE
    return may(house.actor(who), act) and who != "impostor" and not nowhere


def traces(house: House, tenant: Any) -> set[str]:
    """Words that only this tenant's data holds."""
    rows = house.world.sql("SELECT message_id, recipient FROM messages WHERE tenant_id = :tenant", tenant=tenant)
    names = {
        house.world.tenant: (
            "Made before",
            "Key of the bank",
            "hook-of-the-bank",
            "View of the bank",
            "Note of the bank",
        ),
        house.world.other: (
            "Other Shop",
            "Only of the other",
            "Key of the shop",
            "hook-of-the-shop",
            "View of the shop",
            "Note of the shop",
        ),
    }
    return {ids.encode(row[0]) for row in rows} | {str(row[1]) for row in rows} | set(names[tenant])


def own_tenant(house: House, who: str) -> Any:
    """The account a person is in; for internal people one they may look at."""
    return house.world.other if who == "stranger" else house.world.tenant


def other_tenant(house: House, who: str) -> Any:
    return house.world.tenant if who == "stranger" else house.world.other


def test_every_callback_is_in_the_table(house: House) -> None:
    handlers = set(dash_internals.handlers(house.app).values()) - {ROUTER}
    missing = sorted(handlers - set(TABLE))
    assert not missing, f"say in {__file__} which action these belong to, and whether they change something: {missing}"
    assert not set(TABLE) - handlers, "these are gone"


def test_every_change_belongs_to_an_action() -> None:
    assert all(TABLE[name].act is not None for name in WRITES)


@pytest.mark.parametrize(
    "handler",
    [
        "callbacks.messages.show_address",
        "callbacks.api_keys.show_keys",
        "callbacks.views.show_views",
        "callbacks.webhook_endpoint.show_endpoint",
    ],
)
def test_traces_are_found_where_they_should_be(house: House, handler: str) -> None:
    aim = aim_at(house, house.world.tenant, "owner")
    assert found_in(house.post("owner", forged(house, handler, aim).body)[1], traces(house, house.world.tenant))


@pytest.mark.parametrize("who", PEOPLE)
def test_change_forged_by_a_role_happens_where_it_may(house: House, who: str) -> None:
    for handler in WRITES:
        if not permitted(house, handler, who):
            continue
        house.forgive()
        aim = aim_at(house, own_tenant(house, who), who)
        before = contents(house.world)
        status, text = house.post(who, forged(house, handler, aim).body)
        assert status in (200, 204), (handler, text)
        assert contents(house.world) != before, f"{handler}: give its fields valid values, or see why it does not work"
        if who != "admin" or handler not in OF_EVERY_ACCOUNT:
            assert not found_in(text, traces(house, other_tenant(house, who))), handler


@pytest.mark.parametrize("who", PEOPLE)
def test_change_forged_by_a_role_that_may_not_changes_nothing(house: House, who: str) -> None:
    house.forgive()
    aim = aim_at(house, own_tenant(house, who), who)
    foreign = traces(house, other_tenant(house, who))
    before = contents(house.world)
    for handler in WRITES:
        if permitted(house, handler, who):
            continue
        status, text = house.post(who, forged(house, handler, aim).body)
        assert status in (200, 204, 403), (handler, text)
        assert not found_in(text, foreign), handler
    assert contents(house.world) == before, "one of them is refused and changes something all the same"


@pytest.mark.parametrize("who", PEOPLE)
def test_change_aimed_at_somebody_elses_things_changes_nothing(house: House, who: str) -> None:
    house.forgive()
    aim = aim_at(house, other_tenant(house, who), "owner" if who == "stranger" else "stranger")
    foreign = traces(house, other_tenant(house, who))
    before = contents(house.world)
    for handler in WRITES:
        request = forged(house, handler, aim)
        if who == "admin" and handler in OF_EVERY_ACCOUNT:
            continue
        if not request.aimed:
            continue  # it names nothing, so it can be about the asker alone: the tests above
        if who == "admin" and TABLE[handler].act is Act.PRESENT_REVIEWS:  # every account is theirs
            continue
        status, text = house.post(who, request.body)
        assert status in (200, 204, 403, 404), (handler, text)
        assert not found_in(text, foreign), handler
    assert contents(house.world) == before, "one of them changes what is somebody else's"


@pytest.mark.parametrize("who", PEOPLE)
def test_reading_callbacks_show_a_role_what_it_may_see_and_nothing_of_another_tenant(house: House, who: str) -> None:
    own, other = own_tenant(house, who), other_tenant(house, who)
    words = {tenant: traces(house, tenant) for tenant in (own, other)}
    for tenant in (own, other):
        aim = aim_at(house, tenant, who if tenant == own else ("owner" if who == "stranger" else "stranger"))
        before = contents(house.world)
        for handler in READS:
            status, text = house.post(who, forged(house, handler, aim).body)
            assert status in (200, 204, 403, 404), (handler, text)
            if who != "admin":
                assert not found_in(text, words[other]), f"{handler}, asked about {tenant}"
            act = TABLE[handler].act
            if (act is not None and not may(house.actor(who), act)) or who == "unassigned_tam":
                assert not found_in(text, words[own]), f"{handler}: not for this role"
        assert contents(house.world) == before, "one of them reads, and changes something all the same"


@pytest.mark.parametrize("who", PEOPLE)
def test_pages_by_link_are_for_the_roles_of_the_table(house: House, who: str) -> None:
    own, foreign = traces(house, own_tenant(house, who)), traces(house, other_tenant(house, who))
    for page in dash_internals.registered_pages():
        route = str(page["path_template"] or page["path"])
        path = route.replace("<message_id>", api_calls.message(house.world, who)["messageId"])
        known = api_calls.known_delivery(house.world, who)
        path = path.replace("<endpoint_id>", known["endpointId"]).replace("<delivery_id>", known["deliveryId"])
        for tenant in (own_tenant(house, who), other_tenant(house, who)):
            aim = Aim(str(tenant), {})
            body = forged(house, ROUTER, aim, pathname=path, search=f"?tenantId={tenant}").body
            status, text = house.post(who, body)
            assert status in (200, 403, 404), (route, text)
            refused = "Your role does not include this page" in text
            assert refused is not may_open(house.actor(who), route), route
            if who != "admin":
                assert not found_in(text, foreign - {path.rpartition("/")[2]}), route
            if refused or who in ("unassigned_tam", "impostor"):
                assert not found_in(text, own - {path.rpartition("/")[2]}), route


@pytest.mark.parametrize("who", PEOPLE)
def test_pages_by_address_are_for_the_roles_of_the_table(house: House, who: str) -> None:
    foreign = traces(house, other_tenant(house, who))
    for page in dash_internals.registered_pages():
        route = str(page["path_template"] or page["path"])
        if "<" in route:
            continue
        house.asker = who
        answer = house.client.get(f"{route}?tenantId={other_tenant(house, who)}")
        assert (answer.status_code == 403) is not may_open(house.actor(who), route), route
        if who != "admin":
            assert not found_in(answer.get_data(as_text=True), foreign), route


def found_in(text: str, words: set[str]) -> list[str]:
    """Which of the words are in the text, by whatever marks of direction or spaces they are set apart."""
    plain = re.sub(r"[\u2066-\u2069\s]|\\u206[6-9]", "", text)
    return sorted(word for word in words if word.replace(" ", "") in plain)
