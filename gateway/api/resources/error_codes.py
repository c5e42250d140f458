"""The catalogue of error codes, in the reader's language."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import get_args

from flask import Response, request

from gateway.api.documents import answers, blueprint
from gateway.api.models.accounts import ErrorCodeItem, ErrorCodes, Locale
from gateway.api.models.filters import NoParameters
from gateway.api.replies import not_modified, reply, revision_tag
from gateway.domain.errors import CATALOGUE

api = blueprint("error_codes", __name__, "Reference")

LOCALES: tuple[Locale, ...] = get_args(Locale)
CATALOGS = Path(__file__).resolve().parents[3] / "locales"
# Browsers say `fa`, our Dari catalog is `fa-AF`.
_SAME_LANGUAGE = {"fa": "fa-AF", "prs": "fa-AF"}


@api.get("/error-codes", responses=answers(ErrorCodes, etag=True, statuses=(401, 403, 422)))
def list_error_codes(query: NoParameters) -> Response:
    """Every error code with title and advice, in the language of `Accept-Language`"""
    language = preferred_language()
    listed = catalogue(language)
    tag = revision_tag(language, listed.model_dump_json())
    response = not_modified(tag) or reply(listed, etag=tag)
    response.headers["Content-Language"] = language
    response.vary.add("Accept-Language")
    return response


def preferred_language() -> Locale:
    """The best of the four for the request; English when none fits."""
    for offered, _quality in request.accept_languages:
        tag = offered.replace("_", "-")
        short = tag.split("-")[0].lower()
        for locale in LOCALES:
            if locale.lower() == tag.lower() or locale == _SAME_LANGUAGE.get(short, short):
                return locale
    return "en"


@lru_cache(maxsize=len(LOCALES))
def catalogue(language: Locale) -> ErrorCodes:
    """All codes in one language, read once. A title that is missing falls back to English, then to the code."""
    texts, english = _texts(language), _texts("en")

    def say(code: str, part: str) -> str:
        key = f"error_code.{code}.{part}"
        return texts.get(key) or english.get(key) or code

    return ErrorCodes(
        language=language,
        items=[
            ErrorCodeItem(code=code, permanent=known.permanent, title=say(code, "title"), advice=say(code, "advice"))
            for code, known in sorted(CATALOGUE.items())
        ],
    )


def _texts(language: str) -> dict[str, str]:
    path = CATALOGS / language / "messages.json"
    if not path.is_file():
        return {}
    entries = json.loads(path.read_text(encoding="utf-8"))
    return {key: entry["message"] for key, entry in entries.items() if key.startswith("error_code.")}
