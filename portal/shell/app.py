"""The Dash application behind the strict browser policy, with pages that arrive whole.

``PortalDash`` replaces three things of Dash: how a page's HTML is made (``index``), how a path becomes a page
(``enable_pages``), and where scripts and stylesheets come from (``/assets/pinned/``, nowhere else). Everything else is
Dash as documented.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from dash import ClientsideFunction, Input, Output, State, html
from dash.development.base_component import Component
from flask import Flask, Response, abort, g, request
from werkzeug.exceptions import HTTPException

from portal.domain.errors import NotFound, Unauthenticated
from portal.i18n import locale, t
from portal.shell import dash_internals
from portal.shell.compression import compress
from portal.shell.document import Reader, StartUp, opening, remainder
from portal.shell.drawn_pages import LARGEST_PARTS, DrawnPages
from portal.shell.first_data import ChartDrawing, Filled, Loader, Params, Same, Values, fill
from portal.shell.html import Renderer
from portal.shell.parts import EXTENSION
from portal.shell.pieces import Drawn, Kept, Piece, Pieces, plain
from portal.shell.scripts import Assets
from portal.shell.shapes import Bodies, Shapes
from portal.shell.static_files import StaticFiles

THEMES = ("light", "dark")
THEME_COOKIE = "__theme"
FAILURE_HEADER = "X-Portal-Failure"
_log = logging.getLogger(__name__)
_frames = ThreadPoolExecutor(max_workers=16, thread_name_prefix="frame")


class PortalDash(dash_internals.SetUpWithoutReader):
    """Dash with a strict policy, one bundle, first data and server-drawn pages. See the module and ``first_data``."""

    def __init__(
        self,
        server: Flask,
        *,
        assets_folder: Path,
        data_dir: Path,
        name: str = "portal",
        title: Callable[[], str] = lambda: "",
        request_id: Callable[[], str] = lambda: "",
        error_view: Callable[[str], Component] | None = None,
        not_found_view: Callable[[], Component] | None = None,
        refusal: Callable[[str], Component | None] = lambda _route: None,
        propagate: tuple[type[Exception], ...] = (Unauthenticated,),
        not_found: tuple[type[Exception], ...] = (NotFound,),
        drawing: ChartDrawing | None = None,
        asks_nothing: Callable[[], bool] = lambda: False,
    ) -> None:
        """
        ``data_dir`` keeps compressed copies of scripts between starts. ``error_view(request_id)`` is what a page shows
        when its loader fails unexpectedly. Exceptions in ``propagate`` go on to Flask's error handlers (sign in again,
        come back later); those in ``not_found`` show ``not_found_view``, on a first load with status 404.
        ``refusal(route)`` is what the asker sees instead of a page that is not theirs, on a first load with status 403.
        ``asks_nothing()``: whether the frame can be built from what is known already.
        """
        self._loaders: dict[str, Loader] = {}
        self._drawn_pages = DrawnPages()
        self._parts = DrawnPages(LARGEST_PARTS)
        self._asks_nothing = asks_nothing
        self._shapes = Shapes(())
        self._title = title
        self._request_id = request_id
        self._error_view = error_view or _plain_error
        self._not_found_view = not_found_view or _plain_not_found
        self._propagate: tuple[type[Exception], ...] = (*propagate, HTTPException)
        self._not_found = not_found
        self._refusal = refusal
        self._anticipated = self._propagate + not_found
        self._drawing = drawing
        self.files = StaticFiles("/assets/pinned/", data_dir / "compressed")
        self.assets = Assets(assets_folder, self.files, prefix="/")
        super().__init__(
            name,
            server=server,  # type: ignore[arg-type]
            assets_folder=str(assets_folder),
            pages_folder="",
            use_pages=True,
            include_assets_files=False,
            include_pages_meta=False,
            suppress_callback_exceptions=True,
            update_title="",
            add_log_handler=False,
            # Unsaid, Dash would run an event loop for each callback wherever some package brought asgiref along.
            use_async=False,
            on_error=self._report_failure,
        )
        server.add_url_rule("/assets/pinned/<path:name>", "portal_pinned_asset", self._serve_pinned)
        server.json = Bodies(server)
        server.extensions[EXTENSION] = self.kept
        server.before_request(_refuse_suites)
        server.before_request(self._refuse_misshapen)
        server.before_request(self._compress_in_background)
        server.after_request(self._finish)

    def _when_set_up(self) -> None:
        self.assets.complete(dash_internals.callbacks(self))
        self._shapes = Shapes(dash_internals.callbacks(self))
        self.server.extensions[dash_internals.REACHED] = dash_internals.reached(self)

    # ------------------------------------------------------------------------------------------------- what pages use
    def first_data(self, path_template: str, loader: Loader) -> None:
        """Have ``loader(params)`` called whenever the page is asked for, by URL or by a link inside the application.

        It returns ``{(component id, property): value}``; the values are put into the page's pure layout before it is
        sent. ``params`` are what ``layout(**params)`` gets. A chart description as a graph's ``figure`` is drawn twice:
        as a Plotly figure for the renderer, and as SVG, in the HTML or, where there is none, beside the figure. A
        loader whose values others are shown as well says so with :class:`Same`, and the page is drawn once for all of
        them.
        """
        self._loaders[path_template] = loader

    def kept(self, key: Hashable, build: Callable[[], Component]) -> Drawn:
        """A part of the frame, built and drawn once for all readers of the current locale for whom ``key`` is the same.

        ``key`` names everything that the part depends on; a form, which carries its reader's token, has no place in it.
        """

        def draw() -> Drawn:
            component, renderer = build(), Renderer()
            html = renderer.html(Filled(component))
            if renderer.met_form:
                raise ValueError(f"a form is its reader's alone: {key!r}")
            json, still = dash_internals.to_script_json(component), dash_internals.to_still_json(component)
            return Drawn(html, json, renderer.styles.css(), still)

        found = self._parts.once((key, locale()), draw)
        assert found is not None  # noqa: S101 - for the type checker: draw gives no None
        return found

    def static_page(self, content: Component, *, title: str, status: int) -> Response:
        """The frame around some content as HTML alone: for pages that must work when nothing else does."""
        renderer = self._renderer()
        drawn = renderer.html(self._frame(self.get_layout(), Filled(content), title))
        head = opening(self.assets, _reader(), nonce=_nonce(), title=title, scripts=False)
        rest = remainder(nonce=_nonce(), content=[drawn], styles=renderer.styles.css())
        return Response(plain([head, *rest]), status, mimetype="text/html")

    # ---------------------------------------------------------------------------------------------- what Dash calls
    def index(self, *_args: object, **_kwargs: object) -> Response:
        """A page by its URL: drawn, filled, and with everything inside that the renderer would ask for."""
        page, variables = dash_internals.page_for(self, request.path)
        if page is None:
            abort(HTTPStatus.NOT_FOUND)
        params = _merged(request.query_string.decode("utf-8", "replace"), variables)
        refusal = self._refusal(_route(page))
        # The frame and the page ask the platform for things of their own: neither waits for the other.
        ahead = None if self._asks_nothing() else _frames.submit(copy_context().run, self.get_layout)
        try:
            content: Filled | Drawn = self._content(page, params) if refusal is None else Filled(refusal)
        except self._not_found:
            abort(HTTPStatus.NOT_FOUND)
        title = self._page_title(page, variables)
        filled = self._frame(self.get_layout() if ahead is None else ahead.result(), content, title)
        status = HTTPStatus.OK if refusal is None else HTTPStatus.FORBIDDEN
        head = opening(self.assets, _reader(), nonce=_nonce(), title=title, scripts=True)
        if isinstance(content, Drawn):
            # What is left to draw takes less than a second part costs.
            return Response(Pieces([head, *self._drawn_or_failed(filled, spliced=True)]), status, mimetype="text/html")
        # The browser fetches what the head names while the rest is being drawn. The request is over for Flask when the
        # head has gone; the rest is drawn as what it was.
        rest = partial(copy_context().run, self._drawn_or_failed, filled)
        return Response(Pieces([head], rest), status, mimetype="text/html")

    def _drawn_or_failed(self, filled: Filled, *, spliced: bool = False) -> list[Piece]:
        try:
            return self._drawn(filled, spliced=spliced)
        except Exception:
            # The answer has begun: its status stands, and what is left of it can still say that something is wrong.
            _log.exception("page could not be drawn, request %s", self._request_id())
            return self._drawn(Filled(self._error_view(self._request_id())))

    def _drawn(self, filled: Filled, *, spliced: bool = False) -> list[Piece]:
        renderer = self._renderer()
        content = renderer.pieces(filled) if spliced else [renderer.html(filled)]
        return remainder(
            nonce=_nonce(),
            content=content,
            styles=renderer.styles.css(),
            no_script=t("shell.no_script"),
            start=StartUp(
                config=dash_internals.config(self),
                layout=filled.tree,
                texts={key: t(f"shell.{key}") for key in ("failed", "offline", "retry", "close")},
            ),
        )

    def enable_pages(self) -> None:
        """Dash's page routing with first data, without its inline script, and with path variables that a query string
        cannot replace."""

        @self.callback(  # type: ignore[untyped-decorator, unused-ignore]
            Output(dash_internals.CONTENT_ID, "children"),
            Output(dash_internals.STORE_ID, "data"),
            Input(dash_internals.LOCATION_ID, "pathname"),
            # A changed query on the same page is that page's own business: routing would put everything in anew.
            State(dash_internals.LOCATION_ID, "search"),
            prevent_initial_call=True,
            hidden=True,
        )
        def show_page(pathname: str, search: str | None) -> tuple[Any, dict[str, str]]:
            page, variables = dash_internals.page_for(self, pathname)
            if page is None:
                return self._not_found_view(), {"title": self._title()}
            refusal = self._refusal(_route(page))
            if refusal is not None:
                return refusal, {"title": self._page_title(page, variables)}
            try:
                content = self._content(page, _merged((search or "").removeprefix("?"), variables), inside=True)
            except self._not_found:
                return self._not_found_view(), {"title": self._title()}
            # Which query it was made for: meanwhile the reader may have gone on to another (assets/js/pages.js).
            made = content if isinstance(content, Drawn) else content.tree
            return made, {"title": self._page_title(page, variables), "search": search or ""}

        self.clientside_callback(  # type: ignore[no-untyped-call]
            ClientsideFunction("portal", "announcePage"),
            Output(dash_internals.DUMMY_ID, "children"),
            Input(dash_internals.STORE_ID, "data"),
            prevent_initial_call=True,
            hidden=True,
        )

    # ----------------------------------------------------------------------------------------------------- inner parts
    def _content(self, page: Mapping[str, Any], params: Params, *, inside: bool = False) -> Filled | Drawn:
        """A page's layout with its first data; an unexpected error becomes the error view, never a traceback.

        ``inside`` the application a page comes as JSON alone, with the pictures of its charts in it.
        """
        try:
            loader = self._loaders.get(_route(page))
            found = {} if loader is None else loader(params)
            if isinstance(found, Same):
                return self._same(page, params, found, inside=inside)
            return self._filled(page, params, found, inside=inside)
        except self._anticipated:
            raise
        except Exception:
            _log.exception("page %s failed, request %s", page["path"], self._request_id())
            return Filled(self._error_view(self._request_id()))

    def _filled(self, page: Mapping[str, Any], params: Params, values: Values, *, inside: bool) -> Filled:
        layout = page["layout"]
        drawing = self._drawing.inside() if self._drawing and inside else self._drawing
        return fill(layout(**params) if callable(layout) else layout, values, drawing)

    def _same(self, page: Mapping[str, Any], params: Params, found: Same, *, inside: bool) -> Filled | Drawn:
        """A page that is drawn once for all who are shown it, if it holds nothing that is one reader's."""
        filled: list[Filled] = []

        def draw() -> Drawn | None:
            filled.append(self._filled(page, params, found, inside=inside))
            renderer = Renderer(self._drawing.svg if self._drawing else None, style_prefix="page-style")
            html = renderer.html(filled[0]).encode()
            json = dash_internals.to_script_json(filled[0].tree).encode()
            if renderer.met_form:
                return None
            if inside:
                return Drawn("", Kept(json))
            return Drawn(Kept(html), Kept(json), renderer.styles.css())

        return self._drawn_pages.once((_route(page), locale(), found.given, inside), draw, found.of) or filled[0]

    def _renderer(self) -> Renderer:
        return Renderer(self._drawing.svg if self._drawing else None, form_fields=g.get("form_fields"))

    def _page_title(self, page: Mapping[str, Any], variables: Mapping[str, str]) -> str:
        title = page["title"]
        return str(title(**variables) if callable(title) else title)

    def _frame(self, layout: Any, content: Filled | Drawn, title: str) -> Filled:
        """The application's layout with a page in it, and with the address, so that the router has nothing to do."""
        search = request.query_string.decode("utf-8", "replace")
        return fill(
            layout,
            {
                (dash_internals.CONTENT_ID, "children"): content,
                (dash_internals.STORE_ID, "data"): {"title": title},
                (dash_internals.LOCATION_ID, "pathname"): request.path,
                (dash_internals.LOCATION_ID, "search"): f"?{search}" if search else "",
                (dash_internals.LOCATION_ID, "hash"): "",
                (dash_internals.LOCATION_ID, "href"): request.url,
            },
            self._drawing,
        )

    def _report_failure(self, error: Exception) -> None:
        """A callback failed: its outputs stay as they are, and the browser shows a quiet note with the request id."""
        if isinstance(error, self._propagate):
            raise error
        _log.error("callback failed, request %s", self._request_id(), exc_info=error)
        g.portal_failure = self._request_id() or "-"

    def _serve_pinned(self, name: str) -> Response:
        file = self.files.find(f"{self.files.prefix}{name}")
        if file is None:
            abort(HTTPStatus.NOT_FOUND)
        return self.files.respond(file, request)

    def _refuse_misshapen(self) -> None:
        asked = request.method == "POST" and request.path == dash_internals.CALLBACK_PATH
        if asked and not self._shapes.fits(request.get_json(silent=True)):
            abort(HTTPStatus.BAD_REQUEST)

    def _compress_in_background(self) -> None:
        # At the first request and not before: a thread does not survive the fork of a server that preloads.
        self.files.compress_in_background()

    def _finish(self, response: Response) -> Response:
        failure = g.get("portal_failure")
        if failure:
            response.headers[FAILURE_HEADER] = failure
        return compress(response, request)


