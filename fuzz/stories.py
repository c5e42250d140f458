"""Stories along the API's published links, told to the gateway of the running product until the time is over."""

from __future__ import annotations

import time
from random import Random

import schemathesis

from bench.sign_in import access_token
from chaos.product import Product
from tests.support.api_machine import Callers, Figures, Headers, tell

OWNER, STRANGER = "owner@demo.example", "owner@other.example"
STORIES_A_ROUND, STEPS = 40, 40
_FRESH_SECONDS = 1200.0  # a token lives for an hour


class SignedIn:
    """A person's access token, asked for anew before it ends."""

    def __init__(self, product: Product, email: str) -> None:
        self._product, self._email = product, email
        self._headers: Headers = {}
        self._at = 0.0

    def __call__(self) -> Headers:
        if not self._headers or time.monotonic() - self._at > _FRESH_SECONDS:
            self._headers = {"Authorization": f"Bearer {access_token(self._product.stack, self._email)}"}
            self._at = time.monotonic()
        return self._headers

    def forget(self) -> None:
        """The session may have been ended."""
        self._headers = {}


def tell_all(product: Product, seconds: float, seed: int, figures: Figures) -> None:
    """Rounds of stories, each of another seed that follows from the first. What is wrong is raised."""
    end, draw = time.monotonic() + seconds, Random(seed)
    owner = SignedIn(product, OWNER)
    callers = Callers(owner, SignedIn(product, STRANGER), "http://127.0.0.1:9/story", owner.forget)
    while time.monotonic() < end:
        schema = schemathesis.openapi.from_url(f"{product.stack.gateway_url}/v1/openapi.json")
        tell(schema, callers, figures, seed=draw.randrange(2**32), stories=STORIES_A_ROUND, steps=STEPS, until=end)
