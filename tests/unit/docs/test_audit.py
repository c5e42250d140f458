"""The audit's own judgements: what counts as pinned, and what may be shipped."""

from __future__ import annotations

from email.message import Message

import pytest

from tools.audit import LOCKS, ROOT, allowed, licence_of, packages_of


def test_every_package_is_pinned_with_a_hash() -> None:
    for lock in (*LOCKS, "tools/audit-requirements.lock", "tools/crawler-requirements.lock"):
        packages = packages_of((ROOT / lock).read_text())
        assert packages
        assert [package.name for package in packages if not package.hashes] == []


def test_a_package_without_a_hash_is_seen() -> None:
    bare, hashed = packages_of("one==1.0\ntwo==2.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via one\n")
    assert (bare.name, bare.hashes) == ("one", 0)
    assert (hashed.version, hashed.hashes) == ("2.0", 2)


@pytest.mark.parametrize(
    "licence", ["MIT", "BSD License", "Apache-2.0 OR GPL-3.0", "MPL-2.0 AND (Apache-2.0 OR MIT)", "LGPL-3.0-only"]
)
def test_licences_that_may_be_shipped(licence: str) -> None:
    assert allowed(licence)


@pytest.mark.parametrize("licence", ["", "GPL-3.0-only", "AGPL-3.0", "MIT AND GPL-2.0-only", "Proprietary"])
def test_licences_that_may_not(licence: str) -> None:
    assert not allowed(licence)


@pytest.mark.parametrize(
    ("free", "said"),
    [("Mozilla Public License 2.0 (MPL 2.0)", True), ("AGPL-3.0", False), ("Proprietary", False), (None, False)],
)
def test_licence_that_no_classifier_names_is_judged_by_its_text(
    monkeypatch: pytest.MonkeyPatch, free: str | None, said: bool
) -> None:
    told = Message()
    told["Classifier"] = "License :: Other/Proprietary License"
    if free is not None:
        told["License"] = free
    monkeypatch.setattr("importlib.metadata.metadata", lambda _name: told)
    licence = licence_of("some-package")
    assert licence is not None
    assert allowed(licence) is said


def test_all_that_is_installed_may_be_shipped() -> None:
    told = {
        package.name: licence_of(package.name) for lock in LOCKS for package in packages_of((ROOT / lock).read_text())
    }
    assert {name: licence for name, licence in told.items() if licence is not None and not allowed(licence)} == {}
