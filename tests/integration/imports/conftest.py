from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine, text

from gateway.imports import command
from gateway.settings import GatewaySettings
from gateway.store import accounts, ledger, rollups

KANNEL = Path(__file__).parents[2] / "data" / "kannel"
ACCESS_LOG = KANNEL / "access.log"


@dataclass
class World:
    """A database with one tenant, and the import command on it."""

    settings: GatewaySettings
    engine: Engine
    tenant_id: UUID
    out: Callable[[], str]
    rejects: Path

    def run(self, *files: Path, file_format: str = "kannel-access-log", tenant: str = "acme", **options: Any) -> int:
        """The command's exit code."""
        arguments = ["--tenant", tenant, "--format", file_format]
        for name, value in options.items():
            for each in value if isinstance(value, list) else [value]:
                arguments += [f"--{name.replace('_', '-')}", str(each)]
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        return command.run(parser.parse_args([*arguments, *map(str, files)]), self.settings)

    def rows(self, statement: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(statement), values))

    def statuses(self, tenant_id: UUID | None = None) -> dict[str, int]:
        return {
            row[0]: row[1]
            for row in self.rows(
                "SELECT status::text, count(*) FROM messages WHERE tenant_id = :t GROUP BY 1",
                t=tenant_id or self.tenant_id,
            )
        }

    def contents(self) -> dict[str, list[Any]]:
        """Everything an import leaves behind, without the ids and times of its own making."""
        return {
            "messages": self.rows(
                "SELECT message_id, submitted_at, sent_at, final_at, status, segments, price, operator, recipient,"
                " sender_id, encoding, error_code, carrier_code, external_id, body, source FROM messages ORDER BY 1"
            ),
            "events": self.rows(
                "SELECT message_id, seq, at, kind, status, source, carrier_code, detail FROM message_events ORDER BY 1, 2"
            ),
            "waiting": self.rows("SELECT reference, digest, occurrence, line FROM import_receipts ORDER BY 1, 2, 3"),
            "rollups": self.rows(
                "SELECT day, operator, country, status, error_code, messages, segments, spend FROM rollup_daily"
                " ORDER BY 1, 2, 3, 4, 5"
            ),
            "latency": self.rows("SELECT * FROM rollup_latency ORDER BY day, operator"),
            "ledger": self.rows(f"SELECT at, kind, {ledger.CHANGE} FROM ledger_entries ORDER BY 1, 3"),
        }

    def clear(self) -> None:
        """Forget everything that was imported."""
        tables = (
            "messages, message_events, ledger_entries, ledger_balances, import_runs, import_receipts, rollup_deltas"
        )
        rollup_tables = ", ".join(rollup.table for rollup in rollups.ROLLUPS)
        with psycopg.connect(self.settings.database_url or "", autocommit=True) as connection:
            connection.execute(f"TRUNCATE {tables}, {rollup_tables}")
        for path in self.rejects.glob("*"):
            path.unlink()

    def rejected(self, path: Path | None = None) -> list[dict[str, Any]]:
        if path is None:
            found = sorted(self.rejects.glob("*.jsonl"))
            return [row for each in found for row in self.rejected(each)]
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def world(gateway_settings: GatewaySettings, worker_engine: Engine, capsys: pytest.CaptureFixture[str]) -> World:
    with worker_engine.begin() as connection:
        tenant_id = accounts.create_tenant(connection, slug="acme", name="Acme")
    return World(
        gateway_settings,
        worker_engine,
        tenant_id,
        lambda: capsys.readouterr().out,
        gateway_settings.data_dir / "imports",
    )
