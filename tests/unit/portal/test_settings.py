"""Settings are read once; what cannot be used stops start-up with the variable's name."""

from __future__ import annotations

import base64
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from portal.setting_values import SettingsError
from portal.settings import SESSION_KEYS_FILE, SETTINGS, PortalSettings, parse_session_keys
from portal.wiring import build_services

KEY = base64.b64encode(bytes(range(32))).decode()


def read(folder: Path, **changes: str) -> PortalSettings:
    env: Mapping[str, str] = {"PORTAL_DATA_DIR": str(folder), "PORTAL_OIDC_CLIENT_SECRET": "a secret", **changes}
    return PortalSettings.from_env({name: value for name, value in env.items() if value})


def test_settings_by_default_are_those_of_one_machine(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert found.public_url == "http://localhost:8050"
    assert found.redirect_uri == "http://localhost:8050/auth/callback"
    assert found.oidc_issuer == found.gateway_url
    assert not found.https


def test_examples_show_the_address_of_programs_and_the_portal_asks_the_inner_one(tmp_path: Path) -> None:
    inner = {"PORTAL_GATEWAY_URL": "http://gateway:8051", "PORTAL_OIDC_ISSUER": "https://id.example"}
    assert read(tmp_path, **inner).api_url == "http://gateway:8051"
    found = read(tmp_path, **inner, PORTAL_API_PUBLIC_URL="https://api.example/")
    assert (found.gateway_url, found.api_url) == ("http://gateway:8051", "https://api.example")
    assert build_services(found).sending.api_url == "https://api.example"


def test_preset_gives_defaults_that_other_settings_replace(tmp_path: Path) -> None:
    found = read(tmp_path, PORTAL_OIDC_PRESET="google", PORTAL_OIDC_CLIENT_ID="mine")
    assert (found.oidc_audience, found.oidc_scopes) == ("mine", ("openid", "email", "profile"))
    assert found.reading.roles_from == "platform"
    found = read(
        tmp_path,
        PORTAL_OIDC_PRESET="keycloak",
        PORTAL_OIDC_AUDIENCE="sms",
        PORTAL_OIDC_SCOPES="openid",
        PORTAL_OIDC_ROLE_CLAIMS="groups roles",
        PORTAL_OIDC_ROLE_NAMES="boss=owner a=b=tam",
    )
    assert (found.oidc_audience, found.oidc_scopes) == ("sms", ("openid",))
    assert found.reading.role_claims == ("groups", "roles")
    assert found.reading.role_names == {"boss": "owner", "a=b": "tam"}


def test_former_provider_is_in_use_only_when_switched_on_and_then_needs_its_page(tmp_path: Path) -> None:
    page = {"LEGACY_FIREBASE_HANDOFF_URL": "https://old.example/hand-off"}
    assert read(tmp_path, **page).legacy_handoff_url is None
    assert (
        read(tmp_path, LEGACY_FIREBASE_LOGIN_ENABLED="1", **page).legacy_handoff_url == "https://old.example/hand-off"
    )
    with pytest.raises(SettingsError, match="LEGACY_FIREBASE_HANDOFF_URL"):
        read(tmp_path, LEGACY_FIREBASE_LOGIN_ENABLED="1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEGACY_FIREBASE_LOGIN_ENABLED", "yes"),
        ("PORTAL_OIDC_PRESET", "facebook"),
        ("PORTAL_OIDC_ROLE_NAMES", "boss=emperor"),
        ("PORTAL_OIDC_ROLE_NAMES", "owner"),
        ("PORTAL_PORT", "eighty"),
        ("PORTAL_PORT", "0"),
        ("PORTAL_PORT", "70000"),
        ("PORTAL_PUBLIC_URL", "http://portal.example"),
        ("PORTAL_PUBLIC_URL", "portal.example"),
        ("PORTAL_PUBLIC_URL", "https://user@portal.example"),
        ("PORTAL_PUBLIC_URL", "https://portal.example/?a=1"),
        ("PORTAL_PUBLIC_URL", "https://portal.example:port"),
        ("PORTAL_GATEWAY_URL", "ftp://gateway"),
        ("PORTAL_API_PUBLIC_URL", "http://api.example"),
        ("PORTAL_OIDC_ISSUER", "http://issuer.example"),
        ("PORTAL_OIDC_SCOPES", "email profile"),
        ("PORTAL_SESSION_KEYS", "k1"),
        ("PORTAL_SESSION_KEYS", "k1:c2hvcnQ="),
        ("PORTAL_SESSION_KEYS", f"k1:{KEY},k1:{KEY}"),
        ("PORTAL_SESSION_KEYS", f"a b:{KEY}"),
        ("PORTAL_SESSION_SECONDS", "1"),
        ("PORTAL_SESSION_CHECK_SECONDS", "-1"),
        ("PORTAL_TRUSTED_PROXIES", "9"),
        ("PORTAL_LIMIT_SIGN_IN", "-1"),
        ("PORTAL_LIMIT_USER", "many"),
        ("PORTAL_LIMIT_TENANT", "1e6"),
        ("PORTAL_LIMIT_STORE", "memory://"),
        ("PORTAL_LIMIT_STORE", "redis://"),
        ("PORTAL_LIMIT_STORE", "redis://cache:port"),
        ("PORTAL_DEMO", "yes"),
        ("PORTAL_LOG_LEVEL", "loud"),
        ("PORTAL_DATA_DIR", "/proc/nowhere"),
    ],
)
def test_setting_that_is_malformed_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: ") as caught:
        read(tmp_path, **{name: value})
    assert caught.value.name == name
    assert KEY not in str(caught.value)


