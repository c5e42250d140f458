"""The weights of health scores: what holds, what others would do, who changed them; and runs that make scores anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.errors import InvalidInput
from portal.domain.health import Band, HealthInput
from portal.domain.typed import read_number

#: What weights add up to.
WHOLE = 100
LONGEST_REASON = 500

Weights = Mapping[HealthInput, int]


@dataclass(frozen=True, slots=True)
class WeightsVersion:
    """``changed_by`` is the name they had then, None for what the platform began with; ``reason`` may be empty."""

    version: int
    of: Weights
    changed_at: dt.datetime
    changed_by: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """At ``value`` an input has so many ``points``: straight lines between such places, level outside."""

    value: float
    points: float


@dataclass(frozen=True, slots=True)
class HealthWeights:
    """``history`` is newest first and begins with ``current``; ``curves`` are those of the inputs."""

    current: WeightsVersion
    defaults: Weights
    history: tuple[WeightsVersion, ...]
    curves: Mapping[HealthInput, tuple[CurvePoint, ...]]


@dataclass(frozen=True, slots=True)
class ScoreMove:
    """An account whose score would move."""

    tenant_id: str
    name: str
    before: float | None
    after: float | None
    band_before: Band
    band_after: Band


@dataclass(frozen=True, slots=True)
class WeightsPreview:
    """What weights would do to every account's latest score. ``spread_…`` count accounts by ten points each."""

    before: Mapping[Band, int]
    after: Mapping[Band, int]
    spread_before: tuple[int, ...]
    spread_after: tuple[int, ...]
    other_band: int
    largest: tuple[ScoreMove, ...]


class RunStatus(StrEnum):
    """How far a run is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class HealthRun:
    """Scores that are made anew: of an account, or of all (None). ``done_days`` of ``days`` are made."""

    run_id: str
    tenant_id: str | None
    status: RunStatus
    days: int
    done_days: int
    scores: int
    asked_at: dt.datetime
    finished_at: dt.datetime | None

    @property
    def unfinished(self) -> bool:
        return self.status is not RunStatus.DONE


@dataclass(frozen=True, slots=True)
class WeightsDraft:
    """What somebody entered. ``of`` has whole numbers from 0 to 100."""

    of: Weights

    @classmethod
    def from_entered(cls, entered: Mapping[HealthInput, object]) -> WeightsDraft:
        """Read the fields. Raises InvalidInput with the fields that hold no weight."""
        read = {name: _weight(value) for name, value in entered.items()}
        wrong = {name.value: "weight" for name, weight in read.items() if weight is None}
        if wrong:
            raise InvalidInput(codes=wrong)
        return cls({name: weight for name, weight in read.items() if weight is not None})

    @property
    def total(self) -> int:
        return sum(self.of.values())

    @property
    def complete(self) -> bool:
        """Whether they are weights of a score at all."""
        return self.total == WHOLE


def _weight(value: object) -> int | None:
    """A whole number from 0 to 100, as a number or as it was typed; None for anything else."""
    if isinstance(value, bool):
        return None
    try:
        number = read_number(str(value))
    except ValueError:
        return None
    return int(number) if number == int(number) and 0 <= number <= WHOLE else None
