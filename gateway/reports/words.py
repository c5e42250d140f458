"""A review's figures and findings as one language writes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale

from gateway.api.models.qbr import QbrFinding
from gateway.api.models.shape import Money
from gateway.texts import Language
from gateway.typesetting import figures

NONE = "–"
_OWN, _END = "\u2068", "\u2069"  # UAX #9: in the direction of its first letter, whatever surrounds it
_HUNDREDTH = Decimal("0.01")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_SCORES = ("health_fell", "health_rose")
_COUNTS = ("traffic_grew", "traffic_fell", "traffic_steady", "first_traffic")


@dataclass(frozen=True)
class Words:
    """`places`: the decimals of money, the same for all of a report; `zone`: the account's."""

    language: Language
    currency: str
    zone: ZoneInfo
    places: int

    def text(self, key: str, **arguments: str | int) -> str:
        return self.language.text(key, **arguments)

    def count(self, value: int | None) -> str:
        return figures.number(value, self.language) if value is not None else NONE

    def short(self, value: float) -> str:
        """A number on an axis: `12K`. In Pashto ICU knows no such short form but the English one."""
        if self.language.tag == "ps":
            return self.count(round(value)) if value == round(value) else self.score(value)
        return figures.shaped(Decimal(str(value)), "compact-short @##", self.language)

    def percent(self, share: float | None, places: int = 1) -> str:
        if share is None:
            return NONE
        return figures.shaped(Decimal(str(share)), f"percent scale/100 {_fraction(places)}", self.language)

    def signed_percent(self, share: float) -> str:
        return figures.shaped(Decimal(str(share)), "percent scale/100 .0 sign-except-zero", self.language)

    def score(self, value: float | None) -> str:
        return figures.number(Decimal(str(value)), self.language, 1) if value is not None else NONE

    def signed(self, value: float, places: int = 1) -> str:
        return figures.shaped(Decimal(str(value)), f"{_fraction(places)} sign-except-zero", self.language)

    def money(self, value: Money) -> str:
        amount = Decimal(value.amount).quantize(Decimal(1).scaleb(-self.places))
        return figures.money(amount, self.currency, self.language, self.places)

    def amount(self, value: Money) -> str:
        """Without the currency, which stands above the column."""
        return figures.number(Decimal(value.amount), self.language, self.places)

    def day(self, value: dt.date) -> str:
        return figures.day(value, self.language)

    def short_day(self, value: dt.date) -> str:
        return figures.short_day(value, self.language)

    def days(self, first: dt.date, last: dt.date) -> list[str]:
        """From and to, by the language's calendar and, where that is another one, by the Gregorian too."""
        ways: tuple[Callable[[dt.date, Language], str | None], ...] = (figures.day, figures.other_day)
        written = [(write(first, self.language), write(last, self.language)) for write in ways]
        return [self.text("invoice.period", start=start, end=end) for start, end in written if start and end]

    def moment(self, value: dt.datetime) -> str:
        """Day and minute, where the account is."""
        return figures.moment(value.astimezone(self.zone), self.language)

    def month(self, value: dt.date, *, year: bool = False) -> str:
        """A month of the Gregorian year, as the quarter is: its months are no others in another calendar."""
        return figures.month(value, replace(self.language, calendar="gregory"), year=year)

    def wait(self, seconds: float | None) -> str:
        """How long something took, in the largest unit that fits: `3.5 h`."""
        if seconds is None:
            return NONE
        size, unit = next(
            (found for found in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")) if seconds >= found[0]),
            (1, "second"),
        )
        written = figures.shaped(Decimal(str(seconds / size)), ".#", self.language)
        return self.text(f"qbr.wait.{unit}", value=written)

    def quarter(self, name: str) -> str:
        year, _, number = name.partition("-Q")
        return self.text("review.quarter", quarter=number, year=self.digits(year))

    def digits(self, number: str) -> str:
        """A number that is none to count with, such as a year."""
        return figures.shaped(Decimal(number), "group-off precision-integer", self.language)

    def operator(self, name: str) -> str:
        return self.text("operator.other") if name == "other" else own(name)

    def country(self, code: str) -> str:
        names = Locale.parse(self.language.spoken.partition("-")[0]).territories
        return str(names.get(code, code))

    def error(self, code: str) -> str:
        try:
            return self.text(f"error_code.{code}.title")
        except KeyError:
            return own(code)

    def finding(self, finding: QbrFinding) -> str:
        """A finding as a sentence; the portal words it the same."""
        kind, value, before, change = finding.kind, finding.value, finding.before, finding.change
        size = abs(change) if change is not None else None
        if kind in _SCORES:
            shown = (self.score(value), self.score(before), self.score(size))
        elif kind in _COUNTS:
            shown = (self._whole(value), self._whole(before), self.percent(size))
        elif kind == "balance_negative":
            amount = Money.of(Decimal(str(value)), self.currency)
            shown = (self.money(amount), NONE, NONE)
        else:
            shown = (self.percent(value), self.percent(before), self.score(100 * size if size is not None else None))
        name = self._named(finding)
        return self.text(f"qbr.finding.{kind}", value=shown[0], before=shown[1], change=shown[2], name=name)

    def _whole(self, value: float | None) -> str:
        return self.count(int(value)) if value is not None else NONE

    def _named(self, finding: QbrFinding) -> str:
        if finding.name is None:
            return ""
        return self.text(f"health.input.{finding.name}") if finding.kind in _SCORES else self.operator(finding.name)


def own(text: str) -> str:
    """A name or a code as somebody wrote it, kept together in its own direction."""
    return f"{_OWN}{text}{_END}"


def left_to_right(text: str) -> str:
    """A number of a phone, an id: from left to right in every language."""
    return f"{figures.LEFT_TO_RIGHT}{text}{figures.END}"


def _fraction(places: int) -> str:
    return "." + "0" * places if places else "precision-integer"
