"""What scores are weighed by, and having them made anew."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.actor import Actor
from portal.domain.errors import Forbidden, InvalidInput
from portal.domain.internal_ports import HealthPort
from portal.domain.permissions import Act, require
from portal.domain.weights import LONGEST_REASON, HealthRun, HealthWeights, WeightsDraft, WeightsPreview

RECOUNTED_DAYS = 7
"""How many days a run makes anew: what is shown beside a score is the change since a week before."""


@dataclass(frozen=True, slots=True)
class HealthService:
    """For internal users alone: a customer gets Forbidden before anything is asked."""

    port: HealthPort

    def show_weights(self, *, actor: Actor) -> HealthWeights:
        """The weights that hold, with their history and the curves of the inputs."""
        if not actor.internal:
            raise Forbidden("internal users only", permission="internal")
        return self.port.get_weights(actor=actor)

    def preview_weights(self, draft: WeightsDraft, *, actor: Actor) -> WeightsPreview:
        """What the weights would do to all accounts; nothing is kept. They add up to 100."""
        require(actor, Act.CHANGE_WEIGHTS)
        return self.port.preview_weights(draft.of, actor=actor)

    def change_weights(self, draft: WeightsDraft, reason: str, *, based_on: int, actor: Actor) -> HealthWeights:
        """Have other weights hold. Raises InvalidInput, and UpstreamRefused (409) when ``based_on`` holds no more."""
        require(actor, Act.CHANGE_WEIGHTS)
        wrong: dict[str, str] = {}
        if not draft.complete:
            wrong["sum"] = "weights_sum"
        if not reason.strip():
            wrong["reason"] = "missing"
        elif len(reason) > LONGEST_REASON:
            wrong["reason"] = "string_too_long"
        if wrong:
            raise InvalidInput(codes=wrong)
        return self.port.change_weights(draft.of, reason.strip(), based_on=based_on, actor=actor)

    def recompute(self, tenant_id: str | None = None, *, actor: Actor) -> HealthRun:
        """Have the last days' scores made anew: an account's, or all (None). A run that waits already is answered."""
        require(actor, Act.RECOMPUTE_SCORES if tenant_id else Act.RECOMPUTE_ALL_SCORES)
        return self.port.ask_run(tenant_id, RECOUNTED_DAYS, actor=actor)

    def latest_run(self, tenant_id: str | None = None, *, actor: Actor) -> HealthRun | None:
        """The run that was asked for last, whoever asked for it."""
        if not actor.internal:
            raise Forbidden("internal users only", permission="internal")
        return next(iter(self.port.list_runs(tenant_id, actor=actor)), None)
