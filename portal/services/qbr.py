"""Business reviews: what a quarter was for a customer, what their manager says to it, and the report of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.actor import Actor
from portal.domain.errors import InvalidInput, UpstreamRefused
from portal.domain.internal_ports import QbrPort
from portal.domain.permissions import Act, require
from portal.domain.qbr import Review
from portal.domain.qbr_comments import LONGEST, Saved, Texts, cleaned, join
from portal.domain.qbr_reports import Report, ReportPage
from portal.domain.quarters import Quarter
from portal.services.concurrency import Outcome, ask_all

MOST_SHOWN = 20
CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A review, and the account's reports; each answered or failed on its own."""

    review: Outcome[Review]
    reports: Outcome[ReportPage]


@dataclass(frozen=True, slots=True)
class QbrService:
    """What internal users do with reviews. A customer gets Forbidden before anything is asked."""

    port: QbrPort

    def open(self, tenant_id: str, quarter: Quarter, *, actor: Actor) -> ReviewView:
        """A quarter, and the reports there are, asked for at the same time."""
        require(actor, Act.PRESENT_REVIEWS)
        outcomes = ask_all(
            {
                "review": lambda: self.port.get_review(tenant_id, quarter.name, actor=actor),
                "reports": lambda: self.port.list_reports(tenant_id, limit=MOST_SHOWN, actor=actor),
            }
        )
        return ReviewView(outcomes["review"], outcomes["reports"])

    def save_comments(
        self,
        tenant_id: str,
        quarter: Quarter,
        based_on: int,
        base: Mapping[str, object],
        mine: Mapping[str, object],
        *,
        actor: Actor,
    ) -> Saved:
        """Keep ``mine``, which was made of ``base`` (version ``based_on``).

        When somebody else wrote meanwhile, sections that only one of the two changed come together; where both did,
        nothing is written and their text is answered beside one's own. Raises InvalidInput for a text that is too long.
        """
        require(actor, Act.PRESENT_REVIEWS)
        own = cleaned(mine)
        too_long = {name: "string_too_long" for name, text in own.items() if len(text) > LONGEST}
        if too_long:
            raise InvalidInput(codes=too_long)
        try:
            written = self.port.save_comments(tenant_id, quarter.name, based_on, own, actor=actor)
            return Saved(written, written.texts, {})
        except UpstreamRefused as error:
            if error.code != CONFLICT:
                raise
        return self._join(tenant_id, quarter, cleaned(base), own, actor)

    def _join(self, tenant_id: str, quarter: Quarter, base: Texts, own: Texts, actor: Actor) -> Saved:
        latest = self.port.get_comments(tenant_id, quarter.name, actor=actor)
        joined, clashes = join(base, own, latest.texts)
        if clashes:
            return Saved(latest, joined, clashes, joined=True)
        written = self.port.save_comments(tenant_id, quarter.name, latest.version, joined, actor=actor)
        return Saved(written, written.texts, {}, joined=True)

    def export(self, tenant_id: str, quarter: Quarter, language: str, *, idempotency_key: str, actor: Actor) -> Report:
        """Have a report written. Raises InvalidInput where there is nothing to report of."""
        require(actor, Act.PRESENT_REVIEWS)
        try:
            return self.port.create_report(
                tenant_id, quarter.name, language, idempotency_key=idempotency_key, actor=actor
            )
        except UpstreamRefused as error:
            if error.code == "period_without_traffic":
                raise InvalidInput(codes={"period": error.code}, request_id=error.request_id) from None
            raise

    def list_reports(self, tenant_id: str, *, actor: Actor) -> ReportPage:
        require(actor, Act.PRESENT_REVIEWS)
        return self.port.list_reports(tenant_id, limit=MOST_SHOWN, actor=actor)

    def address(self, job_id: str, *, actor: Actor) -> str | None:
        """Where the file can be fetched in the next minutes; None while, or when no longer, there is one."""
        require(actor, Act.PRESENT_REVIEWS)
        return self.port.get_report(job_id, actor=actor).address
