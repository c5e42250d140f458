"""The operator's small commands: schema, first tenant, first user, payments, signing keys, a check-up."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.carriers import inbound
from gateway.carriers.kannel import Kannel
from gateway.domain.currencies import is_payable, minor_digits
from gateway.identity.keys import rotate_keys
from gateway.identity.policy import IdentityPolicy
from gateway.identity.users import INTERNAL_ROLES, EmailTaken, create_user
from gateway.jobs.billing import issue_for
from gateway.settings import GatewaySettings
from gateway.storage import marks
from gateway.store import accounts, invoices, ledger, outbound, rollups, schema, tickets
from gateway.store.audit import record
from gateway.store.connections import Connection
from gateway.store.engine import create_engine
from gateway.store.inbound import NumberTaken, count_unrouted


class CommandFailed(RuntimeError):
    """The command could not do what it was asked; the message says why."""


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def run(arguments: argparse.Namespace, settings: GatewaySettings) -> int:
    """Run one of the small commands. 1 when it failed, with the reason on standard error."""
    commands = {
        "migrate": _migrate,
        "create-tenant": _create_tenant,
        "create-user": _create_user,
        "rotate-keys": _rotate_keys,
        "add-number": _add_number,
        "doctor": _doctor,
        "top-up": _top_up,
        "sla-credit": _credit_sla,
        "bill": _bill,
        "link-tickets": _link_tickets,
    }
    try:
        return commands[arguments.command](arguments, settings)
    except (CommandFailed, EmailTaken, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _migrate(_arguments: argparse.Namespace, settings: GatewaySettings) -> int:
    changed = schema.migrate(settings)
    say("The schema is up to date." if changed else "The schema was up to date already.")
    return 0


def _create_tenant(arguments: argparse.Namespace, settings: GatewaySettings) -> int:
    try:
        ZoneInfo(arguments.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise CommandFailed(f"--time-zone: {arguments.time_zone!r} is not an IANA time zone") from None
    engine = create_engine(settings, "worker")
    try:
        with engine.begin() as conn:
            if accounts.find_tenant(conn, arguments.slug) is not None:
                raise CommandFailed(f"--slug: there is a tenant {arguments.slug!r} already")
            tenant_id = accounts.create_tenant(
                conn,
                slug=arguments.slug,
                name=arguments.name,
                time_zone=arguments.time_zone,
                currency=arguments.currency,
                locale=arguments.locale,
            )
    finally:
        engine.dispose()
    say(f"Created tenant {arguments.slug} ({tenant_id}).")
    return 0


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("The same again: ") != password:
        raise CommandFailed("The two passwords differ.")
    return password


def _create_user(arguments: argparse.Namespace, settings: GatewaySettings) -> int:
    internal = arguments.tenant is None
    if internal and not set(arguments.role) <= INTERNAL_ROLES:
        raise CommandFailed("--tenant: a customer's user needs the slug of the account")
    engine = create_engine(settings, "identity")
    try:
        with engine.begin() as conn:
            tenant_id = None if internal else _customer(conn, arguments.tenant)
            user_id = create_user(
                conn,
                arguments.email,
                arguments.name,
                _read_password(arguments.password_stdin),
                "internal" if internal else "customer",
                arguments.role,
                tenant_id,
            )
    finally:
        engine.dispose()
    say(f"Created user {arguments.email} ({user_id}).")
    return 0


def _customer(connection: Connection, slug: str) -> UUID:
    """The account that a command is about. Raises CommandFailed."""
    tenant_id = accounts.find_tenant(connection, slug)
    if tenant_id is None:
        raise CommandFailed(f"--tenant: there is no tenant {slug!r}; create-tenant makes one")
    return tenant_id


def _add_number(arguments: argparse.Namespace, settings: GatewaySettings) -> int:
    keyword = arguments.keyword or ""
    engine = create_engine(settings, "worker")
    try:
        with engine.begin() as conn:
            tenant_id = _customer(conn, arguments.tenant)
            given = inbound.give_number(conn, tenant_id, arguments.number, keyword)
    except NumberTaken:
        raise CommandFailed("--number: another account has it; give a keyword, or another one") from None
    finally:
        engine.dispose()
    which = f" that begin with {keyword.upper()}" if keyword else ""
    say(f"Messages to {arguments.number}{which} go to {arguments.tenant}.")
    if given:
        say(f"{given} that had been put aside were handed over.")
    return 0


def _link_tickets(arguments: argparse.Namespace, settings: GatewaySettings) -> int:
    """Say which organisation of the support system a customer is."""
    given: str | None = arguments.organisation
    organisation = given.strip() if given is not None else None
    if (organisation is None) is not arguments.none:
        raise CommandFailed("give either --organisation or --none")
    if organisation is not None and not 0 < len(organisation) <= 200:
        raise CommandFailed("--organisation: must be 1 to 200 characters")
    engine = create_engine(settings, "worker")
    try:
        with engine.begin() as conn:
            tenant_id = _customer(conn, arguments.tenant)
            if tickets.link(conn, tenant_id, organisation):
                record(conn, tenant_id, None, "tickets.linked", str(tenant_id), {"organisation": organisation})
    finally:
        engine.dispose()
    is_ = "no organisation" if organisation is None else f"the organisation {organisation}"
    say(f"{arguments.tenant} is {is_} of the support system.")
    if settings.tickets == "none":
        say("GATEWAY_TICKETS names no support system yet.")
    return 0


def _rotate_keys(_arguments: argparse.Namespace, settings: GatewaySettings) -> int:
    engine = create_engine(settings, "identity")
    try:
        kid = rotate_keys(engine, IdentityPolicy.from_settings(settings))
    finally:
        engine.dispose()
    say(f"New signing key {kid}. It is published now and signs once every client has had time to fetch it.")
    return 0


def _doctor(_arguments: argparse.Namespace, settings: GatewaySettings) -> int:
    """Recount every tenant's rollups and balances and compare: what customers see and pay stands or falls with this."""
    engine = create_engine(settings, "worker")
    wrong = 0
    try:
        with engine.begin() as conn:
            rollups.fold_all(conn)
            for tenant_id, slug in accounts.list_slugs(conn):
                differences = rollups.differences(conn, tenant_id)
                problems = [f"{differences} differ from a recount"] if differences else []
                problems += ledger.differences(conn, tenant_id)
                problems += outbound.differences(conn, tenant_id)
                problems += invoices.differences(conn, tenant_id)
                wrong += bool(problems)
                say(f"{slug}: {'; '.join(problems) or 'rollups and balances equal a recount'}")
            astray = marks.problems(settings, conn)
            for line in astray:
                say(line)
            for number, count in count_unrouted(conn):
                say(f"{number}: {count} messages from phones wait; the number is nobody's (add-number)")
    finally:
        engine.dispose()
    problem = _carrier_problem(settings)
    well = not (wrong or problem or astray)
    say("All is well." if well else f"{wrong} accounts have wrong numbers.")
    return 0 if well else 1


