"""What was approved is kept, found again and taken away; another browser's pictures are shown and not judged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tools.visual import report
from tools.visual.baselines import Baselines, fingerprint
from tools.visual.run import Result, Run

WITH = {"chromium": "150.0.1", "fonts": "a.ttf"}
OTHER = {"chromium": "151.0.0", "fonts": "a.ttf"}


def result(name: str = "dashboard.en.320.light", state: str = "changed", **more: object) -> Result:
    page, locale, width, theme = name.split(".")
    return Result(name, page, locale, int(width), theme, state, **more)  # type: ignore[arg-type]


def test_approved_picture_is_found_again(tmp_path: Path) -> None:
    pixels = np.full((5, 7, 3), 255, dtype=np.uint8)
    Baselines.in_folder(tmp_path).approve({"page.en.320.light": pixels}, WITH)
    again = Baselines.in_folder(tmp_path)
    assert again.known == {"page.en.320.light": fingerprint(pixels)}
    assert again.made_with == WITH
    assert np.array_equal(again.picture("page.en.320.light"), pixels)  # type: ignore[arg-type]
    assert again.picture("page.en.768.light") is None
    again.approve({}, WITH, gone=["page.en.320.light"])
    assert not again.file("page.en.320.light").exists()
    assert Baselines.in_folder(tmp_path).known == {}


def test_fingerprint_is_of_size_and_pixels() -> None:
    flat = np.zeros((2, 3, 3), dtype=np.uint8)
    assert fingerprint(flat) != fingerprint(flat.reshape(3, 2, 3))
    assert fingerprint(flat) != fingerprint(flat + np.uint8(1))


@pytest.mark.parametrize(
    ("results", "made_with", "failed"),
    [
        ([result(state="same")], WITH, False),
        ([result()], WITH, True),
        ([result(state="new")], WITH, True),
        ([result(state="gone")], WITH, True),
        ([result()], OTHER, False),
        ([result(state="same", faults=["cut off by 9 px: h1 “Das”"])], WITH, True),
        ([result(state="looked through", faults=["sideways by 3 px: table"])], OTHER, True),
    ],
)
def test_run_fails_by_differences_of_the_same_browser_and_by_faults_of_any(
    results: list[Result], made_with: dict[str, str], failed: bool
) -> None:
    run = Run(results, made_with, WITH)
    assert run.failed is failed
    assert ("151.0.0" in report.table(run)) is (made_with is OTHER)


def test_first_run_of_all_has_nothing_to_disagree_with() -> None:
    assert Run([result(state="new")], WITH, {}).judged


def test_report_holds_what_was_found_and_no_way_out_of_its_script(tmp_path: Path) -> None:
    run = Run([result(pixels=12, box=(1, 2, 3, 4)), result("profile.ps.1280.light", "same", faults=["</script><b>"])],
              WITH, WITH)  # fmt: skip
    page = report.write(run, tmp_path, tmp_path / "baselines").read_text(encoding="utf-8")
    assert '"pixels": 12' in page
    assert page.count("</script>") == 2
    run.write(tmp_path)
    assert Run.read(tmp_path) == Run(
        [result(pixels=12, box=[1, 2, 3, 4]), run.results[1]],
        WITH,
        WITH,  # JSON knows lists alone
    )
