"""What attackers write into fields, in every text of every callback and in the address of every page.

Crawlers attack forms and links; the portal's fields are sent by callbacks, which they do not know. What changes something
is done here for good, so that afterwards every page is looked at with what was kept in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest

from portal.shell import dash_internals
from tests.integration.roles.aims import add_aim, aim_at
from tests.integration.roles.conftest import House
from tests.integration.roles.forging import Aim
from tests.integration.roles.test_forged_values import HANDLERS, entries
from tests.integration.roles.test_portal_callbacks import ROUTER, WRITES, forged
from tests.support import api_calls

# Short enough for a name of 80 characters; the product of the numbers is in nobody's data.
MARK = "xq9w7"
PAYLOADS = {
    "script": f"<script>{MARK}()</script>",
    "elements": f"</title></script></style><{MARK} on{MARK}=1><img src=x on{MARK}=1>",
    "attributes": f"\" on{MARK}=1 x=' on{MARK}=1 x=`&#60;{MARK}&#62;",
    "address": f"javascript:{MARK}()",
    "data address": f"data:text/html,<{MARK}>",
    "templates": "{{7919*7907}}${7919*7907}{0.__class__}{x, plural, other {#}}%s%n",
    "statement": "' OR '1'='1'; SELECT pg_sleep(9), version() --",
    "path": "../../../../../../etc/passwd",
    "other host": f"//{MARK}.example/",
    "header": f"x\r\nX-{MARK}: 1\r\nSet-Cookie: {MARK}=1",
    "command": ";id|id`id`$(id)",
}
TEXTS = ("value", "search", "pathname", "href", "data", "children")
# Everything that pages read from their address.
NAMES = ("tenantId", "status", "operator", "senderId", "q", "to", "from", "startDate", "endDate", "country", "errorCode", "page",
         "cursor", "compare", "tab", "next", "view", "period", "hour", "weekday", "destination", "invoiceLineId", "kind")  # fmt: skip
_INSIDES = re.compile(r"Traceback \(most|62615533|psycopg|sqlalchemy|root:x:0|uid=\d|site-packages|PostgreSQL \d")
_ASTRAY = re.compile(rf"\s*(javascript:|data:text|[/\\]{{2}}{MARK})", re.IGNORECASE)
_LEADS = frozenset({"href", "src", "action", "formAction", "srcDoc", "xlinkHref"})


class Markup(HTMLParser):
    """What of a page would be the attacker's: elements and attributes of that name, addresses that run or leave."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._code = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [tag, *(name for name, _ in attrs)]
        leads = [str(value) for name, value in attrs if name in _LEADS and leads_astray(value)]
        self.found += [name for name in names if MARK in name] + leads
        self._code = tag == "script"

    def handle_data(self, data: str) -> None:
        # What of a script is data is quoted; the call alone would be code.
        if self._code and data.startswith(MARK):
            self.found.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._code = False


def leads_astray(value: Any) -> bool:
    return isinstance(value, str) and bool(_ASTRAY.match(value))


def astray_in(tree: Any) -> Iterator[str]:
    """Properties of components that would run or leave."""
    if isinstance(tree, Mapping):
        yield from (f"{name}: {value}" for name, value in tree.items() if name in _LEADS and leads_astray(value))
        yield from (str(name) for name in tree if MARK in str(name) or name == "dangerously_allow_html")
    if isinstance(tree, Mapping | list):
        for each in tree.values() if isinstance(tree, Mapping) else tree:
            yield from astray_in(each)


def refuse(answer: Any, what: Any) -> None:
    """Fail when an answer shows that a payload did anything."""
    text = answer.get_data(as_text=True)
    assert answer.status_code < 500, (what, text[:2000])
    assert not (found := _INSIDES.search(text)), (what, found)
    assert not [line for line in answer.headers if MARK in line[0].lower() or line[1].startswith(MARK)], what
    location = answer.headers.get("Location", "/")
    assert re.match(r"/(?![/\\])", location), (what, location)
    if answer.mimetype == "text/html":
        assert not (markup := Markup(text).found), (what, markup)
    elif answer.mimetype == "application/json" and text:
        assert not (astray := list(astray_in(json.loads(text)))), (what, astray)


def every_text(body: Any) -> list[dict[str, Any]]:
    return [part for part in entries(body) if part["property"] in TEXTS and isinstance(part.get("value"), str | None)]


@pytest.fixture(scope="module")
def attacked(house: House) -> House:
    """The portal after every text of every callback was every payload once."""
    house.forgive()
    house.asker = "owner"
    aim = aim_at(house, house.world.tenant, "owner")
    tried = 0
    for handler in HANDLERS:
        for at in range(len(every_text(forged(house, handler, aim).body))):
            if handler in WRITES:
                house.forgive()
            for name, payload in PAYLOADS.items():
                body = forged(house, handler, aim).body
                every_text(body)[at]["value"] = payload
                answer = house.client.post("/_dash-update-component", json=body)
                assert answer.status_code in (200, 204, 400, 403, 404), (
                    handler,
                    at,
                    name,
                    answer.get_data(as_text=True),
                )
                refuse(answer, (handler, at, name))
                tried += 1
    assert tried > 500, "texts are no longer found in what callbacks are asked"
    add_aim(house, house.world.tenant, "owner")
    return house


def test_payloads_in_every_text_of_every_callback_do_nothing(attacked: House) -> None:
    kept = attacked.world.sql("SELECT count(*) FROM saved_views WHERE name = :name", name=PAYLOADS["script"])
    assert kept[0][0] >= 1, "what is refused is not shown: these pages would prove nothing"


def test_what_was_kept_is_text_in_every_page(attacked: House) -> None:
    house, shown = attacked, ""
    house.asker = "owner"
    for path in paths(house):
        for ask in (path, f"{path}?savedViews=1"):
            answer = house.client.get(ask)
            refuse(answer, ask)
        aim = Aim(str(house.world.tenant), {})
        told = house.client.post(
            "/_dash-update-component", json=forged(house, ROUTER, aim, pathname=path, search="").body
        )
        refuse(told, path)
        shown += told.get_data(as_text=True) + answer.get_data(as_text=True)
    assert MARK in shown, "nothing that was kept is shown anywhere"


@pytest.mark.parametrize("name", PAYLOADS)
def test_payload_in_the_address_of_every_page_does_nothing(house: House, name: str) -> None:
    house.asker = "owner"
    payload = PAYLOADS[name]
    for path in paths(house):
        query = urlencode(dict.fromkeys((*NAMES, payload), payload))
        refuse(house.client.get(f"{path}?{query}"), (path, name))
        refuse(house.client.get(f"{path}/{payload}"), (path, name))


def paths(house: House) -> list[str]:
    """An address for every page."""
    known = api_calls.known_delivery(house.world, "owner")
    filled = {
        "<message_id>": api_calls.message(house.world, "owner")["messageId"],
        "<endpoint_id>": known["endpointId"],
        "<delivery_id>": known["deliveryId"],
        "<invoice_id>": "00000000-0000-7000-8000-000000000000",
    }
    found = []
    for page in dash_internals.registered_pages():
        path = str(page["path_template"] or page["path"])
        for name, value in filled.items():
            path = path.replace(name, value)
        found.append(path)
    return found
