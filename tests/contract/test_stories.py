"""Calls that follow from each other by the published links, with what a story remembers of itself checked beside them.

`make fuzz` tells many more of the same stories, each time others.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis

from tests.contract.test_schema_driven import Door
from tests.support.api_machine import MADE, Callers, Figures, tell
from tests.support.api_world import World, build_world
from tests.support.postgres import NewDatabase

STORIES, STEPS = 24, 25


@pytest.fixture(scope="module")
def figures(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Figures]:
    """What the stories came to in a world of their own; none of them found anything wrong."""
    figures = Figures()
    with new_database() as url, build_world(url, tmp_path_factory.mktemp("stories"), messages=60) as world:
        tell_in(world, figures)
        yield figures


def tell_in(world: World, figures: Figures) -> None:
    schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", Door(world.app))
    callers = Callers(
        lambda: {"Authorization": "Bearer token-of-owner"}, lambda: {"Authorization": "Bearer token-of-stranger"}
    )
    # Always the same stories: one that fails, fails for whoever tells it again.
    tell(schema, callers, figures, seed=20261127, stories=STORIES, steps=STEPS)


def test_no_story_finds_anything_wrong(figures: Figures) -> None:
    assert figures.stories >= STORIES
    assert not [name for name, status in figures.calls if status >= 500]


def test_stories_make_things_of_every_kind_and_follow_what_became_of_them(figures: Figures) -> None:
    assert set(MADE) <= figures.succeeded
    wanted = {
        *("get_api_key", "change_api_key", "rotate_api_key", "revoke_api_key", "get_api_key_usage"),
        *("get_webhook", "change_webhook", "delete_webhook", "rotate_webhook_secret", "test_webhook"),
        *("get_webhook_delivery", "resend_webhook_delivery", "list_webhook_deliveries", "recover_webhook"),
        *("get_export", "delete_export", "change_view", "delete_view", "get_message"),
    }
    # What is drawn changes with the contract, so not every last one is asked for.
    assert len(wanted & set(figures.followed)) > len(wanted) - 3
    assert len(wanted & figures.succeeded) > len(wanted) - 5
    assert sum(figures.followed.values()) > 100
