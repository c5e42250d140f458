"""Notes about a tenant: who reads and changes them, what is kept of them, and that no customer ever meets one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from gateway.api.models.notes import LONGEST_NOTE
from gateway.store.accounts import assign_tenant
from gateway.store.tenancy import tenant_transaction
from tests.support.api_world import CUSTOMERS, World

LIST = "/v1/internal/tenants"
SECRET = "unmistakable-words-of-a-note"


def notes_of(tenant: UUID) -> str:
    return f"{LIST}/{tenant}/notes"


def write(world: World, who: str, body: str, tenant: UUID | None = None) -> dict[str, Any]:
    answer = world.client(who).post(notes_of(tenant or world.tenant), json={"body": body})
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


def change(world: World, who: str, note: dict[str, Any], **body: Any) -> Any:
    return world.client(who).patch(f"{notes_of(world.tenant)}/{note['noteId']}", json=body)


def delete(world: World, who: str, note: dict[str, Any], based_on: int = 1) -> Any:
    path = f"{notes_of(world.tenant)}/{note['noteId']}"
    return world.client(who).delete(path, query_string={"basedOn": based_on})


def history(world: World, who: str, note: dict[str, Any], **query: Any) -> Any:
    return world.get(who, f"{notes_of(world.tenant)}/{note['noteId']}/history", **query)


@pytest.fixture(scope="module")
def second_tam(changing_world: World) -> World:
    """Both TAMs look after the tenant."""
    with changing_world.worker_engine.begin() as connection:
        assign_tenant(connection, changing_world.tenant, changing_world.people["unassigned_tam"].user_id)
    return changing_world


def test_note_is_kept_as_it_was_written(own_world: World) -> None:
    body = "  # Call\r\n\r\n*yes* <script>alert(1)</script>\n\tسلام\n"
    note = write(own_world, "tam", body)
    (listed,) = own_world.get("tam", notes_of(own_world.tenant)).json["items"]
    assert listed == note
    assert (listed["body"], listed["version"], listed["authorName"], listed["mayChange"]) == (body, 1, "tam", True)
    assert listed["createdAt"] == listed["updatedAt"]


def test_notes_are_newest_first_in_pages(own_world: World) -> None:
    written = [write(own_world, "admin", f"note {number}")["noteId"] for number in range(5)]
    seen, cursor = [], None
    while True:
        page = own_world.get("tam", notes_of(own_world.tenant), limit=2, **({"cursor": cursor} if cursor else {})).json
        seen += [item["noteId"] for item in page["items"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert seen == written[::-1]


@pytest.mark.parametrize(
    "body",
    [
        {"body": ""},
        {"body": " \n\t "},
        {"body": "a\0"},
        {"body": "\x1b"},
        {"body": "x" * (LONGEST_NOTE + 1)},
        {},
        {"body": 1},
    ],
    ids=lambda body: repr(body)[:20],
)
def test_text_that_is_none_is_refused(world: World, body: dict[str, Any]) -> None:
    answer = world.client("tam").post(notes_of(world.tenant), json=body)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "body")


def test_longest_text_is_taken(changing_world: World) -> None:
    assert len(write(changing_world, "tam", "ک" * LONGEST_NOTE)["body"]) == LONGEST_NOTE


def test_request_that_is_sent_again_writes_one_note(own_world: World) -> None:
    headers = {"Idempotency-Key": uuid4().hex}
    for _ in range(2):
        answer = own_world.client("tam").post(notes_of(own_world.tenant), json={"body": "once"}, headers=headers)
        assert answer.status_code == 201
    assert len(own_world.get("tam", notes_of(own_world.tenant)).json["items"]) == 1


def test_note_is_changed_by_its_author_and_by_admins_alone(second_tam: World) -> None:
    world = second_tam
    note = write(world, "tam", "of the TAM")
    (seen,) = [
        item
        for item in world.get("unassigned_tam", notes_of(world.tenant)).json["items"]
        if item["noteId"] == note["noteId"]
    ]
    assert seen["mayChange"] is False
    for answer in (
        change(world, "unassigned_tam", note, body="mine", basedOn=1),
        delete(world, "unassigned_tam", note),
    ):
        assert (answer.status_code, answer.json["code"]) == (403, "forbidden")
    edited = change(world, "tam", note, body="said otherwise", basedOn=1).json
    assert (edited["body"], edited["version"], edited["updatedByName"]) == ("said otherwise", 2, "tam")
    again = change(world, "admin", note, body="by the admin", basedOn=2).json
    assert (again["version"], again["authorName"], again["updatedByName"]) == (3, "tam", "admin")
    assert delete(world, "tam", note, based_on=3).status_code == 204


def test_nobody_overwrites_what_they_have_not_read(own_world: World) -> None:
    note = write(own_world, "tam", "first")
    assert change(own_world, "admin", note, body="second", basedOn=1).status_code == 200
    for answer in (change(own_world, "tam", note, body="mine", basedOn=1), delete(own_world, "tam", note, based_on=1)):
        assert (answer.status_code, answer.json["code"]) == (409, "conflict")
    assert own_world.get("tam", notes_of(own_world.tenant)).json["items"][0]["body"] == "second"
    assert change(own_world, "tam", note, body="third", basedOn=2).json["version"] == 3
    # The same text again is no change.
    assert change(own_world, "tam", note, body="third", basedOn=3).json["version"] == 3


def test_of_two_changes_at_once_one_is_told_of_the_other(own_world: World) -> None:
    note = write(own_world, "tam", "first")
    texts = [f"by thread {number}" for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda body: change(own_world, "admin", note, body=body, basedOn=1), texts))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    (kept,) = [text for text, answer in zip(texts, answers, strict=True) if answer.status_code == 200]
    told = history(own_world, "tam", note).json["items"]
    assert [each["body"] for each in told] == [kept, "first"]


def test_every_text_there_was_is_in_the_history(own_world: World) -> None:
    note = write(own_world, "tam", "one")
    change(own_world, "tam", note, body="two", basedOn=1)
    change(own_world, "admin", note, body="three", basedOn=2)
    told = history(own_world, "tam", note).json["items"]
    assert [(each["version"], each["kind"], each["body"], each["byName"]) for each in told] == [
        (3, "edited", "three", "admin"), (2, "edited", "two", "tam"), (1, "created", "one", "tam"),
    ]  # fmt: skip
    first = history(own_world, "tam", note, limit=2).json
    rest = history(own_world, "tam", note, limit=2, cursor=first["nextCursor"]).json
    assert (first["items"] + rest["items"], rest["nextCursor"]) == (told, None)


def test_deleted_note_is_gone_but_for_admins(own_world: World) -> None:
    note = write(own_world, "tam", "to be gone")
    assert delete(own_world, "tam", note).status_code == 204
    for who in ("tam", "admin"):
        assert own_world.get(who, notes_of(own_world.tenant)).json["items"] == []
        assert delete(own_world, who, note, based_on=2).status_code == 404
        assert change(own_world, who, note, body="back", basedOn=2).status_code == 404
    assert history(own_world, "tam", note).status_code == 404
    assert own_world.get("tam", notes_of(own_world.tenant), deleted="true").status_code == 403
    (gone,) = own_world.get("admin", notes_of(own_world.tenant), deleted="true").json["items"]
    assert (gone["noteId"], gone["mayChange"], gone["deletedAt"] is None) == (note["noteId"], False, False)
    told = history(own_world, "admin", note).json["items"]
    assert [(each["kind"], each["body"]) for each in told] == [("deleted", "to be gone"), ("created", "to be gone")]


def test_note_of_another_tenant_is_not_found(own_world: World) -> None:
    foreign = write(own_world, "admin", "of the other", own_world.other)
    assert own_world.get("tam", notes_of(own_world.other)).status_code == 404
    assert own_world.client("tam").post(notes_of(own_world.other), json={"body": "x"}).status_code == 404
    for who in ("tam", "admin"):  # under the path of a tenant that it is not of
        assert change(own_world, who, foreign, body="x", basedOn=1).status_code == 404
        assert delete(own_world, who, foreign).status_code == 404
        assert history(own_world, who, foreign).status_code == 404


def test_place_in_another_tenants_notes_is_none_here(own_world: World) -> None:
    for tenant in (own_world.tenant, own_world.other):
        for number in range(2):
            note = write(own_world, "admin", f"note {number}", tenant)
    foreign = own_world.get("admin", notes_of(own_world.other), limit=1).json["nextCursor"]
    path = notes_of(own_world.other)
    edited = {"body": "x", "basedOn": 1}
    assert own_world.client("admin").patch(f"{path}/{note['noteId']}", json=edited).status_code == 200
    of_note = own_world.get("admin", f"{path}/{note['noteId']}/history", limit=1).json["nextCursor"]
    own = write(own_world, "tam", "x")
    for who in ("tam", "admin"):
        for answer in (
            own_world.get(who, notes_of(own_world.tenant), cursor=foreign),
            history(own_world, who, own, cursor=of_note),
        ):
            assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "cursor")


@pytest.mark.parametrize("who", [*CUSTOMERS, "stranger", "impostor", "no_role"])
def test_customers_meet_no_note(second_tam: World, who: str) -> None:
    world = second_tam
    note = write(world, "tam", SECRET)
    before = world.sql("SELECT * FROM tenant_notes ORDER BY note_id")
    refused = [
        world.get(who, notes_of(world.tenant)),
        history(world, who, note),
        world.client(who).post(notes_of(world.tenant), json={"body": "x"}),
        change(world, who, note, body="x", basedOn=1),
        delete(world, who, note),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    for rule in world.app.url_map.iter_rules():  # whatever else they may read says nothing of it either
        if "GET" in (rule.methods or ()) and "<" not in rule.rule:
            answer = world.get(who, rule.rule)
            assert SECRET not in answer.get_data(as_text=True), rule.rule
            assert note["noteId"] not in answer.get_data(as_text=True), rule.rule
    assert world.sql("SELECT * FROM tenant_notes ORDER BY note_id") == before


def test_notes_are_audited_and_the_customer_does_not_see_it(own_world: World) -> None:
    note = write(own_world, "tam", "x")
    change(own_world, "admin", note, body="y", basedOn=1)
    delete(own_world, "tam", note, based_on=2)
    expected = [("note.deleted", "tam"), ("note.edited", "admin"), ("note.created", "tam")]
    rows = own_world.sql(
        "SELECT action, platform_name FROM audit_events WHERE subject = :n ORDER BY audit_id DESC", n=note["noteId"]
    )
    assert [tuple(row) for row in rows] == expected
    seen = own_world.get("tam", "/v1/account/audit-events", tenantId=str(own_world.tenant)).json["items"]
    assert [item["action"] for item in seen if item["subject"] == note["noteId"]] == [action for action, _ in expected]
    assert "note." not in own_world.get("owner", "/v1/account/audit-events").get_data(as_text=True)


def test_last_note_is_in_the_portfolio(own_world: World) -> None:
    def last() -> Any:
        items = own_world.get("tam", LIST).json["items"]
        return next(item["lastNote"] for item in items if item["tenantId"] == str(own_world.tenant))

    assert last() is None
    first = write(own_world, "admin", "first")
    second = write(own_world, "tam", "s" * 1000)
    assert last() == {
        "noteId": second["noteId"], "beginning": "s" * 400, "authorName": "tam", "at": second["createdAt"],
    }  # fmt: skip
    delete(own_world, "tam", second)
    assert last()["noteId"] == first["noteId"]


HAND_WRITTEN = (
    "SELECT body FROM tenant_notes",
    "SELECT body FROM tenant_notes WHERE tenant_id = :tenant",
    "SELECT n.body FROM tenants t JOIN tenant_notes n USING (tenant_id)",
    "SELECT n.body FROM users u JOIN tenant_note_versions n USING (tenant_id) WHERE u.tenant_id = :tenant",
    "SELECT body FROM tenant_note_versions UNION ALL SELECT body FROM tenant_notes",
    "SELECT string_agg(n::text, '') FROM tenant_notes n HAVING count(*) > 0",
    "SELECT (SELECT body FROM tenant_notes LIMIT 1) WHERE EXISTS (SELECT FROM tenant_notes)",
    "WITH found AS MATERIALIZED (SELECT * FROM tenant_notes) TABLE found",
    "SELECT * FROM json_populate_record(NULL::tenant_notes, (SELECT to_json(n) FROM tenant_notes n LIMIT 1)) WHERE body <> ''",
    # A function that tells what it is shown would tell of rows that are then filtered away.
    "SELECT body FROM tenant_notes WHERE pg_temp.told(body)",
    "SELECT body FROM tenant_notes WHERE 1 / (CASE WHEN body LIKE 'u%' THEN 0 ELSE 1 END) > 0",
    "SELECT details::text FROM audit_events WHERE action LIKE 'note.%'",
)


@pytest.fixture(scope="module")
def written(changing_world: World) -> World:
    """A world whose two tenants have a note each."""
    for tenant in (changing_world.tenant, changing_world.other):
        write(changing_world, "admin", SECRET, tenant)
    return changing_world


def as_customer(world: World, who: str) -> Any:
    person = world.people[who]
    return tenant_transaction(world.api_engine, world.tenant, actor=str(person.user_id))


@pytest.mark.parametrize("statement", HAND_WRITTEN)
def test_database_role_of_the_api_reads_no_note_for_a_customer(written: World, statement: str) -> None:
    with as_customer(written, "owner") as connection:
        connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION pg_temp.told(body text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS"
                " $$ BEGIN RAISE EXCEPTION 'told %', body; END $$"
            )
        )
        assert connection.execute(text(statement), {"tenant": written.tenant}).all() == []


@pytest.mark.parametrize("table", ["tenant_notes", "tenant_note_versions"])
def test_notes_are_not_copied_out_nor_written_for_a_customer(written: World, table: str) -> None:
    before = written.sql(f"SELECT * FROM {table} ORDER BY note_id, version")
    with as_customer(written, "owner") as connection:
        raw = connection.connection.cursor()
        with raw.copy(f"COPY (SELECT * FROM {table}) TO STDOUT") as copied:
            assert list(copied) == []
        with raw.copy(f"COPY {table} TO STDOUT") as copied:
            assert list(copied) == []
        assert connection.execute(text("UPDATE tenant_notes SET body = 'x'")).rowcount == 0
    for forged in (f"DELETE FROM {table}", f"TRUNCATE {table}", f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"):
        with (
            pytest.raises(Exception, match=r"permission denied|must be owner"),
            as_customer(written, "owner") as connection,
        ):
            connection.execute(text(forged))
    assert before
    assert written.sql(f"SELECT * FROM {table} ORDER BY note_id, version") == before


def test_customer_who_stands_among_the_managers_reads_no_note(written: World) -> None:
    owner = written.people["owner"].user_id
    roles = text("UPDATE users SET roles = :roles WHERE user_id = :user")
    with written.worker_engine.begin() as connection:
        assign_tenant(connection, written.tenant, owner)
        connection.execute(roles, {"roles": ["owner", "tam", "platform_admin"], "user": owner})
    try:
        with as_customer(written, "owner") as connection:
            assert connection.execute(text("SELECT count(*) FROM tenant_notes")).scalar_one() == 0
    finally:
        with written.worker_engine.begin() as connection:
            connection.execute(roles, {"roles": ["owner", "customer"], "user": owner})
            connection.execute(text("DELETE FROM tam_assignments WHERE user_id = :user"), {"user": owner})


def _changed(engine: Engine, tenant: UUID, actor: UUID, statement: str) -> int:
    with tenant_transaction(engine, tenant, actor=str(actor)) as connection:
        return connection.execute(text(statement), {"tenant": tenant}).rowcount


def test_database_keeps_notes_from_everybody_elses_hand(second_tam: World) -> None:
    world = second_tam
    note = write(world, "tam", "of the TAM")
    statement = f"UPDATE tenant_notes SET body = 'x' WHERE note_id = '{note['noteId']}'"
    people = {who: world.people[who].user_id for who in ("tam", "unassigned_tam", "admin")}
    assert _changed(world.api_engine, world.tenant, people["unassigned_tam"], statement) == 0
    assert _changed(world.api_engine, world.tenant, people["tam"], statement) == 1
    assert _changed(world.api_engine, world.tenant, people["admin"], statement) == 1
    forged = (
        "INSERT INTO tenant_notes (tenant_id, body, author_id, author_name, created_at, updated_at, updated_by_name)"
        f" VALUES (:tenant, 'x', '{people['tam']}', 'tam', now(), now(), 'tam')"
    )
    with pytest.raises(Exception, match="row-level security"):
        _changed(world.api_engine, world.tenant, people["unassigned_tam"], forged)
