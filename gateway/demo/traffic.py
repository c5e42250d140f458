"""The messages of a day, made column by column: who, to whom, what, when, and what became of it.

Every day has a random generator of its own, so that days can be made in any order and at the same time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

import numpy as np
import numpy.typing as npt

from gateway.demo.cast import (
    ABROAD,
    OPERATORS,
    OUTAGE_DAYS_AGO,
    OUTAGE_LENGTH_DAYS,
    OUTAGE_OPERATOR,
    REJECTIONS,
    SALAAM_PREFIXES,
    TROUBLE_DAYS,
)
from gateway.demo.plan import MINUTES, ZONE, Plan, day_profile, minute_of_day
from gateway.demo.texts import LANGUAGES, Texts, make_texts
from gateway.domain.pricing import SEGMENT_PRICES

Ints = npt.NDArray[np.int64]

STATUSES = ("queued", "held", "sent", "delivered", "failed", "expired", "rejected", "blocked")
QUEUED, HELD, SENT, DELIVERED, FAILED, EXPIRED, REJECTED, BLOCKED = range(8)
NEVER = np.int64(-1)
"""Stands for a time that did not come."""

MS_DAY = 86_400_000
_OPERATOR_NAMES = tuple(operator.name for operator in OPERATORS)
_VALIDITY_MS = {"otp": MS_DAY // 4, "notice": MS_DAY, "campaign": MS_DAY}


@dataclass(frozen=True)
class Prefix:
    """A network: what its numbers begin with, how many digits follow, and what the platform calls it."""

    text: str
    digits: int
    operator: int
    country: str
    destination: str


def _make_prefixes() -> tuple[tuple[Prefix, ...], list[tuple[Ints, npt.NDArray[np.float64]]]]:
    """All networks, and for each operator the numbers of its networks with their cumulative weights."""
    prefixes: list[Prefix] = []
    choices: list[tuple[Ints, npt.NDArray[np.float64]]] = []
    for number, operator in enumerate(OPERATORS):
        first, weights = len(prefixes), []
        for prefix, weight in operator.prefixes:
            if not prefix:
                for code, network, digits in ABROAD:
                    country = {"+98": "IR", "+92": "PK", "+49": "DE", "+971": "AE"}[code]
                    prefixes.append(Prefix(code + network, digits, number, country, code))
                    weights.append(weight / len(ABROAD))
                continue
            texts = SALAAM_PREFIXES if prefix == "74" else (prefix,)
            for text in texts:
                prefixes.append(Prefix(f"+93{text}", 9 - len(text), number, "AF", f"+93{text}"))
                weights.append(weight / len(texts))
        share = np.cumsum(weights) / np.sum(weights)
        choices.append((np.arange(first, len(prefixes)), share))
    return tuple(prefixes), choices


PREFIXES, _NETWORKS = _make_prefixes()


def _make_codes() -> tuple[tuple[tuple[str, str | None], ...], list[tuple[Ints, npt.NDArray[np.float64]]]]:
    codes: list[tuple[str, str | None]] = [("validity_expired", "EXPIRED/254"), ("content_blocked", None)]
    choices: list[tuple[Ints, npt.NDArray[np.float64]]] = []
    for errors in (*(operator.errors for operator in OPERATORS), REJECTIONS):
        first = len(codes)
        codes.extend((error, carrier) for error, carrier, _ in errors)
        weights = np.array([weight for *_, weight in errors], dtype=float)
        choices.append((np.arange(first, len(codes)), np.cumsum(weights) / weights.sum()))
    return tuple(codes), choices


CODES, _ERRORS = _make_codes()
"""(error code, carrier's code) by number; -1 is none."""

_EXPIRY, _CONTENT = 0, 1


@dataclass(frozen=True)
class Day:
    """Columns of equal length, sorted by account and time. Times are milliseconds since 1970, NEVER for none;
    `operator`, `prefix`, `code`, `status`, `text`, `tenant`, `sender` are numbers into the tables above and the plan's.
    `price` is in ten-thousandths of the currency's unit."""

    tenant: Ints
    sender: Ints
    submitted: Ints
    sent: Ints
    final: Ints
    status: Ints
    code: Ints
    prefix: Ints
    digits: Ints
    text: Ints
    segments: Ints
    unicode: npt.NDArray[np.bool_]
    price: Ints
    ids: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.tenant)


