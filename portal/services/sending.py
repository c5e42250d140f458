"""Sending a message by hand, and seeing beforehand what it would be."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.actor import Actor
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Act, require
from portal.domain.ports import SendingPort
from portal.domain.sending import MessageDraft, PreviewView, SentMessage


@dataclass(frozen=True, slots=True)
class SendingService:
    """``api_url`` is where programs send, for the examples."""

    port: SendingPort
    api_url: str

    def preview(self, recipient: str, body: str, *, actor: Actor) -> PreviewView:
        """Count and price a text that may still be written on. A recipient that is no number costs the price only."""
        require(actor, Act.SEND_MESSAGES)
        if not recipient:
            return PreviewView(self.port.preview(None, body, actor=actor))
        try:
            return PreviewView(self.port.preview(recipient, body, actor=actor))
        except InvalidInput as error:
            if set(error.codes) != {"to"}:
                raise
            return PreviewView(self.port.preview(None, body, actor=actor), error.codes)

    def send(self, draft: MessageDraft, *, idempotency_key: str, actor: Actor) -> SentMessage:
        """Send it once, however often the same draft comes with the same key. Raises InvalidInput with all problems.

        A draft that was changed is another message, and may follow one whose answer was lost.
        """
        require(actor, Act.SEND_MESSAGES)
        if wrong := draft.problems():
            raise InvalidInput(codes=wrong)
        return self.port.send(draft, idempotency_key=idempotency_key, actor=actor)
