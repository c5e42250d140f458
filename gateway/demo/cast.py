"""Who is in the demo: accounts with their senders, people, operators with their market shares and manners.

All of it is invented. Shares of operators are of the order of the Afghan market; how well and how fast each delivers
is made up, so that there is something to see.
"""

from __future__ import annotations

from dataclasses import dataclass

TERM_DAYS = 30
"""Within how many days an account that pays afterwards is to pay."""

PASSWORD = "Demo-1234"  # noqa: S105 - of accounts that only the demo makes


@dataclass(frozen=True)
class Sender:
    """A sender id and what it is used for: "otp", "notice" or "campaign". `weight` is its share of the account."""

    sender_id: str
    kind: str
    weight: float


@dataclass(frozen=True)
class Trouble:
    """What goes wrong since TROUBLE_DAYS: the share of messages that fail, and that are withheld, beyond the usual."""

    failed: float
    withheld: float


@dataclass(frozen=True)
class Tenant:
    """An account. `share` is its part of all traffic, `runway_days` how long its balance will last at its pace.

    `languages` are the weights of Dari, Pashto and English texts. An account with `owes_days` pays afterwards, and has
    paid nothing of its last days: more than a month has, and less than leaves nothing paid in a usual demo.
    """

    slug: str
    name: str
    share: float
    locale: str
    senders: tuple[Sender, ...]
    languages: tuple[float, float, float]
    runway_days: float
    owes_days: int = 0
    trouble: Trouble | None = None


