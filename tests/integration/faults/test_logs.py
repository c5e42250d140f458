"""What a whole run writes into its logs, with everything switched on that a setting switches on: no secret, no message."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import requests

from gateway.api.context import EXTENSION
from tests.support import fault_proxy as faults
from tests.support.fault_proxy import fault_proxy
from tests.support.portal import opened_refresh, opened_session, running_portal
from tests.support.postgres import NewDatabase
from tests.support.provider import CLIENT_SECRET, PASSWORD, gateway_application
from tests.support.served import free_port, served
from tests.support.visitor import Visitor

BODY = "Your secret code is 771-204-993"
RECIPIENT = "+93701237788"
WRONG_PASSWORD = "not-my-password-but-somebodys"
FAULTS = (faults.refuse, faults.cut, faults.failing, faults.garbage, faults.html, faults.redirect, faults.empty)


def test_no_secret_and_no_message_is_in_any_log(new_database: NewDatabase, tmp_path: Path) -> None:
    written, secrets = io.StringIO(), {PASSWORD, WRONG_PASSWORD, CLIENT_SECRET, BODY, RECIPIENT, RECIPIENT[1:]}
    port, gateway_port = free_port(), free_port()
    issuer, portal_url = f"http://127.0.0.1:{gateway_port}", f"http://localhost:{port}"
    provider = _Provider(issuer)
    with (
        new_database() as url,
        gateway_application(url, tmp_path / "gateway", issuer, portal_url) as gateway,
        served(gateway, gateway_port),
        fault_proxy(issuer) as proxy,
        redirect_stdout(written),  # where the portal sends its log from now on, and the gateway in this process too
        running_portal(port, provider, tmp_path / "portal", gateway_url=proxy.url, log_level="debug") as portal,
        Visitor(portal) as visitor,
    ):
        refused = visitor.enter(visitor.to_the_form(), password=WRONG_PASSWORD)
        assert refused.status_code in (200, 400, 401, 403, 422)
        back = visitor.follow(visitor.enter(visitor.to_the_form()), until=f"{portal_url}/auth/callback")
        secrets |= {value for name in ("code", "state") for value in parse_qs(urlsplit(back.url).query).get(name, [])}
        assert visitor.follow(back).status_code == 200
        cookies = visitor.cookies()
        secrets |= {value for name, value in cookies.items() if name.startswith("__Host-")}
        token = opened_session(cookies["__Host-session"])["at"]
        secrets |= {
            token,
            *filter(None, (opened_refresh(cookies["__Host-refresh"]).get(name) for name in ("rt", "it"))),
        }
        api_key = _make_key(issuer, token)
        secrets.add(api_key)
        for fault in (None, *FAULTS):
            proxy.heal()
            if fault is not None:
                proxy.break_down(fault)
            sent = {"to": RECIPIENT, "from": "BANK", "body": BODY}
            _try(lambda: requests.post(f"{proxy.url}/v1/messages", json=sent, headers=_bearer(api_key), timeout=30))  # noqa: B023
            for page in ("/dashboard", "/api-keys", f"/messages?to={quote(RECIPIENT)}&q={quote(BODY)}"):
                assert visitor.get(page).status_code == 200
        proxy.heal()
        visitor.post("/auth/logout")
        gateway.extensions[EXTENSION].key_usage.close()
    log = written.getvalue()
    assert '"path": "/messages"' in log
    assert "upstream unavailable" in log
    told = [line for line in log.splitlines() if any(each in line or quote(each, safe="") in line for each in secrets)]
    assert not told, f"secrets in {len(told)} lines of the log, such as {told[0]}"
    assert len(secrets) > 12


class _Provider:
    """As much of a provider as a portal's settings need."""

    def __init__(self, issuer: str) -> None:
        self.issuer = self.platform_url = issuer


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _try(call: object) -> None:
    try:
        call()  # type: ignore[operator]
    except requests.RequestException:
        return


def _make_key(gateway_url: str, token: str) -> str:
    wanted = {"name": "Key", "scopes": ["sms:send"], "mode": "live", "expiresAt": None, "allowedIps": []}
    answer = requests.post(
        f"{gateway_url}/v1/api-keys", json=wanted, headers={**_bearer(token), "Idempotency-Key": "log-key"}, timeout=30
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["rawKey"])
