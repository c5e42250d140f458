"""Who is asking. Every way to data takes an actor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

UserType = Literal["customer", "internal"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The signed-in person of this request, as the verified access token says.

    ``tenant_id`` is None for internal users, who belong to no tenant. ``token`` is what the platform is called with;
    it stays out of every representation. ``preview_role`` is there while an internal user looks at what a customer of
    that role sees: all else is as that customer's then, but for ``user_id`` and ``token``, and nothing can be changed.
    """

    user_id: str
    tenant_id: str | None
    user_type: UserType
    roles: frozenset[str]
    name: str
    email: str
    token: str = field(repr=False)
    preview_role: str | None = None

    @property
    def internal(self) -> bool:
        """Whether this is one of the platform's own people rather than a customer."""
        return self.user_type == "internal"
