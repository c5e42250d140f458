from __future__ import annotations

import pytest
from psycopg.conninfo import conninfo_to_dict

from gateway.settings import GatewaySettings, SettingsError
from gateway.store.engine import conninfo, create_engine, require_database_url, sqlalchemy_url

URL = "postgres://us%40er:p%2Bw%20d@db.example:5433/gate?sslmode=require"


def test_conninfo_keeps_options_and_special_characters() -> None:
    found = conninfo_to_dict(conninfo(URL, options="-c role=gateway_api -c timezone=UTC"))
    assert found == {
        "user": "us@er", "password": "p+w d", "host": "db.example", "port": "5433", "dbname": "gate", "sslmode": "require",
        "options": "-c role=gateway_api -c timezone=UTC",
    }  # fmt: skip


def test_conninfo_of_a_socket_keeps_its_path() -> None:
    found = conninfo_to_dict(conninfo("postgresql://postgres@/gateway?host=%2Fsrv%2Fa%20b%2Brun"))
    assert found == {"user": "postgres", "dbname": "gateway", "host": "/srv/a b+run"}


def test_sqlalchemy_url_joins_its_options_to_those_given() -> None:
    url = sqlalchemy_url("postgresql://u@h/d?options=-c%20statement_timeout%3D5s", options="-c role=gateway_api")
    assert url.query["options"] == "-c statement_timeout=5s -c role=gateway_api"


@pytest.mark.parametrize("role", ["api", "worker", "identity"])
def test_create_engine_uses_the_login_of_the_role(role: str) -> None:
    settings = GatewaySettings(
        database_url="postgresql://all@h/d", database_api_url="postgresql://api@h/d",
        database_worker_url="postgresql://worker@h/d", database_identity_url="postgresql://identity@h/d",
    )  # fmt: skip
    url = create_engine(settings, role).url  # type: ignore[arg-type]
    assert url.username == role
    assert f"-c role=gateway_{role}" in str(url.query["options"])
    assert create_engine(settings, "owner").url.username == "all"


def test_sqlalchemy_url_keeps_special_characters() -> None:
    url = sqlalchemy_url(URL)
    assert (url.username, url.password, url.drivername) == ("us@er", "p+w d", "postgresql+psycopg")


def test_require_database_url_without_one_names_the_setting() -> None:
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: "):
        require_database_url(GatewaySettings())
