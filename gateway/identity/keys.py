"""The issuer's RSA keys: kept in the database, sealed; rotated with overlap; imported once and cached."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from gateway.identity.policy import ALGORITHM, IdentityPolicy
from gateway.store.connections import Connection, Engine
from gateway.store.identity import keys as store
from gateway.store.identity.keys import KeyRow

KEY_BITS = 2048
_PURPOSE = "signing-key"
_RELOAD_SECONDS = 30
# A token with an invented key id must not cost a query each time.
_UNKNOWN_RELOAD_SECONDS = 2
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Keys:
    signing: RSAKey
    verifying: Mapping[str, RSAKey]
    published: tuple[Mapping[str, Any], ...]
    loaded_at: float


class KeyRing:
    """Signs with the current key, verifies with every kept one.

    Importing a private key takes up to a quarter of a second, so imported keys are held by key id and only the list of
    them is read again, every 30 seconds.
    """

    def __init__(self, engine: Engine, policy: IdentityPolicy) -> None:
        self._engine = engine
        self._policy = policy
        self._lock = threading.Lock()
        self._keys: _Keys | None = None
        self._private: dict[str, RSAKey] = {}
        self._public: dict[str, RSAKey] = {}

    def sign(self, claims: Mapping[str, Any], typ: str) -> str:
        """A compact JWS of ``claims`` with the header's ``kid`` and ``typ`` set."""
        key = self._current().signing
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid, "typ": typ}, dict(claims), key, [ALGORITHM])

    @property
    def signing_key(self) -> RSAKey:
        return self._current().signing

    def published(self) -> list[Mapping[str, Any]]:
        """The public keys for the JWKS document."""
        return list(self._current().published)

    def find(self, kid: str) -> RSAKey | None:
        """The public key of an id; a key made a moment ago by another process is found by reading again."""
        keys = self._current()
        if kid not in keys.verifying and time.monotonic() - keys.loaded_at > _UNKNOWN_RELOAD_SECONDS:
            keys = self._current(reload=True)
        return keys.verifying.get(kid)

    def forget(self) -> None:
        """Read the keys again at the next use."""
        with self._lock:
            self._keys = None

    def _current(self, *, reload: bool = False) -> _Keys:
        keys = self._keys
        if keys is None or reload or time.monotonic() - keys.loaded_at > _RELOAD_SECONDS:
            with self._lock:
                if self._keys is None or self._keys is keys:
                    self._keys = self._load()
                keys = self._keys
        return keys

    def _load(self) -> _Keys:
        with self._engine.begin() as conn:
            rows = store.list_keys(conn)
        signing = self._usable(rows)
        if signing is None:
            self._make_first()
            with self._engine.begin() as conn:
                rows = store.list_keys(conn)
            signing = self._usable(rows)
            if signing is None:
                raise RuntimeError("the database holds no signing key that this identity secret opens")
        for row in rows:
            if row.kid not in self._public:
                self._public[row.kid] = RSAKey.import_key(dict(row.public_jwk))
        return _Keys(
            signing=signing,
            verifying={row.kid: self._public[row.kid] for row in rows},
            published=tuple(row.public_jwk for row in rows if row.published),
            loaded_at=time.monotonic(),
        )

    def _usable(self, rows: list[KeyRow]) -> RSAKey | None:
        """The newest published key whose time has come and that our secret opens."""
        for row in rows:
            if not (row.signs and row.published):
                continue
            if row.kid not in self._private:
                pem = self._policy.sealer.open(_PURPOSE, row.sealed_private)
                if pem is None:
                    log.warning("signing key does not open with this identity secret", extra={"kid": row.kid})
                    continue
                self._private[row.kid] = RSAKey.import_key(pem, {"kid": row.kid})
            return self._private[row.kid]
        return None

    def _make_first(self) -> None:
        with self._engine.begin() as conn:
            store.lock_keys(conn)
            # Whoever waited for the lock finds the key that its holder made.
            if self._usable(store.list_keys(conn)) is None:
                _insert_key(conn, self._policy, lead_seconds=0)


def rotate_keys(engine: Engine, policy: IdentityPolicy, *, at_once: bool = False) -> str:
    """Make a new signing key and return its id.

    It is published now and signs after ``policy.key_lead_seconds``, when every client has had time to fetch it. The
    keys before it stay published until the last token they signed has expired. ``at_once`` skips the lead: clients then
    find the new key by its unknown id.
    """
    with engine.begin() as conn:
        store.lock_keys(conn)
        lead = 0 if at_once or not store.list_keys(conn) else policy.key_lead_seconds
        return _insert_key(conn, policy, lead_seconds=lead)


def _insert_key(conn: Connection, policy: IdentityPolicy, *, lead_seconds: int) -> str:
    key = RSAKey.generate_key(KEY_BITS)
    kid: str = key.thumbprint()
    public = {**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": ALGORITHM}
    store.insert_key(
        conn,
        kid=kid,
        public_jwk=public,
        sealed_private=policy.sealer.seal(_PURPOSE, key.as_pem(private=True)),
        lead_seconds=lead_seconds,
        # Clocks differ a little, and clients cache the key set.
        overlap_seconds=policy.access_seconds + policy.key_lead_seconds,
    )
    return kid
