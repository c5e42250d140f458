"""Who is one visitor, where nobody has said who they are."""

from __future__ import annotations

import ipaddress


def network_of(address: str | None) -> str:
    """What counts as one visitor: an IPv4 address, or an IPv6 /64, which is what one line gets."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
