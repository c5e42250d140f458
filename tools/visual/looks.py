"""Which pictures are taken: every top-level page, in every language, wide and narrow, light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from portal.i18n.locales import PSEUDO, SUPPORTED

Where = Literal["customer", "internal", "door", "issuer"]
Theme = Literal["light", "dark"]
WIDTHS = (1280, 768, 320)
#: Languages whose pages are also taken in dark colours: one for each direction.
DARK = ("en", "fa-AF")
#: English as other languages may come out: longer, and from right to left. Only looked through for faults.
PSEUDO_WIDTHS = (1280, 320)
_SOMEBODY = "tenantId=00000000-0000-7000-8000-000000000001"


@dataclass(frozen=True)
class Page:
    """A page by its address; ``where`` says who looks: a customer, the platform's own people, or somebody who is not
    signed in, at the portal's door or the issuer's."""

    name: str
    path: str
    where: Where = "customer"


PAGES = (
    Page("dashboard", "/dashboard"),
    Page("analytics", "/analytics"),
    Page("messages", "/messages"),
    Page("messages-filtered", "/messages?status=failed&operator=Roshan&q=AzizBank"),
    Page("message", "/messages/msg_00000000000000000000000003"),
    Page("refused-calls", "/refused-calls"),
    Page("send-test", "/send-test"),
    Page("exports", "/exports"),
    Page("api-keys", "/api-keys"),
    Page("webhooks", "/webhooks"),
    Page("webhook", "/webhooks/00000000-0000-7000-9000-000000000000"),
    Page("webhook-delivery", "/webhooks/00000000-0000-7000-9000-000000000000/deliveries/00000000-0000-7000-a000-000000000000"),
    Page("billing", "/billing"),
    Page("invoices", "/billing/invoices"),
    Page("invoice", "/billing/invoices/00000000-0000-7000-8000-000000000000"),
    Page("ledger", "/billing/ledger"),
    Page("payments", "/billing/payments"),
    Page("prices", "/billing/prices"),
    Page("profile", "/profile"),
    Page("audit-log", "/audit-log"),
    Page("verify", "/verify"),
    Page("not-found", "/no/such/page"),
    Page("portfolio", "/portfolio", "internal"),
    Page("tenant", f"/tenant?{_SOMEBODY}", "internal"),
    Page("health-score", f"/health-score?{_SOMEBODY}", "internal"),
    Page("health-weights", "/health-weights", "internal"),
    Page("assignments", "/assignments", "internal"),
    Page("review", f"/qbr?{_SOMEBODY}", "internal"),
    Page("look-as", f"/look-as?{_SOMEBODY}", "internal"),
    Page("sign-in", "/login?next=/dashboard", "door"),
    Page("sign-in-refused", "/login?reason=session_expired&next=/dashboard", "door"),
    Page("failure", "/failure", "customer"),
    Page("issuer-sign-in", "/sign-in", "issuer"),
    Page("issuer-sign-out", "/sign-out", "issuer"),
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """One picture: a page as one reader sees it."""

    page: Page
    locale: str
    width: int
    theme: Theme

    @property
    def name(self) -> str:
        """Its own name, which is also its file's."""
        return f"{self.page.name}.{self.locale}.{self.width}.{self.theme}"

    @property
    def pictured(self) -> bool:
        """Whether there is a picture to hold it against."""
        return self.locale not in PSEUDO


def looks_of(page: Page, locale: str) -> Iterator[Look]:
    """All looks of a page in a language, in an order that changes one thing at a time."""
    if locale in PSEUDO:
        if page.where != "issuer":  # whose languages are its own
            yield from (Look(page, locale, width, "light") for width in PSEUDO_WIDTHS)
        return
    yield from (Look(page, locale, width, "light") for width in WIDTHS)
    if locale in DARK:
        yield from (Look(page, locale, width, "dark") for width in reversed(WIDTHS))


def all_looks(pages: Iterable[Page] = PAGES) -> list[Look]:
    return [look for page in pages for locale in (*SUPPORTED, *PSEUDO) for look in looks_of(page, locale)]
