"""Which browser on which system, out of a ``User-Agent``: enough for a person to recognise their own devices."""

from __future__ import annotations

import re

# Looked for in this order: most browsers also name the ones they descend from.
_BROWSERS = (
    ("Edge", r"\bEdg(?:e|A|iOS)?/"),
    ("Opera", r"\b(?:OPR|Opera|OPiOS)/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("UC Browser", r"\bUCBrowser/"),
    ("Yandex Browser", r"\bYaBrowser/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:Chrome|Chromium|HeadlessChrome|CriOS)/"),
    ("Safari", r"\bVersion/[\d.]+ .*\bSafari/"),
)
_SYSTEMS = (
    ("Windows", r"\bWindows NT\b"),
    ("iPadOS", r"\biPad\b"),
    ("iOS", r"\b(?:iPhone|iPod)\b"),
    ("Android", r"\bAndroid\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("macOS", r"\bMacintosh\b|\bMac OS X\b"),
    ("Linux", r"\bLinux\b"),
)


def browser_of(user_agent: str | None) -> str | None:
    """The browser's name, None when it is none that is known."""
    return _first(_BROWSERS, user_agent)


def system_of(user_agent: str | None) -> str | None:
    """The operating system's name, None when it is none that is known."""
    return _first(_SYSTEMS, user_agent)


def _first(known: tuple[tuple[str, str], ...], user_agent: str | None) -> str | None:
    return next((name for name, pattern in known if re.search(pattern, user_agent or "")), None)
