from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.settings import GatewaySettings, SettingsError

TOKEN = "0123456789abcdef0123456789abcdef"


def test_from_env_nothing_given_has_defaults_for_one_machine() -> None:
    settings = GatewaySettings.from_env({})
    assert settings == GatewaySettings()
    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.1", 0, None)


def test_from_env_reads_every_value() -> None:
    settings = GatewaySettings.from_env(
        {"DATABASE_URL": "postgresql://u:p@h:5432/d", "GATEWAY_PORT": "8443", "GATEWAY_HOST": " 0.0.0.0 ",
         "GATEWAY_PUBLIC_URL": "https://api.example.org/", "GATEWAY_DATA_DIR": "/srv/data", "GATEWAY_INGEST_TOKEN": TOKEN,
         "GATEWAY_ACCESS_TOKEN_SECONDS": "60"}
    )  # fmt: skip
    assert settings.database_url == "postgresql://u:p@h:5432/d"
    assert (settings.host, settings.port, settings.access_token_seconds) == ("0.0.0.0", 8443, 60)  # noqa: S104
    assert (settings.public_url, settings.data_dir) == ("https://api.example.org", Path("/srv/data"))


@pytest.mark.parametrize(
    "name", ["account_reads", "account_writes", "person_reads", "person_writes", "key_reads", "key_writes"]
)
def test_from_env_each_limit_is_its_own(name: str) -> None:
    settings = GatewaySettings.from_env({f"GATEWAY_LIMIT_{name.upper()}": "17"})
    assert settings == replace(GatewaySettings(), **{f"limit_{name}": 17})
    assert settings.limit_of(*name.split("_")) == 17


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATEWAY_PORT", "eighty"), ("GATEWAY_PORT", "-1"), ("GATEWAY_PORT", "65536"), ("GATEWAY_PORT", "٨٠"),
        ("GATEWAY_ACCESS_TOKEN_SECONDS", "0"), ("GATEWAY_REFRESH_LEEWAY_SECONDS", "301"),
        ("DATABASE_URL", "mysql://u@h/d"), ("DATABASE_URL", "postgresql://host"), ("DATABASE_URL", "postgresql://h:x/d"),
        ("DATABASE_API_URL", "nonsense"), ("GATEWAY_PUBLIC_URL", "http://api.example.org"),
        ("GATEWAY_PUBLIC_URL", "https://user@api.example.org"), ("GATEWAY_PUBLIC_URL", "https://a.example/?q=1"),
        ("GATEWAY_PUBLIC_URL", "https://["), ("GATEWAY_INGEST_TOKEN", "short"), ("GATEWAY_INGEST_TOKEN", "with spaces in it"),
        ("GATEWAY_KANNEL_URL", "127.0.0.1:13013"), ("GATEWAY_KANNEL_URL", "http://u:p@kannel/x"), ("GATEWAY_KANNEL_URL", "http://k/x?username=u"),
        ("GATEWAY_KANNEL_URL", "http://k:port/x"), ("GATEWAY_KANNEL_USERNAME", "two words"), ("GATEWAY_KANNEL_PASSWORD", "گذر"),
        ("GATEWAY_KANNEL_SMSC", "a b"), ("GATEWAY_KANNEL_CALLBACK_URL", "ftp://gateway"), ("GATEWAY_KANNEL_INBOUND_TOKEN", "short"),
        ("GATEWAY_LIMIT_KEY_WRITES", "-1"), ("GATEWAY_LIMIT_PERSON_READS", "1000001"), ("GATEWAY_LIMIT_ADDRESS_FAILURES", "many"),
    ],
)  # fmt: skip
def test_from_env_malformed_value_names_the_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: ") as raised:
        GatewaySettings.from_env({name: value})
    assert raised.value.name == name


@pytest.mark.parametrize(
    "name", ["DATABASE_URL", "GATEWAY_INGEST_TOKEN", "GATEWAY_KANNEL_PASSWORD", "GATEWAY_KANNEL_INBOUND_TOKEN"]
)
def test_from_env_malformed_secret_is_not_repeated(name: str) -> None:
    with pytest.raises(SettingsError) as raised:
        GatewaySettings.from_env({name: "hunter2 hunter2 hunter2"})
    assert "hunter2" not in str(raised.value)


def test_from_env_secret_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN + "\n", encoding="utf-8")
    assert GatewaySettings.from_env({"GATEWAY_INGEST_TOKEN_FILE": str(tmp_path / "token")}).ingest_token == TOKEN


def test_from_env_secret_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xff")
    for path in ("missing", "empty", "binary"):
        with pytest.raises(SettingsError, match=r"^GATEWAY_INGEST_TOKEN_FILE: "):
            GatewaySettings.from_env({"GATEWAY_INGEST_TOKEN_FILE": str(tmp_path / path)})


def test_from_env_secret_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not both"):
        GatewaySettings.from_env({"GATEWAY_INGEST_TOKEN": TOKEN, "GATEWAY_INGEST_TOKEN_FILE": str(tmp_path)})


def test_secrets_are_not_in_the_repr() -> None:
    settings = GatewaySettings.from_env({"DATABASE_URL": "postgresql://u:hunter2@h/d", "GATEWAY_INGEST_TOKEN": TOKEN})
    assert "hunter2" not in repr(settings)
    assert TOKEN not in repr(settings)


@pytest.mark.parametrize("url", ["http://localhost:8050", "http://127.0.0.1:9000", "http://[::1]:9000"])
def test_from_env_plain_http_is_for_this_machine(url: str) -> None:
    assert GatewaySettings.from_env({"GATEWAY_PUBLIC_URL": url}).public_url == url