def test_limits_are_counted_in_a_file_unless_a_store_is_named(tmp_path: Path) -> None:
    assert read(tmp_path).limit_store is None
    (tmp_path / "url").write_text("rediss://:hidden@cache:6380/2\n")
    found = read(tmp_path, PORTAL_LIMIT_STORE_FILE=str(tmp_path / "url"))
    assert found.limit_store == "rediss://:hidden@cache:6380/2"
    assert "hidden" not in repr(found)


def test_store_whose_package_is_missing_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(SettingsError, match=r"^PORTAL_LIMIT_STORE: .*pip install 'redis<8'"):
        read(tmp_path, PORTAL_LIMIT_STORE="redis://:hidden@cache:6379/2")


def test_client_secret_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^PORTAL_OIDC_CLIENT_SECRET: "):
        read(tmp_path, PORTAL_OIDC_CLIENT_SECRET="")


def test_secret_from_a_file_is_read_without_its_newline(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    found = read(tmp_path, PORTAL_OIDC_CLIENT_SECRET="", PORTAL_OIDC_CLIENT_SECRET_FILE=str(tmp_path / "secret"))
    assert found.oidc_client_secret == "from a file"


def test_secret_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not both"):
        read(tmp_path, PORTAL_OIDC_CLIENT_SECRET_FILE=str(tmp_path / "secret"))


def test_secret_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^PORTAL_OIDC_CLIENT_SECRET_FILE: "):
        read(tmp_path, PORTAL_OIDC_CLIENT_SECRET="", PORTAL_OIDC_CLIENT_SECRET_FILE=str(tmp_path / "none"))


def test_session_keys_unset_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    first, second = read(tmp_path), read(tmp_path)
    assert first.session_keys == second.session_keys
    assert stat.S_IMODE((tmp_path / SESSION_KEYS_FILE).stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / SESSION_KEYS_FILE]


def test_session_keys_keep_their_order() -> None:
    assert [key.kid for key in parse_session_keys(f"new:{KEY}, old:{KEY}")] == ["new", "old"]


def test_settings_shown_in_a_log_hold_no_secret(tmp_path: Path) -> None:
    shown = repr(read(tmp_path, PORTAL_SESSION_KEYS=f"k1:{KEY}"))
    assert "a secret" not in shown
    assert KEY not in shown


def test_every_setting_has_one_line_in_the_table() -> None:
    names = [setting.name for setting in SETTINGS]
    source = (Path(__file__).resolve().parents[3] / "portal" / "settings.py").read_text()
    assert len(names) == len(set(names))
    assert all(source.count(f'"{name}"') >= 2 for name in names), "each is described and read"


def test_pseudo_locales_are_offered_when_asked_for_and_their_parser_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not read(tmp_path).pseudo_locales
    assert read(tmp_path, PORTAL_PSEUDO_LOCALES="1").pseudo_locales
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(SettingsError, match="PORTAL_PSEUDO_LOCALES: needs the packages of development"):
        read(tmp_path, PORTAL_PSEUDO_LOCALES="1")
    assert not read(tmp_path).pseudo_locales
