"""What is left out of our own scripts and stylesheets on their way to the browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.shell.scripts import _bare


def test_comments_and_indentation_are_not_shipped(tmp_path: Path) -> None:
    file = tmp_path / "one.js"
    file.write_text(
        "/* Why\n   so. */\n(function () {\n  /* here */\n  var a = 1; /* kept */\n  var b = '/*';\n})();\n"
    )
    assert _bare(file) == "(function () {\nvar a = 1; /* kept */\nvar b = '/*';\n})();\n"


def test_text_over_several_lines_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "two.js"
    file.write_text("var a = `x\n  y`;\n")
    with pytest.raises(ValueError, match="template literal"):
        _bare(file)
