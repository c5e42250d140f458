"""SQL of the identity service: users as it sees them, clients, sessions, token families, keys, throttling.

Every function takes an open connection (role ``gateway_identity``) and leaves the commit to its caller, so that one
transaction can hold what must happen together. Times are the database's own: several workers share one clock.
"""

from __future__ import annotations

from gateway.store.identity.purging import purge_expired

__all__ = ["purge_expired"]
