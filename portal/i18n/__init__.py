"""The portal's languages: ``t()`` for texts, ``fmt`` for numbers and dates, one locale per request.

ICU formats times in the zone of the *process*, so the process runs in UTC and every instant is moved to the reader's
zone before it is handed over. Setting the zone here, before ICU is first used, makes that true wherever this runs.
"""

from __future__ import annotations

import os
import time

os.environ["TZ"] = "UTC"
time.tzset()

from portal.i18n import fmt, names, spans  # noqa: E402
from portal.i18n.bidi import ltr, to_ascii_digits  # noqa: E402
from portal.i18n.catalog import MissingMessage, has, t  # noqa: E402
from portal.i18n.locales import (  # noqa: E402
    DEFAULT_TAG,
    SUPPORTED,
    Locale,
    for_tag,
    locale,
    offered,
    offered_for,
    resolve,
    use,
)

__all__ = [
    "DEFAULT_TAG",
    "SUPPORTED",
    "Locale",
    "MissingMessage",
    "fmt",
    "for_tag",
    "has",
    "locale",
    "ltr",
    "names",
    "offered",
    "offered_for",
    "resolve",
    "spans",
    "t",
    "to_ascii_digits",
    "use",
]
