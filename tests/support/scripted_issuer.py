"""An issuer that does what a test tells it: answers garbage, hangs, changes keys, and forgives no reused token.

It speaks the code flow with PKCE without a form: whoever is sent to ``/authorize`` comes back signed in as ``subject``.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from flask import Flask, Response, jsonify, redirect, request

from portal.clients.oidc_tokens import BACKCHANNEL_EVENT
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, TENANT
from tests.support.served import HOST, free_port, served

Fault = Callable[[], Response]


@cache
def signing_key(kid: str) -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


class ScriptedIssuer:
    """``faults`` by endpoint: ``discovery``, ``keys``, ``token``. ``claims`` go into the access token, ``id_claims``
    into the ID token, ``metadata`` into discovery; None there leaves a standard one out. ``refreshes`` counts.
    Without ``rotates`` a refresh token is good for ever and a refresh gives none."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.faults: dict[str, Fault] = {}
        self.released = threading.Event()
        self.kid = "one"
        self.published = ["one"]
        self.subject = "owner-1"
        self.claims: dict[str, Any] = {"roles": ["owner"], "accountId": str(TENANT)}
        self.id_claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.opaque_access_tokens = False
        self.rotates = True
        self.asked_to_authorize: dict[str, str] = {}
        self.refreshes = 0
        self._counter = 0
        self._codes: dict[str, str] = {}
        self._families: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self.app = Flask("scripted_issuer")
        for rule, name, view in (
            ("/.well-known/openid-configuration", "discovery", self._discovery),
            ("/keys", "keys", self._keys),
            ("/token", "token", self._token),
        ):
            self.app.add_url_rule(rule, name, self._unless_faulty(name, view), methods=["GET", "POST"])
        self.app.add_url_rule("/authorize", "authorize", self._authorize)

    def heal(self) -> None:
        self.faults.clear()

    def change_key(self, *, published: bool = True) -> None:
        """Sign with another key from now on; the old one is withdrawn at once."""
        self.kid = "two" if self.kid == "one" else "one"
        if published:
            self.publish()

    def publish(self) -> None:
        """List the key that is signed with, and no other."""
        self.published = [self.kid]

    def hang(self) -> Response:
        """A fault: no answer as long as the test lasts."""
        self.released.wait(60)
        return Response(status=500)

    def sign(self, **claims: Any) -> str:
        now = int(time.time())
        payload = {"iss": self.url, "iat": now, "exp": now + 3600, **claims}
        named = {name: value for name, value in payload.items() if value is not None}
        return jwt.encode(named, signing_key(self.kid), "RS256", {"kid": self.kid})

    def logout_token(self, **claims: Any) -> str:
        """OpenID Connect Back-Channel Logout 1.0 §2.4; ``claims`` replace or, being None, remove."""
        self._counter += 1
        return self.sign(
            **{"aud": CLIENT_ID, "jti": f"logout-{self._counter}", "events": {BACKCHANNEL_EVENT: {}}, **claims}
        )

    # -- endpoints ---------------------------------------------------------------------------------------------

    def _unless_faulty(self, name: str, view: Callable[[], Any]) -> Callable[[], Any]:
        return lambda: self.faults[name]() if name in self.faults else view()

    def _discovery(self) -> Any:
        document = {
            "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize", "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys", **self.metadata,
        }  # fmt: skip
        return jsonify({name: value for name, value in document.items() if value is not None})

    def _keys(self) -> Any:
        listed = []
        for kid in self.published:
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(signing_key(kid).public_key()))
            listed.append({**public, "kid": kid, "use": "sig", "alg": "RS256"})
        return jsonify(keys=listed)

    def _authorize(self) -> Any:
        self.asked_to_authorize = dict(request.args)
        code = self._new("code")
        self._codes[code] = request.args["nonce"]
        query = urlencode({"code": code, "state": request.args["state"], "iss": self.url})
        return redirect(f"{request.args['redirect_uri']}?{query}", 303)

    def _token(self) -> Any:
        given = request.authorization
        if given is None or (given.username, given.password) != (CLIENT_ID, CLIENT_SECRET):
            return jsonify(error="invalid_client"), 401
        if request.form["grant_type"] == "authorization_code":
            nonce = self._codes.pop(request.form["code"], None)
            if nonce is None:
                return jsonify(error="invalid_grant"), 400
            return self._tokens({"sid": self._new("sid"), "nonce": nonce, "spent": set()})
        with self._lock:
            old = request.form["refresh_token"]
            family = self._families.get(old)
            if family is None or family.get("revoked"):
                return jsonify(error="invalid_grant"), 400
            if old in family["spent"]:
                family["revoked"] = True  # RFC 9700 §4.14.2: one of the two who have it is a thief
                return jsonify(error="invalid_grant"), 400
            if self.rotates:
                family["spent"].add(old)
            self.refreshes += 1
        return self._tokens(family, again=True)

    def _tokens(self, family: dict[str, Any], *, again: bool = False) -> Any:
        refresh_token = self._new("refresh") if self.rotates or not again else None
        if refresh_token is not None:
            self._families[refresh_token] = family
        about = {"sub": self.subject, "sid": family["sid"]}
        access = self.sign(**{"aud": "platform", "jti": self._new("jti"), **about, **self.claims})
        nonce = family["nonce"] if self.rotates or not again else None
        answer = {
            "token_type": "Bearer", "expires_in": 3600, "refresh_token": refresh_token,
            "access_token": self._new("opaque") if self.opaque_access_tokens else access,
            "id_token": self.sign(**{"aud": CLIENT_ID, "nonce": nonce, **about, **self.id_claims}),
        }  # fmt: skip
        return jsonify({name: value for name, value in answer.items() if value is not None})

    def _new(self, kind: str) -> str:
        self._counter += 1
        return f"{kind}-{self._counter}"


@contextmanager
def scripted_issuer() -> Iterator[ScriptedIssuer]:
    port = free_port()
    issuer = ScriptedIssuer(f"http://{HOST}:{port}")
    with served(issuer.app, port):
        try:
            yield issuer
        finally:
            issuer.released.set()
