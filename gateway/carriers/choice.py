"""Which carriers there are, and which of them the worker sends through."""

from __future__ import annotations

from gateway.carriers.kannel import Kannel
from gateway.carriers.port import Carrier
from gateway.carriers.simulator import Simulator
from gateway.settings import GatewaySettings
from gateway.store.connections import Engine


def open_carriers(settings: GatewaySettings, engine: Engine) -> tuple[Carrier, ...]:
    """The carrier of the settings, and always the simulator, for keys of mode test. `engine` is the worker's."""
    match settings.carrier:
        case "kannel":
            return (Kannel.from_settings(settings), Simulator(engine))
        case _:
            return (Simulator(engine),)
