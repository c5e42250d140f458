"""Who is asking. Every way to data takes an actor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

UserType = Literal["customer", "internal"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The signed-in person of this request, as the verified access token says.

    ``tenant_id`` is None for internal users, who belong to no tenant. ``token`` is what the platform is called with;
    it stays out of every representation.
    """

    user_id: str
    tenant_id: str | None
    user_type: UserType
    roles: frozenset[str]
    name: str
    email: str
    token: str = field(repr=False)

    @property
    def internal(self) -> bool:
        """Whether this is one of the platform's own people rather than a customer."""
        return self.user_type == "internal"
