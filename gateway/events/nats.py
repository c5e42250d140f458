"""Telling events to NATS JetStream. A connection lives for one batch: there are some events an hour, and nothing has to
notice then that it broke."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.report_settings import ReportSettings
from gateway.setting_values import SettingsError

SECONDS = 3.0
DUPLICATES_SECONDS = 86_400.0
SUBJECTS = "customer-portal.>"


class EventsUnavailable(RuntimeError):
    """NATS does not answer, or does not take an event: worth trying again."""


@dataclass(frozen=True)
class Told:
    """One message: on a subject, with an id by which the stream knows it again."""

    subject: str
    message_id: str
    content: bytes
    media_type: str


class Nats:
    """Publishes to one stream, which is made when there is none."""

    def __init__(self, settings: ReportSettings) -> None:
        """Raises SettingsError where the package for it is not installed."""
        try:
            import nats  # noqa: F401 — used below, and missed here rather than at the first event
        except ImportError as error:
            raise SettingsError("GATEWAY_NATS_URL", "needs the packages of requirements-extra.txt") from error
        self._servers = (settings.nats_url or "").split(",")
        self._stream = settings.nats_stream
        self._credentials = settings.nats_credentials

    def publish(self, messages: Sequence[Told], taken: Callable[[int], None]) -> None:
        """Publish in order, each after the one before it was taken; `taken(i)` is called for each that was.

        Raises EventsUnavailable at the first that was not. One that was taken without our hearing of it comes again,
        under the same id, and the stream drops it.
        """
        try:
            asyncio.run(self._publish(messages, taken))
        except SettingsError:
            raise
        except Exception as error:  # of the library, of asyncio, of sockets and of TLS: none is ours
            raise EventsUnavailable(f"{type(error).__name__}: {error}"[:200]) from error

    async def _publish(self, messages: Sequence[Told], taken: Callable[[int], None]) -> None:
        import nats

        async def quiet(_error: Exception) -> None:
            """It is raised as well."""

        connection = await asyncio.wait_for(
            nats.connect(
                servers=self._servers,
                name="customer-portal gateway",
                user_credentials=str(self._credentials) if self._credentials else None,
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0.1,
                connect_timeout=SECONDS,
                error_cb=quiet,
            ),
            SECONDS * (1 + len(self._servers)),
        )
        try:
            stream = connection.jetstream(timeout=SECONDS)
            await self._ensure(stream)
            for number, message in enumerate(messages):
                headers = {"Nats-Msg-Id": message.message_id, "Content-Type": message.media_type}
                # Named, so that a stream of somebody else's that happens to listen cannot take it instead.
                await stream.publish(message.subject, message.content, stream=self._stream, headers=headers)
                taken(number)
        finally:
            await connection.close()

    async def _ensure(self, stream: Any) -> None:
        from nats.js.errors import NotFoundError

        try:
            await stream.stream_info(self._stream)
        except NotFoundError:
            await stream.add_stream(name=self._stream, subjects=[SUBJECTS], duplicate_window=DUPLICATES_SECONDS)
