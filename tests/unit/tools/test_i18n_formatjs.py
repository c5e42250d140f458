"""The second opinion is asked with the catalogs as it wants them, believed, and skipped aloud where it cannot be had."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.i18n import formatjs


def test_machine_without_node_is_told_and_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    assert formatjs.main("@formatjs/cli@0") == 0
    assert "skipped" in capsys.readouterr().out


@pytest.mark.parametrize("answer", [0, 1])
def test_its_judgement_is_the_outcome(tmp_path: Path, answer: int, capsys: pytest.CaptureFixture[str]) -> None:
    npx = tmp_path / "npx"
    npx.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\nexit {answer}\n')
    npx.chmod(0o755)
    assert formatjs.main("@formatjs/cli@0", str(npx)) == answer
    asked = (tmp_path / "asked").read_text()
    assert "--yes @formatjs/cli@0 verify --source-locale en --missing-keys --extra-keys" in asked
    assert ("agrees" in capsys.readouterr().out) is (answer == 0)


def test_catalogs_are_written_as_it_reads_them(tmp_path: Path) -> None:
    loaded = {
        "en": {"a.b": {"message": "Hi {name}", "context": "x"}},
        "ps": {"a.b": {"message": "{name}", "status": "machine"}},
    }
    paths = formatjs.write(loaded, tmp_path)
    assert [path.name for path in paths] == ["en.json", "ps.json"]
    assert json.loads(paths[0].read_text()) == {"a.b": "Hi {name}"}
