"""Texts: ICU MessageFormat patterns from ``locales/{locale}/messages.json``.

An entry is ``{"message": pattern, …}``. English entries carry a ``context`` for translators; the others a ``status``
(``machine`` or ``reviewed``) which only ever says what really happened.
"""

from __future__ import annotations

import json
import logging
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from icu4py.messageformat import MessageFormat

from portal.i18n.bidi import to_latin_numbers
from portal.i18n.locales import DEFAULT_TAG, PSEUDO, SUPPORTED, locale

Argument = int | float | str | Decimal | date | datetime
LOCALES_DIR = Path(__file__).resolve().parents[2] / "locales"
log = logging.getLogger(__name__)


class MissingMessage(KeyError):
    """A key that no catalog holds: a mistake in the code, found by the catalog lint."""


@lru_cache(maxsize=len(SUPPORTED))
def messages(tag: str) -> dict[str, str]:
    """Key → ICU pattern of one catalog."""
    raw = json.loads((LOCALES_DIR / tag / "messages.json").read_text(encoding="utf-8"))
    return {key: entry["message"] for key, entry in raw.items()}


def has(key: str) -> bool:
    """Whether ``key`` is a text (for keys made of data, such as an error code's)."""
    return key in messages(DEFAULT_TAG)


def _english(key: str) -> str:
    try:
        return messages(DEFAULT_TAG)[key]
    except KeyError:
        raise MissingMessage(key) from None


@lru_cache(maxsize=8192)
def _compiled(key: str, tag: str, icu_locale: str) -> MessageFormat:
    if tag in PSEUDO:
        from locales import pseudo  # needs what only development has

        pattern: str | None = pseudo.made(tag, _english(key))
    else:
        pattern = messages(tag).get(key)
    if pattern is None:
        pattern = _english(key)
        # A customer reads English rather than a raw key; the lint keeps this from being released.
        log.warning("message missing", extra={"key": key, "locale": tag})
        icu_locale = SUPPORTED[DEFAULT_TAG].icu
    return MessageFormat(pattern, icu_locale)


def t(key: str, **arguments: Argument) -> str:
    """The text of ``key`` in the current locale, with its arguments formatted by ICU.

    Instants must already be in the reader's zone: use ``portal.i18n.fmt`` and pass its strings.
    Raises MissingMessage for a key that is in no catalog.
    """
    now = locale()
    text = _compiled(key, now.tag, now.icu).format(arguments)
    counts = now.rewritten and any(isinstance(value, (int, float, Decimal)) for value in arguments.values())
    return to_latin_numbers(text) if counts else text
