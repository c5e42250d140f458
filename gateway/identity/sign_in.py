"""Judging a sign-in: throttled, equal work for everybody, nothing given away."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain.visitors import network_of
from gateway.identity.passwords import LONGEST, PasswordsBusy
from gateway.identity.policy import IdentityPolicy
from gateway.identity.sealing import digest
from gateway.identity.users import LONGEST_EMAIL, normalise_email
from gateway.store.connections import Engine
from gateway.store.identity import throttling, users
from gateway.store.identity.users import UserRow


class SignInRefused(Exception):
    """Nobody was signed in."""


class WrongCredentials(SignInRefused):
    """The address is unknown, the password is wrong, or none is set: which of them is not told."""


class UserDisabled(SignInRefused):
    """The password was right, but the user is shut out."""


@dataclass
class TryLater(SignInRefused):
    """Too many attempts, or too much work at this moment (``busy``); seconds until trying makes sense."""

    retry_after: int
    busy: bool = False


def sign_in(engine: Engine, policy: IdentityPolicy, email: str, password: str, address: str | None) -> UserRow:
    """The user whose credentials these are. Raises one of the SignInRefused.

    An attempt is counted before the password is looked at and forgotten when it was right: parallel guesses cannot pass
    the limit, and honest people do not use theirs up. An unknown address is counted and hashed like a known one.
    """
    login = normalise_email(email)
    network = network_of(address)
    by_account = digest(f"account|{login}|{network}")
    by_address = digest(f"address|{network}")
    window = policy.attempt_window_seconds
    with engine.begin() as conn:
        everybody = throttling.count_attempt(conn, by_address, window)
    with engine.begin() as conn:
        own = throttling.count_attempt(conn, by_account, window)
    waits = [
        attempts.resets_in
        for attempts, limit in ((own, policy.attempts_per_account), (everybody, policy.attempts_per_address))
        if attempts.count > limit
    ]
    if waits:
        raise TryLater(max(waits))

    usable = 0 < len(login) <= LONGEST_EMAIL and len(password) <= LONGEST and "\0" not in login
    with engine.begin() as conn:
        user = users.get_user_by_email(conn, login) if usable else None
    try:
        verdict = policy.passwords.verify(user.password_hash if user else None, password[:LONGEST])
    except PasswordsBusy as busy:
        with engine.begin() as conn:
            throttling.take_back_attempt(conn, by_address)
        with engine.begin() as conn:
            throttling.take_back_attempt(conn, by_account)
        raise TryLater(busy.retry_after, busy=True) from None
    if user is None or not verdict.ok:
        raise WrongCredentials
    with engine.begin() as conn:
        throttling.clear_attempts(conn, by_account)
        if verdict.new_hash is not None:
            users.set_password_hash(conn, user.user_id, verdict.new_hash, replacing=user.password_hash)
    with engine.begin() as conn:
        throttling.take_back_attempt(conn, by_address)
    if user.disabled_at is not None:
        raise UserDisabled
    return user