class Traffic:
    """Makes the days of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        rng = np.random.default_rng([plan.seed, 1])
        kinds = [frozenset(sender.kind for sender in tenant.senders) for tenant in plan.tenants]
        self.texts: tuple[Texts, ...] = tuple(
            make_texts(tenant.name, kind, rng) for tenant, kind in zip(plan.tenants, kinds, strict=True)
        )
        self._first_text = np.cumsum([0, *(len(texts.bodies) for texts in self.texts)])
        self._segments = np.concatenate([texts.segments for texts in self.texts]).astype(np.int64)
        self._unicode = np.concatenate([texts.unicode for texts in self.texts])
        self._until = int(plan.until.timestamp() * 1000)
        self._sender_tenant = np.array([number for number, _ in plan.senders])
        self._kinds = np.array([("otp", "notice", "campaign").index(sender.kind) for _, sender in plan.senders])
        self._profiles = {kind: day_profile(kind) for kind in ("otp", "notice")}
        self._prices = np.array([int(SEGMENT_PRICES[name] * 10_000) for name in _OPERATOR_NAMES])
        total = int(plan.counts.sum())
        self._pools = np.array([max(200, int(total * tenant.share / 7)) for tenant in plan.tenants])

    @property
    def bodies(self) -> tuple[str, ...]:
        """All texts, in the order of `Day.text`."""
        return tuple(body for texts in self.texts for body in texts.bodies)

    def outage(self) -> tuple[datetime, datetime]:
        """When the operator's network was down."""
        back = min(OUTAGE_DAYS_AGO, max(len(self.plan.days) - 1, OUTAGE_LENGTH_DAYS))
        first = self.plan.days[-1] - timedelta(days=back)
        start = datetime.combine(first, time(9, 40), ZONE)
        return start, start + timedelta(days=OUTAGE_LENGTH_DAYS)

    def day(self, number: int) -> Day:
        """The messages of day `number` of the plan."""
        rng = np.random.default_rng([self.plan.seed, 2, number])
        sender = np.repeat(np.arange(len(self.plan.senders)), self.plan.counts[number])
        tenant, kind = self._sender_tenant[sender], self._kinds[sender]
        submitted = self._times(number, sender, kind, rng)
        order = np.lexsort((submitted, tenant))
        sender, tenant, kind, submitted = sender[order], tenant[order], kind[order], submitted[order]
        operator, prefix, digits = self._recipients(tenant, rng)
        text = self._draw_texts(tenant, kind, rng)
        status, code, sent, final = self._outcomes(tenant, submitted, operator, kind, rng)
        segments = self._segments[text]
        charged = (status != REJECTED) & (status != BLOCKED)
        return Day(
            tenant, sender, submitted, sent, final, status, code, prefix, digits, text, segments, self._unicode[text],
            self._prices[operator] * segments * charged, rng.integers(0, 2**64, (len(sender), 2), dtype=np.uint64),
        )  # fmt: skip

    def _times(self, number: int, sender: Ints, kind: Ints, rng: np.random.Generator) -> Ints:
        midnight = int(datetime.combine(self.plan.days[number], time(), ZONE).timestamp() * 1000)
        end = minute_of_day(self.plan.until) if number == len(self.plan.days) - 1 else MINUTES
        minutes = np.empty(len(sender))
        for position, name in enumerate(("otp", "notice")):
            of_kind = kind == position
            profile = self._profiles[name]
            passed = profile[end - 1] if end else 0.0
            drawn = rng.random(int(of_kind.sum())) * passed
            minutes[of_kind] = np.searchsorted(profile, drawn) + rng.random(len(drawn))
        campaign = kind == 2
        starts = np.where(rng.random(len(self.plan.senders)) < 0.6, 600, 990) + rng.integers(
            0, 40, len(self.plan.senders)
        )
        spread = np.minimum(rng.exponential(26, int(campaign.sum())), 200)
        minutes[campaign] = np.minimum(starts[sender[campaign]] + spread, MINUTES - 1)
        return np.minimum(midnight + (minutes * 60_000).astype(np.int64), self._until)

    def _recipients(self, tenant: Ints, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
        """Operator, network and digits: a subscriber keeps them, and some get much more than others."""
        subscriber = (self._pools[tenant] * rng.random(len(tenant)) ** 1.7).astype(np.uint64)
        mixed = (subscriber + tenant.astype(np.uint64) * np.uint64(1_000_003)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(32)
        shares = np.cumsum([operator.share for operator in OPERATORS])
        operator = np.searchsorted(shares / shares[-1], (mixed & np.uint64(0xFFFFF)) / 2**20, side="right")
        within = ((mixed >> np.uint64(20)) & np.uint64(0xFFFF)) / 2**16
        prefix = np.empty(len(tenant), dtype=np.int64)
        for number, (networks, weights) in enumerate(_NETWORKS):
            of_operator = operator == number
            prefix[of_operator] = networks[np.searchsorted(weights, within[of_operator], side="right")]
        return operator.astype(np.int64), prefix, ((mixed >> np.uint64(36)) % np.uint64(10_000_000)).astype(np.int64)

    def _draw_texts(self, tenant: Ints, kind: Ints, rng: np.random.Generator) -> Ints:
        language, place = rng.random(len(tenant)), rng.random(len(tenant))
        text = np.empty(len(tenant), dtype=np.int64)
        for number, each in enumerate(self.plan.tenants):
            shares = np.cumsum(each.languages)
            for position, name in enumerate(("otp", "notice", "campaign")):
                rows = np.flatnonzero((tenant == number) & (kind == position))
                if not len(rows):
                    continue
                spoken = np.searchsorted(shares[:-1] / shares[-1], language[rows], side="right")
                ranges = np.array([self.texts[number].ranges[name, code] for code in LANGUAGES])[spoken]
                text[rows] = self._first_text[number] + ranges[:, 0] + place[rows] * (ranges[:, 1] - ranges[:, 0])
        return text

    def _outcomes(
        self, tenant: Ints, submitted: Ints, operator: Ints, kind: Ints, rng: np.random.Generator
    ) -> tuple[Ints, Ints, Ints, Ints]:
        """Status, code, time sent and time final, as they stand at the end of the plan."""
        size = len(submitted)
        failed, expired, rejected, silent = self._rates(submitted, operator)
        extra_failed, extra_withheld = self._trouble(tenant, submitted)
        failed = failed + extra_failed
        drawn = rng.random(size)
        bounds = np.cumsum([rejected, failed, expired, silent], axis=0)
        status = np.select(
            [drawn < bounds[0], drawn < bounds[1], drawn < bounds[2], drawn < bounds[3]],
            [REJECTED, FAILED, EXPIRED, SENT],
            DELIVERED,
        ).astype(np.int64)
        withheld = rng.random(size) < np.array([0.0002, 0.0008, 0.009])[kind] + extra_withheld
        status[withheld] = BLOCKED
        code = np.full(size, -1, dtype=np.int64)
        code[status == EXPIRED], code[status == BLOCKED] = _EXPIRY, _CONTENT
        which = rng.random(size)
        for number, (codes, weights) in enumerate(_ERRORS):
            rows = status == REJECTED if number == len(OPERATORS) else (status == FAILED) & (operator == number)
            code[rows] = codes[np.searchsorted(weights, which[rows], side="right")]
        sent = submitted + 60 + rng.exponential(180, size).astype(np.int64)
        final = self._finals(submitted, sent, status, operator, kind, rng)
        sent[(status == REJECTED) | (status == BLOCKED)] = NEVER
        self._stop(status, code, sent, final)
        return status, code, sent, final

    def _rates(self, submitted: Ints, operator: Ints) -> list[npt.NDArray[np.float64]]:
        names = ("failed", "expired", "rejected", "silent")
        rates = [np.array([getattr(each, name) for each in OPERATORS])[operator] for name in names]
        down = self._is_down(submitted, operator)
        for rate, during in zip(rates, (0.24, 0.46, 0.06, 0.05), strict=True):
            rate[down] = during
        return rates

    def _trouble(self, tenant: Ints, submitted: Ints) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """What fails, and what is withheld, beyond the usual."""
        failed, withheld = np.zeros(len(tenant)), np.zeros(len(tenant))
        begun = submitted >= self._until - TROUBLE_DAYS * MS_DAY
        for number, each in enumerate(self.plan.tenants):
            if each.trouble is not None:
                rows = begun & (tenant == number)
                failed[rows], withheld[rows] = each.trouble.failed, each.trouble.withheld
        return failed, withheld

    def _is_down(self, submitted: Ints, operator: Ints) -> npt.NDArray[np.bool_]:
        start, end = (int(moment.timestamp() * 1000) for moment in self.outage())
        down = (operator == _OPERATOR_NAMES.index(OUTAGE_OPERATOR)) & (submitted >= start) & (submitted < end)
        return np.asarray(down)

    def _finals(
        self, submitted: Ints, sent: Ints, status: Ints, operator: Ints, kind: Ints, rng: np.random.Generator
    ) -> Ints:
        size = len(submitted)
        median = np.array([each.median_seconds for each in OPERATORS])[operator]
        spread = np.array([each.spread for each in OPERATORS])[operator]
        seconds = median * np.exp(spread * rng.standard_normal(size))
        # A phone that was off gets its messages when it is on again.
        seconds += (rng.random(size) < 0.02) * rng.exponential(5400, size)
        seconds[self._is_down(submitted, operator)] *= 45
        waited = (np.clip(seconds, 0.35, 80_000) * 1000).astype(np.int64)
        validity = np.array([_VALIDITY_MS[name] for name in ("otp", "notice", "campaign")])[kind]
        expiry = validity + rng.integers(1_000, 240_000, size)
        review = 60_000 + rng.exponential(2_400_000, size).astype(np.int64)
        final = np.select(
            [status == DELIVERED, status == FAILED, status == EXPIRED, status == REJECTED, status == BLOCKED],
            [sent + waited, sent + 5 * waited, sent + expiry, sent, submitted + review],
            NEVER,
        )
        return np.asarray(final, dtype=np.int64)

    def _stop(self, status: Ints, code: Ints, sent: Ints, final: Ints) -> None:
        """Undo what lies after the end: those messages are still on their way."""
        future = final > self._until
        underway = future & ((status == DELIVERED) | (status == FAILED) | (status == EXPIRED))
        status[future & (status == BLOCKED)] = HELD
        status[future & (status == REJECTED)] = QUEUED
        status[underway] = SENT
        final[future], code[future] = NEVER, -1
        unsent = (sent > self._until) & (status == SENT)
        status[unsent], sent[unsent] = QUEUED, NEVER
