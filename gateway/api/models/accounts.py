"""Account, profile, balance, portfolio, error codes."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal, get_args
from zoneinfo import available_timezones

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from gateway import texts
from gateway.api.models.shape import Answer, Body, Money, Timestamp

Locale = Literal["en", "fa-AF", "ps", "ar"]


def _offered(tag: object) -> object:
    known = [language.tag for language in texts.offered()]
    if tag not in known:
        raise PydanticCustomError("literal_error", "Input should be one of {known}", {"known": ", ".join(known)})
    return tag


WrittenIn = Annotated[str, BeforeValidator(_offered), WithJsonSchema({"type": "string", "enum": [*get_args(Locale)]})]
"""What texts are written in: a `Locale`, or a pseudo-locale where those are offered, which is nowhere but where layouts
are looked at."""
Calendar = Literal["persian", "gregorian", "both"]
Digits = Literal["native", "latin"]


@lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    """IANA names this machine knows."""
    return frozenset(available_timezones())


class Account(Answer):
    tenant_id: str
    name: str
    time_zone: str
    currency: str
    locale: str
    is_demo: bool


class Me(Answer):
    """The signed-in person. Null means: as the account (or the browser) has it."""

    user_id: str
    email: str
    name: str
    user_type: Literal["customer", "internal"]
    roles: list[str]
    tenant_id: str | None
    locale: Locale | None
    time_zone: str | None
    calendar: Calendar | None
    digits: Digits | None
    nps_ask_at: Timestamp | None = Field(
        description="When to ask how likely they are to recommend the platform (`/v1/nps`). Null: never."
    )


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


class MeChange(Body):
    """Only the fields given change; null takes a preference back. Another `email` needs `currentPassword`."""

    email: str = Field(
        default="",
        min_length=3,
        max_length=254,
        json_schema_extra=_without_default,
        description="What one signs in with from then on; lower-cased. Refused when it cannot be used.",
    )
    current_password: str = Field(
        default="", max_length=1024, json_schema_extra=_without_default, description="Read with `email` only."
    )
    locale: Locale | None = None
    time_zone: str | None = Field(default=None, max_length=64, description="IANA name, for example `Asia/Kabul`.")
    calendar: Calendar | None = None
    digits: Digits | None = None

    @field_validator("time_zone")
    @classmethod
    def known_zone(cls, value: str | None) -> str | None:
        if value is not None and value not in known_zones():
            raise PydanticCustomError("time_zone", "Give an IANA time zone such as Asia/Kabul.")
        return value


class Balance(Answer):
    balance: Money
    as_of: Timestamp
    average_daily_spend: Money = Field(description="Over the last 28 full local days.")
    runway_days: float | None = Field(description="Days the balance lasts at that pace; null when nothing is spent.")
    low_balance_threshold: Money | None = Field(description="Below it `balance.low` is told; null: never.")


class ErrorCodeItem(Answer):
    code: str
    permanent: bool
    title: str
    advice: str


class ErrorCodes(Answer):
    language: WrittenIn
    items: list[ErrorCodeItem]
