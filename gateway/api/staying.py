"""A thread of the server stays with its client for a moment: programs that send ask again as soon as they are answered.

gunicorn's thread gives a connection back to a loop after each answer, and the loop gives it to a thread again when the
next request is there: two changes of thread and a dozen calls of the system for each, a twentieth of what a message
costs. Here the thread looks for the next request itself, as long as nobody else waits for a thread.
"""

from __future__ import annotations

import select

from gunicorn.workers.gthread import TConn, ThreadWorker

STAY_MILLISECONDS = 2
MOST_REQUESTS = 100
"""Answered in a row; then others have their turn in any case."""


class StayingWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's worker with threads, whose threads stay."""

    def handle(self, conn: TConn) -> object:
        """Answer a connection's request and those that follow at once; what the loop is told is about the last one."""
        result = super().handle(conn)
        for _ in range(MOST_REQUESTS - 1):
            # Anything but True: the connection ends, or is given back for another reason.
            if result is not True or not self._may_stay(conn):
                break
            result = super().handle(conn)
        return result

    def _may_stay(self, conn: TConn) -> bool:
        if not self.alive or not self.tpool._work_queue.empty():
            return False
        if conn.parser.unreader.buf.getvalue():
            return False  # read already, so the socket has nothing to say: the loop knows what to do
        waiting = select.poll()
        waiting.register(conn.sock, select.POLLIN)
        return bool(waiting.poll(STAY_MILLISECONDS))
