"""Sending over REST: ``POST /v1/messages`` and its preview."""

from __future__ import annotations

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.upstream import Upstream
from portal.domain.actor import Actor
from portal.domain.sending import ForcingCharacter, MessageDraft, Part, PlainVersion, Preview, SentMessage


class RestSending:
    """:class:`portal.domain.ports.SendingPort` on the platform's API."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def preview(self, recipient: str | None, body: str, *, actor: Actor) -> Preview:
        answer = self._upstream.post("/v1/messages/preview", {"to": recipient, "body": body}, actor=actor)
        with decode.answer():
            return _preview(answer)

    def send(self, draft: MessageDraft, *, idempotency_key: str, actor: Actor) -> SentMessage:
        asked = {"to": draft.recipient, "from": draft.sender_id, "body": draft.body}
        answer = self._upstream.post("/v1/messages", asked, actor=actor, idempotency_key=idempotency_key)
        with decode.answer():
            return SentMessage(
                message_id=decode.text(answer["messageId"]),
                status=decode.status(answer["status"]),
                segments=decode.integer(answer["segments"]),
                encoding=decode.text(answer["encoding"]),
                price=decode.money(answer["price"]),
            )


def _preview(body: Json) -> Preview:
    plain = body.get("plain")
    return Preview(
        encoding=decode.text(body["encoding"]),
        units=decode.integer(body["units"]),
        segments=decode.integer(body["segments"]),
        most_segments=decode.integer(body["mostSegments"]),
        room=decode.integer(body["room"]),
        parts=tuple(
            Part(decode.integer(part["start"]), decode.integer(part["end"]), decode.integer(part["units"]))
            for part in decode.items(body["parts"])
        ),
        forcing=tuple(
            ForcingCharacter(
                decode.integer(found["index"]),
                decode.text(found["text"]),
                # Not maybe_text: an empty one says that it can be left out.
                None if found.get("replacement") is None else str(found["replacement"]),
            )
            for found in decode.items(body["forcing"])
        ),
        forcing_count=decode.integer(body["forcingCount"]),
        plain=PlainVersion(decode.text(plain["body"]), decode.integer(plain["segments"])) if plain else None,
        recipient=decode.maybe_text(body.get("to")),
        operator=decode.maybe_text(body.get("operator")),
        segment_price=decode.maybe_money(body.get("segmentPrice")),
        price=decode.maybe_money(body.get("price")),
    )