def _carrier_problem(settings: GatewaySettings) -> str | None:
    if settings.kannel_url is None:
        return None
    problem = Kannel.from_settings(settings).problem()
    say(problem or "Kannel answers and knows the gateway")
    return problem


def _top_up(arguments: argparse.Namespace, settings: GatewaySettings) -> int:
    """Enter a payment that came outside the platform: in cash, by bank."""
    return _enter(arguments, settings, ledger.top_up)


def _credit_sla(arguments: argparse.Namespace, settings: GatewaySettings) -> int:
    """Give a credit for a service level that was not held."""
    return _enter(arguments, settings, ledger.credit_sla)


def _enter(
    arguments: argparse.Namespace,
    settings: GatewaySettings,
    entry: Callable[[Connection, UUID, Decimal, str], None],
) -> int:
    amount = _amount(arguments.amount)
    engine = create_engine(settings, "worker")
    try:
        with engine.begin() as conn:
            tenant_id = _customer(conn, arguments.tenant)
            account = accounts.get_account(conn, tenant_id)
            if account is not None and not is_payable(amount, account.currency):
                digits = minor_digits(account.currency)
                raise CommandFailed(f"--amount: {account.currency} is paid with at most {digits} decimals")
            entry(conn, tenant_id, amount, arguments.note)
            left = ledger.get_balances(conn, tenant_id).available
    finally:
        engine.dispose()
    currency = account.currency if account is not None else ""
    say(f"Added {amount:.4f} {currency} to {arguments.tenant}; its balance is {left:.4f} {currency}.")
    return 0


def _bill(arguments: argparse.Namespace, settings: GatewaySettings) -> int:
    """Issue what is due, as the worker does every hour."""
    engine, made = create_engine(settings, "worker"), 0
    try:
        with engine.begin() as conn:
            known = [(tenant, slug) for tenant, slug in accounts.list_slugs(conn)]
            wanted = _customer(conn, arguments.tenant) if arguments.tenant else None
        for tenant_id, slug in known:
            if wanted is not None and tenant_id != wanted:
                continue
            for invoice in issue_for(engine, tenant_id, datetime.now(UTC)):
                made += 1
                say(f"{slug}: {invoice.number}, {invoice.total:.4f} {invoice.currency}, {invoice.status}")
    finally:
        engine.dispose()
    say(f"{made} invoices were issued." if made else "No month was waiting for its invoice.")
    return 0


def _amount(text: str) -> Decimal:
    wants = f"--amount: give a positive amount with at most four decimals, below ten milliards, not {text!r}"
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise CommandFailed(wants) from None
    if not amount.is_finite() or not 0 < amount < 10**10 or amount != amount.quantize(Decimal("0.0001")):
        raise CommandFailed(wants)
    return amount
