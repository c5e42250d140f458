"""Who may import whom: import-linter's contracts, and what it cannot see."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
BANNED_NAMES = {"utils", "helpers", "common", "manager", "misc", "base"}


def imported(path: Path) -> set[str]:
    """Dotted names a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def own_modules() -> list[Path]:
    folders = ("portal", "gateway", "launcher", "components", "pages", "callbacks")
    return [ROOT / "app.py"] + [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def test_choices_are_controls_of_the_browsers_own() -> None:
    """Only those are carried into another language (assets/js/carried.js), and work before any script does."""
    drawn = {"Dropdown", "Slider", "RangeSlider", "DatePickerSingle", "DatePickerRange", "Upload"}
    for path in own_modules():
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        used = {node.attr for node in nodes if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "dcc"}
        assert not used & drawn, path
        assert "dash.dcc" not in imported(path), path


def test_import_contracts_hold() -> None:
    lint = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    checked = subprocess.run(lint, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout[-3000:] + checked.stderr[-1000:]


def test_app_module_imports_the_factory_settings_and_launcher_only() -> None:
    assert imported(ROOT / "app.py") <= {"__future__", "sys", "launcher.main", "portal.factory", "portal.settings"}


def test_nobody_imports_app() -> None:
    assert [path for path in own_modules() if "app" in imported(path)] == []


def test_launcher_stands_on_the_standard_library() -> None:
    allowed = set(sys.stdlib_module_names) | {"launcher", "__future__"}
    for path in sorted((ROOT / "launcher").glob("*.py")):
        assert {name.split(".")[0] for name in imported(path)} <= allowed, path


@pytest.mark.parametrize("folder", ["callbacks", "pages", "components"])
def test_no_module_registers_a_global_callback(folder: str) -> None:
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "dash":
                assert "callback" not in {alias.name for alias in node.names}, path


def test_module_names_explain_something() -> None:
    assert [path for path in own_modules() if path.stem in BANNED_NAMES] == []


def test_requests_never_pull_in_pandas_or_plotly_express() -> None:
    for folder in ("components", "pages", "callbacks", "portal"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            used = {name.split(".")[0] for name in imported(path)}
            assert not used & {"pandas", "plotly"}, f"{path}: figures are plain values here"
