"""What the counter shows, against an encoder that is not the platform's: it builds every part as bytes."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.domain.sending import DOUBLE, PART, SINGLE
from tests.support.api_world import World
from tests.unit.gateway.domain.test_segments import GSM_CHARACTERS, decode_gsm, gsm_parts, ucs2_parts

gsm_texts = st.text(alphabet=GSM_CHARACTERS, max_size=330)
edges = st.builds(
    lambda size, end: "a" * size + end,
    st.integers(150, 162) | st.integers(300, 310),
    st.text(alphabet="€a😀", max_size=3),
)
any_texts = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=160)


def preview(world: World, body: str) -> Any:
    answer = world.client("developer").post("/v1/messages/preview", json={"to": "0701234567", "body": body})
    assert answer.status_code == 200, answer.json
    return answer.json


@given(body=gsm_texts | edges | any_texts)
@settings(max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_counter_is_what_an_independent_encoder_sends(world: World, body: str) -> None:
    shown = preview(world, body)
    gsm = set(body) <= set(GSM_CHARACTERS)
    encoding, sent, unit = ("GSM-7", gsm_parts(body), 1) if gsm else ("UCS-2", ucs2_parts(body), 2)
    assert (shown["encoding"], shown["segments"], len(shown["parts"])) == (encoding, len(sent), len(sent))
    for part, data in zip(shown["parts"], sent, strict=True):
        read = decode_gsm(data) if gsm else data.decode("utf-16-be")
        assert (body[part["start"] : part["end"]], part["units"]) == (read, len(data) // unit)
    assert shown["units"] == sum(part["units"] for part in shown["parts"])
    assert shown["room"] == (SINGLE if len(sent) == 1 else PART)[encoding] - len(sent[-1]) // unit
    if gsm:  # what the page marks as counting double is all that does
        assert shown["units"] == len(body) + sum(char in DOUBLE for char in body)
    assert float(shown["price"]["amount"]) == round(0.35 * len(sent), 4)
