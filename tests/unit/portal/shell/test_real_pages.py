"""The product's own pages as the server sends them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.shell import PortalDash
from tests.support import portal_on_fakes
from tests.support.still import restored

BUDGET_BYTES = 560_000
BUDGET_BYTES_WITHOUT_CHARTS = 250_000


@pytest.fixture(scope="module", params=["en", "ps"])
def portal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[FlaskClient, PortalDash]:
    server, app = portal_on_fakes.build(tmp_path_factory.getbasetemp() / "shell", tag=request.param)
    return server.test_client(), app


@pytest.mark.parametrize("path", portal_on_fakes.PAGES)
def test_page_html_holds_what_the_policy_takes(portal: tuple[FlaskClient, PortalDash], path: str) -> None:
    text = portal[0].get(path).get_data(as_text=True)
    drawn = text[: text.index('<div id="react-entry-point">')]
    assert not re.search(r"<[^>]*\s(?:style|on[a-z]+|srcdoc)=", drawn)
    assert not re.search(r"<script(?![^>]*\bsrc=)", drawn)
    assert not re.search(r"""(?:href|src)=["']?(?:https?:)?//""", drawn)


@pytest.mark.parametrize("path", portal_on_fakes.PAGES)
def test_page_uses_only_icons_that_are_shipped(
    portal: tuple[FlaskClient, PortalDash], path: str, assets_folder: Path
) -> None:
    shipped = set(re.findall(r"\.icon-([a-z0-9-]+)", (assets_folder / "vendor/icons/icons.css").read_text()))
    text = portal[0].get(path).get_data(as_text=True)
    used = {
        name for names in re.findall(r'class="icon ([^"]*)"', text) for name in re.findall(r"icon-([a-z0-9-]+)", names)
    }
    assert used
    assert used <= shipped


@pytest.mark.parametrize("path", portal_on_fakes.PAGES)
def test_first_load_stays_within_the_budget(portal: tuple[FlaskClient, PortalDash], path: str) -> None:
    client, app = portal
    app.files.compress_now()
    text = client.get(path).get_data(as_text=True)
    asked = [path, *sorted(set(re.findall(r'"(/assets/pinned/[^"]+)"', text)))]
    sizes = {name: len(client.get(name, headers={"Accept-Encoding": "br"}).data) for name in asked}
    charts = any("/plotly." in name for name in asked)
    assert len(sizes) <= 6
    # headers cost some 600 bytes a request
    assert sum(sizes.values()) + 600 * len(sizes) <= (BUDGET_BYTES if charts else BUDGET_BYTES_WITHOUT_CHARTS), sizes


@pytest.mark.parametrize("path", portal_on_fakes.PAGES)
def test_page_is_made_of_components_that_are_shipped(
    portal: tuple[FlaskClient, PortalDash], path: str, assets_folder: Path
) -> None:
    """What the sources say by name is looked for in test_vendor.py; this finds what Dash itself adds, or a name made up."""
    manifest = json.loads((assets_folder.parent / "tools/vendor/manifest.json").read_text())
    shipped = {(namespace, name) for namespace, names in manifest["components"].items() for name in names}
    text = portal[0].get(path).get_data(as_text=True)
    found = re.search(r'<script[^>]*id="portal-start-layout"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert found
    used = set(_kinds(restored(json.loads(found[1]))))
    assert ("dash_core_components", "Location") in used
    assert used <= shipped
    assert "Still" in found[1]


def _kinds(value: object) -> Iterator[tuple[str, str]]:
    """(namespace, type) of every component in a layout, wherever it stands."""
    if isinstance(value, list):
        for one in value:
            yield from _kinds(one)
    elif isinstance(value, dict):
        if "namespace" in value:
            yield value["namespace"], value["type"]
        yield from _kinds(list(value.values()))
