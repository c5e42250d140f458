"""What can be anticipated to go wrong between the portal and the platform.

Each error carries data; turning one into a toast, a card or a page is done in one place, elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping


class PortalError(Exception):
    """Anything anticipated. ``request_id`` is the platform's, for support to look up."""

    def __init__(self, message: str = "", *, request_id: str | None = None) -> None:
        super().__init__(message or type(self).__name__)
        self.request_id = request_id


class UpstreamUnavailable(PortalError):
    """The platform did not answer, not in time, or not sensibly. ``resets_in``: seconds until it is asked again."""

    def __init__(self, message: str = "", *, resets_in: float | None = None, request_id: str | None = None) -> None:
        super().__init__(message, request_id=request_id)
        self.resets_in = resets_in


class UpstreamRefused(PortalError):
    """The platform answered with a refusal that has no error of its own here."""

    def __init__(self, code: str, status: int, *, request_id: str | None = None) -> None:
        super().__init__(f"{status} {code}", request_id=request_id)
        self.code = code
        self.status = status


class NotFound(PortalError):
    """No such thing, or not this actor's: the two are never told apart."""


class Unauthenticated(PortalError):
    """The access token is not accepted (any more)."""


class Forbidden(PortalError):
    """Signed in, and not allowed to do this. ``permission`` names what is missing, where the platform said so."""

    def __init__(self, message: str = "", *, permission: str | None = None, request_id: str | None = None) -> None:
        super().__init__(message, request_id=request_id)
        self.permission = permission


class PreviewIsReadOnly(Forbidden):
    """Whoever looks at what a customer sees changes nothing."""


class RateLimited(PortalError):
    """Asked too often. ``retry_after``: seconds to wait, when the platform said."""

    def __init__(self, message: str = "", *, retry_after: float | None = None, request_id: str | None = None) -> None:
        super().__init__(message, request_id=request_id)
        self.retry_after = retry_after


class InvalidInput(PortalError):
    """What was asked makes no sense. ``fields``: field name → what is wrong with it, as the platform words it;
    ``codes``: field name → the stable code of it, which has a text in the reader's language."""

    def __init__(
        self,
        message: str = "",
        *,
        fields: Mapping[str, str] | None = None,
        codes: Mapping[str, str] | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, request_id=request_id)
        self.fields = dict(fields or {})
        self.codes = dict(codes or dict.fromkeys(self.fields, "invalid"))
