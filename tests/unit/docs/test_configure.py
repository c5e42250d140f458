"""The page of settings says what the code reads."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def read_by(source: Path) -> set[str]:
    """Names of environment variables that a settings module reads."""
    text = (
        source.read_text(encoding="utf-8").split("SETTINGS: tuple")[0]
        + source.read_text(encoding="utf-8").split("class PortalSettings")[-1]
    )
    return set(
        re.findall(
            r'(?:values\.|_)(?:text|secret|integer|limit|flag|token|database_url|public_url|url|word|secret_word|choice|folder)\(\s*env, "([A-Z_0-9]+)"',
            text,
        )
    )


def documented() -> set[str]:
    return set(re.findall(r"^\| `([A-Z0-9_]+)`", (ROOT / "docs/configure.md").read_text(encoding="utf-8"), flags=re.M))


def test_page_of_settings_is_what_the_code_generates() -> None:
    made = subprocess.run(
        [sys.executable, "tools/configure_doc.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert made.stdout == (ROOT / "docs/configure.md").read_text(encoding="utf-8")


def test_every_variable_that_is_read_is_documented() -> None:
    read = (
        read_by(ROOT / "gateway/settings.py")
        | read_by(ROOT / "gateway/report_settings.py")
        | read_by(ROOT / "portal/settings.py")
        | {"PORTAL_SESSION_KEYS"}
    )
    assert len(read) > 20
    assert read - documented() == set()


def test_files_that_documents_link_to_exist() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name} links to {target}"
