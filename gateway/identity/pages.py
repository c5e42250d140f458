"""The issuer's pages: plain HTML in four languages, without a script, under a policy that allows none."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template

from gateway.identity.policy import IdentityPolicy
from gateway.texts import Language, offered

_FOLDER = Path(__file__).parent / "assets"
_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
ASSETS_PATH = "/v1/auth/assets"
SIGN_IN_PATH = "/v1/auth/login"


@dataclass(frozen=True)
class Asset:
    """A file under a name that changes with its content; ``path`` is its route."""

    path: str
    integrity: str
    content: bytes
    media_type: str


@dataclass(frozen=True)
class _Linked:
    url: str
    integrity: str


def _load(name: str) -> Asset:
    file = _FOLDER / name
    content = file.read_bytes()
    checksum = hashlib.sha384(content).digest()
    return Asset(
        path=f"{ASSETS_PATH}/{file.stem}.{checksum.hex()[:12]}{file.suffix}",
        integrity="sha384-" + base64.b64encode(checksum).decode(),
        content=content,
        media_type=_TYPES[file.suffix],
    )


STYLE = _load("identity.css")
ICON = _load("icon.svg")


def register_assets(blueprint: Blueprint) -> None:
    known = {asset.path: asset for asset in (STYLE, ICON)}

    @blueprint.get(f"{ASSETS_PATH}/<name>")
    def show_asset(name: str) -> Response:
        asset = known.get(f"{ASSETS_PATH}/{name}")
        if asset is None:
            abort(404)
        response = Response(asset.content, content_type=asset.media_type)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response


class Pages:
    """Renders the pages of one issuer; each method returns a finished response with its headers."""

    def __init__(self, policy: IdentityPolicy) -> None:
        self._policy = policy
        self._style = _Linked(policy.url(STYLE.path), STYLE.integrity)
        self._icon = _Linked(policy.url(ICON.path), ICON.integrity)

    def sign_in(
        self,
        language: Language,
        *,
        transaction: str,
        form_token: str,
        email: str,
        goes_to: str,
        error: str | None = None,
        wrong: bool = False,
        status: int = 200,
    ) -> Response:
        """The form. ``goes_to`` is the client's origin: Chromium holds the redirect after a post to the policy."""
        return self._page(
            "sign_in.html",
            language,
            "identity.sign_in.title",
            status,
            goes_to=goes_to,
            action=self._sign_in_url(transaction, language),
            choices=[{"language": each, "url": self._sign_in_url(transaction, each)} for each in offered()],
            form_token=form_token,
            email=email,
            error=error,
            wrong=wrong,
        )

    def transaction_expired(self, language: Language, start_again: str) -> Response:
        link = {"url": start_again, "label": language.text("identity.expired.action")}
        return self._notice(language, "expired", 400, link=link, problem=True)

    def request_invalid(self, language: Language) -> Response:
        """For requests that no client of ours makes: nothing in them is repeated, and nobody is redirected."""
        return self._notice(language, "invalid", 400, problem=True)

    def unavailable(self, language: Language, retry_after: int) -> Response:
        response = self._notice(language, "unavailable", 503, problem=True)
        response.headers["Retry-After"] = str(retry_after)
        return response

    def confirm_sign_out(self, language: Language, *, action: str, form_token: str) -> Response:
        form = {"action": action, "token": form_token, "label": language.text("identity.sign_out.submit")}
        return self._notice(language, "sign_out", 200, form=form)

    def signed_out(self, language: Language) -> Response:
        return self._notice(language, "signed_out", 200)

    def _notice(self, language: Language, name: str, status: int, **values: Any) -> Response:
        text = language.text(f"identity.{name}.text")
        return self._page("notice.html", language, f"identity.{name}.title", status, text=text, **values)

    def _page(
        self, template: str, language: Language, title: str, status: int, *, goes_to: str | None = None, **values: Any
    ) -> Response:
        html = render_template(
            f"identity/{template}",
            language=language,
            t=language.text,
            title=language.text(title),
            style=self._style,
            icon=self._icon,
            **values,
        )
        response = Response(html, status, content_type="text/html; charset=utf-8")
        form_action = " ".join(filter(None, ("'self'", goes_to)))
        response.headers.update(
            {
                "Content-Security-Policy": (
                    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
                    f"form-action {form_action}"
                ),
                "Content-Language": language.tag,
                "Cache-Control": "no-store",
                "Cross-Origin-Opener-Policy": "same-origin",
                "Cross-Origin-Resource-Policy": "same-origin",
                # Not no-referrer: Chromium would then post the form with "Origin: null".
                "Referrer-Policy": "same-origin",
                "X-Content-Type-Options": "nosniff",
                "X-Frame-Options": "DENY",
            }
        )
        return response

    def _sign_in_url(self, transaction: str, language: Language) -> str:
        query = urlencode({"tx": transaction, "ui_locales": language.tag})
        return f"{self._policy.url(SIGN_IN_PATH)}?{query}"
