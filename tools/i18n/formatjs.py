"""``make i18n-verify``: the catalogs as formatjs has them, and its judgement of them.

Without node there is nothing to judge with: that is said, and is no failure (the lint of the project has looked
already).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from portal.i18n.lint import catalogs
from portal.i18n.locales import DEFAULT_TAG
from portal.i18n.status import Catalogs

CHECKS = ("--missing-keys", "--extra-keys", "--structural-equality")


def write(loaded: Catalogs, folder: Path) -> list[Path]:
    """One file for each locale, ``{key: pattern}``, named as formatjs wants it: by the locale."""
    paths = []
    for tag, entries in loaded.items():
        paths.append(folder / f"{tag}.json")
        plain = {key: entry["message"] for key, entry in entries.items()}
        paths[-1].write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
    return paths


def main(package: str, npx: str | None = None) -> int:
    """formatjs' exit code: 0 when it agrees; also 0, with the reason printed, where it cannot be asked."""
    npx = npx or shutil.which("npx")
    if npx is None:
        sys.stdout.write("i18n-verify: skipped, there is no node (npx) on this machine.\n")
        return 0
    with tempfile.TemporaryDirectory() as made:
        paths = write(catalogs(), Path(made))
        asked = subprocess.run(
            [npx, "--yes", package, "verify", "--source-locale", DEFAULT_TAG, *CHECKS, *map(str, paths)], check=False
        )
    if asked.returncode == 0:
        sys.stdout.write(f"i18n-verify: {package} agrees with all {len(paths)} catalogs.\n")
    return asked.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
