"""What the identity service is configured to do, in its own terms."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from gateway.identity.passwords import Passwords
from gateway.identity.sealing import Sealer, read_or_create_secret
from gateway.settings import GatewaySettings

ALGORITHM = "RS256"
"""Signs every token, and nothing else is accepted."""

AUDIENCE = "platform"
"""``aud`` of every access token: the platform's API."""

SCOPES = ("openid", "profile", "email", "roles", "offline_access")
"""What may be asked for; the names are OpenID Connect's, ``roles`` is the one Keycloak's clients are used to."""

REVISIONS_SCOPE = "revisions:read"
"""What a client may ask for itself, when it was registered for it: which tenants have new numbers, and not which."""
REVISIONS_AUDIENCE = "platform:revisions"
"""``aud`` of such a token: no call but that one takes it."""
CLIENT_TOKEN_SECONDS = 300
"""How long it opens a stream; one that is open stays so for hours."""


@dataclass(frozen=True)
class IdentityPolicy:
    """Lifetimes in seconds, limits, and the secret. ``issuer`` is the public URL, without a slash at its end."""

    issuer: str
    sealer: Sealer = field(repr=False)
    passwords: Passwords = field(default_factory=Passwords, repr=False)
    access_seconds: int = 3600
    refresh_seconds: int = 604_800
    refresh_leeway_seconds: int = 10
    code_seconds: int = 60
    sign_in_seconds: int = 600
    """How long the login page may stay open."""
    single_sign_on_seconds: int = 43_200
    """How long a password entry lets the same browser into further clients without asking again."""
    attempts_per_account: int = 10
    attempts_per_address: int = 100
    attempt_window_seconds: int = 300
    key_lead_seconds: int = 600
    """A new key is published this long before it signs: longer than anybody caches the key set."""
    logout_wait_seconds: float = 2.0
    """How long signing out waits for the clients to be told; the rest is delivered behind the user's back."""

    @classmethod
    def from_settings(cls, settings: GatewaySettings) -> IdentityPolicy:
        return cls(
            issuer=settings.public_url or f"http://localhost:{settings.port}",
            sealer=sealer_of(settings),
            access_seconds=settings.access_token_seconds,
            refresh_seconds=settings.refresh_token_seconds,
            refresh_leeway_seconds=settings.refresh_leeway_seconds,
        )

    @property
    def secure(self) -> bool:
        """Whether browsers reach the issuer by https, so that cookies can demand it."""
        return self.issuer.startswith("https://")

    @property
    def origin(self) -> str:
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    def url(self, path: str) -> str:
        return self.issuer + path

    def cookie(self, name: str) -> str:
        """The full name of a cookie: ``__Host-`` needs Secure, which some clients do not send back over plain http."""
        return f"__Host-{name}" if self.secure else name


def sealer_of(settings: GatewaySettings) -> Sealer:
    """The platform's one secret: the given one, or the one kept in the data folder."""
    given = settings.identity_secret
    return Sealer(given.encode() if given else read_or_create_secret(settings.data_dir / "identity.secret"))
