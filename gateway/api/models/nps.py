"""One question to customers: how likely they are to recommend the platform."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from gateway.api.models.shape import Answer, Body, Timestamp
from gateway.domain.nps import HIGHEST, LONGEST_COMMENT


def _writable(value: str) -> str:
    """Lines of text: PostgreSQL holds no NUL, and nobody means other control characters."""
    if any(
        (ord(char) < 32 and char not in "\n\r\t") or ord(char) == 127 or 0xD800 <= ord(char) <= 0xDFFF for char in value
    ):
        raise PydanticCustomError("characters", "Control characters are not allowed.")
    return value


Comment = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=LONGEST_COMMENT), AfterValidator(_writable)
]


class NpsAnswer(Body):
    """Either a score or `dismissed`."""

    score: int | None = Field(
        default=None, ge=0, le=HIGHEST, strict=True, description="0: not at all likely, 10: very."
    )
    comment: Comment = Field(default="", description="With a score only.")
    dismissed: bool = Field(default=False, strict=True, description="The question was put away: it counts as asked.")

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        if (self.score is None) != self.dismissed:
            raise PydanticCustomError("nps_answer", "Give a score, or say that the question was dismissed.")
        if self.dismissed and self.comment:
            raise PydanticCustomError("nps_answer", "A question that was dismissed has no comment.")
        return self


class NpsState(Answer):
    ask: bool = Field(description="Show the question now.")
    ask_again_at: Timestamp = Field(description="Not before then.")
