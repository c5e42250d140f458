"""What the gateway is told by its environment: read once at start-up, frozen afterwards.

A malformed value stops start-up with the variable's name and what it wants. Every secret can be given as a file
instead: `NAME_FILE=/run/secrets/name` is read and stripped of its last newline.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway import setting_values as values
from gateway.report_settings import REPORT_SETTINGS, ReportSettings
from gateway.setting_values import SettingMeta, SettingsError

__all__ = ["CARRIERS", "SETTINGS", "TICKETS", "GatewaySettings", "SettingMeta", "SettingsError"]

CARRIERS = ("simulator", "kannel")
FEWEST_MONTHS = 3
TICKETS = ("none", "zendesk", "helpscout")


@dataclass(frozen=True)
class GatewaySettings:
    """Everything the gateway reads from the environment.

    `database_url` is None when the embedded PostgreSQL below `data_dir` is to be used. The three role URLs are optional
    logins for the services, so that a connection of the API cannot even switch to another role; without them one login
    serves all and takes its role when it connects.
    """

    data_dir: Path = Path(".data")
    database_url: str | None = field(default=None, repr=False)
    database_api_url: str | None = field(default=None, repr=False)
    database_worker_url: str | None = field(default=None, repr=False)
    database_identity_url: str | None = field(default=None, repr=False)
    database_read_url: str | None = field(default=None, repr=False)
    database_read_wait_ms: int = 100
    database_pool_size: int = 8
    host: str = "127.0.0.1"
    port: int = 0
    public_url: str | None = None
    trusted_proxies: int = 0
    ingest_token: str | None = field(default=None, repr=False)
    identity_secret: str | None = field(default=None, repr=False)
    access_token_seconds: int = 3600
    refresh_token_seconds: int = 604_800
    refresh_leeway_seconds: int = 10
    limit_account_reads: int = 30_000
    limit_account_writes: int = 120_000
    limit_person_reads: int = 12_000
    limit_person_writes: int = 3_000
    limit_key_reads: int = 12_000
    limit_key_writes: int = 60_000
    limit_address_failures: int = 600
    webhook_allow_private: bool = False
    export_dir: Path | None = None
    export_days: int = 7
    message_months: int = 0
    reports: ReportSettings = field(default_factory=ReportSettings)
    demo_messages: int = 300_000
    pseudo_locales: bool = False
    carrier: str = "simulator"
    kannel_url: str | None = None
    kannel_username: str | None = None
    kannel_password: str | None = field(default=None, repr=False)
    kannel_smsc: str | None = None
    kannel_callback_url: str | None = None
    kannel_inbound_token: str | None = field(default=None, repr=False)
    tickets: str = "none"
    zendesk_url: str | None = None
    zendesk_email: str | None = None
    zendesk_token: str | None = field(default=None, repr=False)
    helpscout_url: str | None = None
    helpscout_app_id: str | None = None
    helpscout_app_secret: str | None = field(default=None, repr=False)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> GatewaySettings:
        """Read the settings from `env`. Raises SettingsError for the first value that is malformed."""
        found = cls(
            data_dir=Path(values.text(env, "GATEWAY_DATA_DIR") or values.text(env, "PORTAL_DATA_DIR") or ".data"),
            database_url=values.database_url(env, "DATABASE_URL"),
            database_api_url=values.database_url(env, "DATABASE_API_URL"),
            database_worker_url=values.database_url(env, "DATABASE_WORKER_URL"),
            database_identity_url=values.database_url(env, "DATABASE_IDENTITY_URL"),
            database_read_url=values.database_url(env, "DATABASE_READ_URL"),
            database_read_wait_ms=values.integer(env, "DATABASE_READ_WAIT_MS", 100, 0, 5000),
            database_pool_size=values.integer(env, "DATABASE_POOL_SIZE", 8, 1, 200),
            host=values.text(env, "GATEWAY_HOST") or "127.0.0.1",
            port=values.integer(env, "GATEWAY_PORT", 0, 0, 65_535),
            public_url=values.public_url(env, "GATEWAY_PUBLIC_URL"),
            trusted_proxies=values.integer(env, "GATEWAY_TRUSTED_PROXIES", 0, 0, 8),
            ingest_token=values.token(env, "GATEWAY_INGEST_TOKEN"),
            identity_secret=values.token(env, "GATEWAY_IDENTITY_SECRET", shortest=32),
            access_token_seconds=values.integer(env, "GATEWAY_ACCESS_TOKEN_SECONDS", 3600, 1, 86_400),
            refresh_token_seconds=values.integer(env, "GATEWAY_REFRESH_TOKEN_SECONDS", 604_800, 1, 31_536_000),
            refresh_leeway_seconds=values.integer(env, "GATEWAY_REFRESH_LEEWAY_SECONDS", 10, 0, 300),
            limit_account_reads=values.limit(env, "GATEWAY_LIMIT_ACCOUNT_READS", 30_000),
            limit_account_writes=values.limit(env, "GATEWAY_LIMIT_ACCOUNT_WRITES", 120_000),
            limit_person_reads=values.limit(env, "GATEWAY_LIMIT_PERSON_READS", 12_000),
            limit_person_writes=values.limit(env, "GATEWAY_LIMIT_PERSON_WRITES", 3_000),
            limit_key_reads=values.limit(env, "GATEWAY_LIMIT_KEY_READS", 12_000),
            limit_key_writes=values.limit(env, "GATEWAY_LIMIT_KEY_WRITES", 60_000),
            limit_address_failures=values.limit(env, "GATEWAY_LIMIT_ADDRESS_FAILURES", 600),
            webhook_allow_private=values.flag(env, "GATEWAY_WEBHOOK_ALLOW_PRIVATE"),
            export_dir=values.folder(env, "GATEWAY_EXPORT_DIR"),
            export_days=values.integer(env, "GATEWAY_EXPORT_DAYS", 7, 1, 90),
            message_months=_message_months(env),
            reports=ReportSettings.from_env(env),
            demo_messages=values.integer(env, "GATEWAY_DEMO_MESSAGES", 300_000, 1, 1_000_000_000),
            pseudo_locales=_pseudo_locales(env),
            carrier=values.choice(env, "GATEWAY_CARRIER", CARRIERS),
            kannel_url=values.url(env, "GATEWAY_KANNEL_URL"),
            kannel_username=values.word(env, "GATEWAY_KANNEL_USERNAME"),
            kannel_password=values.secret_word(env, "GATEWAY_KANNEL_PASSWORD"),
            kannel_smsc=values.word(env, "GATEWAY_KANNEL_SMSC"),
            kannel_callback_url=values.url(env, "GATEWAY_KANNEL_CALLBACK_URL"),
            kannel_inbound_token=values.token(env, "GATEWAY_KANNEL_INBOUND_TOKEN"),
            tickets=values.choice(env, "GATEWAY_TICKETS", TICKETS),
            zendesk_url=values.public_url(env, "GATEWAY_ZENDESK_URL"),
            zendesk_email=values.word(env, "GATEWAY_ZENDESK_EMAIL"),
            zendesk_token=values.secret_word(env, "GATEWAY_ZENDESK_TOKEN"),
            helpscout_url=values.public_url(env, "GATEWAY_HELPSCOUT_URL"),
            helpscout_app_id=values.word(env, "GATEWAY_HELPSCOUT_APP_ID"),
            helpscout_app_secret=values.secret_word(env, "GATEWAY_HELPSCOUT_APP_SECRET"),
        )
        values.together(
            "GATEWAY_TICKETS",
            found.tickets,
            {
                "zendesk": {"GATEWAY_ZENDESK_URL": found.zendesk_url, "GATEWAY_ZENDESK_TOKEN": found.zendesk_token},
                "helpscout": {
                    "GATEWAY_HELPSCOUT_APP_ID": found.helpscout_app_id,
                    "GATEWAY_HELPSCOUT_APP_SECRET": found.helpscout_app_secret,
                },
            },
        )
        return found

    def limit_of(self, who: str, does: str) -> int:
        """Calls a minute of an "account", a "person" or a "key" that "reads" or "writes"; 0 is no limit."""
        limit: int = getattr(self, f"limit_{who}_{does}")
        return limit

    @property
    def export_folder(self) -> Path:
        """Where the worker puts export files and the API finds them."""
        return self.export_dir or self.data_dir / "exports"

    @property
    def report_folder(self) -> Path:
        """Where the worker puts reports and the API finds them, unless they are in S3."""
        return self.reports.directory or self.data_dir / "reports"


def _pseudo_locales(env: Mapping[str, str]) -> bool:
    name = "GATEWAY_PSEUDO_LOCALES" if values.text(env, "GATEWAY_PSEUDO_LOCALES") else "PORTAL_PSEUDO_LOCALES"
    wanted = values.integer(env, name, 0, 0, 1) == 1
    if wanted and importlib.util.find_spec("pyicumessageformat") is None:
        raise SettingsError(name, "needs the packages of development: make env-dev")
    return wanted


def _message_months(env: Mapping[str, str]) -> int:
    months = values.integer(env, "GATEWAY_MESSAGE_MONTHS", 0, 0, 1200)
    if 0 < months < FEWEST_MONTHS:
        raise SettingsError(
            "GATEWAY_MESSAGE_MONTHS", f"must be 0, or {FEWEST_MONTHS} and more: invoices and reviews need them"
        )
    return months


SETTINGS: tuple[SettingMeta, ...] = (
    SettingMeta("DATABASE_URL", "the embedded server in the data folder", "PostgreSQL 18 or newer, for migrations and services.", secret=True),
    SettingMeta("DATABASE_API_URL", "DATABASE_URL", "A login of its own for the API; it must be a member of gateway_api.", secret=True),
    SettingMeta("DATABASE_WORKER_URL", "DATABASE_URL", "The same for the worker (gateway_worker).", secret=True),
    SettingMeta("DATABASE_IDENTITY_URL", "DATABASE_URL", "The same for sign-in (gateway_identity).", secret=True),
    SettingMeta("DATABASE_READ_URL", "none: all is read from DATABASE_URL", "A streaming replica of that server for analytics, the log and the portfolio; a member of gateway_api. See docs/operate.md.", secret=True),
    SettingMeta("DATABASE_READ_WAIT_MS", "100", "How long an answer waits for the replica to catch up before the first server gives it; 0 to 5000."),
    SettingMeta("DATABASE_POOL_SIZE", "8", "Connections a process keeps open; 1 to 200."),
    SettingMeta("GATEWAY_DATA_DIR", "PORTAL_DATA_DIR, else .data", "Folder of the embedded database and generated secrets."),
    SettingMeta("GATEWAY_HOST", "127.0.0.1", "Address the gateway listens on."),
    SettingMeta("GATEWAY_PORT", "a free one, kept from start to start", "Port the gateway listens on."),
    SettingMeta("GATEWAY_PUBLIC_URL", "http://localhost:<GATEWAY_PORT>", "Address by which browsers reach sign-in: the issuer. https, or http for localhost only."),
    SettingMeta("GATEWAY_TRUSTED_PROXIES", "0", "How many proxies in front are believed about a caller's address, which attempts to sign in or call are counted by; 0 to 8."),
    SettingMeta("GATEWAY_INGEST_TOKEN", "none: ingestion is closed", "Bearer token of the internal ingestion endpoint, 16 characters or more.", secret=True),
    SettingMeta("GATEWAY_IDENTITY_SECRET", "generated once, kept in the data folder", "Seals signing keys and sign-in state, 32 characters or more; replicas share it.", secret=True),
    SettingMeta("GATEWAY_ACCESS_TOKEN_SECONDS", "3600", "Lifetime of an access token; 1 to 86400."),
    SettingMeta("GATEWAY_REFRESH_TOKEN_SECONDS", "604800", "Lifetime of a refresh token; each use gives a new one."),
    SettingMeta("GATEWAY_REFRESH_LEEWAY_SECONDS", "10", "How long a used refresh token still gets its same, unused successor; 0 to 300."),
    SettingMeta("GATEWAY_LIMIT_ACCOUNT_READS", "30000", "Reading calls that an account's people and keys may make in a minute, and at once; 0 (no limit) to 1000000. So are all limits."),
    SettingMeta("GATEWAY_LIMIT_ACCOUNT_WRITES", "120000", "The same for calls that send or change something."),
    SettingMeta("GATEWAY_LIMIT_PERSON_READS", "12000", "Reading calls of one person, by whatever session."),
    SettingMeta("GATEWAY_LIMIT_PERSON_WRITES", "3000", "The same for calls that send or change something."),
    SettingMeta("GATEWAY_LIMIT_KEY_READS", "12000", "Reading calls made with one API key."),
    SettingMeta("GATEWAY_LIMIT_KEY_WRITES", "60000", "The same for calls that send something."),
    SettingMeta("GATEWAY_LIMIT_ADDRESS_FAILURES", "600", "Calls from one address without a token or key that works; further ones of these are 429 and not 401."),
    SettingMeta("GATEWAY_WEBHOOK_ALLOW_PRIVATE", "false", "Lets webhooks go to private addresses and to http://, for tests and local development. Never on a server."),
    SettingMeta("GATEWAY_EXPORT_DIR", "exports in GATEWAY_DATA_DIR", "Folder of exported files; gateway and worker need the same one."),
    SettingMeta("GATEWAY_EXPORT_DAYS", "7", "How many days an exported file can be downloaded; 1 to 90."),
    SettingMeta("GATEWAY_MESSAGE_MONTHS", "0", "For how many whole months before the current one messages are kept, 3 to 1200; 0 keeps them for ever. Totals, ledger and invoices stay; see docs/operate.md."),
    *REPORT_SETTINGS,
    SettingMeta("GATEWAY_PSEUDO_LOCALES", "PORTAL_PSEUDO_LOCALES, else 0", "Whether sign-in, invoices and reports are also written in the pseudo-locales en-XA and ar-XB, for looking at layouts; 0 or 1. Needs the packages of development (make env-dev)."),
    SettingMeta("GATEWAY_CARRIER", "simulator", "The way out for messages: `simulator` delivers to nobody (docs/simulator.md), `kannel` sends (docs/kannel.md)."),
    SettingMeta("GATEWAY_KANNEL_URL", "", "Kannel's sendsms, such as http://127.0.0.1:13013/cgi-bin/sendsms; needed with the carrier `kannel`, see docs/kannel.md."),
    SettingMeta("GATEWAY_KANNEL_USERNAME", "", "The sendsms user of the gateway; needed with `kannel`."),
    SettingMeta("GATEWAY_KANNEL_PASSWORD", "", "Its password; needed with `kannel`.", secret=True),
    SettingMeta("GATEWAY_KANNEL_SMSC", "Kannel chooses", "The `smsc-id` that messages are to leave by."),
    SettingMeta("GATEWAY_KANNEL_CALLBACK_URL", "http://127.0.0.1:<GATEWAY_PORT>", "Where Kannel reaches the gateway with its receipts."),
    SettingMeta("GATEWAY_KANNEL_INBOUND_TOKEN", "none: inbound is closed", "Token by which Kannel hands in what phones send, 16 characters or more.", secret=True),
    SettingMeta("GATEWAY_TICKETS", "none", "Where customers' support tickets are: `zendesk`, `helpscout` or `none`; see docs/tickets.md."),
    SettingMeta("GATEWAY_ZENDESK_URL", "", "The account's address, such as https://acme.zendesk.com; needed with `zendesk`. https, or http for localhost only."),
    SettingMeta("GATEWAY_ZENDESK_EMAIL", "none: an OAuth token", "The agent whose API token it is; without it GATEWAY_ZENDESK_TOKEN is an OAuth access token."),
    SettingMeta("GATEWAY_ZENDESK_TOKEN", "", "The API token, or the OAuth access token; needed with `zendesk`.", secret=True),
    SettingMeta("GATEWAY_HELPSCOUT_URL", "https://api.helpscout.net", "Help Scout's API. https, or http for localhost only."),
    SettingMeta("GATEWAY_HELPSCOUT_APP_ID", "", "The id of the OAuth application; needed with `helpscout`."),
    SettingMeta("GATEWAY_HELPSCOUT_APP_SECRET", "", "Its secret; needed with `helpscout`.", secret=True),
    SettingMeta("GATEWAY_DEMO_MESSAGES", "300000", "How many demo messages the first start makes."),
)  # fmt: skip
"""What `from_env` reads, for people; `docs/configure.md` is made of it and a test compares the two."""
