"""The lint of stylesheets finds what would stand on the wrong side in a right-to-left page, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.shell import css_lint, lint


def found(source: str) -> list[str]:
    return [f"{line}: {text}" for _, line, text in css_lint.check(Path("x.css"), source)]


@pytest.mark.parametrize(
    "declaration",
    [
        "margin-left: 1px", "margin-right:0", "padding-right: 1rem", "border-left: 1px solid", "border-right-width: 0",
        "scroll-margin-left: 1px", "left: 0", "right:0", "top: 0", "bottom: 1px", "width: 1px", "max-height: 1px",
        "border-top-left-radius: 1px", "border-bottom-right-radius: 1px", "margin-top: 1px", "padding-bottom: 1px",
        "text-align: left", "text-align:right", "float: left", "clear: right", "justify-content: left",
        "text-align: right !important", "margin: 0 1px 0 2px", "padding: 1px 2px 3px 4px", "inset: 0 auto 0 0",
        "border-width: 0 0 0 4px", "transform: translateX(4px)", "transform: translate(-50%, 0)", "rotate: 45deg",
        "transform: rotate(90deg)", "transform: scaleX(-1)", "translate: 10px 0", "transform: skewX(3deg)",
        "background-position: left", "background-position: right 1rem center", "background-position: 10px 0",
        "background: url(x.svg) no-repeat right .5rem center", "object-position: left", "transform-origin: left center",
        "background: linear-gradient(to right, red, blue)", "background-image: linear-gradient(90deg, red, blue)",
        "background: repeating-linear-gradient(-45deg, red, blue)", "border-radius: 4px 4px 4px 0",
        "border-radius: 1px 2px", "box-shadow: 2px 0 4px red", "box-shadow: 0 0 1px red, -3px 0 0 blue",
        "text-shadow: 1px 1px red", "cursor: e-resize", "cursor: nwse-resize", "direction: ltr", "direction: rtl",
    ],
)  # fmt: skip
def test_side_is_found(declaration: str) -> None:
    assert len(found(f"a {{ {declaration} }}")) == 1
    assert len(found(f"@media (min-width: 1px) {{\n  a{{{declaration}}}\n}}")) == 1


@pytest.mark.parametrize(
    "declaration",
    [
        "margin-inline-start: 1px", "inset-inline: 0", "inset-block-start: 0", "text-align: start", "float: inline-end",
        "margin: 0 1px", "margin: 0 1px 2px", "padding: 1px 2px 3px 2px", "border-radius: 4px", "inset: 0",
        "border-radius: 4px 4px 0 0", "border-start-start-radius: 4px", "transform: translateY(-200%)", "rotate: 180deg",
        "transform: none", "transform: rotate(1turn)", "transform: scale(1.1)", "background-position: center",
        "background-position: 0 0", "background: linear-gradient(red, blue)", "background: linear-gradient(180deg, a, b)",
        "background: linear-gradient(transparent 3.5px, red 3.5px 4.5px, transparent 4.5px)", "color: var(--left)",
        "background: radial-gradient(circle at 4px 4px, red 1px, transparent 2px)", "box-shadow: 0 1px 2px red",
        "box-shadow: inset 0 0 0 1px var(--x)", "cursor: pointer", "overflow-x: auto", "--left: 1px", "box-shadow: none",
        "inline-size: 1px", "max-block-size: 50vh", "resize: vertical", "font: 12px/1.5 'left'", "content: 'left: 1px'",
        "background: url(data:image/svg+xml;utf8,left) center", "margin: 0 calc(2 * 1px) 0 calc(2 * 1px)",
    ],
)  # fmt: skip
def test_what_has_no_side_is_left_alone(declaration: str) -> None:
    assert found(f"a {{ {declaration} }}") == []


def test_selectors_comments_and_media_are_no_declarations() -> None:
    assert found("/* left: 1px */ .float-left, a[title='margin-left: 1px'] { color: red }") == []
    assert found("@media (max-width: 10px) and (min-height: 1px) { a:hover { color: red } }") == []


def test_other_form_for_the_other_direction_is_enough() -> None:
    turned = 'a { rotate: 45deg }\n[dir="rtl"] a { rotate: -45deg }'
    assert found(turned) == []
    assert len(found('a, b { rotate: 45deg }\n[dir="rtl"] a { rotate: -45deg }')) == 1  # b is not turned round
    assert len(found('a { rotate: 45deg }\n[dir="rtl"] a { color: red }')) == 1
    assert len(found('a { rotate: 45deg }\n[dir="rtl"] a b { rotate: -45deg }')) == 1


def test_direction_is_no_excuse_for_a_side_that_has_a_logical_form() -> None:
    assert found('a { margin-left: 1px }\n[dir="rtl"] a { margin-right: 1px }') == [
        "1: physical property: write its logical form (margin-inline-start, inset-inline-end, inline-size …)",
        "2: physical property: write its logical form (margin-inline-start, inset-inline-end, inline-size …)",
    ]


@pytest.mark.parametrize(
    "source",
    [
        "/* sides: code reads from left to right */\npre { direction: ltr }",
        "pre { direction: ltr } /* sides: code reads from left to right */",
    ],
)
def test_reason_excuses_its_line(source: str) -> None:
    assert found(source) == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("/* sides: */\npre { direction: ltr }", "1: sides: without a reason"),
        ("/* sides: because */\npre { direction: ltr }", "1: sides: without a reason"),
        ("/* sides: code reads from left to right */\npre { color: red }", "1: sides: a reason for nothing"),
        ("/* sides: code reads from left to right */\n\n\npre { direction: ltr }", "4: a direction"),
        ("/* code reads from left to right */\npre { direction: ltr }", "2: a direction"),
    ],
)
def test_reason_that_says_nothing_or_excuses_nothing_is_found(source: str, told: str) -> None:
    assert any(each.startswith(told) for each in found(source))


def test_every_sheet_of_our_own_is_looked_at_and_has_none() -> None:
    sheets = [path for folder in lint.STYLESHEETS for path in (lint.ROOT / folder).rglob("*.css")]
    assert {"portal.css", "signin.css", "identity.css", "vazirmatn.css"} <= {path.name for path in sheets}
    own = {path for path in lint.ROOT.rglob("*.css") if not {"vendor", ".venv", ".build"} & set(path.parts)}
    assert {path for path in own if path.relative_to(lint.ROOT).parts[0] in ("assets", "gateway", "portal")} == {
        *sheets
    }
    assert [
        f"{path.name}:{line}: {text}" for path in sheets for _, line, text in css_lint.check(path, path.read_text())
    ] == []
