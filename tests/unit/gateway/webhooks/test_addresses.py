"""Where webhooks may not go: our own list of tricks."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

import pytest

from gateway.webhooks.addresses import (
    AddressRefused,
    UrlRefused,
    all_public,
    check_resolves,
    check_url,
    may_connect,
)
from gateway.webhooks.sender import CheckedResolver, Sender
from tests.support.refused_addresses import PRIVATE, PUBLIC, REFUSED_URLS


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_may_be_connected_to(address: str) -> None:
    assert may_connect(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_any_other_address_may_not(address: str) -> None:
    assert not may_connect(address)


def test_one_private_address_among_public_ones_refuses_them_all() -> None:
    assert all_public(PUBLIC)
    assert not all_public([*PUBLIC, "10.0.0.1"])


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/", "https://hooks.example.com:8443/a/b?c=d&e=%20", "https://xn--mgbh0fb.example/",
        "https://HOOKS.Example.COM./in", "https://93.184.215.14/", "https://[2606:4700:4700::1111]:8443/x",
        "https://a_b.example.com/", "https://1.2.3.4.example.com/", "https://10.0.0.1.nip.example/",
    ],
)  # fmt: skip
def test_public_url_is_accepted(url: str) -> None:
    assert check_url(url).hostname


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_url_that_leads_inside_or_means_several_things_is_refused(url: str) -> None:
    with pytest.raises(UrlRefused):
        check_url(url)


@pytest.mark.parametrize(
    "url", ["http://localhost:8080/in", "http://127.0.0.1:1/", "https://[::1]/", "http://receiver/"]
)
def test_setting_for_tests_lifts_it(url: str) -> None:
    assert check_url(url, allow_private=True)


@pytest.mark.parametrize("url", ["ftp://localhost/", "http://user@localhost/", "http:///", "http://localhost/#a"])
def test_setting_for_tests_does_not_lift_the_rest(url: str) -> None:
    with pytest.raises(UrlRefused):
        check_url(url, allow_private=True)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "::ffff:10.0.0.1", "169.254.169.254", "fd00::1"])
def test_name_that_leads_inside_is_refused_at_registration(address: str) -> None:
    with pytest.raises(UrlRefused) as refused:
        check_resolves("https://hooks.example.com/", lambda _host: ["93.184.215.14", address])
    assert refused.value.code == "url_private"


def test_name_that_does_not_answer_yet_is_accepted_at_registration() -> None:
    def fail(host: str) -> Sequence[str]:
        raise socket.gaierror

    check_resolves("https://hooks.example.com/", fail)
    check_resolves("https://hooks.example.com/", lambda _host: ["93.184.215.14"])


class Rebinding:
    """A name server that answers with a public address first, and with one inside afterwards."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)

    def __call__(self, host: str) -> Sequence[str]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def test_name_that_leads_elsewhere_by_the_time_of_connecting_is_refused() -> None:
    resolve = Rebinding(["93.184.215.14"], ["127.0.0.1"])
    check_resolves("https://rebinding.example.com/", resolve)

    async def attempt() -> str | None:
        async with Sender(resolve=resolve) as sender:
            return (await sender.post("https://rebinding.example.com/", b"{}", {})).error_kind

    assert asyncio.run(attempt()) == "refused_address"


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:1/", "https://[::1]:1/", "http://hooks.example.com/", "https://2130706433/"]
)
def test_url_that_came_past_registration_is_refused_when_sending(url: str) -> None:
    async def attempt() -> str | None:
        async with Sender(resolve=lambda _host: ["127.0.0.1"]) as sender:
            return (await sender.post(url, b"{}", {})).error_kind

    assert asyncio.run(attempt()) == "refused_address"


def test_last_check_stands_where_sockets_are_made() -> None:
    make = Sender()._checked_socket
    for target in (("127.0.0.1", 443), ("::1", 443, 0, 0), ("169.254.169.254", 80)):
        family = socket.AF_INET6 if ":" in str(target[0]) else socket.AF_INET
        with pytest.raises(AddressRefused):
            make((family, socket.SOCK_STREAM, 6, "", target))
    made = make((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443)))
    made.close()


def test_connection_goes_to_the_addresses_that_were_checked() -> None:
    async def ask(resolve: Rebinding) -> list[str]:
        resolver = CheckedResolver(resolve, allow_private=False)
        try:
            return [answer["host"] for answer in await resolver.resolve("a.example", 443)]
        finally:
            await resolver.close()

    assert asyncio.run(ask(Rebinding(list(PUBLIC)))) == list(PUBLIC)
    with pytest.raises(AddressRefused):
        asyncio.run(ask(Rebinding(["10.0.0.1", *PUBLIC])))