@dataclass(frozen=True)
class Operator:
    """An operator. `prefixes` are (after +93, weight); the rates are shares of all messages sent to it.

    `errors` weighs what failed for (error code, carrier's code); latency is log-normal: median seconds and spread.
    """

    name: str
    share: float
    prefixes: tuple[tuple[str, float], ...]
    failed: float
    expired: float
    rejected: float
    silent: float
    errors: tuple[tuple[str, str, float], ...]
    median_seconds: float
    spread: float


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in to the demo; `tenant` is a slug, None for internal users."""

    email: str
    name: str
    roles: tuple[str, ...]
    tenant: str | None
    locale: str | None = None


def _senders(otp: str | None, notice: str | None, campaign: str | None) -> tuple[Sender, ...]:
    weights = {"otp": 5.0, "notice": 3.0, "campaign": 2.0}
    named = (("otp", otp), ("notice", notice), ("campaign", campaign))
    return tuple(Sender(name, kind, weights[kind]) for kind, name in named if name is not None)


TENANTS = (
    Tenant(
        "demo-bank", "Demo Bank", 0.17, "fa-AF",
        (*_senders("DemoBank", "DB Alerts", "DB Offers"), Sender("3030", "notice", 1.2)),
        (0.6, 0.25, 0.15), 12.0,
    ),
    Tenant(
        "other-market", "Other Market", 0.14, "fa-AF", _senders("OMarket", "OM Orders", "OM Sale"),
        (0.7, 0.1, 0.2), 0.0, owes_days=75,
    ),
    Tenant(
        "pamir-pay", "Pamir Pay", 0.12, "fa-AF", _senders("PamirPay", "PP Notice", None),
        (0.5, 0.3, 0.2), 9.0,
    ),
    Tenant(
        "kabul-parcel", "Kabul Parcel", 0.10, "fa-AF", _senders(None, "KParcel", "KP News"),
        (0.6, 0.2, 0.2), 30.0,
    ),
    Tenant(
        "spinghar-wallet", "Spinghar Wallet", 0.09, "ps", _senders("SpinGhar", "SG Notice", "SG Offers"),
        (0.1, 0.8, 0.1), 6.0, trouble=Trouble(failed=0.13, withheld=0.035),
    ),
    Tenant(
        "herat-cover", "Herat Cover", 0.08, "fa-AF", _senders("HCover", "HC Policy", None),
        (0.85, 0.05, 0.1), 45.0,
    ),
    Tenant(
        "noor-school", "Noor School", 0.07, "fa-AF", _senders(None, "NoorSch", "Noor Info"),
        (0.55, 0.35, 0.1), 60.0,
    ),
    Tenant(
        "azure-clinic", "Azure Clinic", 0.06, "fa-AF", _senders("AzClinic", "Az Visits", None),
        (0.6, 0.3, 0.1), 17.0,
    ),
    Tenant(
        "hilal-relief", "Hilal Relief", 0.05, "ps", _senders(None, "Hilal", "HilalAid"),
        (0.4, 0.55, 0.05), 25.0,
    ),
    Tenant(
        "balkh-power", "Balkh Power", 0.05, "fa-AF", _senders(None, "BalkhPwr", None),
        (0.75, 0.15, 0.1), 33.0,
    ),
    Tenant(
        "silkway-travel", "Silkway Travel", 0.04, "en", _senders("Silkway", "SW Trips", "SW Deals"),
        (0.3, 0.1, 0.6), 14.0,
    ),
    Tenant(
        "orchard-export", "Orchard Export", 0.03, "ps", _senders(None, "Orchard", "OrchNews"),
        (0.3, 0.6, 0.1), 3.5,
    ),
)  # fmt: skip

_ABSENT, _UNKNOWN = ("absent_subscriber", "UNDELIV/027"), ("unknown_subscriber", "UNDELIV/001")
_BUSY, _BARRED = ("subscriber_busy", "UNDELIV/031"), ("barred", "UNDELIV/013")
_SYSTEM, _REFUSED = ("system_failure", "UNDELIV/034"), ("rejected_by_carrier", "REJECTD/008")

OPERATORS = (
    Operator("AWCC", 0.30, (("70", 0.7), ("71", 0.3)), 0.024, 0.012, 0.004, 0.010,
             ((*_ABSENT, 5), (*_UNKNOWN, 3), (*_BUSY, 1), (*_SYSTEM, 1)), 3.2, 0.8),
    Operator("Roshan", 0.22, (("79", 0.7), ("72", 0.3)), 0.035, 0.018, 0.005, 0.012,
             ((*_ABSENT, 6), (*_UNKNOWN, 2), (*_BARRED, 1), (*_SYSTEM, 1)), 4.5, 0.9),
    Operator("Etisalat", 0.22, (("78", 0.6), ("73", 0.4)), 0.029, 0.014, 0.004, 0.009,
             ((*_ABSENT, 4), (*_UNKNOWN, 4), (*_BUSY, 1), (*_REFUSED, 1)), 3.8, 0.8),
    Operator("ATOMA", 0.17, (("77", 0.6), ("76", 0.4)), 0.047, 0.026, 0.008, 0.018,
             ((*_ABSENT, 5), (*_UNKNOWN, 2), (*_SYSTEM, 3), (*_REFUSED, 1)), 7.5, 1.1),
    Operator("Salaam", 0.08, (("74", 0.5), ("75", 0.5)), 0.071, 0.048, 0.011, 0.034,
             ((*_ABSENT, 7), (*_UNKNOWN, 1), (*_SYSTEM, 3)), 12.0, 1.2),
    Operator("other", 0.01, (("", 1.0),), 0.060, 0.030, 0.020, 0.060,
             ((*_UNKNOWN, 4), (*_SYSTEM, 3), (*_REFUSED, 3)), 9.0, 1.2),
)  # fmt: skip

SALAAM_PREFIXES = ("744", "747", "748", "749")
"""What stands for "74" in the numbers of Salaam."""

ABROAD = (("+98", "912", 7), ("+92", "300", 7), ("+49", "1512", 7), ("+971", "50", 7))
"""Calling code, network code and digits after it of the few numbers outside Afghanistan."""

REJECTIONS = (
    ("invalid_destination", "0x0000000B", 5.0),
    ("throttled", "0x00000058", 3.0),
    ("queue_full", "0x00000014", 1.0),
    ("invalid_sender", "0x0000000A", 1.0),
)

TROUBLE_DAYS = 24
"""Of the account in trouble, the last ones."""

OUTAGE_OPERATOR = "Etisalat"
OUTAGE_DAYS_AGO = 38
OUTAGE_LENGTH_DAYS = 2

PEOPLE = (
    Person("owner@demo.example", "Laila Ahmadi", ("owner",), "demo-bank"),
    Person("developer@demo.example", "Omid Rahimi", ("developer",), "demo-bank"),
    Person("billing@demo.example", "Zarghona Stanekzai", ("billing",), "demo-bank"),
    Person("viewer@demo.example", "Farid Noori", ("viewer",), "demo-bank"),
    Person("owner@other.example", "Maryam Karimi", ("owner",), "other-market"),
    Person("tam@demo.example", "Tariq Wardak", ("tam",), None),
    Person("admin@demo.example", "Ada Sharifi", ("platform_admin",), None),
)

TAM_EMAIL = "tam@demo.example"
TAM_TENANTS = ("demo-bank", "pamir-pay", "spinghar-wallet", "herat-cover", "azure-clinic")
