"""What the portal is told by its environment: read once at start-up, frozen afterwards.

``SETTINGS`` describes every variable; ``docs/configure.md`` is generated from it, so no setting exists without its line
there. A malformed value stops start-up with the variable's name and what it wants. A secret can be given as a file,
``NAME_FILE=/run/secrets/name``.
"""

from __future__ import annotations

import base64
import binascii
import importlib.util
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from portal import setting_values as values
from portal.presets import CUSTOMER_ROLES, INTERNAL_ROLES, PRESETS, Reading
from portal.setting_values import SettingsError

SESSION_KEYS_FILE = "portal-session-keys"
_KID = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True)
class SettingMeta:
    """One line of the configuration table: the variable, its default as text, what it means, whether it is a secret."""

    name: str
    default: str
    meaning: str
    secret: bool = False


SETTINGS: tuple[SettingMeta, ...] = (
    SettingMeta("PORTAL_HOST", "127.0.0.1", "Address the portal listens on."),
    SettingMeta("PORTAL_PORT", "8050", "Port the portal listens on."),
    SettingMeta(
        "PORTAL_PUBLIC_URL",
        "http://localhost:<PORTAL_PORT>",
        "Address by which browsers know the portal; https, or http for localhost and 127.0.0.1 only.",
    ),
    SettingMeta(
        "PORTAL_DATA_DIR",
        ".data",
        "Folder for what the portal's processes on one machine share: generated session keys, ended sessions, counts.",
    ),
    SettingMeta("PORTAL_GATEWAY_URL", "http://127.0.0.1:8051", "Base address of the platform's REST API."),
    SettingMeta(
        "PORTAL_API_PUBLIC_URL",
        "<PORTAL_GATEWAY_URL>",
        "Address by which customers' programs know that API, shown in the examples of the test sender; https, or http"
        " for localhost and 127.0.0.1 only. To be set where PORTAL_GATEWAY_URL is an inner address.",
    ),
    SettingMeta("PORTAL_OIDC_ISSUER", "<PORTAL_GATEWAY_URL>", "OpenID Connect issuer that people sign in with."),
    SettingMeta("PORTAL_OIDC_CLIENT_ID", "portal", "Client id the portal is registered with at the issuer."),
    SettingMeta("PORTAL_OIDC_CLIENT_SECRET", "", "Client secret that goes with it. Required.", secret=True),
    SettingMeta(
        "PORTAL_OIDC_PRESET",
        "platform",
        "What kind of issuer that is: platform, keycloak, google or genesys-cloud; see docs/providers.md. It gives the"
        " next three settings their defaults.",
    ),
    SettingMeta("PORTAL_OIDC_AUDIENCE", "the preset's", "Audience an access token must name."),
    SettingMeta(
        "PORTAL_OIDC_ROLE_CLAIMS",
        "the preset's",
        "Where a token names roles, separated by spaces: paths with dots, {client_id} for the client's own id, for"
        " example realm_access.roles or groups.",
    ),
    SettingMeta(
        "PORTAL_OIDC_SCOPES",
        "the preset's",
        "Scopes asked for; those the issuer does not list as supported are left out.",
    ),
    SettingMeta(
        "PORTAL_OIDC_ROLE_NAMES",
        "",
        "The issuer's names for the portal's roles, separated by spaces: theirs=ours, for example sms-admin=owner.",
    ),
    SettingMeta(
        "LEGACY_FIREBASE_LOGIN_ENABLED",
        "0",
        "Whether /login has a second button for accounts of the former identity provider, whose tokens the platform"
        " exchanges at POST /v1/auth/firebase (the bundled gateway has no such exchange); 0 or 1.",
    ),
    SettingMeta(
        "LEGACY_FIREBASE_HANDOFF_URL",
        "",
        "The operator's page at which people sign in with that provider and which posts the token back; https, or http"
        " for localhost and 127.0.0.1 only. Required with it.",
    ),
    SettingMeta(
        "PORTAL_SESSION_KEYS",
        "generated once, kept in PORTAL_DATA_DIR",
        "Keys that seal cookies, newest first: <kid>:<base64 of 32 bytes>, comma separated. The first one seals, all"
        " open. Replicas must share them.",
        secret=True,
    ),
    SettingMeta("PORTAL_SESSION_SECONDS", "604800", "How long a session lasts without being used; 300 to 2592000."),
    SettingMeta(
        "PORTAL_SESSION_CHECK_SECONDS",
        "15",
        "How long the platform's word that a session still stands is believed; 0 to 300.",
    ),
    SettingMeta(
        "PORTAL_CSP_CANDIDATE",
        "0",
        "Whether the stricter policy that is to follow the enforced one is sent beside it, as"
        " Content-Security-Policy-Report-Only: browsers tell /csp-report what it would refuse, and /metrics counts that"
        " (customer_portal_policy_violations_total with disposition report); 0 or 1.",
    ),
    SettingMeta(
        "PORTAL_TRUSTED_PROXIES",
        "0",
        "How many proxies in front are believed about a browser's address (X-Forwarded-For), by which strangers are"
        " limited; 0 to 8. With 0 it is the connection's: behind a proxy, all strangers would share one limit.",
    ),
    SettingMeta(
        "PORTAL_LIMIT_SIGN_IN",
        "300",
        "Requests a minute from one address, of whoever is signing in or not signed in; of IPv6 a whole /64. 0 to"
        " 1000000, 0 is no limit.",
    ),
    SettingMeta(
        "PORTAL_LIMIT_USER",
        "1200",
        "Requests a minute by one signed-in person: pages, callbacks, downloads; 0 to 1000000, 0 is no limit.",
    ),
    SettingMeta(
        "PORTAL_LIMIT_TENANT",
        "6000",
        "The same for all people of one account together; 0 to 1000000, 0 is no limit.",
    ),
    SettingMeta(
        "PORTAL_LIMIT_STORE",
        "a file in PORTAL_DATA_DIR",
        "Where that is counted: redis:// or rediss:// when portals on several machines are to count together. Needs the"
        " Python package redis, which is not installed with the portal (pip install 'redis<8').",
        secret=True,
    ),
    SettingMeta(
        "PORTAL_LIVE_STREAMS",
        "4000",
        "Open pages that one process of the portal tells of new traffic as it comes; the others, and all with 0, ask"
        " every 15 s. As many file descriptors have to be allowed (ulimit -Hn). 0 to 20000.",
    ),
    SettingMeta(
        "PORTAL_PSEUDO_LOCALES",
        "0",
        "Whether the menu of languages also has the pseudo-locales en-XA (accents, 40 % longer) and ar-XB (from right"
        " to left), for looking at layouts; 0 or 1. Needs the packages of development (make env-dev).",
    ),
    SettingMeta("PORTAL_DEMO", "1", "Whether the first start loads demo data; 0 or 1."),
    SettingMeta("PORTAL_LOG_LEVEL", "info", "debug, info, warning or error."),
    SettingMeta(
        "PORTAL_COORDINATION_URL",
        "",
        "Redis (redis:// or rediss://) by which portals on several machines share sign-outs and refreshes at"
        " once. Without it they ask the platform every PORTAL_SESSION_CHECK_SECONDS and rely on the issuer's leeway."
        " Needs the Python package redis.",
        secret=True,
    ),
)


