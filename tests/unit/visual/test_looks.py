"""Every page is in the pictures, and every picture has a name of its own."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import dash

from portal.i18n.locales import PSEUDO, SUPPORTED
from tests.support.portal_on_fakes import build
from tools.visual.looks import PAGES, all_looks, looks_of


def test_every_page_of_the_portal_is_looked_at(tmp_path: Path) -> None:
    build(tmp_path)
    paths = [urlsplit(page.path).path for page in PAGES if page.where in ("customer", "internal")]
    templates = [page["path_template"] or page["path"] for page in dash.page_registry.values()]
    assert len(templates) > 20
    missing = [
        template
        for template in templates
        if not any(re.fullmatch(re.sub("<[^>]+>", "[^/]+", template), path) for path in paths)
    ]
    assert missing == []


def test_names_are_one_each() -> None:
    names = [look.name for look in all_looks()]
    assert len(set(names)) == len(names)


def test_a_page_is_taken_in_four_languages_three_widths_and_twice_in_the_dark() -> None:
    looks = [look for look in all_looks(PAGES[:1]) if look.pictured]
    assert {(look.locale, look.width) for look in looks if look.theme == "light"} == {
        (tag, width) for tag in SUPPORTED for width in (320, 768, 1280)
    }
    assert {(look.locale, look.width) for look in looks if look.theme == "dark"} == {
        (tag, width) for tag in ("en", "fa-AF") for width in (320, 768, 1280)
    }


def test_pseudo_locales_are_looked_through_wide_and_narrow_and_not_pictured() -> None:
    for tag in PSEUDO:
        looks = list(looks_of(PAGES[0], tag))
        assert {look.width for look in looks} == {320, 1280}
        assert not any(look.pictured for look in looks)
