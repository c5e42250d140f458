"""A worker that sends through a told carrier until it is killed: `python -m tests.integration.sending.process URL FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

from gateway.jobs.sending import Sender
from gateway.settings import GatewaySettings
from gateway.store.engine import create_engine
from tests.integration.sending.conftest import ToldCarrier

if __name__ == "__main__":
    engine = create_engine(GatewaySettings(database_url=sys.argv[1]), "worker")
    sender = Sender(engine, ToldCarrier(Path(sys.argv[2])))
    while sender.work():
        pass