@dataclass(frozen=True)
class SessionKey:
    """One key of the ring; ``kid`` names it in every cookie it sealed."""

    kid: str
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class PortalSettings:
    """Everything the portal reads from the environment. URLs have no trailing slash; durations are seconds."""

    public_url: str
    gateway_url: str
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str = field(repr=False)
    session_keys: tuple[SessionKey, ...] = field(repr=False)
    data_dir: Path = Path(".data")
    host: str = "127.0.0.1"
    port: int = 8050
    oidc_audience: str = "platform"
    oidc_scopes: tuple[str, ...] = ("openid", "email", "profile", "roles")
    oidc_preset: str = "platform"
    oidc_role_claims: tuple[str, ...] = PRESETS["platform"].role_claims
    oidc_role_names: Mapping[str, str] = field(default_factory=dict)
    session_seconds: int = 604_800
    session_check_seconds: int = 15
    csp_candidate: bool = False
    pseudo_locales: bool = False
    trusted_proxies: int = 0
    limit_sign_in: int = 300
    limit_user: int = 1200
    limit_tenant: int = 6000
    limit_store: str | None = field(default=None, repr=False)
    live_streams: int = 4000
    demo: bool = True
    log_level: str = "info"
    coordination_url: str | None = field(default=None, repr=False)
    api_public_url: str | None = None
    legacy_handoff_url: str | None = None  # None: the former provider is not in use

    @property
    def api_url(self) -> str:
        """The platform's address as customers' programs write it."""
        return self.api_public_url or self.gateway_url

    @property
    def reading(self) -> Reading:
        """How the issuer's tokens are read."""
        return Reading(
            self.oidc_client_id, self.oidc_role_claims, self.oidc_role_names, PRESETS[self.oidc_preset].roles_from
        )

    @property
    def public_origin(self) -> str:
        """Scheme, host and port as a browser writes them in ``Origin``."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}".lower()

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def redirect_uri(self) -> str:
        return f"{self.public_url}/auth/callback"

    @property
    def post_logout_redirect_uri(self) -> str:
        return f"{self.public_url}/login"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> PortalSettings:
        """Read the settings (from the process's environment by default). Raises SettingsError for the first bad one."""
        env = os.environ if env is None else env
        port = values.integer(env, "PORTAL_PORT", 8050, 1, 65_535)
        data_dir = values.folder(env, "PORTAL_DATA_DIR", ".data")
        gateway_url = values.url(env, "PORTAL_GATEWAY_URL", "http://127.0.0.1:8051", loopback_only=False)
        # Programs send their keys to it, so it has to be safe for them; the inner address need not be.
        named = values.text(env, "PORTAL_API_PUBLIC_URL")
        api_public_url = values.url(env, "PORTAL_API_PUBLIC_URL", "") if named else None
        secret = values.secret(env, "PORTAL_OIDC_CLIENT_SECRET")
        if not secret:
            raise SettingsError("PORTAL_OIDC_CLIENT_SECRET", "wants the secret the issuer gave this client")
        level = values.text(env, "PORTAL_LOG_LEVEL") or "info"
        if level not in ("debug", "info", "warning", "error"):
            raise SettingsError("PORTAL_LOG_LEVEL", f"wants debug, info, warning or error, not {level!r}")
        preset_name = values.text(env, "PORTAL_OIDC_PRESET") or "platform"
        preset = PRESETS.get(preset_name)
        if preset is None:
            raise SettingsError("PORTAL_OIDC_PRESET", f"wants one of {', '.join(PRESETS)}, not {preset_name!r}")
        client_id = values.text(env, "PORTAL_OIDC_CLIENT_ID") or "portal"
        scopes = tuple((values.text(env, "PORTAL_OIDC_SCOPES") or " ".join(preset.scopes)).split())
        if "openid" not in scopes:
            raise SettingsError("PORTAL_OIDC_SCOPES", "wants a list separated by spaces that holds openid")
        return cls(
            public_url=values.url(env, "PORTAL_PUBLIC_URL", f"http://localhost:{port}"),
            gateway_url=gateway_url,
            api_public_url=api_public_url,
            oidc_issuer=values.url(env, "PORTAL_OIDC_ISSUER", gateway_url, keep_slash=True),
            oidc_client_id=client_id,
            oidc_client_secret=secret,
            session_keys=_session_keys(env, data_dir),
            data_dir=data_dir,
            host=values.text(env, "PORTAL_HOST") or "127.0.0.1",
            port=port,
            oidc_audience=values.text(env, "PORTAL_OIDC_AUDIENCE") or preset.audience or client_id,
            oidc_preset=preset_name,
            oidc_role_claims=tuple(_words(env, "PORTAL_OIDC_ROLE_CLAIMS")) or preset.role_claims,
            oidc_role_names=_role_names(env),
            oidc_scopes=scopes,
            session_seconds=values.integer(env, "PORTAL_SESSION_SECONDS", 604_800, 300, 2_592_000),
            session_check_seconds=values.integer(env, "PORTAL_SESSION_CHECK_SECONDS", 15, 0, 300),
            csp_candidate=values.integer(env, "PORTAL_CSP_CANDIDATE", 0, 0, 1) == 1,
            pseudo_locales=_pseudo_locales(env),
            trusted_proxies=values.integer(env, "PORTAL_TRUSTED_PROXIES", 0, 0, 8),
            limit_sign_in=values.integer(env, "PORTAL_LIMIT_SIGN_IN", 300, 0, 1_000_000),
            limit_user=values.integer(env, "PORTAL_LIMIT_USER", 1200, 0, 1_000_000),
            limit_tenant=values.integer(env, "PORTAL_LIMIT_TENANT", 6000, 0, 1_000_000),
            limit_store=_redis(env, "PORTAL_LIMIT_STORE"),
            live_streams=values.integer(env, "PORTAL_LIVE_STREAMS", 4000, 0, 20_000),
            demo=values.integer(env, "PORTAL_DEMO", 1, 0, 1) == 1,
            log_level=level,
            coordination_url=_redis(env, "PORTAL_COORDINATION_URL"),
            legacy_handoff_url=_legacy_handoff_url(env),
        )


def parse_session_keys(text: str) -> tuple[SessionKey, ...]:
    """``kid:base64,kid:base64`` to keys, newest first. Raises ValueError; the message never repeats a key."""
    keys: list[SessionKey] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        kid, _, encoded = part.partition(":")
        try:
            key = base64.b64decode(encoded, altchars=b"-_" if set(encoded) & set("-_") else None, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not _KID.fullmatch(kid) or len(key) != 32:
            raise ValueError(f"entry {len(keys) + 1} is not <kid>:<base64 of 32 bytes>")
        if any(known.kid == kid for known in keys):
            raise ValueError(f"the kid {kid!r} stands there twice")
        keys.append(SessionKey(kid, key))
    if not keys:
        raise ValueError("there is no key")
    return tuple(keys)


def _legacy_handoff_url(env: Mapping[str, str]) -> str | None:
    if values.integer(env, "LEGACY_FIREBASE_LOGIN_ENABLED", 0, 0, 1) == 0:
        return None
    return values.url(env, "LEGACY_FIREBASE_HANDOFF_URL", "", keep_slash=True)


def _pseudo_locales(env: Mapping[str, str]) -> bool:
    wanted = values.integer(env, "PORTAL_PSEUDO_LOCALES", 0, 0, 1) == 1
    if wanted and importlib.util.find_spec("pyicumessageformat") is None:
        raise SettingsError("PORTAL_PSEUDO_LOCALES", "needs the packages of development: make env-dev")
    return wanted


def _redis(env: Mapping[str, str], name: str) -> str | None:
    url = values.secret(env, name)
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("redis", "rediss") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:  # the value is not repeated: it may hold a password
        raise SettingsError(name, "wants redis://host:port/number, or rediss:// for TLS")
    if importlib.util.find_spec("redis") is None:
        raise SettingsError(name, "needs the Python package redis: pip install 'redis<8'")
    return url


def _words(env: Mapping[str, str], name: str) -> list[str]:
    return (values.text(env, name) or "").split()


def _role_names(env: Mapping[str, str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for part in _words(env, "PORTAL_OIDC_ROLE_NAMES"):
        theirs, _, ours = part.rpartition("=")
        if not theirs or ours not in CUSTOMER_ROLES | INTERNAL_ROLES:
            known = ", ".join(sorted(CUSTOMER_ROLES | INTERNAL_ROLES))
            raise SettingsError("PORTAL_OIDC_ROLE_NAMES", f"wants theirs=ours with one of {known}, not {part!r}")
        names[theirs] = ours
    return names


def _session_keys(env: Mapping[str, str], data_dir: Path) -> tuple[SessionKey, ...]:
    given = values.secret(env, "PORTAL_SESSION_KEYS")
    if given is None:
        return _kept_session_keys(data_dir / SESSION_KEYS_FILE)
    try:
        return parse_session_keys(given)
    except ValueError as error:
        raise SettingsError("PORTAL_SESSION_KEYS", f"wants <kid>:<base64 of 32 bytes>, …; {error}") from None


def _kept_session_keys(file: Path) -> tuple[SessionKey, ...]:
    """The keys a single machine made for itself; several processes starting at once agree on the first one's."""
    made = f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}\n"
    staged = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        if not file.exists():
            with open(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as target:
                target.write(made)
            try:
                os.link(staged, file)  # atomic, and refused when another process was first
            except FileExistsError:
                pass
            finally:
                staged.unlink()
        return parse_session_keys(file.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise SettingsError("PORTAL_SESSION_KEYS", f"is not set, and the keys kept in {file} fail: {error}") from None
