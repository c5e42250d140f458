"""The message log and one message, as they are built."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from components.message_detail import build_back, build_detail, error_words
from components.messages import MOST_ROWS, MessagesIds, build_foot, build_log, build_time, detail_address
from components.messages_filters import build_messages_filters, chip_texts, span_text
from portal.domain.errors import Forbidden, RateLimited, UpstreamUnavailable
from portal.domain.message_filter import MessageFilter
from portal.domain.messages import ErrorCode, MessagePage
from portal.i18n import Locale, fmt, t, use
from tests.support.fakes import detail, message
from tests.support.trees import ids, links, nested_lists, nodes, text

EVERYTHING = MessageFilter.from_search(
    "startDate=2026-11-01&endDate=2026-11-05&status=failed&status=sent&operator=AWCC&senderId=OTP&errorCode=absent"
    "&country=AF&destination=%2B9370&to=070*&weekday=6&hour=0&q=bank"
    "&invoiceLineId=00000000-0000-7000-8000-00000000a000"
)
NOTHING = MessageFilter()
PAGE = MessagePage(tuple(message(n) for n in range(9)), "next")


def test_log_has_a_row_with_a_link_for_each_message(reader: Locale) -> None:
    log = build_log(PAGE, EVERYTHING)
    rows = [node for node in nodes(log) if type(node).__name__ == "Tr"]
    assert len(rows) == 1 + len(PAGE.items)
    assert detail_address(message(0).message_id, EVERYTHING) in links(log)
    assert nested_lists(log) == []
    labels = {getattr(node, "data-label") for node in nodes(log) if type(node).__name__ == "Td"}
    assert len(labels) == 7  # what the cells are called when rows become cards


def test_log_numbers_and_ids_stay_left_to_right_in_ascii(reader: Locale) -> None:
    log = build_log(PAGE, NOTHING)
    isolated = [node.children for node in nodes(log) if getattr(node, "dir", None) == "ltr"]
    assert message(0).recipient in isolated


def test_log_without_any_message_says_what_to_do(reader: Locale) -> None:
    empty = MessagePage((), None)
    assert "/messages" in links(build_log(empty, EVERYTHING))
    assert links(build_log(empty, NOTHING)) == []


@pytest.mark.parametrize("page", [PAGE, MessagePage((), None)])
def test_log_says_since_when_messages_are_kept_where_it_reaches_back_further(page: MessagePage, reader: Locale) -> None:
    told = t("messages.kept_from", date=fmt.date(dt.date(2026, 5, 1)))
    kept = replace(page, kept_from=dt.datetime(2026, 5, 1, tzinfo=dt.UTC))
    assert told in text(build_log(kept, NOTHING))
    assert told not in text(build_log(page, NOTHING))


def test_log_foot_offers_more_only_while_there_is_more() -> None:
    def button(cursor: str | None, shown: int) -> object:
        foot = build_foot(cursor, shown)
        return next(node for node in nodes(foot) if getattr(node, "id", None) == MessagesIds.MORE)

    assert (button("c", 50).value, button("c", 50).hidden) == ("c", False)  # type: ignore[attr-defined]
    assert button(None, 50).hidden  # type: ignore[attr-defined]
    assert button("c", MOST_ROWS).hidden  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (UpstreamUnavailable(request_id="up-9"), "does not answer"),
        (RateLimited(retry_after=7), "7 seconds"),
        (Forbidden(), "owner"),
    ],
)
def test_log_foot_after_a_failure_keeps_the_cursor_and_says_why(error: Exception, says: str) -> None:
    foot = build_foot("c", 50, error)  # type: ignore[arg-type]
    assert says in text(foot)
    assert any(getattr(node, "value", None) == "c" for node in nodes(foot))


def test_time_shows_the_readers_calendar_and_tells_the_other_one() -> None:
    moment = dt.datetime(2026, 11, 21, 8, 0, 5, tzinfo=dt.UTC)
    with use("fa-AF"):
        built = build_time(moment)
        assert built.children == "۳۰ عقرب ۱۴۰۵، ۱۲:۳۰"
        assert "۲۰۲۶" in built.title
        assert built.dateTime == "2026-11-21T08:00:05+00:00"
    with use("en"):
        assert build_time(moment).children == "21 Nov 2026, 12:30"
        assert "1405" in build_time(moment).title


def test_filters_show_a_removable_chip_for_everything_a_chart_can_link_to(reader: Locale) -> None:
    bar = build_messages_filters(EVERYTHING)
    removals = [node for node in nodes(bar) if getattr(node, "className", None) == "chip-remove"]
    assert len(removals) == len(chip_texts(EVERYTHING)) + 1  # and one for the span of days
    for chip in removals:
        assert chip.href.startswith("/messages?")
        assert len(MessageFilter.from_search(chip.href.partition("?")[2]).to_query_string()) < len(
            EVERYTHING.to_query_string()
        )
    assert nested_lists(bar) == []


def test_filters_without_any_show_no_chip() -> None:
    assert chip_texts(NOTHING) == []
    assert span_text(NOTHING) == ""


def test_detail_shows_error_in_words_and_the_carriers_code(reader: Locale) -> None:
    built = build_detail(detail(3))
    assert "27" in text(built)
    assert "absent_subscriber" in text(built)
    assert nested_lists(built) == []
    body = next(node for node in nodes(built) if getattr(node, "className", None) == "message-body")
    assert body.dir == "auto"


def test_detail_of_a_delivered_message_says_how_long_it_took() -> None:
    with use("en"):
        assert fmt.duration(4) in text(build_detail(detail(0)))


def test_error_words_come_from_catalog_then_platform_then_the_code_itself() -> None:
    known = ErrorCode("x_1", False, "Title", "Advice")
    assert error_words("absent_subscriber")[0] != "absent_subscriber"
    assert error_words("x_1", known) == ("Title", "Advice")
    assert "x_1" in error_words("x_1")[0]


@pytest.mark.parametrize(
    ("back", "href"),
    [
        ("", "/messages"),
        ("status=failed&hour=13", "/messages?status=failed&hour=13"),
        ("https://evil.example/?status=failed", "/messages"),
        ("//evil.example", "/messages"),
        ("javascript:alert(1)", "/messages"),
    ],
)
def test_back_keeps_filters_and_never_leaves_the_log(back: str, href: str) -> None:
    assert build_back(back).href == href


def test_ids_of_the_bar_are_unique() -> None:
    bar = build_messages_filters(EVERYTHING)
    named = [getattr(node, "id", None) for node in nodes(bar) if getattr(node, "id", None)]
    assert len(named) == len(ids(bar))


def test_timeline_tells_in_the_order_of_time_whom_we_told() -> None:
    built = build_detail(detail(0), opens_webhooks=True)
    words = text(built)
    assert words.index("attempt 1") < words.index("Timed out") < words.index("attempt 2") < words.index("204")
    assert words.index("Delivered") < words.index("attempt 1")
    assert any("/webhooks/" in href and "/deliveries/" in href for href in links(built))


def test_timeline_leads_to_no_page_that_the_reader_may_not_open() -> None:
    built = build_detail(detail(0), opens_webhooks=False)
    assert "attempt 2" in text(built)
    assert not any("/webhooks/" in href for href in links(built))
