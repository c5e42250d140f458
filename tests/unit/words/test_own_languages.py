"""Whoever reads only Dari, Pashto or Arabic meets no English word on any page that is not a name or code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from dash import html

from portal.i18n import for_tag, use
from portal.shell.first_data import Filled, fill
from portal.shell.html import Renderer
from tests.support.latin_words import latin_words, latin_words_of
from tests.support.portal_on_fakes import build
from tests.unit.callbacks.test_ids import trees_shown


def test_word_of_a_page_is_found_and_what_is_somebodys_own_is_not() -> None:
    assert latin_words("میزان delivery در \u2068Roshan\u2069 و API") == ["delivery"]
    page = (
        '<p>سلام <bdi>Roshan</bdi> <b title="Close">پیام‌ها</b> today <code>GET</code><i dir="auto">Hello there</i></p>'
    )
    assert latin_words_of(page) == ["today (p: today)", "Close (b: Close)"]


def written(trees: Iterable[Any]) -> Iterator[str]:
    """Each tree as HTML, and each page once more with each set of values that is loaded into it."""
    page: Any = None
    for tree in trees:
        if isinstance(tree, Mapping):
            filled = fill(page, {place: value for place, value in tree.items() if place[1] == "children"})
            yield Renderer().html(filled)
        else:
            page = tree
            yield Renderer().html(Filled(html.Div(tree)))


@pytest.mark.parametrize("language", ["fa-AF", "ps", "ar"])
def test_pages_and_dialogs_hold_no_english_word(tmp_path: Path, language: str) -> None:
    build(tmp_path)
    with use(for_tag(language)):
        found = {word for page in written(trees_shown()) for word in latin_words_of(page)}
    assert found == set()
