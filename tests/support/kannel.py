"""A real Kannel: bearerbox and smsbox on free ports, with the configuration that the documentation gives.

Nothing of the system's own Kannel is used or touched: other ports, other folders, and only what was started here is
stopped, by its process id.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from launcher import ports
from tests.support.smpp_smsc import PASSWORD as CENTRE_PASSWORD
from tests.support.smpp_smsc import MessageCentre, message_centre

HOST = "127.0.0.1"
CONFIGURATION = Path(__file__).resolve().parents[2] / "docs/kannel/kannel.conf"
USERNAME, PASSWORD, STATUS_PASSWORD = "gateway", "change-this-sendsms", "change-this-status"
BOXES = ("bearerbox", "smsbox")
MISSING = [f"/usr/sbin/{box}" for box in BOXES if not os.access(f"/usr/sbin/{box}", os.X_OK)]
WAIT_SECONDS = 60


@dataclass
class Kannel:
    """A Kannel below `directory`. What waits in its queues survives `stop` and `start`."""

    directory: Path
    centre: MessageCentre
    admin_port: int
    sendsms_port: int
    panics: int = 0
    """How often smsbox died of itself while it was starting, and was started anew."""
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.sendsms_port}/cgi-bin/sendsms"

    @property
    def status_url(self) -> str:
        return f"http://{HOST}:{self.admin_port}/status.xml?password={STATUS_PASSWORD}"

    def start(self, *boxes: str) -> None:
        """Start the boxes named (both without a name) and wait until each can be used."""
        for box in boxes or BOXES:
            self._run(box)
            if box == "bearerbox":
                self.wait_until(self.is_linked, "the link between bearerbox and the message centre")
            else:
                self.wait_until(lambda: not ports.is_free(HOST, self.sendsms_port), "smsbox to listen")
        if len(self._processes) == len(BOXES):
            self.wait_until(lambda: "<type>smsbox</type>" in self.status(), "smsbox to be known to bearerbox")

    def _run(self, box: str) -> None:
        with (self.directory / f"{box}.out").open("ab") as out:
            self._processes[box] = subprocess.Popen(
                [f"/usr/sbin/{box}", "-v", "4", str(self.directory / "kannel.conf")],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip

    def stop(self, *boxes: str, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the boxes named (both without a name) and return when they are gone. Smsbox goes with bearerbox."""
        named = boxes or tuple(reversed(BOXES))
        if "bearerbox" in named and "smsbox" not in named:
            named = (*named, "smsbox")
        for box in named:
            process = self._processes.pop(box, None)
            if process is None:
                continue
            if box in boxes or not boxes:
                process.send_signal(how)
            elif how == signal.SIGKILL:
                process.kill()  # it would try again after 10 seconds and give up then; a supervisor starts it anew
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def pause(self, box: str) -> None:
        """Freeze a box: it keeps its connections and says nothing."""
        self._processes[box].send_signal(signal.SIGSTOP)

    def resume(self, box: str) -> None:
        self._processes[box].send_signal(signal.SIGCONT)

    def status(self) -> str:
        """Bearerbox's own report, empty while it does not answer."""
        try:
            with urllib.request.urlopen(self.status_url, timeout=5) as answer:  # noqa: S310 — our own http address
                return str(answer.read().decode("utf-8", "replace"))
        except OSError:
            return ""

    def is_linked(self) -> bool:
        return re.search(r"<status>\s*online", self.status()) is not None and self.centre.is_bound

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Returns when `condition` holds. Kannel tells nobody when it is ready, so it is asked."""
        end = time.monotonic() + WAIT_SECONDS
        while not condition():
            for box, process in list(self._processes.items()):
                if process.poll() is not None and self._panicked(box):
                    self.panics += 1
                    self._run(box)
                    continue
                assert process.poll() is None, f"{box} ended:\n{self._tail(box)}"
            assert time.monotonic() < end, f"Kannel was waited for in vain: {what}\n{self._tail('bearerbox')}"
            time.sleep(0.05)

    def _panicked(self, box: str) -> bool:
        """Did smsbox die of a request that came before it was connected to bearerbox (docs/kannel.md)? It is started
        anew then, as its supervisor would, three times at most."""
        return box == "smsbox" and self.panics < 3 and "lock_out: Assertion `conn != NULL' failed" in self._tail(box)

    def _tail(self, box: str) -> str:
        return (self.directory / f"{box}.out").read_text(errors="replace")[-3000:]


def configuration(
    directory: Path, centre: MessageCentre, taken: dict[str, int], inbound_url: str | None, changes: Mapping[str, str]
) -> str:
    """The documented file with this machine's ports and folders. Fails when a line to exchange is not in it."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    exchanges = {
        "admin-port = 13000": f"admin-port = {taken['admin']}",
        "smsbox-port = 13001": f"smsbox-port = {taken['smsbox']}",
        "bearerbox-port = 13001": f"bearerbox-port = {taken['smsbox']}",
        "sendsms-port = 13013": f"sendsms-port = {taken['sendsms']}",
        "host = smpp.operator.example": f"host = {HOST}",
        "port = 2775": f"port = {centre.port}",
        "smsc-password = change-this-operator": f"smsc-password = {CENTRE_PASSWORD}",
        "/var/log/kannel/": f"{directory}/",
        "/var/spool/kannel/": f"{directory}/",
        # Waits that are right in earnest would make tests slow.
        "sms-resend-freq = 5": "sms-resend-freq = 1",
        "reconnect-delay = 5": "reconnect-delay = 1",
        "http-queue-delay = 5": "http-queue-delay = 1",
    }
    exchanges |= changes
    if inbound_url is not None:
        exchanges["http://kannel:change-this-inbound-token@127.0.0.1:8000"] = inbound_url
    for documented, here in exchanges.items():
        found = re.sub(rf"(?m)(^|(?<=[ \"])){re.escape(documented)}", lambda _match, here=here: here, text)  # type: ignore[misc]
        assert found != text, f"{CONFIGURATION.name} does not hold {documented!r}"
        text = found
    return text


@contextmanager
def kannel_below(
    directory: Path, *, inbound_url: str | None = None, changes: Mapping[str, str] | None = None
) -> Iterator[Kannel]:
    """A running Kannel, bound to a message centre of its own.

    `inbound_url` is the gateway's address with the token in it, `changes` exchanges further lines of the file.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for folder in ("messages", "receipts"):
        (directory / folder).mkdir()
    with message_centre() as centre:
        taken = {name: ports.any_free(HOST) for name in ("admin", "smsbox", "sendsms")}
        text = configuration(directory, centre, taken, inbound_url, changes or {})
        (directory / "kannel.conf").write_text(text, encoding="utf-8")
        kannel = Kannel(directory, centre, taken["admin"], taken["sendsms"])
        try:
            kannel.start()
            yield kannel
        finally:
            kannel.stop(how=signal.SIGKILL)  # its folder goes with it


def require_kannel() -> None:
    if MISSING:
        pytest.skip(f"{MISSING[0]} is absent; as root: apt-get install kannel kannel-extras")


@pytest.fixture
def kannel(tmp_path: Path) -> Iterator[Kannel]:
    """A Kannel of this test alone."""
    require_kannel()
    with kannel_below(tmp_path / "kannel") as running:
        yield running
