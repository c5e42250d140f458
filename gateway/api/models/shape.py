"""What all request and response models have in common: camelCase on the wire, snake_case in code."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from gateway.domain.moments import rfc3339

_DAYS = ("messages_30d", "delivery_rate_30d", "spend_30d", "change_7d", "change_30d")
# Camels are made with `30D`.
_OWN_NAMES = {"from_": "from", **{name: to_camel(name.rpartition("_")[0]) + name.rpartition("_")[2] for name in _DAYS}}


def wire_name(name: str) -> str:
    """The JSON name of a field: camelCase, `from` for `from_`."""
    return _OWN_NAMES.get(name) or to_camel(name)


CAMEL = ConfigDict(alias_generator=wire_name, populate_by_name=True, serialize_by_alias=True)


Timestamp = Annotated[datetime, PlainSerializer(rfc3339, return_type=str, when_used="json")]


class Answer(BaseModel):
    """A response body. Every field is always present, so clients need no defaults; unknown ones cannot slip in."""

    model_config = ConfigDict(**CAMEL, extra="forbid", json_schema_serialization_defaults_required=True)


class Query(BaseModel):
    """Query parameters. An unknown one is refused (422): a mistyped filter must not answer with unfiltered numbers."""

    model_config = ConfigDict(**CAMEL, extra="forbid", regex_engine="rust-regex")

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Remembered: flask-openapi3 asks for it on every request, and building it costs a millisecond."""
        if args or kwargs:
            return super().model_json_schema(*args, **kwargs)
        return _remembered_schema(cls)


@lru_cache(maxsize=128)
def _remembered_schema(model: type[Query]) -> dict[str, Any]:
    return BaseModel.model_json_schema.__func__(model)  # type: ignore[attr-defined, no-any-return]


class Body(BaseModel):
    """A JSON request body; unknown fields are refused (422)."""

    model_config = ConfigDict(**CAMEL, extra="forbid")


class Money(Answer):
    """An exact amount: decimal text, never a float."""

    amount: str = Field(pattern=r"^-?\d+\.\d{4}$", examples=["12.3400"])
    currency: str = Field(pattern=r"^[A-Z]{3}$", examples=["AFN"])

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> Money:
        """Four decimals, the precision prices are stored with."""
        return cls(amount=f"{amount:.4f}", currency=currency)
