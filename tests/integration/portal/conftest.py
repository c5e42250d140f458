"""The portal against real issuers over HTTP, and the portal alone where no issuer is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.clients import oidc as oidc_module
from portal.clients import oidc_keys
from portal.factory import create_app
from portal.services import Services
from portal.settings import PortalSettings
from tests.integration.portal.scripted_site import Site
from tests.support.compressed import share_compressed
from tests.support.fakes import fake_services
from tests.support.portal import KEYS, PortalSite, running_portal, stop_the_minute
from tests.support.postgres import NewDatabase
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, NAMES, Provider, running_provider
from tests.support.scripted_issuer import ScriptedIssuer, scripted_issuer
from tests.support.served import free_port
from tests.support.visitor import Visitor

ORIGIN = "http://localhost"


@dataclass
class House:
    """A portal on two machines behind one address, which share keys and nothing else: ``portal`` and ``another``."""

    provider: Provider
    portal: PortalSite
    another: PortalSite
    visitor: Callable[..., Visitor]


@pytest.fixture(scope="module", params=NAMES)
def machines(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase
) -> Iterator[tuple[Provider, PortalSite, PortalSite]]:
    port = free_port()
    url = f"http://localhost:{port}"
    folder = tmp_path_factory.mktemp("house")
    with (
        running_provider(request.param, url, new_database=new_database, data_dir=folder / "gateway") as provider,
        running_portal(port, provider, folder / "one") as portal,
        running_portal(free_port(), provider, folder / "two", public_url=url) as another,
    ):
        yield provider, portal, another


@pytest.fixture
def house(machines: tuple[Provider, PortalSite, PortalSite]) -> Iterator[House]:
    """Both portals and their issuer, counting from the start of this test."""
    provider, portal, another = machines
    provider.forget()
    with ExitStack() as stack:

        def visitor(site: PortalSite = portal) -> Visitor:
            return stack.enter_context(Visitor(site))

        yield House(provider, portal, another, visitor)


def lonely_portal(data_dir: Path, services: Services | None = None, **changes: Any) -> Flask:
    """The portal with nobody to talk to, unless ``services`` are given or ``changes`` name an issuer."""
    values: dict[str, Any] = {
        "public_url": ORIGIN, "gateway_url": "http://127.0.0.1:9", "oidc_issuer": "http://127.0.0.1:9",
        "oidc_client_id": "portal", "oidc_client_secret": "not a secret", "session_keys": KEYS,
        "data_dir": share_compressed(data_dir), "log_level": "error",
    }  # fmt: skip
    return create_app(PortalSettings(**(values | changes)), services)


def portal_at(issuer: ScriptedIssuer, folder: Path, services: Services | None = None, **changes: Any) -> Flask:
    """The portal on fake services, signing people in at ``issuer``."""
    given = {"oidc_issuer": issuer.url, "oidc_client_id": CLIENT_ID, "oidc_client_secret": CLIENT_SECRET} | changes
    return lonely_portal(folder, services or fake_services(), **{"session_check_seconds": 300, **given})


@pytest.fixture
def make_client(tmp_path: Path) -> Callable[..., FlaskClient]:
    """``make_client(**settings)``: a portal of this test's own."""
    return lambda **changes: lonely_portal(tmp_path / "portal", **changes).test_client()


@pytest.fixture(scope="module")
def lonely(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return lonely_portal(tmp_path_factory.mktemp("lonely"))


@pytest.fixture
def client(lonely: Flask) -> FlaskClient:
    return lonely.test_client()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sites")


@pytest.fixture(scope="module")
def built(folder: Path) -> Iterator[Site]:
    with scripted_issuer() as issuer:
        yield Site(issuer, portal_at(issuer, folder / "one"), portal_at(issuer, folder / "two"))


@pytest.fixture
def site(built: Site) -> Iterator[Site]:
    yield built
    issuer = built.issuer
    issuer.heal()
    issuer.subject = "owner-1"


@pytest.fixture
def half_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """For limits it is always half a minute past."""
    stop_the_minute(monkeypatch)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known of the issuer is always old, and it is asked again at once."""
    for module, name in (
        (oidc_module, "METADATA_TTL_SECONDS"),
        (oidc_module, "METADATA_RETRY_SECONDS"),
        (oidc_keys, "KEYS_TTL_SECONDS"),
        (oidc_keys, "UNKNOWN_KID_COOL_DOWN_SECONDS"),
        (oidc_keys, "FAILURE_COOL_DOWN_SECONDS"),
    ):
        monkeypatch.setattr(module, name, -1.0)
