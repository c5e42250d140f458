"""Where webhooks may go: public addresses by HTTPS, and nothing that leads into our own network.

Checked twice: when an endpoint is registered, so that people are told at once, and on the address a connection is
really made to, since a name may answer differently the next time it is asked (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str], Sequence[str]]
"""From a name to its addresses as text. Raises OSError when it has none."""

LONGEST_URL = 2048
_LABEL = re.compile(r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?", re.IGNORECASE)
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
_LOCAL_NAMES = frozenset({"localhost", "local", "internal", "localdomain", "lan", "home", "corp", "intranet", "onion"})
_RESOLVE_SECONDS = 3.0
_OUR_CHARACTERS = re.compile(r"[\x21-\x7e]+")

# Beside what `ipaddress` calls global: ranges that carry an IPv4 address to somewhere else, or that route nowhere.
_REFUSED_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "198.18.0.0/15",
        "240.0.0.0/4",
        "168.63.129.16/32",  # Azure's metadata answers on a public address
        "::/96",  # IPv4-compatible, RFC 4291 §2.5.5.1
        "64:ff9b::/96",  # NAT64, RFC 6052
        "64:ff9b:1::/48",  # NAT64 for local use, RFC 8215
        "100::/64",
        "2001::/23",  # Teredo and other special purposes, RFC 2928
        "2001:db8::/32",
        "2002::/16",  # 6to4, RFC 3056
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)


class AddressRefused(OSError):
    """The connection would lead to an address that webhooks may not go to."""


class UrlRefused(ValueError):
    """The URL cannot be an endpoint's. `code` is stable and machine-readable, the message says what is wanted."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def may_connect(address: str) -> bool:
    """Is this address (as text, with or without a zone) a public unicast one?"""
    try:
        parsed: Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        return False  # nobody who means well writes a public IPv4 address that way
    if any(parsed.version == network.version and parsed in network for network in _REFUSED_NETWORKS):
        return False
    return parsed.is_global and not (parsed.is_multicast or parsed.is_reserved or parsed.is_unspecified)


def check_url(url: str, *, allow_private: bool = False) -> SplitResult:
    """The parts of a URL that may be registered, judged by its text alone. Raises UrlRefused.

    With `allow_private` (tests, local development) http and every host are accepted.
    """
    if len(url) > LONGEST_URL or not _OUR_CHARACTERS.fullmatch(url) or "\\" in url:
        raise UrlRefused("url", "Give a URL of visible ASCII characters, 2048 at most.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UrlRefused("url", "This is not a URL.") from None
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise UrlRefused("url_scheme", "Only https:// is accepted.")
    if not host or port == 0:
        raise UrlRefused("url", "The URL needs a host.")
    if "@" in parts.netloc:
        raise UrlRefused("url_userinfo", "No user name or password in the URL.")
    if parts.fragment or url.endswith("#"):
        raise UrlRefused("url_fragment", "No fragment (#) in the URL.")
    if not allow_private:
        _check_host(host, parts.netloc)
    return parts


def check_resolves(url: str, resolve: Resolve, *, allow_private: bool = False) -> None:
    """Refuse a URL whose name leads to an address it may not. Raises UrlRefused.

    A name that does not answer (yet) is accepted: nothing is sent to it before it does, and that address is checked.
    """
    host = urlsplit(url).hostname
    if allow_private or host is None:
        return
    pool = ThreadPoolExecutor(1, thread_name_prefix="resolve")
    try:
        found = pool.submit(resolve, host).result(_RESOLVE_SECONDS)
    except (OSError, UnicodeError, TooSlow):
        return
    finally:
        pool.shutdown(wait=False)
    if not all_public(found):
        raise UrlRefused("url_private", "This host leads to an address that is not public.")


def all_public(addresses: Iterable[str]) -> bool:
    """One private address among several is enough to refuse: which of them is used is not ours to choose."""
    return all(may_connect(address) for address in addresses)


def system_resolve(host: str) -> list[str]:
    """The addresses the system's resolver gives."""
    return [str(item[4][0]) for item in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def _check_host(host: str, netloc: str) -> None:
    private = UrlRefused("url_private", "This host is not a public one.")
    if "[" in netloc or ":" in host:
        if "%" in host or not may_connect(host):
            raise private
        return
    labels = host.removesuffix(".").split(".")
    if _NUMERIC.fullmatch(labels[-1]):
        # By the URL standard a host whose last label is a number is an IPv4 address, in decimal, octal or hexadecimal
        # and with parts left out. Only the plain form is accepted, so that everybody reads the same address.
        try:
            plain = str(ipaddress.IPv4Address(host)) == host
        except ValueError:
            plain = False
        if not plain or not may_connect(host):
            raise private
        return
    if labels[-1].lower() in _LOCAL_NAMES or len(labels) < 2:
        raise private
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlRefused("url", "The URL's host is not a valid name.")
