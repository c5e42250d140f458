"""Health scores as the API tells them: taken apart, compared with the week before, with the curves they are made by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from gateway.api.models import health as models
from gateway.api.models.shape import Money
from gateway.domain.health import CURVES, DEFAULT_WEIGHTS, WINDOW_DAYS, Assessment, Input, Weights, assess, changes
from gateway.store.health.runs import Run
from gateway.store.health.scores import Score
from gateway.store.health.weights import Version
from gateway.store.nps import Comment

PAGES: dict[Input, models.PageName] = {
    Input.DELIVERY: "analytics",
    Input.HOLDS: "messages",
    Input.PAYMENTS: "invoices",
    Input.TICKETS: "tickets",
    Input.NPS: "nps",
}
"""Where one sees why an input has the points it has."""


def explained(
    now: Score,
    before: Score | None,
    weights: dict[int, Weights],
    currency: str,
    comments: Iterable[Comment],
) -> models.HealthExplained:
    """A score with its parts, and what is different from the one before."""
    assessment = assess(now.points, weights[now.weights_version])
    return models.HealthExplained(
        day=now.day,
        from_=now.day - timedelta(days=WINDOW_DAYS - 1),
        score=as_number(now.score),
        band=assessment.band.value,
        known_weight=assessment.known_weight,
        weights_version=now.weights_version,
        computed_at=now.computed_at,
        parts=[_part(now, assessment, place) for place in range(len(assessment.parts))],
        basis=_basis(now),
        since_last_week=_since(before, now, assessment, weights) if before is not None else None,
        answers=[models.NpsComment(at=each.at, score=each.score, comment=each.comment) for each in comments],
        spend=Money.of(now.spend, currency),
        spend_change=round(float((now.spend - now.spend_before) / now.spend_before), 4) if now.spend_before else None,
    )


def weights_told(versions: Sequence[Version]) -> models.HealthWeights:
    """`versions` newest first."""
    return models.HealthWeights(
        current=_version(versions[0]),
        defaults=models.WeightSet(**{str(each): weight for each, weight in DEFAULT_WEIGHTS.items()}),
        history=[_version(version) for version in versions],
        curves=models.Curves(**{str(each): _curve(each) for each in Input}),
    )


def run_told(run: Run) -> models.HealthRun:
    return models.HealthRun(
        run_id=str(run.run_id),
        tenant_id=str(run.tenant_id) if run.tenant_id is not None else None,
        days=run.days,
        status="done" if run.finished_at is not None else "running" if run.started_at is not None else "queued",
        asked_at=run.asked_at,
        finished_at=run.finished_at,
        scores=run.scores,
        done_days=run.done_days,
    )


def as_number(value: Decimal | Fraction | None) -> float | None:
    """A JSON number; shares and rates with six decimals."""
    if isinstance(value, Fraction):
        return round(float(value), 6)
    return float(value) if value is not None else None


def _part(score: Score, assessment: Assessment, place: int) -> models.HealthPart:
    part = assessment.parts[place]
    return models.HealthPart(
        input=part.input.value,
        value=as_number(score.facts.value(part.input)),
        points=as_number(part.points),
        weight=part.weight,
        share=round(float(part.share), 6),
        effect=float(part.effect),
        curve=_curve(part.input),
        page=PAGES[part.input],
    )


def _curve(name: Input) -> list[models.CurvePoint]:
    return [models.CurvePoint(value=float(value), points=float(points)) for value, points in CURVES[name]]


def _basis(score: Score) -> models.HealthBasis:
    facts = score.facts
    return models.HealthBasis(
        messages=facts.messages,
        delivered=facts.delivered,
        rated=facts.rated,
        withheld=facts.withheld,
        late_days=as_number(facts.late_days),
        invoices=score.invoices,
        tickets=facts.tickets,
        open_tickets=score.open_tickets,
        promoters=facts.promoters,
        detractors=facts.detractors,
        answers=facts.answers,
    )


def _since(before: Score, now: Score, assessment: Assessment, weights: dict[int, Weights]) -> models.WeekChange | None:
    if before.score is None or now.score is None:
        return None
    parts = changes(assess(before.points, weights[before.weights_version]), assessment)
    return models.WeekChange(
        day=before.day,
        score=float(before.score),
        change=float(now.score - before.score),
        weights_changed=before.weights_version != now.weights_version,
        parts=[
            models.PartChange(
                input=part.input.value,
                points_before=as_number(part.before),
                points=as_number(part.now),
                change=float(part.change),
            )
            for part in parts
        ],
    )


def _version(version: Version) -> models.WeightsVersion:
    return models.WeightsVersion(
        version=version.weights.version,
        **{str(each): weight for each, weight in version.weights.of.items()},
        changed_at=version.changed_at,
        changed_by_name=version.changed_by_name,
        reason=version.reason,
    )
