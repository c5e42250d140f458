"""Answers of the probes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gateway.api.models.shape import Answer


class Health(Answer):
    status: Literal["ok"]


class Readiness(Answer):
    status: Literal["ready"]
    database: Literal["ok"]
    carrier: Literal["ok", "absent"] = Field(description="While it is absent, messages are accepted and wait.")
