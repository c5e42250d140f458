"""From a phone through a real Kannel to the tenant whose number it is."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from gateway.__main__ import main
from gateway.carriers import inbound
from gateway.store.inbound import NumberTaken, count_unrouted
from tests.integration.kannel.conftest import INBOUND_TOKEN, House
from tests.support.kannel import HOST

PHONE = "93701234567"


def give(house: House, number: str, keyword: str = "", *, other: bool = False) -> int:
    with house.worker.begin() as connection:
        return inbound.give_number(connection, house.other if other else house.tenant, number, keyword)


def received(house: House, number: str) -> list[tuple[Any, ...]]:
    """(tenant, sender, keyword, body) of what was routed, oldest first."""
    found = house.sql(
        "SELECT tenant_id, sender, keyword, body FROM inbound_messages WHERE number = :number ORDER BY inbound_id",
        number=number,
    )
    return [tuple(row) for row in found]


def put_aside(house: House, number: str) -> int:
    with house.worker.begin() as connection:
        return dict(count_unrouted(connection)).get(number, 0)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("3001", "Hello there,  two  spaces and a € sign"),
        ("3002", "سلام، لطفاً با من تماس بگیرید"),
        ("3003", "سلام دنیا " * 20),
        ("3004", "A long one in GSM letters. " * 12),
        ("3005", "😀 and a flag 🇦🇫"),
    ],
)
def test_message_from_a_phone_reaches_its_tenant_whole(house: House, number: str, text: str) -> None:
    give(house, number)
    house.centre.send_inbound(PHONE, number, text)
    house.until(lambda: len(received(house, number)) == 1, "the message")
    assert received(house, number) == [(house.tenant, f"+{PHONE}", "", text)]
    event = house.sql(
        "SELECT tenant_id, data FROM platform_events WHERE event_type = 'message.received' AND data->>'to' = :number",
        number=number,
    )
    assert [(row[0], row[1]["from"], row[1]["body"]) for row in event] == [(house.tenant, f"+{PHONE}", text)]


def test_keyword_decides_among_tenants_that_share_a_number(house: House) -> None:
    give(house, "4000")
    give(house, "4000", "VOTE", other=True)
    for text in ("vote 3", "  'Vote'", "hello", "voters"):
        house.centre.send_inbound(PHONE, "4000", text)
    house.until(lambda: len(received(house, "4000")) == 4, "all four")
    routed = {body: (tenant, keyword) for tenant, _, keyword, body in received(house, "4000")}
    theirs, ours = (house.other, "VOTE"), (house.tenant, "")
    assert routed == {"vote 3": theirs, "  'Vote'": theirs, "hello": ours, "voters": ours}


def test_message_to_nobodys_number_is_kept_until_somebody_has_it(house: House) -> None:
    house.centre.send_inbound(PHONE, "5000", "is anybody there?")
    house.until(lambda: put_aside(house, "5000") == 1, "the message to be put aside")
    assert received(house, "5000") == []
    assert give(house, "5000") == 1
    assert put_aside(house, "5000") == 0
    assert received(house, "5000") == [(house.tenant, f"+{PHONE}", "", "is anybody there?")]


def test_number_that_another_account_has_is_not_given(house: House) -> None:
    give(house, "6000")
    with pytest.raises(NumberTaken):
        give(house, "6000", other=True)
    assert give(house, "+6000") == 0  # the same number, which it has


class Door:
    """The address Kannel calls, called by hand."""

    def __init__(self, house: House) -> None:
        self._url = f"{house.api_url}/v1/carriers/kannel/inbound"

    def call(self, number: str, *, token: str | None = INBOUND_TOKEN, reference: str = "r", body: bytes = b"hi", **more: str) -> int:  # fmt: skip
        query = {"from": f"+{PHONE}", "to": number, "id": reference} | more
        auth = ("kannel", token) if token is not None else None
        return requests.post(self._url, params=query, data=body, auth=auth, timeout=10).status_code


def test_call_without_the_token_is_refused(house: House) -> None:
    give(house, "7000")
    door = Door(house)
    assert [door.call("7000", token=token) for token in (None, "", "wrong", INBOUND_TOKEN + "x")] == [401] * 4
    assert received(house, "7000") == []


def test_repeated_call_has_no_second_effect(house: House) -> None:
    give(house, "7001")
    door = Door(house)
    assert [door.call(number, reference="same") for number in ("7001", "7001", "7002", "7002")] == [200] * 4
    assert len(received(house, "7001")) == 1
    assert put_aside(house, "7002") == 1
    told = house.sql("SELECT count(*) FROM platform_events WHERE data->>'to' = '7001'")
    assert told[0][0] == 1


@pytest.mark.parametrize(
    ("body", "more", "kept"),
    [
        (b"\x06\x33", {"charset": "UTF-16BE", "coding": "2"}, "س"),
        (b"\xff\x00", {"coding": "1"}, "ff00"),
        (b"a\x00b", {}, "a\N{REPLACEMENT CHARACTER}b"),
        (b"\xff", {"charset": "no-such-set"}, "\N{REPLACEMENT CHARACTER}"),
        (b"", {}, ""),
    ],
)
def test_whatever_a_phone_sends_is_kept(house: House, body: bytes, more: dict[str, str], kept: str) -> None:
    number = f"71{len(body)}{more.get('coding', '0')}{len(more)}"  # one for each case
    give(house, number)
    assert Door(house).call(number, reference=number, body=body, **more) == 200
    assert received(house, number)[0][3] == kept


def test_call_without_a_number_is_refused(house: House) -> None:
    assert Door(house).call("?!") == 422


def test_command_gives_a_number(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", house.settings.database_url or "")
    Door(house).call("8000", reference="kept")
    assert main(["add-number", "--tenant", "acme", "--number", "+8000"]) == 0
    assert "1 that had been put aside" in capsys.readouterr().out
    assert main(["add-number", "--tenant", "globex", "--number", "8000"]) == 1
    assert "another account has it" in capsys.readouterr().err
    assert main(["add-number", "--tenant", "nobody", "--number", "8001"]) == 1
    assert main(["add-number", "--tenant", "globex", "--number", "8000", "--keyword", "win"]) == 0
    assert "begin with WIN" in capsys.readouterr().out


def test_doctor_and_readiness_say_whether_kannel_answers(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert requests.get(f"{house.api_url}/ready", timeout=10).json()["carrier"] == "ok"
    for name, value in {
        "DATABASE_URL": house.settings.database_url, "GATEWAY_KANNEL_URL": house.engine.url,
        "GATEWAY_KANNEL_USERNAME": house.settings.kannel_username, "GATEWAY_KANNEL_PASSWORD": house.settings.kannel_password,
        "GATEWAY_DATA_DIR": str(house.settings.data_dir),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value or "")
    main(["doctor"])
    assert "Kannel answers and knows the gateway" in capsys.readouterr().out
    monkeypatch.setenv("GATEWAY_KANNEL_URL", f"http://{HOST}:1/cgi-bin/sendsms")
    assert main(["doctor"]) == 1
    assert "Kannel does not answer at" in capsys.readouterr().out
