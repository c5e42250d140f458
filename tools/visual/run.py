"""Takes every picture, looks each page through for faults, and holds what it got against what was approved."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from portal.i18n.locales import PSEUDO, SUPPORTED
from tools.visual.baselines import Baselines, fingerprint, made_with
from tools.visual.camera import Camera
from tools.visual.compare import Difference, Pixels, compare
from tools.visual.faults import Fault, faults_of
from tools.visual.looks import Look, Page, looks_of
from tools.visual.site import Site

State = Literal["same", "changed", "new", "gone", "looked through"]
#: How often a picture that differs is taken anew before it is believed.
ATTEMPTS = 3
RESULTS = "results.json"


@dataclass
class Result:
    """What came of one look. ``pixels`` have changed; ``box`` is around all of them."""

    name: str
    page: str
    locale: str
    width: int
    theme: str
    state: State
    pixels: int = 0
    box: tuple[int, int, int, int] | None = None
    size: tuple[int, int] | None = None
    faults: list[str] = field(default_factory=list)


@dataclass
class Run:
    """All of it. ``judged`` is False where the browser or the fonts are other ones than the approved pictures', which
    differ from every picture of this machine by that."""

    results: list[Result]
    made_with: dict[str, str]
    approved_with: dict[str, str]

    @property
    def judged(self) -> bool:
        return not self.approved_with or self.made_with == self.approved_with

    @property
    def differing(self) -> list[Result]:
        return [result for result in self.results if result.state in ("changed", "new", "gone")]

    @property
    def faulty(self) -> list[Result]:
        return [result for result in self.results if result.faults]

    @property
    def failed(self) -> bool:
        return bool(self.faulty or (self.differing and self.judged))

    def write(self, folder: Path) -> None:
        told = {"madeWith": self.made_with, "approvedWith": self.approved_with, "judged": self.judged,
                "results": [asdict(result) for result in self.results]}  # fmt: skip
        (folder / RESULTS).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Run:
        """What the last run wrote. Raises FileNotFoundError where there was none."""
        told: dict[str, Any] = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
        return cls([Result(**each) for each in told["results"]], told["madeWith"], told["approvedWith"])


def take(
    pages: Sequence[Page],
    site: Site,
    camera: Camera,
    baselines: Baselines,
    folder: Path,
    *,
    whole: bool,
    locales: Sequence[str] = (*SUPPORTED, *PSEUDO),
    after_page: Callable[[Run], None] = lambda _run: None,
) -> Run:
    """Every look of ``pages``; pictures that differ go to ``folder``. A ``whole`` run also misses what is no longer.

    ``after_page`` gets all there is so far.
    """
    for kind in ("before", "after", "difference"):
        shutil.rmtree(folder / kind, ignore_errors=True)
        (folder / kind).mkdir(parents=True)
    run = Run([], made_with(camera.version), dict(baselines.made_with))
    for page in pages:
        for locale in locales:
            run.results += _of_one_page(list(looks_of(page, locale)), site, camera, baselines, folder)
        after_page(run)
    if whole:
        run.results += [_gone(name) for name in sorted(set(baselines.known) - {each.name for each in run.results})]
    return run


def _of_one_page(looks: list[Look], site: Site, camera: Camera, baselines: Baselines, folder: Path) -> Iterable[Result]:
    if not looks:
        return
    first = looks[0]
    camera.open(site.turn_to(first.page, first.locale, camera.browser), first.width, first.theme)
    for look in looks:
        if look is not first:
            camera.turn(look.width, look.theme)
        yield _of_look(look, camera, baselines, folder, faults_of(camera.browser))


def _of_look(look: Look, camera: Camera, baselines: Baselines, folder: Path, faults: list[Fault]) -> Result:
    result = Result(look.name, look.page.name, look.locale, look.width, look.theme, "looked through",
                    faults=[str(fault) for fault in faults])  # fmt: skip
    known = baselines.known.get(look.name)
    if not look.pictured:
        if faults:
            _save(folder / "after", look.name, camera.shoot())
        return result
    after = camera.shoot()
    if fingerprint(after) == known:
        result.state = "same"
        if faults:
            _save(folder / "after", look.name, after)
        return result
    before = baselines.picture(look.name)
    if before is None:
        result.state, result.size = "new", (after.shape[1], after.shape[0])
        _save(folder / "after", look.name, after)
        return result
    difference = compare(before, after)
    for _ in range(ATTEMPTS - 1):
        if not difference:
            break
        camera.settle()
        after = camera.shoot()
        difference = compare(before, after)
    result.state = "changed" if difference else "same"
    if difference or faults:
        _save(folder / "after", look.name, after)
    if difference:
        result.pixels, result.box, result.size = difference.pixels, difference.box(), (after.shape[1], after.shape[0])
        _save(folder / "before", look.name, before)
        _save(folder / "difference", look.name, shown(after, difference))
    return result


def _gone(name: str) -> Result:
    page, locale, width, theme = name.split(".")
    return Result(name, page, locale, int(width), theme, "gone")


def shown(after: Pixels, difference: Difference) -> Pixels:
    """The new picture in pale grey, with what has changed in a strong colour and a little more than itself."""
    height, width = difference.changed.shape
    grey = np.full((height, width), 255, dtype=np.uint8)
    grey[: after.shape[0], : after.shape[1]] = after.mean(axis=2).astype(np.uint8) // 4 + 188
    picture = np.repeat(grey[:, :, None], 3, axis=2)
    swollen = difference.changed.copy()
    for down, across in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        swollen |= np.roll(difference.changed, (down, across), axis=(0, 1))
    picture[swollen] = (214, 0, 110)
    return picture


def _save(folder: Path, name: str, pixels: Pixels) -> None:
    Image.fromarray(pixels).save(folder / f"{name}.png", compress_level=1)
