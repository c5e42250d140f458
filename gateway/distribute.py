"""``python -m gateway distribute``: the statements that lay the schema out on several machines, or their execution."""

from __future__ import annotations

import argparse
import sys

from gateway.settings import GatewaySettings
from gateway.store import distribution
from gateway.store.engine import create_engine
from gateway.store.schema import require_newest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--apply", action="store_true", help="run them; without it they are only printed")
    parser.add_argument(
        "--despite-triggers", action="store_true", help="also while triggers are in the way (docs/scale.md says which)"
    )


def run(arguments: argparse.Namespace, settings: GatewaySettings) -> int:
    """Print or run the statements. 1 when they cannot be run, with the reasons on standard error."""
    require_newest(settings)
    engine = create_engine(settings, "owner")
    try:
        with engine.begin() as connection:
            obstacles = distribution.obstacles(connection)
            if not arguments.apply:
                sys.stdout.write("".join(f"-- {obstacle}\n" for obstacle in obstacles))
                sys.stdout.write("".join(f"{statement};\n" for statement in distribution.statements()))
                return 0
            if not distribution.is_installed(connection):
                sys.stderr.write("This database has no Citus: CREATE EXTENSION citus comes first.\n")
                return 1
            if obstacles and not arguments.despite_triggers:
                sys.stderr.write("".join(f"{obstacle}\n" for obstacle in obstacles))
                return 1
            for statement in distribution.statements():
                connection.exec_driver_sql(statement)
    finally:
        engine.dispose()
    sys.stdout.write(f"{len(distribution.DISTRIBUTED)} tables are distributed by {distribution.COLUMN}.\n")
    return 0
