"""The policy as a table: what it must never say, and that the documentation says the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.web import policy

ROOT = Path(__file__).resolve().parents[4]
BOTH = [policy.enforced(https=True), policy.candidate("https://portal.example", https=True)]


@pytest.mark.parametrize("directives", BOTH, ids=["enforced", "candidate"])
def test_policy_begins_with_nothing_and_allows_no_whole_world(directives: tuple[policy.Directive, ...]) -> None:
    assert (directives[0].name, directives[0].value) == ("default-src", "'none'")
    names = [one.name for one in directives]
    assert len(set(names)) == len(names)
    for one in directives:
        assert one.reason
        for source in one.value.split():
            assert "unsafe" not in source
            assert "*" not in source
            assert source not in ("http:", "https:", "blob:", "filesystem:", "ws:", "wss:")
    assert next(one.value for one in directives if one.name == "script-src") == "'report-sample'", "but for the nonce"


def test_candidate_differs_in_nothing_else_than_it_says() -> None:
    enforced = {one.name: one.value for one in policy.enforced(https=False)}
    candidate = {one.name: one.value for one in policy.candidate("https://portal.example", https=False)}
    assert {name for name in enforced if enforced[name] != candidate[name]} == {one.name for one in policy.CANDIDATE}
    assert enforced.keys() == candidate.keys()


def test_documentation_shows_the_tables_as_they_are() -> None:
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    for title, directives in (("directive", policy.enforced(https=True)), ("candidate", policy.CANDIDATE)):
        rows = [f"| `{one.name}` | {_sources(one)} | {one.reason} |" for one in directives]
        table = "\n".join([f"| {title} | allows | because |", "|---|---|---|", *rows])
        assert f"\n\n{table}\n\n" in text, f"docs/security.md must hold:\n\n{table}"


def _sources(one: policy.Directive) -> str:
    nonce = ["'nonce-…'"] if one.name in policy.WITH_NONCE else []
    return " ".join(f"`{source}`" for source in [*one.value.split(), *nonce]) or "–"
