"""``python -m gateway demo``: make demo data of any size."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from gateway.settings import GatewaySettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command's arguments."""
    parser.add_argument("--messages", type=_positive, default=300_000, help="how many messages (default: 300000)")
    parser.add_argument("--tenants", type=_positive, default=12, help="how many accounts, up to 12 (default: 12)")
    parser.add_argument("--days", type=_positive, default=120, help="how many days they span (default: 120)")
    parser.add_argument("--seed", type=int, default=2026, help="another seed makes other traffic (default: 2026)")
    parser.add_argument("--until", type=_moment, help="when the traffic ends, ISO 8601 (default: now)")


def run(args: argparse.Namespace, settings: GatewaySettings) -> int:
    """Make the data. 1 when the database has demo accounts already."""
    from gateway.demo import DemoExists, load
    from gateway.postgres import database
    from gateway.store import schema

    with database(settings) as settings:
        schema.migrate(settings)
        try:
            report = load(
                settings,
                messages=args.messages,
                tenants=args.tenants,
                days=args.days,
                seed=args.seed,
                until=args.until,
                say=_say,
            )
        except DemoExists as error:
            sys.stderr.write(f"{error}\n")
            return 1
    sys.stdout.write(f"{report}\n")
    return 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            "must be a date such as 2026-11-21 or a time such as 2026-11-21T18:00Z"
        ) from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
