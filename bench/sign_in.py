"""An access token, by the same Authorization Code flow that the portal uses."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import requests

from bench.stack import Stack

PASSWORD = "Demo-1234"  # noqa: S105 - the demo's own


class Form(HTMLParser):
    """Action and fields of the first form of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    @classmethod
    def of(cls, page: requests.Response) -> Form:
        """The form of a page, its action as a whole address."""
        found = cls()
        found.feed(page.text)
        found.action = urljoin(page.url, found.action)
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = values.get("action", "")
        if tag == "input" and values.get("name"):
            self.fields[values["name"]] = values.get("value", "")


def access_token(stack: Stack, email: str) -> str:
    """Sign ``email`` in at the bundled identity service and return the access token."""
    metadata = requests.get(f"{stack.gateway_url}/.well-known/openid-configuration", timeout=10).json()
    client_secret = json.loads((stack.data_dir / "secrets.json").read_text())["oidc_client_secret"]
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    redirect_uri = f"{stack.portal_url}/auth/callback"
    session = requests.Session()
    query = {
        "response_type": "code", "client_id": "portal", "redirect_uri": redirect_uri, "scope": "openid profile email",
        "state": secrets.token_urlsafe(16), "nonce": secrets.token_urlsafe(16), "code_challenge": challenge,
        "code_challenge_method": "S256",
    }  # fmt: skip
    page = session.get(metadata["authorization_endpoint"] + "?" + urlencode(query), timeout=30)
    form = Form.of(page)
    name = next(field for field in form.fields if field in ("username", "email", "login"))
    answer = session.post(
        form.action,
        data={**form.fields, name: email, "password": PASSWORD},
        timeout=30,
        allow_redirects=False,
    )
    while not answer.headers["Location"].startswith(redirect_uri):
        answer = session.get(urljoin(answer.url, answer.headers["Location"]), timeout=30, allow_redirects=False)
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    token = requests.post(
        metadata["token_endpoint"],
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        },
        auth=("portal", client_secret),
        timeout=30,
    )
    token.raise_for_status()
    return str(token.json()["access_token"])
