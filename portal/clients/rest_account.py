"""Account, balance and preferences over REST."""

from __future__ import annotations

from collections.abc import Mapping

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.tenants import tenant_parameter
from portal.clients.upstream import Upstream
from portal.domain.account import Account, Balance, Profile
from portal.domain.actor import Actor

_WIRE_NAMES = {"locale": "locale", "time_zone": "timeZone", "calendar": "calendar", "digits": "digits"}


class RestAccount:
    """:class:`portal.domain.ports.AccountPort` on the platform's API."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def get_account(self, tenant_id: str | None = None, *, actor: Actor) -> Account:
        body = self._upstream.get("/v1/account", tenant_parameter(tenant_id, actor), actor=actor)
        with decode.answer():
            return Account(
                tenant_id=decode.text(body["tenantId"]),
                name=decode.text(body["name"]),
                time_zone=decode.text(body["timeZone"]),
                currency=decode.text(body["currency"]),
                locale=decode.text(body["locale"]),
                is_demo=decode.flag(body["isDemo"]),
            )

    def get_balance(self, tenant_id: str | None = None, *, actor: Actor) -> Balance:
        body = self._upstream.get("/v1/billing/balance", tenant_parameter(tenant_id, actor), actor=actor)
        with decode.answer():
            return balance_of(body)

    def get_profile(self, *, actor: Actor) -> Profile:
        body = self._upstream.get("/v1/me", actor=actor)
        with decode.answer():
            return profile_of(body)

    def update_profile(self, changes: Mapping[str, str | None], *, actor: Actor) -> Profile:
        given = {_WIRE_NAMES[name]: value for name, value in changes.items()}
        body = self._upstream.patch("/v1/me", given, actor=actor)
        with decode.answer():
            return profile_of(body)

    def answer_question(self, score: int | None, comment: str, *, idempotency_key: str, actor: Actor) -> None:
        answer: dict[str, object] = {"dismissed": True} if score is None else {"score": score, "comment": comment}
        self._upstream.post("/v1/nps", answer, actor=actor, idempotency_key=idempotency_key)


def balance_of(body: Json) -> Balance:
    return Balance(
        balance=decode.money(body["balance"]),
        as_of=decode.instant(body["asOf"]),
        average_daily_spend=decode.money(body["averageDailySpend"]),
        runway_days=decode.maybe_number(body.get("runwayDays")),
        warns="lowBalanceThreshold" in body,
        warns_below=decode.maybe_money(body.get("lowBalanceThreshold")),
    )


def profile_of(body: Json) -> Profile:
    return Profile(
        locale=decode.maybe_text(body.get("locale")),
        time_zone=decode.maybe_text(body.get("timeZone")),
        calendar=decode.maybe_text(body.get("calendar")),
        digits=decode.maybe_text(body.get("digits")),
        name=decode.maybe_text(body.get("name")),
        email=decode.maybe_text(body.get("email")),
        user_type=decode.maybe_text(body.get("userType")),
        roles=frozenset(decode.text(role) for role in body.get("roles") or ()),
        tenant_id=decode.maybe_text(body.get("tenantId")),
        ask_opinion_at=decode.maybe_instant(body.get("npsAskAt")),
    )
