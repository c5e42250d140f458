"""Routes that browsers visit: authorize, the login page, logout."""

from __future__ import annotations

from uuid import UUID

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, request

from gateway.identity import browser
from gateway.identity.authorization import (
    AUTHORIZE_PATH,
    Pairs,
    RequestInvalid,
    SignInNeeded,
    authorize,
    open_transaction,
    seal,
)
from gateway.identity.pages import SIGN_IN_PATH, Pages
from gateway.identity.provider import Provider
from gateway.identity.sign_in import TryLater, UserDisabled, WrongCredentials, sign_in
from gateway.identity.users import LONGEST_EMAIL
from gateway.store.connections import ABSENCE
from gateway.texts import Language

LOGOUT_PATH = "/v1/auth/oidc/logout"
_SIGN_OUT = "sign-out"


def register_routes(blueprint: Blueprint, provider: Provider, pages: Pages) -> None:
    policy = provider.policy

    @blueprint.route(AUTHORIZE_PATH, methods=["GET", "POST"])
    def answer_authorize() -> Response:
        values = request.args if request.method == "GET" else request.form
        pairs: Pairs = list(values.items(multi=True))
        outcome = authorize(provider, pairs, browser.current(provider))
        if isinstance(outcome, SignInNeeded):
            return _see(f"{policy.url(SIGN_IN_PATH)}?tx={seal(provider, pairs)}")
        return outcome

    @blueprint.get(SIGN_IN_PATH)
    def show_sign_in() -> Response:
        token = request.args.get("tx", "")
        transaction = open_transaction(provider, token)
        if transaction.expired:
            return pages.transaction_expired(_language(), transaction.start_again())
        # Whoever signed in meanwhile, in another tab, is let through.
        outcome = authorize(provider, transaction.pairs, browser.current(provider))
        if isinstance(outcome, Response):
            return outcome
        return _form(outcome, token, email=outcome.login_hint[:LONGEST_EMAIL])

    @blueprint.post(SIGN_IN_PATH)
    def receive_sign_in() -> Response:
        token = request.args.get("tx", "")
        transaction = open_transaction(provider, token)
        if transaction.expired:
            return pages.transaction_expired(_language(), transaction.start_again())
        waiting = authorize(provider, transaction.pairs, None)
        if isinstance(waiting, Response):
            return waiting
        email = request.form.get("email", "")[:LONGEST_EMAIL]
        if not browser.is_own_form(policy, SIGN_IN_PATH):
            return _form(waiting, token, email=email, error="identity.error.form", status=400)
        try:
            given = request.form.get("email", ""), request.form.get("password", "")
            user = sign_in(provider.engine, policy, *given, request.remote_addr)
        except WrongCredentials:
            # 200, as password forms answer: 401 would have to name an HTTP authentication scheme.
            return _form(waiting, token, email=email, error="identity.error.credentials", wrong=True)
        except UserDisabled:
            return _form(waiting, token, email=email, error="identity.error.disabled", status=403)
        except TryLater as later:
            key, status = ("identity.error.busy", 503) if later.busy else ("identity.error.throttled", 429)
            response = _form(waiting, token, email=email, error=key, seconds=later.retry_after, status=status)
            response.headers["Retry-After"] = str(later.retry_after)
            return response
        who, cookie = browser.begin_session(provider, user)
        answer = authorize(provider, transaction.pairs, who, fresh=True)
        if isinstance(answer, SignInNeeded):
            raise RequestInvalid
        answer.status_code = 303
        browser.remember(answer, policy, cookie)
        return answer

    @blueprint.route(LOGOUT_PATH, methods=["GET", "POST"])
    def answer_logout() -> Response:
        who = browser.current(provider)
        try:
            asked = provider.server.validate_endpoint_request("end_session")
        except (OAuth2Error, ValueError):
            asked = None  # not a hint of ours: the person is asked, and nobody is redirected
        if asked is not None and asked.id_token_claims is not None:
            _end(UUID(asked.id_token_claims["sid"]), UUID(asked.id_token_claims["sub"]))
            same_person = who is not None and str(who.user.user_id) == asked.id_token_claims["sub"]
            if who is not None and same_person:
                _end(who.session.session_id, who.user.user_id)
            response = _see(asked.redirect_uri) if asked.redirect_uri else pages.signed_out(_language())
            if who is None or same_person:
                browser.forget(response, policy)
            return response
        if who is None:
            return pages.signed_out(_language())
        if request.method == "POST" and browser.is_own_form(policy, _SIGN_OUT):
            _end(who.session.session_id, who.user.user_id)
            response = pages.signed_out(_language())
            browser.forget(response, policy)
            return response
        secret = browser.form_secret(policy)
        form_token = browser.form_token(policy, secret, _SIGN_OUT)
        response = pages.confirm_sign_out(_language(), action=policy.url(LOGOUT_PATH), form_token=form_token)
        browser.keep_form_secret(response, policy, secret)
        return response

    @blueprint.errorhandler(RequestInvalid)
    def answer_invalid(_problem: RequestInvalid) -> Response:
        return pages.request_invalid(_language())

    def show_unavailable(error: Exception) -> Response:
        if request.path not in (AUTHORIZE_PATH, SIGN_IN_PATH, LOGOUT_PATH):
            raise error
        return pages.unavailable(_language(), retry_after=5)

    for kind in ABSENCE:
        blueprint.register_error_handler(kind, show_unavailable)

    def _form(
        waiting: SignInNeeded,
        token: str,
        *,
        email: str,
        error: str | None = None,
        seconds: int = 0,
        wrong: bool = False,
        status: int = 200,
    ) -> Response:
        language = _language(waiting.ui_locales)
        secret = browser.form_secret(policy)
        response = pages.sign_in(
            language,
            transaction=token,
            form_token=browser.form_token(policy, secret, SIGN_IN_PATH),
            email=email,
            goes_to=waiting.goes_to,
            error=language.text(error, seconds=seconds) if error else None,
            wrong=wrong,
            status=status,
        )
        browser.keep_form_secret(response, policy, secret)
        if request.args.get("ui_locales"):
            browser.keep_language(response, policy, language)
        return response

    def _end(session_id: UUID, user_id: UUID) -> None:
        provider.end_sessions("signed out", session_id=session_id, user_id=user_id)


def _language(ui_locales: str = "") -> Language:
    return browser.language(request.values.get("ui_locales"), ui_locales)


def _see(url: str) -> Response:
    response = Response(status=303)
    response.headers["Location"] = url
    response.headers["Cache-Control"] = "no-store"
    return response
