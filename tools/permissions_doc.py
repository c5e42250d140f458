"""Prints ``docs/permissions.md`` from the tables in the code: ``python tools/permissions_doc.py > docs/permissions.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gateway.api.permissions import PERMISSIONS, Door
from portal.domain.permissions import ACTS, CUSTOMER_ROLES, INTERNAL_ROLES, PAGE_RULES

ROLES = (*CUSTOMER_ROLES, *INTERNAL_ROLES)
HEAD = """# Who may do what

Made from the code's own tables (`gateway/api/permissions.py`, `portal/domain/permissions.py`) by `make docs`; tests call every route of the
API and every callback of the portal as every role and compare. The platform decides; the portal only keeps from offering what would be refused.

A customer's roles count for customers and internal ones for the platform's own people, whatever a token claims. A customer's account is the one
in their token; another account's things are 404, never 403. A `tam` reaches the accounts assigned to them, a `platform_admin` all; both name the
account (`tenantId`) and change nothing in it.
"""
DOORS = {
    Door.OPEN: "nobody is asked: nothing secret is behind it",
    Door.INGEST: "the platform's own services, by `GATEWAY_INGEST_TOKEN`",
    Door.CLIENT: "a portal, by a token of its own with the scope `revisions:read` (client credentials), which opens nothing"
    " else: tenants' ids and revisions, no data",
    Door.LINK: "whoever holds the signed address, until it expires",
    Door.CARRIER: "the SMS carrier, by the signed address it was given",
}


def marks(roles: Iterable[str]) -> str:
    """A cell for each role."""
    return " | ".join("yes" if role in set(roles) else "–" for role in ROLES)


def head(first: str, *more: str) -> str:
    columns = (first, *ROLES, *more)
    return f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"


def document() -> str:
    """The whole page."""
    people = [
        f"| `{method} {route}` | {marks(rule.roles)} | {f'`{rule.scope}`' if rule.scope else '–'} |"
        for (method, route), rule in PERMISSIONS.items()
        if rule.door is Door.BEARER
    ]
    others = [
        f"| `{method} {route}` | {DOORS[rule.door]} |"
        for (method, route), rule in PERMISSIONS.items()
        if rule.door is not Door.BEARER
    ]
    pages = [
        f"| `{rule.path}` | {marks(rule.roles)} | {'yes' if rule.of_tenant else '–'} |"
        for rule in PAGE_RULES
        if rule.path != "/"
    ]
    acts = [f"| `{act}` | {marks(roles)} |" for act, roles in ACTS.items()]
    return "\n".join(
        [
            HEAD,
            "## Pages of the portal\n",
            "Pages below a path have its rule.\n",
            head("page", "about one account"),
            *pages,
            "\n## What can be done on them\n",
            head("action"),
            *acts,
            "\n## Calls of the API\n",
            "With a person's access token, or with an API key of the scope named.\n",
            head("call", "API key's scope"),
            *people,
            "\n## Calls that no person makes\n",
            "| call | who is let in |\n|---|---|",
            *others,
            "| `/v1/auth/…`, `/.well-known/…` | the identity service's own protocol: client secrets, cookies, tokens |",
            "",
        ]
    )


if __name__ == "__main__":
    sys.stdout.write(document())
