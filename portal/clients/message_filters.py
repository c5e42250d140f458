"""The log's filter as the platform's JSON has it: repeated parameters as lists, numbers as numbers."""

from __future__ import annotations

from portal.clients import decode
from portal.domain.message_filter import MessageFilter

_LISTS = frozenset({"status", "operator", "senderId", "errorCode", "country", "destination"})
_NUMBERS = frozenset({"weekday", "hour"})


def filter_body(wanted: MessageFilter) -> dict[str, object]:
    """A filter to send. Whose messages, the token says."""
    found: dict[str, object] = {}
    lists: dict[str, list[str]] = {}
    for name, value in wanted.to_params():
        if not value or name == "tenantId":
            continue
        if name in _LISTS:
            lists.setdefault(name, []).append(value)
        else:
            found[name] = int(value) if name in _NUMBERS else value
    return {**found, **lists}


def read_filter(body: object) -> MessageFilter:
    """A filter as the platform keeps it."""
    return MessageFilter.from_params({name: _texts(value) for name, value in decode.mapping(body).items()})


def _texts(value: object) -> str | list[str]:
    return [str(each) for each in value] if isinstance(value, list) else str(value)
