"""What goes on while programs are killed: messages over the API, exports, imports, pages, and a customer's receiver."""

from __future__ import annotations

import csv
import json
import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import requests

from bench.sign_in import PASSWORD, access_token
from chaos.product import Product

OWNER, SLUG = "owner@demo.example", "demo-bank"
BODY = "Chaos says: your code is 48151623"
EVENTS = ["message.sent", "message.delivered", "message.failed"]
CLIENTS = 4
PAUSE_SECONDS = 0.5
IMPORTED_ROWS = 2000
# The last two digits force what becomes of a message; `07` would wait for a receipt until tomorrow.
ENDINGS = ("00", "00", "00", "01", "02", "03", "04", "05", "06", "08", "09")


class Receiver:
    """The customer's server: takes everything, and remembers what it was told under which id."""

    def __init__(self) -> None:
        told: dict[str, list[bytes]] = defaultdict(list)
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                with lock:
                    told[self.headers.get("webhook-id", "")].append(body)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                """Nothing."""

        self.told = told
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hooks"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Load:
    """``accepted`` maps idempotency keys to the message each made; ``faults`` are answers that must not be."""

    product: Product
    receiver: Receiver
    seed: int
    accepted: dict[str, str] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)
    imported: int = 0
    asked_again: int = 0
    pages: int = 0
    faults: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    endpoint_id: str = ""
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)
    _token: str = ""
    _key: str = ""

    def prepare(self) -> None:
        """Money, an API key, an endpoint."""
        paid = self.product.gateway("top-up", "--tenant", SLUG, "--amount", "1000000")
        if paid.wait(120):
            raise RuntimeError(f"top-up failed: {paid.communicate()[0]}")
        self._token = access_token(self.product.stack, OWNER)
        wanted = {"name": "Chaos", "scopes": ["sms:send", "sms:read"], "mode": "live", "expiresAt": None,
                  "allowedIps": []}  # fmt: skip
        self._key = self._post("/v1/api-keys", wanted, self._token)["rawKey"]
        made = self._post("/v1/webhooks", {"url": self.receiver.url, "events": EVENTS}, self._token)
        self.endpoint_id = made["endpointId"]
        self.secrets = {PASSWORD, self._token, self._key, BODY, made["signingSecret"]}

    def start(self) -> None:
        acts: list[Callable[[], None]] = [lambda number=each: self._send(number) for each in range(CLIENTS)]  # type: ignore[misc]
        for act in (*acts, self._export, self._import, self._look):
            thread = threading.Thread(target=self._guarded, args=(act,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Begin nothing new; whatever was asked is asked until it is answered."""
        self._stop.set()
        for thread in self._threads:
            thread.join(180)
            if thread.is_alive():
                self.faults.append("a client had no answer for three minutes")

    def probe(self, seconds: float) -> float | None:
        """Seconds until a message of now is delivered; None when it is not within ``seconds``."""
        began = time.monotonic()
        key = f"probe-{uuid4()}"
        while time.monotonic() - began < seconds:
            try:
                if key not in self.accepted:
                    self._try_send(key, "+93700000900")
                found = requests.get(
                    f"{self.product.stack.gateway_url}/v1/messages/{self.accepted[key]}", headers=_bearer(self._key),
                    timeout=2,
                )  # fmt: skip
                if found.status_code == 200 and found.json()["status"] == "delivered":
                    return time.monotonic() - began
            except (requests.RequestException, KeyError, ValueError):
                pass
            time.sleep(0.1)
        return None

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:
            self.faults.append(f"{type(error).__name__}: {error}")

    # -- messages ----------------------------------------------------------------------------------------------------

    def _send(self, number: int) -> None:
        draw = Random(f"{self.seed}-{number}")
        while not self._stop.wait(PAUSE_SECONDS * draw.uniform(0.5, 1.5)):
            key = f"chaos-{uuid4()}"
            recipient = f"+93{draw.choice((70, 79, 78, 72))}00009{draw.choice(ENDINGS)}"
            while not self._try_send(key, recipient):
                time.sleep(0.3)
            if draw.random() < 0.1:  # a client that lost the answer
                self.asked_again += 1
                while not self._try_send(key, recipient):
                    time.sleep(0.3)

    def _try_send(self, key: str, recipient: str) -> bool:
        answer = self._asked("/v1/messages", {"to": recipient, "from": "BANK", "body": BODY}, self._key, key)
        if answer is None:
            return False
        made = answer["messageId"]
        with self._lock:
            if self.accepted.setdefault(key, made) != made:
                self.faults.append(f"the key {key} made two messages")
        return True

    def _asked(self, path: str, body: dict[str, Any], token: str, key: str) -> dict[str, Any] | None:
        """The answer once there is a good one; None for what passes. Anything else is a fault."""
        try:
            answer = requests.post(
                self.product.stack.gateway_url + path, json=body, headers={**_bearer(token), "Idempotency-Key": key},
                timeout=10,
            )  # fmt: skip
            if answer.status_code in (200, 201, 202):
                return dict(answer.json())
        except (requests.RequestException, ValueError):
            return None
        if answer.status_code < 500 and answer.status_code != 429:
            self.faults.append(f"{path}: {answer.status_code} {answer.text[:200]}")
            time.sleep(1)
        return None

    # -- the rest ----------------------------------------------------------------------------------------------------

    def _export(self) -> None:
        while not self._stop.wait(8):
            key = f"export-{uuid4()}"
            wanted = {"format": "csv", "filter": {}}
            while (made := self._asked("/v1/messages/exports", wanted, self._token, key)) is None:
                time.sleep(0.5)
            self.exports[key] = made["exportId"]

    def _import(self) -> None:
        """One file after the other; the importer is killed now and then, and the same command goes on from there."""
        draw, number = Random(f"{self.seed}-import"), 0
        while not self._stop.wait(15):
            number += 1
            path = self.product.stack.data_dir / f"import-{number}.csv"
            _write_csv(path, number)
            while True:
                command = self.product.gateway(
                    "import-messages", "--tenant", SLUG, "--format", "csv", str(path)
                )  # fmt: skip
                if draw.random() < 0.5:
                    time.sleep(draw.uniform(0.5, 3))
                    os.kill(command.pid, signal.SIGKILL)
                command.communicate()
                if command.returncode == 0:
                    break
                time.sleep(1)
            self.imported += IMPORTED_ROWS

    def _look(self) -> None:
        """Somebody without a session at the portal: whatever happens, an answer is a page of ours, or none at all."""
        while not self._stop.wait(0.5):
            try:
                answer = requests.get(f"{self.product.stack.portal_url}/dashboard", timeout=10)
            except requests.RequestException:
                continue
            self.pages += 1
            if answer.status_code not in (200, 303, 503) or "Traceback" in answer.text:
                self.faults.append(f"the portal answered {answer.status_code}")

    def _post(self, path: str, body: dict[str, Any], token: str) -> dict[str, Any]:
        answer = requests.post(self.product.stack.gateway_url + path, json=body, headers=_bearer(token), timeout=30)
        if answer.status_code >= 300:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:300]}")
        return dict(answer.json())


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _write_csv(path: Path, number: int) -> None:
    now = datetime.now(UTC) - timedelta(days=2)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["external_id", "to", "from", "body", "submitted_at", "status", "final_at", "price"])
        for row in range(IMPORTED_ROWS):
            at = (now + timedelta(seconds=row)).isoformat()
            rows.writerow(
                [f"chaos-{number}-{row}", f"+9370{row:07}", "BANK", "Imported", at, "delivered", at, "0.3800"]
            )


def as_json(told: dict[str, list[bytes]]) -> dict[str, list[Any]]:
    """What the receiver was told, by webhook-id."""
    return {identifier: [json.loads(body) for body in bodies] for identifier, bodies in told.items()}
