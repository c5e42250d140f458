"""What can go wrong between the portal and the issuer, as data that a page can be made of."""

from __future__ import annotations


class OidcError(Exception):
    """``code`` is an OAuth error (RFC 6749 §4.1.2.1, §5.2) or one of ours; ``detail`` is for the log only.

    ``retry_after`` is in seconds.
    """

    code = "oidc_error"

    def __init__(self, code: str | None = None, detail: str = "", retry_after: int | None = None) -> None:
        super().__init__(code or self.code)
        self.code = code or self.code
        self.detail = detail
        self.retry_after = retry_after


class IssuerUnavailable(OidcError):
    """The issuer did not answer, or not with sense: trying again later may help, and nobody is signed out for it."""

    code = "issuer_unavailable"


class RateLimited(OidcError):
    """The issuer says 429; ``retry_after`` is always set."""

    code = "rate_limited"


class GrantRefused(OidcError):
    """The issuer refuses a code or a refresh token for good: RFC 6749 §5.2."""

    code = "invalid_grant"


class TokenInvalid(OidcError):
    """A token that does not verify: signature, issuer, audience, time or nonce."""

    code = "token_invalid"


class SigningKeyUnknown(TokenInvalid):
    """Signed with a key the issuer does not list (yet): a forgery, or a rotation we have not seen."""


class ResponseInvalid(OidcError):
    """An authorization response that is not the answer to what this browser asked."""

    code = "state_mismatch"
