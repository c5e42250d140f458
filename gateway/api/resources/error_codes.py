"""The catalogue of error codes, in the reader's language."""

from __future__ import annotations

from functools import lru_cache

from flask import Response, request

from gateway.api.documents import answers, blueprint
from gateway.api.models.accounts import ErrorCodeItem, ErrorCodes
from gateway.api.models.filters import NoParameters
from gateway.api.replies import not_modified, reply, revision_tag
from gateway.domain.errors import CATALOGUE
from gateway.texts import Language, choose

api = blueprint("error_codes", __name__, "Reference")


@api.get("/error-codes", responses=answers(ErrorCodes, etag=True, statuses=(401, 403, 422)))
def list_error_codes(query: NoParameters) -> Response:
    """Every error code with title and advice, in the language of `Accept-Language`"""
    language = preferred_language()
    listed = catalogue(language)
    tag = revision_tag(language.tag, listed.model_dump_json())
    response = not_modified(tag) or reply(listed, etag=tag)
    response.headers["Content-Language"] = language.tag
    response.vary.add("Accept-Language")
    return response


def preferred_language() -> Language:
    """The best of ours for the request; English when none fits."""
    return choose(tag for tag, quality in request.accept_languages if quality > 0)


@lru_cache(maxsize=8)
def catalogue(language: Language) -> ErrorCodes:
    """All codes in one language. A code without a text is told by itself."""

    def say(code: str, part: str) -> str:
        try:
            return language.text(f"error_code.{code}.{part}")
        except KeyError:
            return code

    return ErrorCodes(
        language=language.tag,
        items=[
            ErrorCodeItem(code=code, permanent=known.permanent, title=say(code, "title"), advice=say(code, "advice"))
            for code, known in sorted(CATALOGUE.items())
        ],
    )