def _refuse_suites() -> None:
    """Dash's own way to scripts: no page uses it, it is open to all, and it fails at names that it does not know."""
    if request.path.startswith(dash_internals.SUITES):
        abort(HTTPStatus.NOT_FOUND)


def _route(page: Mapping[str, Any]) -> str:
    """What a page registered as. Not the address it was asked by: that may be written in several ways."""
    return str(page["path_template"] or page["path"])


def _merged(query: str, variables: Mapping[str, str]) -> dict[str, str | list[str]]:
    return {**dash_internals.query_parameters(f"?{query}" if query else ""), **variables}


def _reader() -> Reader:
    theme = request.cookies.get(THEME_COOKIE)
    spoken = locale()
    return Reader(spoken.lang, spoken.dir, theme if theme in THEMES else None)


def _nonce() -> str:
    """The nonce of this response, which flask-talisman makes."""
    return str(getattr(request, "csp_nonce", ""))


def _plain_error(request_id: str) -> Component:
    again = html.A(t("shell.retry"), href="", className="btn btn-primary")
    return html.Div(
        [html.P(t("shell.page_failed")), html.P(html.Code(request_id)), again], role="alert", className="p-4"
    )


def _plain_not_found() -> Component:
    return html.P(t("shell.page_not_found"), role="alert")


__all__ = ["ChartDrawing", "PortalDash"]
