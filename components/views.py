"""The menu of saved views beside the log's filters. What is filled in and confirmed: components/views_forms.py.

The list is asked for when the menu is opened, so that the log itself waits for nothing (assets/js/views.js).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from dash import Output, dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.messages_filters import address_of
from components.states import build_error, build_icon, build_skeleton
from portal.domain.errors import PortalError
from portal.domain.message_filter import MessageFilter
from portal.domain.views import SavedView
from portal.i18n import t
from portal.i18n.bidi import isolate


class ViewsIds(StrEnum):
    """``ASKED`` is a store that is written whenever the list is wanted, with what the log showed before; ``TO_…`` are
    stores that a click on a button for it writes, with the id of the view and the time (assets/js/views.js).
    ``WAITING`` stands in the list's place while it is asked for.

    Buttons as inputs of their own would have every drawing of the list ask the server once for each kind of them.
    """

    MENU = "views-menu"
    WAITING = "views-waiting"
    LIST = "views-list"
    ASKED = "views-asked"
    TO_SAVE = "views-to-save"
    TO_UPDATE = "views-to-update"
    TO_RENAME = "views-to-rename"
    TO_DELETE = "views-to-delete"
    SAVE = "views-save"
    SAVE_FORM = "views-save-form"
    RENAME = "views-rename"
    RENAME_FORM = "views-rename-form"
    DELETE = "views-delete"
    DELETE_FORM = "views-delete-form"


_ACTS = (ViewsIds.TO_SAVE, ViewsIds.TO_UPDATE, ViewsIds.TO_RENAME, ViewsIds.TO_DELETE)


def view_of(clicked: str | None) -> str:
    """The id of the view that a ``TO_…`` store names."""
    return str(clicked or "").partition(" ")[0]


def build_views_menu() -> Component:
    """Closed, with an empty panel. Plain ``details``, as the filters beside it are."""
    return html.Details(
        [
            html.Summary(
                [build_icon("bookmark"), t("views.title"), build_icon("chevron-down", className="menu-caret")],
                className="menu-button",
            ),
            html.Div(
                [_build_waiting(), html.Div(id=ViewsIds.LIST, hidden=True)],
                className="menu-panel",
                role="group",
                **attributes(aria_label=t("views.title")),
            ),
            *(dcc.Store(id=store) for store in (ViewsIds.ASKED, *_ACTS)),
        ],
        id=ViewsIds.MENU,
        className="menu views",
        **attributes(
            data_menu="",
            data_views=ViewsIds.ASKED.value,
            data_views_list=ViewsIds.LIST.value,
            data_views_waiting=ViewsIds.WAITING.value,
        ),
    )


def _build_waiting() -> Component:
    return html.Div(
        [build_skeleton(3), html.Span(t("state.loading"), className="visually-hidden", role="status")],
        id=ViewsIds.WAITING,
        className="views-waiting",
    )


def while_asking() -> list[tuple[Output, bool, bool]]:
    """For a callback's ``running``: an old list, whose marks may be wrong by now, is hidden until the new one comes."""
    return [(Output(ViewsIds.WAITING, "hidden"), False, True), (Output(ViewsIds.LIST, "hidden"), True, False)]


def build_failure(error: PortalError, request_id: str = "") -> Component:
    """The list could not be had; the button asks again."""
    retry = html.Button(
        t("state.retry"),
        type="button",
        className="btn btn-outline-secondary btn-sm",
        **attributes(data_menu_stays="", data_views_retry=""),
    )
    return build_error(error, retry=retry, request_id=request_id)


def build_views(
    views: Sequence[SavedView],
    wanted: MessageFilter,
    *,
    opened: SavedView | None,
    left: SavedView | None,
    may_change: bool,
) -> Component:
    """Links to the views of the log that shows ``wanted``, and what can be done with them. ``opened``: the view it is;
    ``left``: the view that it was before the filter was changed."""
    count = html.P(t("views.count", count=len(views)), className="visually-hidden", role="status")
    rows = [_build_row(view, wanted, active=view is opened, may_change=may_change) for view in views]
    how = html.P(t("views.filter_first"), className="views-note") if may_change and not wanted.narrowed else None
    return html.Div(
        [
            *(_build_changes(left) if may_change and wanted.narrowed else []),
            count,
            html.Ul(rows, className="views-list", role="list") if rows else _build_nothing(may_change=may_change),
            how,
        ]
    )


def _build_changes(left: SavedView | None) -> list[Component]:
    """What can be kept of the filter in force."""
    save = html.Button(
        [build_icon("plus-lg"), html.Span(t("views.new"))],
        type="button",
        className="btn btn-outline-secondary btn-sm",
        **attributes(data_view_act=ViewsIds.TO_SAVE.value),
    )
    if left is None:
        return [html.Div(save, className="views-keep", **attributes(data_views_row=""))]
    update = html.Button(
        [build_icon("arrow-repeat"), html.Span(t("views.update"))],
        type="button",
        className="btn btn-primary btn-sm",
        **attributes(
            aria_label=t("views.update.of", name=left.name),
            data_view_act=ViewsIds.TO_UPDATE.value,
            data_view=left.view_id,
        ),
    )
    return [
        html.P(t("views.changed", name=isolate(left.name)), className="views-note"),
        html.Div([update, save], className="views-keep", **attributes(data_views_row="")),
    ]


def _build_row(view: SavedView, wanted: MessageFilter, *, active: bool, may_change: bool) -> Component:
    content: list[Any] = [html.Span(html.Bdi(view.name), className="view-name")]
    if active:
        content += [build_icon("check-lg"), html.Span(t("views.open"), className="visually-hidden")]
    link = dcc.Link(
        content, href=address_of(view.within(wanted)), className=f"menu-link view-link{' active' if active else ''}"
    )
    acts = [_act(ViewsIds.TO_RENAME, view, "pencil", "rename"), _act(ViewsIds.TO_DELETE, view, "trash", "delete")]
    return html.Li([link, *(acts if may_change else [])], className="view", **attributes(data_views_row=""))


def _act(act: ViewsIds, view: SavedView, icon: str, name: str) -> Component:
    words = t(f"views.{name}.of", name=view.name)
    return html.Button(
        build_icon(icon),
        type="button",
        title=words,
        className="btn btn-sm view-act",
        **attributes(aria_label=words, data_view_act=act.value, data_view=view.view_id),
    )


def _build_nothing(*, may_change: bool) -> Component:
    advice = t("views.none.advice") if may_change else t("views.none.read_only")
    return html.Div([html.P(t("views.none"), className="views-none"), html.P(advice, className="views-note")])
