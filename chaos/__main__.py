"""``python -m chaos``: kill programs of the running product for some minutes, then count; writes ``docs/chaos.md``."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from random import Random, SystemRandom

from chaos import reconcile, report
from chaos.load import Load, Receiver
from chaos.product import VICTIMS, Product, running
from launcher.processes import answers

MESSAGES = 2000
PATIENCE_SECONDS = 60.0
SETTLE_SECONDS = 420.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0, help="how long programs are killed")
    parser.add_argument("--seed", type=int, default=None, help="repeats the order and the moments of an earlier run")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it")
    arguments = parser.parse_args()
    seed = SystemRandom().randrange(10**6) if arguments.seed is None else arguments.seed
    print(f"seed {seed}", flush=True)
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="chaos-"))
    try:
        run, load = _run(folder, arguments.minutes, seed)
    finally:
        if arguments.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    report.write(run)
    print(report.table(run))
    for fault in load.faults[:20]:
        print(fault)
    print("passed" if run.passed else "FAILED")
    return 0 if run.passed else 1


def _run(folder: Path, minutes: float, seed: int) -> tuple[report.Run, Load]:
    receiver = Receiver()
    try:
        with running(folder, MESSAGES) as product:
            load = Load(product, receiver, seed)
            load.prepare()
            load.start()
            kills = list(_kill(product, load, minutes * 60, Random(seed)))
            load.stop()
            settled, left = reconcile.settle(product, load, SETTLE_SECONDS)
            for line in reconcile.leaks(product, load)[:5]:
                print("in a log:", line)
            found = report.Run(
                seed, minutes, kills, settled, left, reconcile.numbers(product, load), reconcile.checks(product, load)
            )
            return found, load
    finally:
        receiver.close()


def _kill(product: Product, load: Load, seconds: float, draw: Random):  # type: ignore[no-untyped-def]
    """Every kind of program in turns of random order, each at a random moment."""
    began = time.monotonic()
    turn: list[str] = []
    while time.monotonic() - began < seconds:
        turn = turn or draw.sample(VICTIMS, len(VICTIMS))
        time.sleep(draw.uniform(1, 6))
        victim = turn.pop()
        if product.kill(victim, draw) is None:
            continue
        at = time.monotonic()
        again = _until_ready(product)
        delivered = load.probe(PATIENCE_SECONDS)
        kill = report.Kill(victim, at - began, again, None if delivered is None else time.monotonic() - at)
        print(f"{kill.at:6.1f} s  {victim:<26} answers {_shown(again)}  delivers {_shown(kill.delivers)}", flush=True)
        yield kill


def _shown(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:5.1f} s"


def _until_ready(product: Product) -> float | None:
    """Seconds until everything answers, three times one after the other: a program may fall a moment after the kill."""
    began, good, since = time.monotonic(), 0, 0.0
    while time.monotonic() - began < PATIENCE_SECONDS:
        if all(answers(f"{url}/ready") for url in (product.stack.portal_url, product.stack.gateway_url)):
            since = since if good else time.monotonic() - began
            good += 1
            if good == 3:
                return since
        else:
            good = 0
        time.sleep(0.1)
    return None


if __name__ == "__main__":
    sys.exit(main())
