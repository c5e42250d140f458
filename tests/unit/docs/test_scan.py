"""The scan's own judgements: what makes it fail, what is known to be none, and what its door sees."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

import pytest

from tools import marked
from tools.scan import crawl, feed, judge, leaky
from tools.scan.door import Door, opened
from tools.scan.judge import Crawl

direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def crawled(*findings: dict[str, Any], where: str = "portal", pages: int = 3, good: int = 30) -> Crawl:
    door = Door("http://127.0.0.1:1", lambda _path: {})
    door.statuses[200] = good
    report = {"infos": {"crawled_pages_nbr": pages}, "findings": list(findings), "stopped": ["sql"]}
    return Crawl(where, report, door)


def finding(level: int, kind: str = "Reflected Cross Site Scripting", info: str = "XSS", **more: str) -> dict[str, Any]:
    return {"category": kind, "level": level, "method": "GET", "path": "http://x/search?q=1", "info": info, **more}


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_a_finding_above_informational_fails(level: int) -> None:
    (said,) = judge.wrong([crawled(), crawled(finding(level))])
    assert said == f"{judge.LEVELS[level]}: Reflected Cross Site Scripting in the portal, GET /search: XSS"


def test_what_is_informational_is_counted_and_does_not_fail() -> None:
    crawls = [crawled(finding(0), finding(0)), crawled(where="platform")]
    assert judge.wrong(crawls) == []
    table = judge.table(crawls, 6, ("xss", "sql"), "3.2.3")
    assert "| informational | 2 |" in table
    assert "| critical | 0 |" in table
    assert "| platform | 3 | 30 | 30, 0, 0, 0 | sql |" in table


def test_an_accepted_finding_is_accepted_nowhere_else() -> None:
    theme = finding(1, "HttpOnly Flag cookie", "HttpOnly flag is not set in the cookie : __theme")
    assert judge.wrong([crawled(theme)]) == []
    assert judge.wrong([crawled(theme, where="platform")])
    assert judge.wrong([crawled({**theme, "info": theme["info"].replace("__theme", "__Host-session")})])
    assert judge.wrong([crawled({**theme, "info": theme["info"] + "-too"})])


def test_no_forms_of_the_platform_but_calls_of_programs_go_without_a_token() -> None:
    unproved = finding(2, "Cross Site Request Forgery", "Lack of anti CSRF token")
    for path, fails in (("/v1/auth/refresh", False), ("/v1/auth/login", True), ("/v1/me", True)):
        asked = {**unproved, "method": "POST", "path": f"http://x{path}"}
        assert bool(judge.wrong([crawled(asked, where="platform")])) is fails, path


@pytest.mark.parametrize(("pages", "good"), [(0, 10), (20, 3)])
def test_a_crawl_that_met_refusals_alone_fails(pages: int, good: int) -> None:
    assert "nothing was seen" in judge.wrong([crawled(pages=pages, good=good)])[0]


def ask(url: str) -> tuple[int, str]:
    try:
        with direct.open(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_door_passes_on_and_sees_errors_and_insides() -> None:
    with leaky.leaking() as url, opened(url, lambda _path: {}, frozenset({"/file"})) as door:
        assert "<b>" in ask(f"{door.url}/search?q=%3Cb%3E")[1]
        assert door.troubles == []
        assert ask(f"{door.url}/file?name=/etc/passwd")[0] == 403, "closed"
        assert ask(f"{door.url}/fall?over=x")[0] == 500
        ask(f"{door.url}/search?q=Traceback+(most+recent+call+last)")
        assert [trouble[:20] for trouble in door.troubles] == ["500 to GET /fall?ove", "'Traceback (most rec"]
        assert door.statuses == {200: 2, 500: 1}
        fallen = Crawl("portal", crawled().report, door)
        assert len(judge.wrong([fallen])) == 3


def test_the_door_sees_that_nobody_answers() -> None:
    with opened("http://127.0.0.1:9", lambda _path: {}) as door:
        with pytest.raises(OSError, match=r"closed|reset"):
            direct.open(door.url, timeout=10)
        assert door.troubles[0].startswith("ConnectionRefusedError")


def test_who_asks_elsewhere_is_told_from_the_crawler() -> None:
    with leaky.leaking() as url, crawl.receiving() as bait:
        ask(f"{bait.url}/get_ssrf.php?session_id=x")
        assert crawl.asked_for(bait) == []
        ask(f"{url}/fetch?url={bait.url}/ssrf/x")
        assert crawl.asked_for(bait) == ["/ssrf/x"]


def test_the_contract_is_fed_with_values_for_every_call_but_those_that_delete() -> None:
    document = feed.read(str(marked.ROOT / "contracts" / "openapi.json"))
    ids = {name: f"of-{name}" for name in (*feed.LISTS, "deliveryId", "sessionId", "reportId")}
    fed = feed.fed(document, ids, "http://127.0.0.1:1")
    assert {method for methods in fed["paths"].values() for method in methods} == {"get", "post", "put", "patch"}
    bodies = {
        call["operationId"]
        for path, methods in document["paths"].items()
        for call in methods.values()
        if "application/json" in call.get("requestBody", {}).get("content", {}) and not path.startswith("/v1/internal/")
    }
    assert bodies - {"resend_webhook_delivery"} == set(feed.BODIES)
    for methods in fed["paths"].values():
        for call in methods.values():
            for parameter in call["parameters"]:
                assert parameter["in"] != "path" or parameter["schema"]["default"].startswith("of-"), parameter
