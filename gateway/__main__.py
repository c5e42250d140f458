"""``python -m gateway …``: the operator's commands. Each reads its settings from the environment."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from gateway.postgres import EmbeddedPostgres, PostgresError
from gateway.settings import GatewaySettings, SettingsError
from gateway.store.schema import SchemaError

WITHOUT_DATABASE = {"up", "openapi"}  # `up` starts it itself


def build_parser() -> argparse.ArgumentParser:
    """All commands and their arguments; importing a command's own code waits until it runs."""
    parser = argparse.ArgumentParser(prog="python -m gateway", description="The bundled messaging platform.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    server = commands.add_parser("serve", help="answer the REST API and sign-in")
    server.add_argument(
        "--share-port", action="store_true", help="begin while workers of a killed server still hold it"
    )
    commands.add_parser("worker", help="do background work: rollups, partitions, purging")
    commands.add_parser("migrate", help="bring the database schema up to date")
    commands.add_parser("doctor", help="check database, rollups, balances and the queue, and say what is wrong")
    commands.add_parser("openapi", help="print the API's OpenAPI document")
    commands.add_parser("rotate-keys", help="make a new signing key; the old ones stay valid until their tokens end")

    up = commands.add_parser("up", help="prepare everything on one machine: database, schema, client, demo data")
    up.add_argument("--announce-fd", type=int, help="file descriptor to write progress and the ready line to")
    up.add_argument("--no-demo", action="store_true", help="load no demo data")

    tenant = commands.add_parser("create-tenant", help="create a customer account")
    tenant.add_argument("--slug", required=True, help="short name used on the command line, e.g. acme")
    tenant.add_argument("--name", required=True, help="name people see")
    tenant.add_argument("--time-zone", default="Asia/Kabul")
    tenant.add_argument("--currency", default="AFN")
    tenant.add_argument("--locale", default="fa-AF")

    payment = commands.add_parser("top-up", help="enter a customer's payment: their balance grows by it")
    payment.add_argument("--tenant", required=True, help="slug or id of the account")
    payment.add_argument("--amount", required=True, help="in the account's currency, at most four decimals, e.g. 5000")
    payment.add_argument("--note", default="", help="what the customer reads beside it, e.g. a receipt's number")

    credit = commands.add_parser("sla-credit", help="give a credit for a service level that was not held")
    credit.add_argument("--tenant", required=True, help="slug or id of the account")
    credit.add_argument("--amount", required=True, help="in the account's currency, at most four decimals, e.g. 250")
    credit.add_argument("--note", required=True, help="what it is for, as the customer and their review read it")

    bill = commands.add_parser("bill", help="issue the invoices of months that are over; repeating it changes nothing")
    bill.add_argument("--tenant", help="slug or id of one account; without it every account")

    number = commands.add_parser("add-number", help="give a customer a number that phones can write to")
    number.add_argument("--tenant", required=True, help="slug of the customer account")
    number.add_argument("--number", required=True, help="as the operator routes it, e.g. 3030 or +93790000000")
    number.add_argument("--keyword", help="first word of the messages that are meant; without it all others")

    tickets = commands.add_parser("link-tickets", help="say which organisation of the support system a customer is")
    tickets.add_argument("--tenant", required=True, help="slug or id of the account")
    tickets.add_argument("--organisation", help="Zendesk: its external id; Help Scout: its id")
    tickets.add_argument("--none", action="store_true", help="none any more")

    user = commands.add_parser("create-user", help="create a person who can sign in; the password is asked for")
    user.add_argument("--email", required=True)
    user.add_argument("--name", required=True)
    user.add_argument("--tenant", help="slug of the customer account; without it the user is internal")
    roles = "owner, developer, billing, viewer; internal: tam, platform_admin"
    user.add_argument("--role", action="append", required=True, help=roles)
    user.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    _add_data_commands(commands)
    return parser


def _add_data_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from gateway import distribute
    from gateway.demo import command as demo
    from gateway.imports import command as imports

    distribute.add_arguments(
        commands.add_parser("distribute", help="print how the schema lies on several machines with Citus")
    )
    imports.add_arguments(commands.add_parser("import-messages", help="import message records from files"))
    demo.add_arguments(commands.add_parser("demo", help="make demo data of any size"))


@contextmanager
def _database(settings: GatewaySettings, command: str) -> Iterator[GatewaySettings]:
    """Settings that name a database: the one given, or the embedded one, held while the command runs.

    The embedded server is shared with a product that is running on the same data folder.
    """
    if settings.database_url is not None or command in WITHOUT_DATABASE:
        yield settings
        return
    from gateway.store import schema

    with EmbeddedPostgres(settings.data_dir / "postgres") as server:
        settings = replace(settings, database_url=server.url)
        schema.migrate(settings)
        yield settings


def _run(arguments: argparse.Namespace, settings: GatewaySettings) -> int:
    match arguments.command:
        case "serve":
            from gateway.api.serve import serve

            return serve(settings, share_port=arguments.share_port)
        case "worker":
            from gateway.jobs import worker

            return worker.run(settings)
        case "up":
            from gateway import up

            return up.run(settings, announce_fd=arguments.announce_fd, demo=not arguments.no_demo)
        case "openapi":
            from gateway.api.openapi import document

            sys.stdout.write(document())
            return 0
        case "distribute":
            from gateway import distribute

            return distribute.run(arguments, settings)
        case "import-messages":
            from gateway.imports import command as imports

            return imports.run(arguments, settings)
        case "demo":
            from gateway.demo import command as demo

            return demo.run(arguments, settings)
        case _:
            from gateway import admin

            return admin.run(arguments, settings)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done, 1 the command failed, 2 a setting or argument must be changed."""
    arguments = build_parser().parse_args(argv)
    try:
        settings = GatewaySettings.from_env(os.environ)
        with _database(settings, arguments.command) as reachable:
            return _run(arguments, reachable)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (PostgresError, SchemaError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
