"""What the portal needs from outside for the platform's own people alone: the accounts they look after.

As in :mod:`portal.domain.ports`, every call names the actor it is made for and may raise what is said there.
"""

from __future__ import annotations

from typing import Protocol

from portal.domain.actor import Actor
from portal.domain.assignments import AssignedPage, AssignmentFilter, Change, InternalPerson, Result
from portal.domain.health import TenantHealth
from portal.domain.notes import Note, NotePage, NoteVersion
from portal.domain.portfolio import PortfolioFilter, TenantDots, TenantPage
from portal.domain.qbr import Review
from portal.domain.qbr_comments import Comments, Texts
from portal.domain.qbr_reports import Report, ReportPage
from portal.domain.tenants import TenantOverview
from portal.domain.tickets import Tickets
from portal.domain.weights import HealthRun, HealthWeights, Weights, WeightsPreview


class PortfolioPort(Protocol):
    """The accounts an internal user looks after, and how they do. For customers all of it raises Forbidden."""

    def list_tenants(
        self, wanted: PortfolioFilter, *, cursor: str | None = None, limit: int = 50, actor: Actor
    ) -> TenantPage: ...

    def list_dots(self, wanted: PortfolioFilter, *, most: int, actor: Actor) -> TenantDots:
        """``most`` of the accounts of a filter that have a score, whatever its order: see TenantDots."""

    def get_tenant(self, tenant_id: str, *, actor: Actor) -> TenantOverview:
        """Raises NotFound for an unknown account and for one that is not the actor's to look after alike."""

    def list_tickets(self, tenant_id: str, *, actor: Actor) -> Tickets:
        """What is wrong with the support system is in the answer. Raises NotFound as ``get_tenant``."""

    def link_tickets(self, tenant_id: str, organisation: str | None, *, actor: Actor) -> None:
        """Say which of the support system's organisations the account is; None: none any more. Raises InvalidInput."""

    def start_preview(self, tenant_id: str, role: str, *, actor: Actor) -> None:
        """Say that one is about to look at what a customer of ``role`` sees; it is in the account's audit log then."""

    def get_health(self, tenant_id: str, *, actor: Actor) -> TenantHealth:
        """Raises NotFound for an unknown account and for one that is not the actor's to look after alike."""


class HealthPort(Protocol):
    """What scores are weighed by, and runs that make them anew. For customers all of it raises Forbidden."""

    def get_weights(self, *, actor: Actor) -> HealthWeights: ...

    def preview_weights(self, weights: Weights, *, actor: Actor) -> WeightsPreview:
        """What these weights would do; nothing is kept."""

    def change_weights(self, weights: Weights, reason: str, *, based_on: int, actor: Actor) -> HealthWeights:
        """Have other weights hold. UpstreamRefused with status 409 when ``based_on`` is not the version that holds."""

    def ask_run(self, tenant_id: str | None, days: int, *, actor: Actor) -> HealthRun:
        """Have the scores of the last ``days`` days made anew; a run that waits already is answered."""

    def list_runs(self, tenant_id: str | None, *, actor: Actor) -> tuple[HealthRun, ...]:
        """The runs that were asked for, the newest first."""


class NotesPort(Protocol):
    """Notes about an account that an internal user looks after. Every call raises NotFound for an account that is not
    theirs, and for a note that is not the account's. A repeated ``idempotency_key`` gets the first answer."""

    def list_notes(self, tenant_id: str, *, cursor: str | None = None, limit: int = 20, actor: Actor) -> NotePage: ...

    def create_note(self, tenant_id: str, body: str, *, idempotency_key: str, actor: Actor) -> Note: ...

    def change_note(self, tenant_id: str, note_id: str, body: str, *, based_on: int, actor: Actor) -> Note:
        """Raises Forbidden for somebody else's, UpstreamRefused (``conflict``) when ``based_on`` is not the newest."""

    def delete_note(self, tenant_id: str, note_id: str, *, based_on: int, actor: Actor) -> None:
        """Raises as ``change_note`` does."""

    def list_versions(self, tenant_id: str, note_id: str, *, actor: Actor) -> tuple[NoteVersion, ...]:
        """What it said, newest first, fifty at most."""


class AssignmentsPort(Protocol):
    """Who looks after whom. For everybody but platform admins all of it raises Forbidden."""

    def list_assigned(self, wanted: AssignmentFilter, *, limit: int = 50, actor: Actor) -> AssignedPage: ...

    def list_people(self, *, actor: Actor) -> tuple[InternalPerson, ...]:
        """Everybody who can look after accounts, by name."""

    def change(self, change: Change, *, actor: Actor) -> dict[str, Result]:
        """What became of each account; one that fails leaves the others changed."""


class QbrPort(Protocol):
    """Business reviews of accounts that internal users look after. For customers all of it raises Forbidden; an unknown
    account and one that is somebody else's to look after raise NotFound alike.

    ``period`` is a quarter's name; one that has not begun raises InvalidInput (``period``).
    """

    def get_review(self, tenant_id: str, period: str, *, actor: Actor) -> Review: ...

    def get_comments(self, tenant_id: str, period: str, *, actor: Actor) -> Comments: ...

    def save_comments(self, tenant_id: str, period: str, based_on: int, texts: Texts, *, actor: Actor) -> Comments:
        """Raises UpstreamRefused (``conflict``), and writes nothing, when ``based_on`` is not the latest version."""

    def create_report(
        self, tenant_id: str, period: str, language: str, *, idempotency_key: str, actor: Actor
    ) -> Report:
        """While the same is being written, that. Raises UpstreamRefused (``period_without_traffic``)."""

    def get_report(self, job_id: str, *, actor: Actor) -> Report: ...

    def list_reports(self, tenant_id: str, *, limit: int = 20, actor: Actor) -> ReportPage:
        """Newest first, of all periods."""
