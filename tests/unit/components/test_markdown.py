"""Markdown that anybody may have written becomes elements that run nothing."""

from __future__ import annotations

import html as standard_html
import re
from typing import Any

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.markdown import build_markdown, is_safe, plain_text
from tests.support.trees import nodes, text

ELEMENTS = frozenset(
    {
        "Div", "P", "H3", "Blockquote", "Ul", "Ol", "Li", "Table", "Thead", "Tbody", "Tr", "Th", "Td", "Strong", "Em",
        "Del", "A", "Pre", "Code", "Br", "Hr",
    }
)  # fmt: skip
PROPERTIES = frozenset({"children", "className", "dir", "href", "target", "rel", "scope", "start", "tabIndex", "role"})
CORPUS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<!-- --><style>*{display:none}</style>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](%6aavascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:image/png;base64,AAAA)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "[x](//evil.example/a)",
    "[x](/billing)",
    "[x](?tenantId=1)",
    "[x](https:evil)",
    "[x](https:\\\\evil.example)",
    "[x](blob:https://portal.example/1)",
    "<javascript:alert(1)>",
    "![x](https://tracker.example/pixel.png)",
    "![x](javascript:alert(1))",
    "[![x](https://t.example/p.png)](javascript:alert(1))",
    "[x]: javascript:alert(1)\n\n[x]",
    '[x](https://a.example "onmouseover=alert(1)")',
    "[x](https://a.example' onmouseover='alert(1))",
    "`<script>`",
    "```html onload=alert(1)\n<script>alert(1)</script>\n```",
    "| <script> | [x](javascript:1) |\n|---|---|\n| a | b |",
    "{{constructor.constructor('alert(1)')()}}",
    ">" * 3000 + " deep",
    "- " * 1500 + "deep",
    "*" * 5000,
    "[" * 5000,
    "\u202e[x](https://a.example)\u202c",
)


def judged(tree: Any) -> None:
    """Only elements and properties that are listed, and links that lead where links may."""
    for node in nodes(tree):
        name = type(node).__name__
        assert name in ELEMENTS, name
        given = set(node.to_plotly_json()["props"])
        assert given <= PROPERTIES, (name, given)
        if name == "A":
            assert is_safe(node.href)
            assert node.href.split(":")[0] in {"http", "https", "mailto"}
            assert (node.rel, node.target) == ("noopener noreferrer nofollow", "_blank")


def as_html(tree: Any) -> str:
    """The tree as plain HTML, for a judge that knows nothing of us."""
    if tree is None:
        return ""
    if isinstance(tree, (list, tuple)):
        return "".join(map(as_html, tree))
    if isinstance(tree, str):
        return standard_html.escape(tree, quote=False)
    name = type(tree).__name__.lower()
    href = getattr(tree, "href", None)
    told = f' href="{standard_html.escape(href)}"' if href else ""
    if name in {"br", "hr"}:
        return f"<{name}>"
    return f"<{name}{told}>{as_html(getattr(tree, 'children', None))}</{name}>"


@pytest.mark.parametrize("attack", CORPUS, ids=range(len(CORPUS)))
def test_nothing_that_runs_comes_of_an_attack(attack: str) -> None:
    tree = build_markdown(attack)
    judged(tree)
    drawn = as_html(tree)
    cleaned = nh3.clean(
        drawn,
        tags={each.lower() for each in ELEMENTS},
        attributes={"a": {"href"}},
        link_rel=None,
        url_schemes={"http", "https", "mailto"},
    )
    # The judge finds nothing to take away: as much is left as there was.
    assert re.sub(r"\s+", "", nh3.clean(cleaned, tags=set())) == re.sub(r"\s+", "", nh3.clean(drawn, tags=set()))
    assert cleaned.count("href=") == drawn.count("href=")


@given(st.text(alphabet=st.sampled_from(list("[]()<>!*_`#-|:\\/\n\t &;ajvscriptdt=\"'1.س")), max_size=200))
@settings(max_examples=300, deadline=None)
def test_nothing_that_runs_comes_of_anything(written: str) -> None:
    judged(build_markdown(written))
    plain_text(written)


def kinds(tree: Any) -> list[str]:
    return [type(node).__name__ for node in nodes(tree)]


def test_what_people_write_looks_as_they_mean_it() -> None:
    tree = build_markdown(
        "# Title\n\n**bold** *slanted* ~~gone~~ `code`\nnext line\n\n- one\n- two\n\n3. three\n\n> said\n\n---\n\n| a |\n|---|\n| b |\n\n```\nx\n```"
    )
    assert {
        "H3",
        "Strong",
        "Em",
        "Del",
        "Code",
        "Br",
        "Ul",
        "Ol",
        "Li",
        "Blockquote",
        "Hr",
        "Table",
        "Th",
        "Td",
        "Pre",
    } <= set(kinds(tree))
    assert next(node.start for node in nodes(tree) if type(node).__name__ == "Ol") == "3"
    for word in ("Title", "bold", "slanted", "gone", "code", "next line", "one", "three", "said"):
        assert word in text(tree)


def test_links_lead_outside_and_everything_else_is_text() -> None:
    tree = build_markdown(
        "[a](https://a.example/x?y=1#z) <https://b.example> <me@c.example> [d](/portfolio) ![e](https://e.example/p.png)"
    )
    assert [node.href for node in nodes(tree) if type(node).__name__ == "A"] == [
        "https://a.example/x?y=1#z", "https://b.example", "mailto:me@c.example",
    ]  # fmt: skip
    assert "d" in text(tree)
    assert "e" in text(tree)


def test_each_block_has_the_direction_of_its_own_text() -> None:
    assert [node.dir for node in nodes(build_markdown("سلام\n\nhello")) if type(node).__name__ == "P"] == [
        "auto",
        "auto",
    ]


def test_plain_text_is_words_on_one_line() -> None:
    assert plain_text("# Head\n\nCalled **Farid**:\nthe [sender](https://x.example) waits\n\n- one\n- `two`") == (
        "Head Called Farid: the sender waits one two"
    )
    assert plain_text("a" * 50, 10) == "a" * 10 + "…"
    assert plain_text("<b>x</b>") == "<b>x</b>"
    assert plain_text("") == ""
