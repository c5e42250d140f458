"""``make release-check``: how much is translated and reviewed, and whether that is enough for a release.

What could not be shown to anybody (broken ICU, other arguments than English) counts as not translated. That nothing
has been reviewed does not stop a release: it is printed beside, and said in the notes of the release.
"""

from __future__ import annotations

import sys
from pathlib import Path

from portal.i18n import patterns, status
from portal.i18n.catalog import LOCALES_DIR
from portal.i18n.lint import catalogs
from portal.i18n.locales import DEFAULT_TAG

# Locales of which a release needs nearly all, and how much of all: the product's first readers.
LOCALES = ("fa-AF", "ps")
SHARE = 0.95


def usable(loaded: status.Catalogs) -> dict[str, dict[str, status.Entry]]:
    """The catalogs without the entries that could not be shown."""
    english = loaded[DEFAULT_TAG]
    return {
        tag: {
            key: entry
            for key, entry in entries.items()
            if key in english
            and not patterns.problems(
                str(entry.get("message", "")), tag, None if tag == DEFAULT_TAG else str(english[key]["message"])
            )
        }
        for tag, entries in loaded.items()
    }


def unreleasable(loaded: status.Catalogs) -> list[str]:
    """Why these catalogs cannot be released; empty when they can."""
    english = loaded[DEFAULT_TAG]
    return [
        f"{tag} is translated to {status.share(done, len(english))}, a release needs {SHARE:.0%}"
        for tag in LOCALES
        if (done := status.counts(loaded.get(tag, {}), english)[0]) < SHARE * len(english)
    ]


def main(directory: Path = LOCALES_DIR) -> int:
    """Print the table, and what stands in the way of a release; 1 when something does."""
    loaded = catalogs(directory)
    # English as it is: a broken source text is not one less to translate.
    counted = {**usable(loaded), DEFAULT_TAG: loaded[DEFAULT_TAG]}
    sys.stdout.write(status.table(counted) + "\n")
    missing = unreleasable(counted)
    sys.stdout.write("".join(f"{each}\n" for each in missing) or "Enough for a release.\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
