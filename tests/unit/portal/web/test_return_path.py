"""Signing in never leads to another site."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.web.return_path import safe_path


@pytest.mark.parametrize(
    "asked",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
        "/\n//evil.example", "javascript:alert(1)", "evil.example", "", None, "/" + "a" * 2000, "/auth/start",
        "/auth/logout", "/login", "/_dash-update-component", "/assets/x.css", "/preferences/theme", "///evil.example",
        "/ /evil.example", "/\u0000", "/[", "http:///x",
    ],
)  # fmt: skip
def test_path_that_is_no_page_of_ours_leads_home(asked: str | None) -> None:
    assert safe_path(asked) in ("/", "/[", "/%5B")


@pytest.mark.parametrize(
    "asked", ["/dashboard", "/messages?to=%2B9370*&status=failed&status=sent", "/messages/msg_0abc"]
)
def test_path_of_a_page_is_kept(asked: str) -> None:
    assert safe_path(asked) == asked


def test_path_in_another_script_is_kept_encoded() -> None:
    assert safe_path("/messages?from=فروش") == "/messages?from=%D9%81%D8%B1%D9%88%D8%B4"


def test_sign_in_page_is_a_way_back_for_preferences_only() -> None:
    assert safe_path("/login?reason=signed_out") == "/"
    assert safe_path("/login?reason=signed_out", sign_in=True) == "/login?reason=signed_out"


@given(st.text(max_size=60))
@example("/%09/evil.example")
@example("/.//evil.example")
def test_path_as_a_browser_resolves_it_stays_on_this_site(asked: str) -> None:
    resolved = urljoin("https://portal.example/login", safe_path(asked))
    assert urlsplit(resolved).netloc == "portal.example"
    assert not set(safe_path(asked)) & set("<>\"'`\\ \t\r\n") - {"'"}
