"""The real portal over HTTP, the real gateway, and between them a network that a test can break."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import requests
from flask import Flask, Response

from gateway.api.context import EXTENSION
from portal.clients import budget
from portal.clients.circuit import Circuit
from portal.domain.permissions import customers_of, rule_for
from portal.factory import create_app
from portal.settings import PortalSettings
from portal.shell import dash_internals
from portal.web.csrf import CsrfTokens
from portal.web.sealing import Sealer
from portal.web.session import Session, SessionCookies
from tests.support import api_calls
from tests.support.api_world import World, build_world
from tests.support.compressed import share_compressed
from tests.support.fault_proxy import FaultProxy, fault_proxy
from tests.support.portal import KEYS
from tests.support.postgres import NewDatabase
from tests.support.served import HOST, free_port, served

PATIENCE = 5.0
"""Seconds within which a page answers, whatever the platform does. Its client hangs up then."""
NEVER = partial(Circuit, failures=10**9)


def token_of(world: World, who: str) -> tuple[str, dict[str, Any]]:
    """A token as an issuer would make it, but for its signature; the claims it makes."""
    person = world.people[who]
    claims: dict[str, Any] = {
        "sub": str(person.user_id), "exp": 4_000_000_000, "name": who, "roles": sorted(person.roles),
        "userType": person.user_type,
    }  # fmt: skip
    if person.tenant_id:
        claims["accountId"] = str(person.tenant_id)
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJub25lIn0.{body}.c2ln", claims


@dataclass
class Site:
    """One portal in front of the proxy."""

    world: World
    proxy: FaultProxy
    server: Flask
    url: str

    def get(self, path: str, who: str = "owner") -> requests.Response:
        """A page as the signed-in person's browser is answered. Raises Timeout when that takes too long."""
        token, claims = token_of(self.world, who)
        held = Session("id", 1, "sid", token, claims, None, None, who, f"{who}@tests.example")
        response = Response()
        SessionCookies(Sealer(KEYS), seconds=600, csrf=CsrfTokens(KEYS, seconds=600)).save(response, held)
        cookies = "; ".join(each.partition(";")[0] for each in response.headers.getlist("Set-Cookie"))
        with requests.Session() as session:
            session.trust_env = False
            return session.get(self.url + path, headers={"Cookie": cookies}, timeout=PATIENCE, allow_redirects=False)

    def pages(self) -> dict[str, tuple[str, str]]:
        """Every page there is: an address of it and whose it is, by its route."""
        named = {
            **api_calls.message(self.world, "owner"),
            **api_calls.known_delivery(self.world, "owner"),
            **api_calls.known_invoice(self.world, "owner"),
        }
        found = {}
        for page in dash_internals.registered_pages():
            route = path = str(page["path_template"] or page["path"])
            for name, value in named.items():
                path = path.replace("<" + "".join(f"_{c.lower()}" if c.isupper() else c for c in name) + ">", value)
            assert "<" not in path, f"say above what {route} is about"
            internal = not customers_of(route)
            about = f"?tenantId={self.world.tenant}" if internal and rule_for(route).of_tenant else ""
            found[route] = (
                path + about,
                ("tam" if "tam" in rule_for(route).roles else "admin") if internal else "owner",
            )
        return found

    def get_all(self) -> dict[str, requests.Response]:
        """Every page at the same time, by its route."""
        pages = self.pages()
        with ThreadPoolExecutor(6) as pool:
            return dict(zip(pages, pool.map(lambda page: self.get(*page), pages.values()), strict=True))


@pytest.fixture(scope="module")
def world(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with new_database() as url, build_world(url, tmp_path_factory.mktemp("faults"), messages=120) as built:
        own = built.app.extensions[EXTENSION]
        people = {token_of(built, who)[0]: person for who, person in built.people.items()}
        built.app.extensions[EXTENSION] = replace(own, verify=lambda token: people.get(token) or own.verify(token))
        yield built


@pytest.fixture(scope="module")
def broken_line(world: World) -> Iterator[FaultProxy]:
    port = free_port()
    with served(world.app, port), fault_proxy(f"http://{HOST}:{port}") as proxy:
        yield proxy


@pytest.fixture
def proxy(broken_line: FaultProxy) -> Iterator[FaultProxy]:
    """The line to the gateway, whole at the beginning and at the end."""
    broken_line.heal()
    broken_line.forget()
    yield broken_line
    broken_line.heal()


@contextmanager
def portal_at(world: World, proxy: FaultProxy, folder: Path, circuit: Callable[..., Circuit]) -> Iterator[Site]:
    port = free_port()
    settings = PortalSettings(
        public_url=f"http://localhost:{port}", gateway_url=proxy.url, oidc_issuer="http://127.0.0.1:9",
        oidc_client_id="portal", oidc_client_secret="not a secret", session_keys=KEYS,
        data_dir=share_compressed(folder), session_check_seconds=0, log_level="debug",
    )  # fmt: skip
    with mock.patch("portal.wiring.Circuit", circuit):
        server = create_app(settings)
    with served(server, port):
        site = Site(world, proxy, server, f"http://{HOST}:{port}")
        # Dash sets itself up with the first request, which is not what any test measures.
        requests.get(f"{site.url}/login", timeout=60)
        yield site


@pytest.fixture(scope="module")
def portal(world: World, broken_line: FaultProxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A portal whose circuits never open: each request meets the fault itself."""
    with portal_at(world, broken_line, tmp_path_factory.mktemp("portal"), NEVER) as site:
        yield site


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages give up on the platform after a second and not after nearly five: only so much of a test's time is spent."""
    monkeypatch.setattr(budget, "PAGE_SECONDS", 1.0)


@pytest.fixture
def crashes(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What was logged as an error so far: anything nobody anticipated."""
    caplog.set_level(logging.ERROR)

    def found() -> list[str]:
        return [f"{record.name}: {record.getMessage()} {record.exc_text or ''}"[-1500:] for record in caplog.records
                if record.levelno >= logging.ERROR]  # fmt: skip

    return found
