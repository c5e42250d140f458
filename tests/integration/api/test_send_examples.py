"""The examples of the test sender, run as they stand against a gateway that listens."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.send_code import examples
from gateway.domain import ids
from tests.integration.api.keys import Keys
from tests.support.api_world import World
from tests.support.served import HOST, free_port, served

BODIES = {
    "plain": "Your code is 123456",
    "awkward": "It's \"50 %\" off: $HOME `id` $(id) \\n {x} ${y} <?php ?> \\' €\nsecond line",
    "dari": "کود شما ۴۸۲۱ است 😀\u2028'",
}
RUNNERS = {
    "curl": ("sh", "send.sh"),
    "python": (sys.executable, "send.py"),
    "javascript": ("node", "send.mjs"),
    "php": ("php", "send.php"),
}


@pytest.fixture(scope="module")
def api_url(changing_world: World) -> Iterator[str]:
    port = free_port()
    with served(changing_world.app, port):
        yield f"http://{HOST}:{port}"


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("language", RUNNERS)
def test_example_sends_exactly_the_text_it_shows(
    changing_world: World, api_url: str, tmp_path: Path, language: str, body: str
) -> None:
    program, name = RUNNERS[language]
    if shutil.which(program) is None and language in ("javascript", "php"):
        pytest.skip(f"no {program} here")
    key = Keys(changing_world).create(scopes=["sms:send"], name=f"Example {language}")
    script = tmp_path / name
    script.write_text(examples(api_url, "0701234567", "BANK", body)[language], encoding="utf-8")
    environment = {**os.environ, "SMS_API_KEY": key["rawKey"], "NO_PROXY": HOST, "no_proxy": HOST}
    ran = subprocess.run(
        [program, str(script)], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    stored = changing_world.sql(
        "SELECT message_id, recipient, sender_id, body FROM messages WHERE api_key_id = :key", key=key["keyId"]
    )
    assert [tuple(row[1:]) for row in stored] == [("+93701234567", "BANK", body)]
    assert ids.encode(stored[0][0]) in ran.stdout
