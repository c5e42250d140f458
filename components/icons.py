"""Which pictures are turned round in right-to-left pages: those that point along the line of reading or imitate it.

Every icon of the sheet stands in one of the two lists; a test compares them with it.
"""

from __future__ import annotations

from typing import Final

#: They point to where reading comes from or goes to, or show written lines, a course over time or a question mark, each
#: of which runs the other way there (؟).
MIRRORED: Final[frozenset[str]] = frozenset({
    "arrow-left", "arrow-right", "box-arrow-right", "box-arrow-up-right", "chat-left-dots", "chat-left-text",
    "chevron-left", "chevron-right", "graph-up", "journal-text", "question-circle", "send",
})  # fmt: skip

#: The same everywhere: things as they are (a key, a wallet), letters and code, clocks and what turns with them, and
#: what is alike from both sides.
UPRIGHT: Final[frozenset[str]] = frozenset({
    "archive", "arrow-clockwise", "arrow-repeat", "bell", "bookmark", "briefcase", "broadcast", "building",
    "calculator", "calendar3", "check-circle", "check-lg", "chevron-down", "clock", "clock-history", "code-slash",
    "copy", "credit-card", "download", "exclamation-circle", "exclamation-triangle", "eye", "file-earmark-pdf",
    "filter", "gear", "heart-pulse", "hourglass-split", "image", "inbox", "info-circle", "key", "link-45deg",
    "list", "moon-stars", "pause-circle", "pencil", "people", "person", "person-circle", "play-circle", "plug",
    "plus-lg", "receipt", "search", "shield-check", "shield-lock", "slash-circle", "speedometer2", "stopwatch",
    "sun", "table", "tag", "translate", "trash", "wallet2", "wifi-off", "x-circle", "x-lg",
})  # fmt: skip
