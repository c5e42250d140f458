"""Endpoints and deliveries in a real browser: one effect each, the secret gone with its dialog, filters in the address."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest

from portal.domain.errors import InvalidInput, UpstreamUnavailable
from portal.domain.webhooks import DeliveryStatus, EndpointStatus
from tests.browser.webhooks.conftest import HERE, HooksPages, OpenHooks
from tests.support.accessibility import axe_violations
from tests.support.fakes_analytics import actor
from tests.support.fakes_webhooks import delivery, endpoint_id

pytestmark = pytest.mark.browser
FAILING = f"/webhooks/{endpoint_id(1)}"
WAITING = f"/webhooks/{endpoint_id()}/deliveries/{delivery(3).delivery_id}"
SECRET = ".secret-text"


def test_create_tells_what_is_wrong_then_shows_the_secret_once(hooks: HooksPages) -> None:
    hooks.open()
    hooks.browser.click(f"{HERE}#webhooks-new")
    hooks.browser.fill(hooks.field("url"), "http://127.0.0.1/")
    hooks.platform.failing["create"] = InvalidInput(codes={"url": "url_private", "events.0": "invalid"})
    hooks.submit()
    hooks.browser.wait(
        lambda: (
            "not public" in hooks.browser.text(".modal.show [data-field=url] .form-field-error")
            if hooks.browser.all(".modal.show [data-field=url] .form-field-error:not(:empty)")
            else False
        ),
        "what is wrong with the URL",
    )
    assert hooks.browser.find(hooks.field("url")).get_attribute("value") == "http://127.0.0.1/"
    hooks.platform.failing.clear()
    hooks.browser.fill(hooks.field("url"), "https://hooks.example.com/fresh")
    hooks.submit()
    secret = hooks.browser.text(SECRET)
    assert secret.startswith("whsec_")
    hooks.browser.click(".modal.show .btn-primary[data-dialog-close]")
    hooks.settled()
    hooks.browser.wait(lambda: len(hooks.browser.all(f"{HERE}.hooks tbody tr")) == 6, "the endpoint in the list")
    assert secret not in hooks.browser.driver.page_source
    assert [entry[0] for entry in hooks.platform.done.values()] == ["create"]
    assert hooks.platform.endpoints[0].events == ("message.delivered", "message.failed")
    hooks.browser.assert_console_empty()


def test_endpoint_is_changed_paused_resumed_and_deleted(hooks: HooksPages) -> None:
    hooks.open(FAILING)
    hooks.ask("edit")
    hooks.browser.fill(hooks.field("description"), "Quite another thing")
    hooks.submit()
    hooks.settled()
    hooks.browser.wait(lambda: "Quite another thing" in hooks.browser.text(f"{HERE}.hook-columns"), "the change")
    hooks.ask("disable")
    hooks.submit()
    hooks.settled()
    hooks.browser.wait(lambda: "is disabled" in hooks.browser.text(f"{HERE}.hook-notice"), "the notice")
    assert hooks.platform.endpoints[1].status is EndpointStatus.DISABLED
    assert hooks.browser.all(f"{HERE}[id*='webhook-test\"']") == []
    hooks.browser.click(f"{HERE}[id*='webhook-enable\"']")
    hooks.browser.find(f"{HERE}[id*='webhook-test\"']")
    assert hooks.platform.endpoints[1].status is EndpointStatus.ENABLED
    hooks.ask("delete")
    assert "cannot be undone" in hooks.browser.text(".modal.show .dialog-text")
    hooks.submit()
    hooks.browser.wait(lambda: hooks.browser.url.endswith("/webhooks"), "the list")
    hooks.browser.wait(lambda: len(hooks.browser.all(f"{HERE}.hooks tbody tr")) == 4, "one endpoint fewer")
    hooks.browser.assert_console_empty()


def test_rotate_shows_the_new_secret_once(hooks: HooksPages) -> None:
    hooks.open(FAILING)
    hooks.ask("rotate")
    hooks.browser.click(".modal input[value='3600']")
    hooks.submit()
    secret = hooks.browser.text(SECRET)
    hooks.browser.click(".modal.show .btn-primary[data-dialog-close]")
    hooks.settled()
    assert [entry[2] for entry in hooks.platform.done.values()] == [3600]
    assert secret not in hooks.browser.driver.page_source
    hooks.browser.assert_console_empty()


def test_failures_are_counted_before_they_are_sent_again(hooks: HooksPages) -> None:
    now = dt.datetime.now(dt.UTC)
    hooks.platform.deliveries = [
        delivery(number, created_at=now - dt.timedelta(minutes=5), status=DeliveryStatus.FAILED) for number in range(3)
    ]
    hooks.open(f"/webhooks/{endpoint_id()}")
    hooks.ask("recover")
    hooks.submit()
    hooks.browser.wait(lambda: "3 failed deliveries" in hooks.browser.text(".modal.show .dialog-text"), "their number")
    assert hooks.platform.done == {}
    hooks.submit()
    hooks.settled()
    assert "3 deliveries are being sent again" in hooks.browser.text(".toast-done")
    assert [entry[:2] for entry in hooks.platform.done.values()] == [("recover", 3)]
    hooks.browser.assert_console_empty()


def test_filters_are_links_that_the_address_keeps(hooks: HooksPages) -> None:
    hooks.open(FAILING)
    rows = f"{HERE}.deliveries tbody tr"
    assert len(hooks.browser.all(rows)) == 12
    hooks.browser.click(f"{HERE}.segments a[href*='status=failed']")
    hooks.browser.wait(lambda: len(hooks.browser.all(rows)) == 2, "the failed ones")
    assert "status=failed" in hooks.browser.url
    hooks.browser.click(f"{HERE}.deliveries .row-link")
    hooks.browser.find(f"{HERE}.attempt")
    hooks.browser.click(f"{HERE}.back-link[href*='status=failed']")
    hooks.browser.wait(lambda: len(hooks.browser.all(rows)) == 2, "the same filter again")
    hooks.browser.driver.back()
    hooks.browser.driver.back()
    hooks.browser.driver.back()
    hooks.browser.wait(lambda: len(hooks.browser.all(rows)) == 12, "all of them again")
    hooks.browser.assert_console_empty()


def test_step_that_is_taken_while_a_page_is_on_its_way_is_not_lost(hooks: HooksPages) -> None:
    """Back to the filtered deliveries and, before they are there, back to all of them."""
    hooks.open(FAILING)
    rows = f"{HERE}.deliveries tbody tr"
    hooks.browser.click(f"{HERE}.segments a[href*='status=failed']")
    hooks.browser.wait(lambda: len(hooks.browser.all(rows)) == 2, "the failed ones")
    hooks.browser.click(f"{HERE}.deliveries .row-link")
    hooks.browser.find(f"{HERE}.attempt")
    asked, go_on = threading.Event(), threading.Event()
    tell = hooks.platform.list_deliveries

    def slowly(*arguments: Any, **options: Any) -> Any:
        asked.set()
        assert go_on.wait(30)
        return tell(*arguments, **options)

    hooks.platform.list_deliveries = slowly  # type: ignore[method-assign]
    hooks.browser.driver.back()
    assert asked.wait(30)
    hooks.browser.driver.back()
    hooks.browser.wait(lambda: hooks.browser.url.endswith(FAILING), "the address without the filter")
    go_on.set()
    hooks.browser.wait(lambda: len(hooks.browser.all(rows)) == 12, "all of them")
    hooks.browser.assert_console_empty()


def test_resend_is_seen_without_reloading_and_a_second_press_is_a_second_attempt(hooks: HooksPages) -> None:
    hooks.open(WAITING)
    assert len(hooks.browser.all(f"{HERE}.attempt")) == 3
    for count in (4, 5):
        hooks.browser.click(f"{HERE}[id*='webhook-resend']")
        hooks.browser.wait(lambda: len(hooks.browser.all(f"{HERE}.attempt")) == count, "the new attempt")  # noqa: B023
    assert len(hooks.platform.done) == 2
    hooks.platform.failing["resend"] = UpstreamUnavailable(request_id="up-9")
    hooks.browser.click(f"{HERE}[id*='webhook-resend']")
    assert "up-9" in hooks.browser.text(".toast-failed")
    hooks.browser.assert_console_empty()


def test_internal_reader_sees_it_all_and_may_change_nothing(open_hooks: OpenHooks) -> None:
    hooks = open_hooks(asker=actor(None, roles=("tam",)))
    tenant = "?tenantId=00000000-0000-7000-8000-000000000001"
    for path in ("/webhooks", FAILING, WAITING):
        hooks.open(path + tenant)
        hooks.browser.find(f"{HERE}.hook-bars, {HERE}.attempt")
        assert hooks.browser.all(f"{HERE}main .btn-primary, {HERE}[id*='webhook-rotate\"']") == [], path


@pytest.mark.parametrize(("tag", "width"), [("en", 320), ("fa-AF", 320), ("en", 1280), ("ar", 1280)])
def test_pages_fit_and_are_accessible(open_hooks: OpenHooks, tag: str, width: int) -> None:
    hooks = open_hooks(tag)
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    hooks.browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    for path in ("/webhooks", FAILING, WAITING):
        hooks.open(path)
        hooks.browser.find(f"{HERE}.hook-bars, {HERE}.attempt")
        script = "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]"
        shown, room = hooks.browser.run(script)
        assert shown == room, path
        assert axe_violations(hooks.browser) == [], path
    hooks.browser.assert_console_empty()
