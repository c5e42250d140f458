"""Where to go after signing in: a path on this site, or home. Anything else would be an open redirect."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

LONGEST = 1000
HOME = "/"
_NOT_PAGES = ("/auth/", "/login", "/_", "/assets/", "/preferences/", "/csp-report", "/health", "/ready", "/metrics")


def safe_path(asked: str | None, *, sign_in: bool = False) -> str:
    """``asked`` when it is a page of this site (path and query), else ``/``; ``sign_in`` lets the sign-in page pass.

    Browsers read ``//host``, ``/\\host`` and a tab or newline inside as another host, so those never pass.
    """
    if not asked or len(asked) > LONGEST or not asked.startswith("/") or asked.startswith("//"):
        return HOME
    if "\\" in asked or any(ord(character) < 0x21 or ord(character) == 0x7F for character in asked):
        return HOME
    try:
        parts = urlsplit(asked)
    except ValueError:
        return HOME
    if parts.scheme or parts.netloc or parts.path.startswith("//"):
        return HOME
    if parts.path.startswith(_NOT_PAGES) and not (sign_in and parts.path == "/login"):
        return HOME
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/?%:@!$&'()*+,;=~-._[]")
    return f"{path}?{query}" if query else path
