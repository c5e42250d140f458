"""Parts of what callbacks and loaders show that are drawn once, where there is an application that keeps them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final

import flask
from dash.development.base_component import Component

EXTENSION: Final = "portal_parts"


def kept(key: Hashable, build: Callable[[], Component]) -> Any:
    """A part, drawn once for all readers of the current locale for whom ``key`` is the same (``PortalDash.kept``);
    built anew outside of an application."""
    keep = flask.current_app.extensions.get(EXTENSION) if flask.has_app_context() else None
    return build() if keep is None else keep(key, build)
