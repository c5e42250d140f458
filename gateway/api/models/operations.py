"""Answers of the probes."""

from __future__ import annotations

from typing import Literal

from gateway.api.models.shape import Answer


class Health(Answer):
    status: Literal["ok"]


class Readiness(Answer):
    status: Literal["ready"]
    database: Literal["ok"]
