"""One attempt: a signed POST to an address that was checked, and what came of it.

The name is asked for once and the connection goes to the addresses of that answer, after they were checked; TLS is
still made out to the name. The last check stands where sockets are made, so that nothing gets around it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp
import certifi
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from gateway.webhooks.addresses import (
    AddressRefused,
    Resolve,
    UrlRefused,
    all_public,
    check_url,
    may_connect,
    system_resolve,
)

TIMEOUT_SECONDS = 15.0
BODY_KEPT = 4096
USER_AGENT = "platform-webhooks/1.0"
_HEADERS_KEPT = 40
_HEADER_LENGTH = 500
_DETAIL_LENGTH = 300
_RESOLVING_THREADS = 64  # a name server that hangs holds a thread for each of its names
_KEPT_SECRET = frozenset({"set-cookie", "authorization", "www-authenticate"})


@dataclass(frozen=True, slots=True)
class Result:
    """What one attempt met. `error_kind` None is success; without an answer there is no `http_status`."""

    latency_ms: int
    http_status: int | None = None
    headers: Mapping[str, str] | None = None
    body: str | None = None
    truncated: bool = False
    retry_after: str | None = None
    error_kind: str | None = None
    error_detail: str | None = None


class CheckedResolver(AbstractResolver):
    """Answers with addresses that may be connected to, or with AddressRefused."""

    def __init__(self, resolve: Resolve, allow_private: bool) -> None:
        self._resolve = resolve
        self._allow_private = allow_private
        self._threads = ThreadPoolExecutor(_RESOLVING_THREADS, thread_name_prefix="webhook-dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().run_in_executor(self._threads, self._resolve, host)
        if not found:
            raise OSError("the name has no address")
        if not self._allow_private and not all_public(found):
            raise AddressRefused("the name leads to an address that is not public")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in dict.fromkeys(found)
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class Sender:
    """Sends over kept connections. Open it in the loop that uses it: `async with Sender() as sender`."""

    def __init__(
        self,
        *,
        allow_private: bool = False,
        resolve: Resolve = system_resolve,
        tls: ssl.SSLContext | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._tls = tls or _trusted()
        self._timeout = timeout_seconds
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Sender:
        reuse = aiohttp.TraceConfig()
        reuse.on_connection_reuseconn.append(_note_reuse)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # how many go at once is decided by whoever calls, endpoint by endpoint
                ssl=self._tls,
                resolver=CheckedResolver(self._resolve, self._allow_private),
                ttl_dns_cache=10,
                socket_factory=self._checked_socket,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            auto_decompress=False,
            trust_env=False,
            trace_configs=[reuse],
        )
        return self

    async def __aexit__(self, *_raised: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Result:
        """POST once. Never raises, except when cancelled."""
        began = time.perf_counter()
        try:
            # Asked again here: the setting may have been another one when the endpoint was registered.
            check_url(url, allow_private=self._allow_private)
            return await self._post(url, body, headers, began)
        except UrlRefused as error:
            return _failed(
                began, "refused_address" if error.code in {"url_private", "url_scheme"} else "protocol", error
            )
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            return _failed(began, kind_of(error), error)

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str], began: float) -> Result:
        noted = SimpleNamespace(reused=False)
        try:
            return await self._answer(url, body, headers, began, noted)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            # A kept connection that the other side was just closing tells nothing about it.
            if not noted.reused or isinstance(error, aiohttp.ClientConnectorError):
                raise
            return await self._answer(url, body, headers, began, SimpleNamespace(reused=False))

    async def _answer(
        self, url: str, body: bytes, headers: Mapping[str, str], began: float, noted: SimpleNamespace
    ) -> Result:
        if self._session is None:
            raise RuntimeError("the sender is not open")
        left = max(self._timeout - (time.perf_counter() - began), 0.001)
        async with self._session.post(
            URL(url, encoded=True),
            data=body,
            headers=headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=left),
            trace_request_ctx=noted,
        ) as answer:
            kept, truncated = await _beginning(answer)
            return Result(
                latency_ms=_since(began),
                http_status=answer.status,
                headers=_kept_headers(answer),
                body=kept,
                truncated=truncated,
                retry_after=answer.headers.get("Retry-After"),
                error_kind=_verdict(answer.status),
            )

    def _checked_socket(self, address: Any) -> socket.socket:
        family, kind, protocol, _name, target = address
        if not self._allow_private and not may_connect(str(target[0])):
            raise AddressRefused("the address is not public")
        return socket.socket(family, kind, protocol)


def kind_of(error: BaseException) -> str:
    """The kind of a failure without an answer."""
    cause = getattr(error, "os_error", None)
    if isinstance(error, AddressRefused) or isinstance(cause, AddressRefused):
        return "refused_address"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, aiohttp.ClientConnectorDNSError | socket.gaierror):
        return "dns"
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError | ssl.CertificateError):
        return "tls"
    if isinstance(error, aiohttp.ClientOSError | aiohttp.ServerDisconnectedError | OSError):
        return "connect"
    return "protocol"


def _verdict(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    if status == 410:
        return "gone"
    return "redirect" if 300 <= status < 400 else "http"


async def _beginning(answer: aiohttp.ClientResponse) -> tuple[str, bool]:
    """The first 4 KiB of the body, and whether there was more (or it broke off): the verdict stands with the head."""
    kept = bytearray()
    truncated = False
    try:
        async for part in answer.content.iter_any():
            kept += part
            if len(kept) > BODY_KEPT:
                truncated = True
                break
    except (TimeoutError, aiohttp.ClientError, OSError):
        truncated = True
    if truncated:
        answer.close()  # what is left is not read, so the connection cannot be kept
    return _text(bytes(kept[:BODY_KEPT])), truncated


def _kept_headers(answer: aiohttp.ClientResponse) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, value in answer.raw_headers[:_HEADERS_KEPT]:
        shown = _text(name).lower()
        kept[shown] = "…" if shown in _KEPT_SECRET else _text(value)[:_HEADER_LENGTH]
    return kept


def _text(raw: bytes) -> str:
    """Text that PostgreSQL can hold."""
    return raw.decode("utf-8", "replace").replace("\0", "\ufffd")


def _failed(began: float, kind: str, error: BaseException) -> Result:
    detail = str(getattr(error, "os_error", None) or error) or type(error).__name__
    safe = detail.encode("utf-8", "replace").decode().replace("\0", "")
    return Result(latency_ms=_since(began), error_kind=kind, error_detail=safe[:_DETAIL_LENGTH])


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


async def _note_reuse(_session: object, context: SimpleNamespace, _params: object) -> None:
    context.trace_request_ctx.reused = True


def _trusted() -> ssl.SSLContext:
    """What the system trusts, and Mozilla's list for systems that come without one."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
