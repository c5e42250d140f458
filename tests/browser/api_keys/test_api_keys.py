"""Making, rotating and revoking keys in a real browser: one effect each, nothing lost, the key gone with its dialog."""

from __future__ import annotations

from dataclasses import replace

import pytest
from selenium.webdriver.common.keys import Keys as Press

from portal.domain.api_keys import KeyStatus
from portal.domain.errors import InvalidInput, RateLimited, UpstreamUnavailable
from portal.i18n.bidi import isolate
from tests.browser.api_keys.conftest import HERE, SUBMITS, KeysPage, OpenKeys
from tests.support.accessibility import axe_violations
from tests.support.fakes_analytics import actor
from tests.support.fakes_api_keys import FakeApiKeys

pytestmark = pytest.mark.browser
NEW = f"{HERE}#api-keys-new"
RAW_KEY = ".secret-text"
CLOSE = ".modal.show .btn-primary[data-dialog-close]"


def start(keys: KeysPage) -> None:
    keys.browser.click(NEW)
    keys.browser.find(SUBMITS["create"])


def wrong(keys: KeysPage) -> list[str]:
    found = keys.browser.all(".modal .form-field:has(.form-field-error:not(:empty))")
    return [str(field.get_attribute("data-field")) for field in found]


def test_table_shows_what_each_key_is_and_what_to_look_at(keys: KeysPage) -> None:
    keys.open()
    keys.browser.find(f"{HERE}.key-name")
    assert len(keys.names()) == 6
    rows = [row.text for row in keys.browser.all(f"{HERE}.keys tbody tr")]
    assert "gsk_live_9fK0…x0Q0" in rows[0]
    assert "calls in 30 days" in rows[0]
    assert "2 refused" in rows[0]
    assert "Never expires" in rows[1]
    assert "Not used for 90 days" in rows[1]
    assert "Test" in rows[2]
    assert "Expires soon" in rows[2]
    assert "In grace" in rows[3]
    assert "Rotate" not in rows[3]
    assert "Revoked" in rows[4]
    assert "Revoke\n" not in rows[4]
    assert [row.get_attribute("class") for row in keys.browser.all(f"{HERE}.keys tbody tr")][4:] == ["key-ended"] * 2
    keys.browser.assert_console_empty()


def test_create_shows_the_key_once_and_copies_it(keys: KeysPage) -> None:
    keys.open()
    keys.browser.driver.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    start(keys)
    assert keys.browser.run("return document.activeElement.id").find('"field":"name"') > 0
    keys.browser.fill(keys.field("name"), "Night job")
    keys.browser.fill(keys.field("allowedIps"), "203.0.113.7, 2001:db8::/32")
    keys.browser.find(keys.field("name")).send_keys(Press.ENTER)
    raw = keys.browser.text(RAW_KEY)
    assert [made.raw_key for made in keys.platform.made.values()] == [raw]
    draft, expires_at = keys.platform.drafts[0]
    assert (draft.name, draft.scopes, draft.mode) == ("Night job", ("sms:send",), "live")
    assert draft.allowed_ips == ("203.0.113.7", "2001:db8::/32")
    assert expires_at is not None
    keys.browser.find(RAW_KEY).send_keys(Press.ESCAPE)
    keys.browser.run("document.querySelector('.modal.show').click()")
    keys.browser.click("[data-copy]")
    keys.browser.wait(lambda: "Copied" in keys.browser.text("[data-copy]"), "the word that it was copied")
    assert keys.browser.run_async("navigator.clipboard.readText().then(arguments[0])") == raw
    keys.browser.click(CLOSE)
    keys.settled()
    keys.browser.wait(lambda: keys.names()[0] == "Night job", "the new key in the list")
    assert raw not in keys.browser.driver.page_source
    keys.browser.assert_console_empty()


def test_double_click_and_a_lost_answer_make_one_key(keys: KeysPage) -> None:
    keys.open()
    start(keys)
    keys.browser.fill(keys.field("name"), "Once")
    first = keys.browser.find(SUBMITS["create"]).get_attribute("value")
    keys.platform.failing["create"] = UpstreamUnavailable(request_id="up-9")
    keys.browser.click(SUBMITS["create"])
    keys.browser.wait(lambda: "up-9" in keys.browser.text(".form-summary"), "the failure with its id")
    assert keys.browser.find(keys.field("name")).get_attribute("value") == "Once"
    assert keys.browser.find(SUBMITS["create"]).get_attribute("value") == first
    keys.platform.failing.clear()
    keys.browser.run(f"const b = document.querySelector('{SUBMITS['create']}'); b.click(); b.click();")
    keys.browser.find(RAW_KEY)
    assert list(keys.platform.made) == [first]


def test_errors_stand_beside_their_fields_and_nothing_is_lost(keys: KeysPage) -> None:
    keys.open()
    start(keys)
    keys.browser.fill(keys.field("allowedIps"), "10.0.0.1/8")
    keys.browser.click(".modal input[value='sms:send']")
    keys.browser.click(SUBMITS["create"])
    keys.browser.wait(lambda: wrong(keys) == ["name", "scopes", "allowedIps"], "every problem at once")
    assert keys.browser.find(keys.field("allowedIps")).get_attribute("value") == "10.0.0.1/8"
    assert keys.platform.drafts == []
    keys.platform.failing["create"] = InvalidInput(codes={"scopes.0": "literal_error", "expiresAt": "past"})
    keys.browser.fill(keys.field("name"), "x")
    keys.browser.find(keys.field("allowedIps")).send_keys(Press.CONTROL + "a", Press.DELETE)
    keys.browser.click(".modal input[value='sms:read']")
    keys.browser.click(SUBMITS["create"])
    keys.browser.wait(lambda: wrong(keys) == ["scopes", "expiresAt"], "the platform's problems in their places")
    keys.platform.failing["create"] = RateLimited(retry_after=7)
    keys.browser.click(SUBMITS["create"])
    keys.browser.wait(lambda: "7 seconds" in keys.browser.text(".form-summary"), "how long to wait")
    keys.browser.assert_console_empty()


