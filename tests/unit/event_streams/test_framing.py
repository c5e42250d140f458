"""The format is written so that what was said can be read again, however it is cut up on its way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_streams import Parser, ServerEvent, event
from event_streams.framing import LONGEST_LINE

_LINE = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=20)
_TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@given(
    events=st.lists(st.tuples(_LINE.filter(bool), _TEXT, st.none() | _LINE.filter(bool)), max_size=6),
    cuts=st.lists(st.integers(1, 40)),
)
def test_events_are_read_as_they_were_written(events: list[tuple[str, str, str | None]], cuts: list[int]) -> None:
    written = b"".join(event(name, data, event_id=event_id) for name, data, event_id in events)
    parser, read = Parser(), []
    for size in [*cuts, len(written)]:
        read += parser.feed(written[:size])
        written = written[size:]
    last, expected = "", []
    for name, data, event_id in events:
        last = last if event_id is None else event_id
        # Whatever broke its lines, and a space at the beginning of one is kept.
        expected.append(ServerEvent(name, data.replace("\r\n", "\n").replace("\r", "\n"), last, None))
    assert read == expected


def test_what_others_may_send_is_understood() -> None:
    parser = Parser()
    sent = b"\xef\xbb\xbf:hello\r\rretry: 12\rretry: x\rid: 7\rid: a\0b\rdata\rdata:  two\r\n\r\nevent: e\ndata:1\n\n"
    assert parser.feed(sent) == [ServerEvent("message", "\n two", "7", 12), ServerEvent("e", "1", "7", 12)]


def test_break_between_two_reads_is_one_break() -> None:
    parser = Parser()
    found = [one for piece in (b"data: a\r", b"\ndata: b\r", b"\n\r", b"\n") for one in parser.feed(piece)]
    assert [one.data for one in found] == ["a\nb"]


def test_line_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="without end"):
        Parser().feed(b"x" * (LONGEST_LINE + 1))


@pytest.mark.parametrize("field", ["name", "event_id"])
@pytest.mark.parametrize("sign", "\r\n\0")
def test_name_that_would_be_another_event_is_refused(field: str, sign: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        event(**{field: f"a{sign}b"})  # type: ignore[arg-type]
