"""Server-sent events without a thread for each: what portal and gateway have in common, on the standard library alone.

An application answers as always; then `hand_over` takes the connection away from its server and gives it to a
`StreamLoop`, one thread for all streams of the process.
"""

from event_streams.framing import Parser, ServerEvent, event
from event_streams.hand_over import can_hand_over, hand_over
from event_streams.loop import Stream, StreamLoop, make_room

__all__ = ["Parser", "ServerEvent", "Stream", "StreamLoop", "can_hand_over", "event", "hand_over", "make_room"]
