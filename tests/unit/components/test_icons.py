"""Every icon is known to be turned round in right-to-left pages or not, and only what points somewhere is."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from components.icons import MIRRORED, UPRIGHT
from components.states import build_icon

ROOT = Path(__file__).resolve().parents[3]
SHEET = (ROOT / "assets/vendor/icons/icons.css").read_text()
SHIPPED = set(re.findall(r"\.icon-([a-z0-9-]+)\{--icon", SHEET))


def test_every_icon_of_the_sheet_is_in_one_of_the_lists() -> None:
    assert SHIPPED == MIRRORED | UPRIGHT
    assert not MIRRORED & UPRIGHT


def test_icon_whose_name_has_a_side_is_mirrored() -> None:
    named = {name for name in SHIPPED if re.search(r"(?:^|-)(?:left|right)(?:-|$)", name)}
    assert named <= MIRRORED


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_icon_carries_the_mark_that_the_sheet_turns_round(name: str) -> None:
    classes = build_icon(name, className="mine").className.split()
    assert ("icon-flip" in classes) is (name in MIRRORED)
    assert {"icon", f"icon-{name}", "mine"} <= set(classes)
    assert "[dir=rtl] .icon-flip{transform:scaleX(-1)}" in SHEET


def test_every_icon_that_code_names_is_shipped() -> None:
    named: dict[str, str] = {}
    for path in (each for folder in ("components", "pages", "callbacks") for each in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "build_icon" and node.args:
                first = node.args[0]
                given = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                named |= {str(each.value): path.name for each in given if isinstance(each, ast.Constant)}
    assert len(named) > 20
    assert {name: place for name, place in named.items() if name not in SHIPPED} == {}


def test_all_icons_are_one_picture_in_the_order_of_their_numbers() -> None:
    """A browser makes a document of its own of each picture: one for each icon was much of a first frame."""
    (sheet,) = re.findall(r'url\("data:image/svg\+xml,(.*?)"\)', SHEET)
    places = re.findall(r"%3Cg transform='translate\(0 (\d+)\)'%3E(.*?)%3C/g%3E", sheet)
    assert [int(place) for place, _picture in places] == [32 * number for number in range(len(SHIPPED))]
    assert len({picture for _place, picture in places}) == len(places)
    numbered = re.findall(r"\.icon-([a-z0-9-]+)\{--icon:(\d+)\}", SHEET)
    assert [int(number) for _name, number in numbered] == list(range(len(SHIPPED)))
    assert [name for name, _number in numbered] == json.loads((ROOT / "tools/vendor/manifest.json").read_text())[
        "icons"
    ]
    assert f"viewBox='0 0 16 {32 * len(places)}'" in sheet
    assert f"0 calc(var(--icon)*100%/{len(places) - 0.5})/100% {200 * len(places)}% no-repeat" in SHEET
