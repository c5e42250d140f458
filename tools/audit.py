"""``make audit``: what the product is made of, under which licences, and what is known against it.

Three questions, each answered as far as the package registries answer: are all packages pinned with hashes, may they be
shipped, and are there published vulnerabilities (pip-audit, npm audit). A registry that has nothing to say of a package
is named as that and not taken for a clean bill. Exit code 1: a package without a hash, a licence that nobody has allowed,
or a known vulnerability.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "requirements-extra.lock", "requirements-dev.lock")
ALLOWED = re.compile(
    r"MIT(-0|-CMU)?( License)?|BSD([- ][023]-Clause|( License)?)?|0BSD|ISC( License.*)?|Zlib|CC0-1\.0|HPND"
    r"|Apache([- ]2\.0| Software License)|PSF-2\.0|Python Software Foundation License|Python-2\.0|Unlicense"
    r"|The Unlicense.*|OFL-1\.1|Zope Public License|ZPL-2\.1|CNRI-Python"
    # Used as they are and not changed, which is all that these ask.
    r"|(LGPL|MPL)[- ][\w.-]+|Mozilla Public License 2\.0.*|GNU Lesser General Public License.*|PostgreSQL( License)?"
)
# What Poetry says of a licence in whose name it finds none of its own: the free text says which it is.
_UNNAMED = "Other/Proprietary License"
_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)==(\S+)")


@dataclass(frozen=True)
class Package:
    """A pinned package and how many hashes its lock file gives it."""

    name: str
    version: str
    hashes: int


def packages_of(lock: str) -> list[Package]:
    """The packages of a lock file's text."""
    found: list[Package] = []
    for line in lock.splitlines():
        if pinned := _PINNED.match(line):
            found.append(Package(pinned[1], pinned[2], 0))
        if "--hash=sha256:" in line and found:
            found[-1] = Package(found[-1].name, found[-1].version, found[-1].hashes + line.count("--hash=sha256:"))
    return found


def licence_of(name: str) -> str | None:
    """What an installed package says of its licence: its SPDX expression, else its classifiers, else its free text."""
    try:
        told = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    classified = [item.split(" :: ")[-1] for item in told.get_all("Classifier", []) if item.startswith("License ::")]
    classified = [item for item in classified if not item.endswith(" approved")]  # a seal, and no licence
    free = (told.get("License") or "").strip()
    if free:
        classified = [item for item in classified if item != _UNNAMED]
    text = told.get("License-Expression") or " AND ".join(classified) or free
    return text.splitlines()[0] if text else ""


def allowed(licence: str) -> bool:
    """Whether every part of an AND, and one part of an OR, is a licence that may be shipped."""
    bare = licence.replace("(", "").replace(")", "") if " OR " in licence else licence
    return all(any(ALLOWED.fullmatch(choice.strip()) for choice in part.split(" OR ")) for part in bare.split(" AND "))


def licences(packages: list[Package]) -> bool:
    """Print the licences; True when all of them are allowed."""
    told = {package.name: licence_of(package.name) for package in packages}
    for licence, count in Counter(filter(None, told.values())).most_common():
        print(f"  {count:4}  {licence}")
    absent = sorted(name for name, licence in told.items() if licence is None)
    if absent:
        print(f"  not installed here, so not asked: {', '.join(absent)}")
    refused = {name: licence for name, licence in told.items() if licence is not None and not allowed(licence)}
    for name, licence in sorted(refused.items()):
        print(f"  NOT ALLOWED: {name} ({licence or 'says nothing'})")
    return not refused


def python_vulnerabilities(pip_audit: str) -> bool:
    """Print what the package index knows; True when it knows of none."""
    known, silent, asked = {}, [], 0
    for lock in LOCKS:
        ran = subprocess.run(
            [pip_audit, "-r", lock, "--no-deps", "--disable-pip", "-s", "pypi", "-f", "json", "--progress-spinner=off"],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        try:
            answers = json.loads(ran.stdout)["dependencies"]
        except (ValueError, KeyError):
            print(f"  the package index did not answer for {lock}: {(ran.stderr.strip().splitlines() or ['?'])[-1]}")
            continue
        asked += len(answers)
        silent += [answer["name"] for answer in answers if "skip_reason" in answer]
        known |= {answer["name"]: answer["vulns"] for answer in answers if answer.get("vulns")}
    print(f"  {asked} packages asked for; the index knows nothing of {len(silent)} in their pinned version")
    for name, found in sorted(known.items()):
        print(f"  VULNERABLE: {name}: {', '.join(item['id'] for item in found)}")
    return not known


def npm_vulnerabilities() -> bool:
    """The same of the packages whose files are in assets/vendor; True when none is known."""
    wanted = json.loads((ROOT / "tools/vendor/manifest.json").read_text())["packages"]
    with tempfile.TemporaryDirectory() as folder:
        described = {"name": "audit", "private": True, "dependencies": {n: p["version"] for n, p in wanted.items()}}
        Path(folder, "package.json").write_text(json.dumps(described))
        quiet = ["--ignore-scripts", "--no-fund", "--no-audit"]
        try:
            subprocess.run(
                ["npm", "install", "--package-lock-only", *quiet], cwd=folder, check=True, capture_output=True
            )
            ran = subprocess.run(["npm", "audit", "--json"], cwd=folder, capture_output=True, text=True, check=False)
            found = json.loads(ran.stdout)["vulnerabilities"]
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"  not asked: {error}")
            return True
        except (ValueError, KeyError):
            print("  the registry gives no advisories")
            return True
    shipped = {name: item for name, item in found.items() if name in wanted}
    print(f"  {len(wanted)} packages asked for, {len(found)} advisories with what they need to build")
    for name, item in sorted(shipped.items()):
        print(f"  VULNERABLE: {name}: {item['severity']}")
    return not shipped


def main(arguments: list[str]) -> int:
    packages = [package for lock in LOCKS for package in packages_of((ROOT / lock).read_text())]
    bare = [package.name for package in packages if not package.hashes]
    print(f"Pinned packages: {len(packages)}, without a hash: {len(bare)} {' '.join(bare)}")
    print("Licences")
    good = licences(packages)
    print("Known vulnerabilities, Python")
    good &= python_vulnerabilities(arguments[0])
    print("Known vulnerabilities, scripts and styles")
    good &= npm_vulnerabilities()
    return 0 if good and not bare else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
