"""Tokens against forged requests: each is good for one session, under every key that still opens sessions."""

from __future__ import annotations

import pytest
from flask import Flask, request

from portal.settings import SessionKey
from portal.web.csrf import COOKIE, FIELD, HEADER, CsrfTokens

OLD, NEW = SessionKey("a", bytes(32)), SessionKey("b", b"1" * 32)
TOKENS = CsrfTokens([OLD], seconds=600)


def test_token_is_good_for_its_session_alone() -> None:
    token = TOKENS.of("one")
    assert TOKENS.holds(token, "one")
    assert not TOKENS.holds(token, "two")
    for changed in (None, "", ".", "a.", token[:-1], token + "A", f"z{token[1:]}", token.partition(".")[2], "a.\u06f0"):
        assert not TOKENS.holds(changed, "one"), changed


def test_keys_of_the_ring_can_be_changed_without_a_refusal() -> None:
    before, between, after = (CsrfTokens(ring, seconds=600) for ring in ([OLD], [NEW, OLD], [NEW]))
    assert between.holds(before.of("one"), "one")
    assert before.of("one") != between.of("one") == after.of("one")
    assert not after.holds(before.of("one"), "one")
    assert not TOKENS.holds(CsrfTokens([SessionKey("a", NEW.key)], seconds=600).of("one"), "one")


@pytest.mark.parametrize("path", ["/auth/logout", "/_dash-update-component"])
@pytest.mark.parametrize("where", ["header", "field", "address", "cookie"])
def test_only_a_header_or_a_forms_field_beside_the_cookie_proves_anything(path: str, where: str) -> None:
    token = TOKENS.of("one")
    headers = {"Cookie": f"{COOKIE}={token}"} | ({HEADER: token} if where == "header" else {})
    data = {FIELD: token} if where == "field" else {}
    query = {FIELD: token} if where == "address" else {}
    with Flask("x").test_request_context(path, method="POST", headers=headers, data=data, query_string=query):
        # What scripts ask for takes no field: a form of another site could send one.
        assert TOKENS.proven(request, "one") == (where == "header" or (where == "field" and path == "/auth/logout"))
