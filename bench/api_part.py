"""The gateway's answers at ten million messages."""

from __future__ import annotations

from bench import answers
from bench.measure import Found, Options


def measure(options: Options) -> Found:
    """Beside a tenth of the messages."""
    return answers.compared(min(answers.SMALLER, options.messages // 10), options.messages, options)
