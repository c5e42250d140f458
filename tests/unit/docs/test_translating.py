"""The page for translators has the glossary as it is, and names what there is."""

from __future__ import annotations

import re

from portal.i18n import glossary
from tools import marked
from tools.i18n import glossary_page

TEXT = glossary_page.PAGE.read_text(encoding="utf-8")
ROOT = marked.ROOT


def test_page_has_the_glossary_as_it_is() -> None:
    assert glossary_page.table(glossary.glossary()) in TEXT, "run `make docs`"


def test_commands_and_settings_of_the_page_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in set(re.findall(r"make (i18n-[a-z]+|release-check|lint)", TEXT)):
        assert re.search(rf"^{command}:", makefile, flags=re.M), command
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tools" / "i18n").glob("*.py"))
    for name in set(re.findall(r"`((?:I18N|CROWDIN|LOKALISE)_[A-Z_]+)`", TEXT)):
        assert name in sources, name


def test_page_says_what_nobody_has_reviewed() -> None:
    from portal.i18n.lint import catalogs

    reviewed = any(entry.get("status") == "reviewed" for entries in catalogs().values() for entry in entries.values())
    assert ("nobody who speaks the languages natively has reviewed any" in TEXT) is not reviewed