def test_rotate_keeps_the_old_key_for_the_chosen_time(keys: KeysPage) -> None:
    keys.open()
    keys.ask("rotate", 0)
    assert "Core banking OTP" in keys.browser.text(".modal.show .dialog-text")
    keys.browser.click(".modal input[value='900']")
    keys.browser.click(SUBMITS["rotate"])
    raw = keys.browser.text(RAW_KEY)
    keys.browser.click(CLOSE)
    keys.settled()
    assert keys.platform.graces == [900]
    keys.browser.wait(lambda: len(keys.names()) == 7, "the successor in the list")
    assert raw not in keys.browser.driver.page_source
    keys.browser.assert_console_empty()


def test_rotate_of_a_key_that_changed_meanwhile_does_nothing_and_says_so(keys: KeysPage) -> None:
    keys.open()
    keys.ask("rotate", 0)
    keys.platform.keys[0] = replace(keys.platform.keys[0], status=KeyStatus.REVOKED)
    keys.browser.click(SUBMITS["rotate"])
    assert "changed in the meantime" in keys.browser.text(".toast-failed")
    keys.settled()
    assert keys.platform.made == {}


def test_revoke_names_the_key_and_is_seen_in_the_list(keys: KeysPage) -> None:
    keys.open()
    keys.ask("revoke", 0)
    assert f"{isolate('Core banking OTP')} stops now and for ever" in keys.browser.text(".modal.show .dialog-text")
    keys.browser.click(".modal.show .btn-outline-secondary")
    keys.settled()
    assert keys.platform.keys[0].status is KeyStatus.ACTIVE
    keys.ask("revoke", 0)
    keys.browser.click(SUBMITS["revoke"])
    assert "revoked" in keys.browser.text(".toast-done")
    keys.browser.wait(
        lambda: "key-ended" in str(keys.browser.find(f"{HERE}.keys tbody tr").get_attribute("class")), "a grey row"
    )
    keys.browser.assert_console_empty()


def test_revoke_that_fails_says_so_in_a_note_and_can_be_tried_again(keys: KeysPage) -> None:
    keys.open()
    keys.ask("revoke", 0)
    keys.platform.failing["revoke"] = UpstreamUnavailable(request_id="up-3")
    keys.browser.click(SUBMITS["revoke"])
    assert "up-3" in keys.browser.text(".toast-failed")
    keys.platform.failing.clear()
    keys.browser.click(SUBMITS["revoke"])
    keys.settled()
    assert keys.platform.keys[0].status is KeyStatus.REVOKED


@pytest.mark.parametrize("role", ["billing", "viewer"])
def test_role_without_keys_is_told_who_can_grant_it(open_keys: OpenKeys, role: str) -> None:
    keys = open_keys(asker=actor(roles=(role,)))
    keys.open()
    assert keys.browser.all(f"{HERE}.key-name, {NEW}") == []
    assert "Owner" in keys.browser.text(f"{HERE}main")
    # The browser itself notes that the page was answered with 403, and nothing else.
    assert [line.partition(" - ")[2][:40] for line in keys.browser.console()] == [
        "Failed to load resource: the server resp"
    ]


def test_internal_reader_sees_keys_and_no_buttons(open_keys: OpenKeys) -> None:
    keys = open_keys(asker=actor(None, roles=("tam",)))
    keys.open("?tenantId=00000000-0000-7000-8000-000000000001")
    keys.browser.find(f"{HERE}.key-name")
    assert keys.browser.all(f"{NEW}, {HERE}.cell-key-actions") == []


def test_empty_list_and_failed_list_say_what_to_do(open_keys: OpenKeys) -> None:
    keys = open_keys(platform=FakeApiKeys(keys=[]))
    keys.open()
    assert "No keys yet" in keys.browser.text(f"{HERE}.state-empty")
    keys.platform.error = UpstreamUnavailable(request_id="up-1")
    keys.open()
    assert "up-1" in keys.browser.text(f"{HERE}.state-error")
    keys.platform.error = None
    keys.browser.click(f"{HERE}.state-error a")
    assert "No keys yet" in keys.browser.text(f"{HERE}.state-empty")


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("tag", ["en", "fa-AF"])
def test_page_fits_its_width(open_keys: OpenKeys, tag: str, width: int) -> None:
    keys = open_keys(tag)
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    keys.browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    keys.open()
    keys.browser.find(f"{HERE}.key-name")
    script = "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]"
    shown, room = keys.browser.run(script)
    assert shown == room
    assert axe_violations(keys.browser) == []
    start(keys)
    box = ".modal.show .modal-content"
    inside = f"const b = document.querySelector('{box}').getBoundingClientRect(); return b.left >= 0 && b.right <= innerWidth"
    assert keys.browser.run(inside)
    assert axe_violations(keys.browser) == []
    keys.browser.assert_console_empty()
