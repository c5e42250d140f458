"""The link to an exported file: it leads to the platform's address of that moment, and nowhere else."""

from __future__ import annotations

import pytest
from flask import Flask

from portal import context
from portal.domain.actor import Actor
from portal.domain.errors import Forbidden, NotFound, PortalError, UpstreamUnavailable
from portal.i18n import use
from portal.web import downloads
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.fakes_billing import FakeBilling, invoice
from tests.support.fakes_exports import FakeExports, export
from tests.support.fakes_qbr import FakeQbr, report

READY = 2
INVOICE = invoice().invoice_id


def fetch(port: FakeExports, number: int, asker: Actor | None = None) -> tuple[int, str | None, str | None]:
    services = fake_services(exports=port)
    server = Flask("downloads")
    server.testing = True
    downloads.register(server, services=services)
    with context.use(actor=asker or actor(), services=services):
        answer = server.test_client().get(f"/exports/{export(number).export_id}/file")
    return answer.status_code, answer.headers.get("Location"), answer.headers.get("Cache-Control")


def fetch_invoice(
    billing: FakeBilling, path: str, *, asker: Actor | None = None, tag: str = "en"
) -> tuple[int, str | None, str | None]:
    services = fake_services(billing=billing)
    server = Flask("downloads")
    server.testing = True
    downloads.register(server, services=services)
    with use(tag), context.use(actor=asker or actor(roles=("billing",)), services=services):
        answer = server.test_client().get(f"/billing/invoices/{path}")
    return answer.status_code, answer.headers.get("Location"), answer.headers.get("Cache-Control")


@pytest.mark.parametrize("tag", ["en", "fa-AF", "ps", "ar"])
def test_invoice_comes_from_the_platform_in_the_readers_language(tag: str) -> None:
    address = f"https://platform.example/own/{INVOICE}.{tag}.pdf"
    assert fetch_invoice(FakeBilling(), f"{INVOICE}/pdf", tag=tag) == (303, address, "no-store")


def test_invoice_of_the_account_that_is_looked_at() -> None:
    tenant = "00000000-0000-7000-8000-0000000000aa"
    address = f"https://platform.example/{tenant}/{INVOICE}.en.pdf"
    assert fetch_invoice(FakeBilling(), f"{INVOICE}/pdf?tenantId={tenant}")[1] == address


@pytest.mark.parametrize(
    ("roles", "invoice", "broken", "error"),
    [
        (("viewer",), INVOICE, None, Forbidden),
        (("developer",), INVOICE, None, Forbidden),
        (("owner",), INVOICE.replace("7000", "7001"), None, NotFound),
        (("owner",), INVOICE, UpstreamUnavailable(), UpstreamUnavailable),
    ],
    ids=["viewer", "developer", "unknown", "down"],
)
def test_invoice_that_is_not_to_be_had_is_a_page_as_everywhere(
    roles: tuple[str, ...], invoice: str, broken: PortalError | None, error: type[PortalError]
) -> None:
    billing = FakeBilling(error=broken)
    with pytest.raises(error):
        fetch_invoice(billing, f"{invoice}/pdf", asker=actor(roles=roles))
    assert billing.calls == (0 if error is Forbidden else 1)


def test_ready_file_is_the_platforms_to_hand_out() -> None:
    address = export(READY).address
    assert address is not None
    assert fetch(FakeExports(), READY) == (303, address, "no-store")


def test_without_a_file_the_way_leads_to_the_list() -> None:
    for number in (0, 1, 3, 4):
        assert fetch(FakeExports(), number)[:2] == (303, "/exports")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//evil.example/x", ""])
def test_address_that_is_none_of_the_web_is_not_followed(address: str) -> None:
    port = FakeExports(exports=[export(READY, address=address)])
    assert fetch(port, READY)[1] == "/exports"


@pytest.mark.parametrize(
    ("roles", "number", "error"),
    [(("billing",), READY, Forbidden), (("owner",), 99, NotFound)],
    ids=["role", "unknown"],
)
def test_refusals_are_pages_as_everywhere(roles: tuple[str, ...], number: int, error: type[PortalError]) -> None:
    with pytest.raises(error):
        fetch(FakeExports(), number, actor(roles=roles))


def fetch_report(port: FakeQbr, number: int, query: str = "") -> tuple[int, str | None, str | None]:
    services = fake_services(qbr=port)
    server = Flask("downloads")
    server.testing = True
    downloads.register(server, services=services)
    with context.use(actor=actor(None, roles=("tam",)), services=services):
        answer = server.test_client().get(f"/qbr/reports/{report(number).job_id}/pdf{query}")
    return answer.status_code, answer.headers.get("Location"), answer.headers.get("Cache-Control")


def test_report_that_is_ready_is_led_to_and_another_back_to_its_page() -> None:
    assert fetch_report(FakeQbr(), 0) == (303, report(0).address, "no-store")
    here = f"?tenantId={report(1).tenant_id}"
    assert fetch_report(FakeQbr(), 1, here)[:2] == (303, f"/qbr{here}")
    assert fetch_report(FakeQbr(), 1, "?tenantId=x")[:2] == (303, "/portfolio")
    with pytest.raises(NotFound):
        fetch_report(FakeQbr(), 7)
