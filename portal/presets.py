"""What is peculiar to each kind of sign-in service, as data: no code branches by a provider's name.

A preset gives defaults; settings of their own replace the scopes, the audience and the places of roles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

CUSTOMER_ROLES = frozenset({"customer", "owner", "developer", "billing", "viewer"})
INTERNAL_ROLES = frozenset({"tam", "platform_admin"})
CLIENT_ID = "{client_id}"  # stands for the portal's own client id within a path


@dataclass(frozen=True)
class Preset:
    """``role_claims``: paths of names joined by dots, all of them are read. ``audience``: whom a bearer token names,
    empty for the client id. ``authorize``: further parameters of the authorization request. ``bearer``: which token
    speaks to the platform. ``roles_from``: who says what a person may, the token or the platform's ``GET /v1/me``."""

    scopes: tuple[str, ...] = ("openid", "email", "profile", "roles")
    role_claims: tuple[str, ...] = ("roles", "realm_access.roles", f"resource_access.{CLIENT_ID}.roles")
    audience: str = "platform"
    authorize: Mapping[str, str] = field(default_factory=dict)
    bearer: Literal["access_token", "id_token"] = "access_token"
    roles_from: Literal["token", "platform"] = "token"


PRESETS: Mapping[str, Preset] = {
    "platform": Preset(),
    "keycloak": Preset(
        scopes=("openid", "email", "profile", "roles"),
        role_claims=(f"resource_access.{CLIENT_ID}.roles", "realm_access.roles"),
    ),
    # Access tokens are opaque and say nothing to the platform, so the ID token goes there; it names no roles. A refresh
    # token is given on consent only, and is not rotated. There is no end_session_endpoint: signing out of the portal
    # leaves the person signed in at Google.
    "google": Preset(
        scopes=("openid", "email", "profile"),
        role_claims=(),
        audience="",
        authorize={"access_type": "offline", "prompt": "consent"},
        bearer="id_token",
        roles_from="platform",
    ),
    # Brokered by an OpenID Connect service, since Genesys Cloud's own tokens are opaque; the broker passes its roles on
    # as GET /api/v2/users/me?expand=authorization has them.
    "genesys-cloud": Preset(scopes=("openid", "email", "profile"), role_claims=("authorization.roles", "roles")),
}


@dataclass(frozen=True)
class Reading:
    """How a token is read: where roles stand, and what the portal calls them (``theirs`` → ``ours``)."""

    client_id: str
    role_claims: tuple[str, ...] = PRESETS["platform"].role_claims
    role_names: Mapping[str, str] = field(default_factory=dict)
    roles_from: Literal["token", "platform"] = "token"

    def roles(self, claims: Mapping[str, Any]) -> frozenset[str]:
        """Every role that ``claims`` name at any of the places, in the portal's words."""
        found = {role for path in self.role_claims for role in _names(_at(claims, path, self.client_id))}
        return frozenset(self.role_names.get(role, role) for role in found)


def _at(claims: Mapping[str, Any], path: str, client_id: str) -> object:
    if path in claims:
        return claims[path]  # a claim may have dots in its own name: https://portal.example/roles
    found: object = claims
    for step in path.split("."):
        name = client_id if step == CLIENT_ID else step
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _names(found: object) -> list[str]:
    """Roles as a list of names, of objects with a name, or of groups by their path."""
    listed = found if isinstance(found, list) else []
    names = (entry.get("name") if isinstance(entry, dict) else entry for entry in listed)
    return [name.removeprefix("/") for name in names if isinstance(name, str)]
