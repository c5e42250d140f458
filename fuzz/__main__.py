"""``python -m fuzz``: long stories to the running gateway, then many examples for every parser; writes its last figures
into ``docs/security.md``."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from random import SystemRandom

from chaos.product import running
from fuzz import parsers, report, stories
from tests.support.api_machine import Figures

MESSAGES = 2000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=6.0, help="how long, half of it each")
    parser.add_argument("--seed", type=int, default=None, help="repeats the requests and examples of an earlier run")
    arguments = parser.parse_args()
    seed = SystemRandom().randrange(10**6) if arguments.seed is None else arguments.seed
    print(f"seed {seed}: repeat with python -m fuzz --minutes {arguments.minutes:g} --seed {seed}", flush=True)
    half, figures = arguments.minutes * 30, Figures()
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        # Stories try every call without a token, too, and are to be told 401 each time.
        with running(folder, MESSAGES, GATEWAY_LIMIT_ADDRESS_FAILURES="0") as product:
            paid = product.gateway("top-up", "--tenant", "demo-bank", "--amount", "1000000")
            if paid.wait(120):
                raise RuntimeError(f"top-up failed: {paid.communicate()[0]}")
            stories.tell_all(product, half, seed, figures)
        print(f"{figures.stories} stories, {sum(figures.calls.values())} calls", flush=True)
        done = sum(count for (_, status), count in figures.calls.items() if status < 300)
        assert done * 4 > sum(figures.calls.values()), "most calls were refused: the stories tell nothing"
        tried = parsers.try_all(half, seed)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # what schemathesis finds is no Exception
        print("\n".join((f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ()))))
        print(f"FAILED (seed {seed})")
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    run = report.Run(arguments.minutes, seed, figures, tried)
    report.write(run)
    print(report.table(run))
    print("passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
