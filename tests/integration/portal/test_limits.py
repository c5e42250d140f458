"""How much a request to the portal may hold: bodies of every route, whether somebody is signed in or not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.web.csrf import HEADER
from portal.web.policy import REPORT_PATH
from portal.web.sign_out import BACKCHANNEL_PATH
from tests.integration.portal.test_forged import SAFE, SAME, TOKENS
from tests.integration.portal.test_platform_refuses import signed_in

LARGEST_BODY = 1_048_576
READ = ("/_dash-update-component", "/preferences/theme", "/preferences/locale", REPORT_PATH, BACKCHANNEL_PATH)
TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain")


def routes(server: Flask) -> list[tuple[str, str]]:
    return sorted(
        (method, re.sub(r"<[^>]+>", "x", rule.rule))
        for rule in server.url_map.iter_rules()
        for method in (rule.methods or set()) - SAFE
    )


@pytest.mark.parametrize("content_type", TYPES)
def test_body_that_is_too_large_is_taken_by_no_route(lonely: Flask, content_type: str) -> None:
    body = b"a=" + b"x" * LARGEST_BODY
    wrong, tried = [], routes(lonely)
    for method, path in tried:
        session = f"too large a body to {path}"  # signing out ends it
        answer = ask(signed_in(lonely, session), session, path, body, content_type, method)
        # What reads no body needs no limit: it leads to where it leads anyway.
        refused = {400, 413, 415} if path in READ else {200, 303, 400, 403, 404, 413, 415}
        if answer.status_code not in refused:
            wrong.append(f"{method} {path}: {answer.status_code}")
    assert set(READ) <= {path for _, path in tried}
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", READ)
def test_body_that_is_too_large_is_read_from_nobody(lonely: Flask, path: str) -> None:
    body = b"a=" + b"x" * LARGEST_BODY
    answer = lonely.test_client().post(path, data=body, content_type=TYPES[1], headers=SAME)
    assert answer.status_code in (400, 401, 413, 415)


def test_callback_that_is_too_large_is_refused_and_a_large_one_is_read(lonely: Flask) -> None:
    client = signed_in(lonely, "large callbacks")
    for size, status in ((LARGEST_BODY + 1, 413), (LARGEST_BODY - 100, 400)):
        body = b'{"a":"' + b"x" * (size - 8) + b'"}'
        answer = ask(client, "large callbacks", "/_dash-update-component", body, "application/json")
        assert answer.status_code == status, size


def ask(client: FlaskClient, session: str, path: str, body: bytes, content_type: str, method: str = "POST") -> Any:
    headers = {**SAME, HEADER: TOKENS.of(session)}
    return client.open(path, method=method, data=body, content_type=content_type, headers=headers)
