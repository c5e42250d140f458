"""Compressed scripts that every portal of the tests shares: the best compression takes ten seconds, and is kept by content."""

from __future__ import annotations

from pathlib import Path

KEPT = Path(__file__).resolve().parents[2] / ".build" / "compressed"


def share_compressed(data_dir: Path) -> Path:
    """Have a portal with this data folder use what other tests' portals have compressed. Returns the folder."""
    data_dir.mkdir(parents=True, exist_ok=True)
    KEPT.mkdir(parents=True, exist_ok=True)
    own = data_dir / "compressed"
    if not own.exists():
        own.symlink_to(KEPT, target_is_directory=True)
    return data_dir
