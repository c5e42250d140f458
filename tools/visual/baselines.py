"""The pictures that were approved, and what they were made with.

A picture is a lossless WebP whose 16 commonest colours, the grounds of things, are as they were and whose others, the edges of
letters, are rounded to steps of 8: nobody sees it, and it is a third smaller. ``pictures.json`` has the fingerprint of each picture's unrounded pixels, so that what is the same is known
without looking at it, and the browser and fonts: other ones draw other letters.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from tools.visual.compare import Pixels

STEP = 8
GROUNDS = 16
_FONTS = ("sans-serif", "system-ui", "monospace", "sans-serif:lang=fa", "sans-serif:lang=ps", "sans-serif:lang=ar")


def fingerprint(pixels: Pixels) -> str:
    """Of a picture's size and every one of its pixels."""
    return hashlib.sha256(repr(pixels.shape).encode() + np.ascontiguousarray(pixels).tobytes()).hexdigest()[:32]


def packed(pixels: Pixels) -> bytes:
    """The picture as it is kept."""
    shades = (pixels.astype(np.uint32) << (16, 8, 0)).sum(axis=2, dtype=np.uint32)
    known, counts = np.unique(shades, return_counts=True)
    grounds = known[np.argsort(counts)[-GROUNDS:]]
    rounded = (pixels // STEP * STEP + STEP // 2).astype(np.uint8)
    kept = np.where(np.isin(shades, grounds)[:, :, None], pixels, rounded)
    file = io.BytesIO()
    Image.fromarray(kept).save(file, "WEBP", lossless=True, quality=100, method=4)
    return file.getvalue()


def unpacked(content: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def made_with(chromium: str) -> dict[str, str]:
    """The browser's version and the files of the fonts that pages name or fall back to, as far as they can be asked for."""
    asker = shutil.which("fc-match")
    if asker is None:
        return {"chromium": chromium}
    names = [
        subprocess.run([asker, "-f", "%{file|basename}", name], capture_output=True, text=True, check=False).stdout
        for name in _FONTS
    ]
    return {"chromium": chromium, "fonts": ", ".join(dict.fromkeys(names))}


@dataclass
class Baselines:
    """The folder of approved pictures. ``known`` maps a look's name to the fingerprint of its pixels."""

    folder: Path
    known: dict[str, str] = field(default_factory=dict)
    made_with: dict[str, str] = field(default_factory=dict)

    @classmethod
    def in_folder(cls, folder: Path) -> Baselines:
        file = folder / "pictures.json"
        if not file.exists():
            return cls(folder)
        told = json.loads(file.read_text(encoding="utf-8"))
        return cls(folder, told["pictures"], told["madeWith"])

    def file(self, name: str) -> Path:
        return self.folder / name.partition(".")[0] / f"{name}.webp"

    def picture(self, name: str) -> Pixels | None:
        """What was approved; None where nothing was yet."""
        return unpacked(self.file(name).read_bytes()) if name in self.known else None

    def approve(self, pictures: Mapping[str, Pixels], made_with: dict[str, str], gone: Iterable[str] = ()) -> None:
        """Keep these instead of what was, and ``gone`` no longer."""
        for name, pixels in pictures.items():
            file = self.file(name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(packed(pixels))
            self.known[name] = fingerprint(pixels)
        for name in gone:
            self.file(name).unlink(missing_ok=True)
            self.known.pop(name, None)
        self.made_with = made_with
        self._write()

    def _write(self) -> None:
        told = {"madeWith": self.made_with, "pictures": dict(sorted(self.known.items()))}
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "pictures.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
