"""What the issuer keeps at a browser: the sign-in cookie, a form secret, the language."""

from __future__ import annotations

import secrets

from flask import Response, request

from gateway import texts
from gateway.identity.grants import SignedIn, new_token
from gateway.identity.policy import IdentityPolicy
from gateway.identity.provider import Provider
from gateway.identity.sealing import digest
from gateway.store.identity import sessions, users
from gateway.store.identity.users import UserRow
from gateway.texts import Language

LANGUAGE_COOKIE = "__locale"
_SIGN_IN = "identity-session"
_FORM = "identity-form"
_LANGUAGE_SECONDS = 31_536_000
_LONGEST_USER_AGENT = 400


def current(provider: Provider) -> SignedIn | None:
    """Who is signed in at this browser, if the sign-in is still fresh enough to count for further clients."""
    token = request.cookies.get(provider.policy.cookie(_SIGN_IN))
    if not token:
        return None
    with provider.engine.begin() as conn:
        session = sessions.get_session_by_cookie(
            conn, digest(token), signed_in_within=provider.policy.single_sign_on_seconds
        )
        user = users.get_user(conn, session.user_id) if session else None
    if session is None or user is None or user.disabled_at is not None:
        return None
    return SignedIn(user, session)


def begin_session(provider: Provider, user: UserRow) -> tuple[SignedIn, str]:
    """Sign ``user`` in at this browser. Returns the session and the new cookie value for ``remember``.

    The same person signing in again keeps their session, under a new cookie; anybody else's session here ends.
    """
    policy, cookie = provider.policy, new_token()
    previous = current(provider)
    agent = request.user_agent.string[:_LONGEST_USER_AGENT] or None
    if previous is not None and previous.user.user_id != user.user_id:
        provider.end_sessions("somebody else signed in", session_id=previous.session.session_id)
        previous = None
    with provider.engine.begin() as conn:
        session = None
        if previous is not None:
            session = sessions.renew_session(
                conn,
                previous.session.session_id,
                cookie_hash=digest(cookie),
                amr=("pwd",),
                ip=request.remote_addr,
                user_agent=agent,
            )
        if session is None:
            session = sessions.insert_session(
                conn,
                user_id=user.user_id,
                cookie_hash=digest(cookie),
                amr=("pwd",),
                ip=request.remote_addr,
                user_agent=agent,
                lifetime_seconds=policy.single_sign_on_seconds,
            )
    return SignedIn(user, session), cookie


def remember(response: Response, policy: IdentityPolicy, cookie: str) -> None:
    # Lax: the browser comes from the client's site, and a Strict cookie would be withheld.
    response.set_cookie(
        policy.cookie(_SIGN_IN),
        cookie,
        max_age=policy.single_sign_on_seconds,
        secure=policy.secure,
        httponly=True,
        samesite="Lax",
    )


def forget(response: Response, policy: IdentityPolicy) -> None:
    response.delete_cookie(policy.cookie(_SIGN_IN), secure=policy.secure, httponly=True, samesite="Lax")


def form_secret(policy: IdentityPolicy) -> str:
    """The browser's secret behind the forms: the one it has (other tabs hold forms made with it), else a new one."""
    held = request.cookies.get(policy.cookie(_FORM), "")
    return held if 20 <= len(held) <= 64 and held.isascii() else secrets.token_urlsafe(24)


def keep_form_secret(response: Response, policy: IdentityPolicy, secret: str) -> None:
    response.set_cookie(
        policy.cookie(_FORM), secret, max_age=86_400, secure=policy.secure, httponly=True, samesite="Lax"
    )


def is_own_form(policy: IdentityPolicy, purpose: str) -> bool:
    """Whether a posted form was made by us for this very browser and purpose (a signed double submit)."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    held = request.cookies.get(policy.cookie(_FORM), "")
    return bool(held) and policy.sealer.check_mac("form", f"{held}|{purpose}", request.form.get("form_token", ""))


def form_token(policy: IdentityPolicy, secret: str, purpose: str) -> str:
    return policy.sealer.mac("form", f"{secret}|{purpose}")


def language(*asked: str | None) -> Language:
    """The language to answer in: what was asked for (lists, as ``ui_locales`` is), the cookie, the browser's own."""
    wanted: list[str | None] = [tag for tags in asked for tag in (tags or "").split()[:10]]
    wanted.append(request.cookies.get(LANGUAGE_COOKIE))
    wanted.extend(tag for tag, quality in request.accept_languages if quality > 0)
    return texts.choose(wanted)


def keep_language(response: Response, policy: IdentityPolicy, chosen: Language) -> None:
    response.set_cookie(
        LANGUAGE_COOKIE, chosen.tag, max_age=_LANGUAGE_SECONDS, secure=policy.secure, httponly=True, samesite="Lax"
    )
