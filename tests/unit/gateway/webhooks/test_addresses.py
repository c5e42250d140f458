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

PUBLIC = ("93.184.215.14", "8.8.8.8", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e")
PRIVATE = (
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.0.1",  # noqa: S104
    "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192",
    "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::ffff:0:7f00:1",
    "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:10::1",
    "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fd12:3456::1",
    "fe80::1", "fe80::1%eth0", "fe80::a9fe:a9fe", "fec0::1", "ff02::1", "ff0e::1",
    "", "localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "1.2.3.4.5", "::1::", "12345::",
)  # fmt: skip
REFUSED_URLS = (
    # scheme, shape
    "http://hooks.example.com/", "ftp://hooks.example.com/", "file:///etc/passwd", "gopher://hooks.example.com/",
    "//hooks.example.com/", "hooks.example.com", "https://", "https:///path", "https://:443/", "javascript:alert(1)",
    "https://hooks.example.com:0/", "https://hooks.example.com:99999/", "https://hooks.example.com:port/",
    "https://hooks.example.com/#part", "https://hooks.example.com/#", "https://hooks.example.com/a b",
    "https://hooks.example.com/\r\nHost: localhost", "https://hooks.example.com\\@localhost/", "https://hooks.example.com\t/",
    "https://حصاب.example/", "https://" + "a" * 2100 + ".example/",
    # user information
    "https://user@hooks.example.com/", "https://user:pass@hooks.example.com/", "https://hooks.example.com@127.0.0.1/",
    "https://127.0.0.1@hooks.example.com/", "https://@hooks.example.com/", "https://hooks.example.com:443@localhost/",
    # names that stay inside
    "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://a.localhost/", "https://printer.local/",
    "https://db.internal/", "https://metadata.google.internal/", "https://router.lan/", "https://intranet/", "https://metadata/",
    "https://a..example.com/", "https://-a.example.com/", "https://a.example.com../", "https://ex%61mple.com/", "https://[::1/",
    # IPv4 in every spelling
    "https://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/",
    "https://0177.0.0.1/", "https://017700000001/", "https://127.0.0.01/", "https://127.0.0.1./", "https://0/", "https://0.0.0.0/",
    "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/", "https://169.254.169.254/latest/meta-data",
    "https://0xA9FEA9FE/", "https://2852039166/", "https://0251.0376.0251.0376/", "https://169.254.43518/", "https://224.0.0.1/",
    "https://255.255.255.255/", "https://8.8.8/", "https://0x08080808/", "https://134744072/", "https://1.2.3.4.5/", "https://256.1.1.1/",
    "https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/", "https://999999999999/", "https://0x/", "https://1.2.3.0x4/",
    # IPv6
    "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[0:0:0:0:0:ffff:a00:1]/",
    "https://[::ffff:8.8.8.8]/", "https://[::127.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://[2002:7f00:1::]/", "https://[2001::1]/",
    "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fc00::1]/", "https://[fd00:ec2::254]/", "https://[ff02::1]/",
    "https://[::1%25.example.com]/", "https://[v1.fe80]/", "https://[hooks.example.com]/",
)  # fmt: skip


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
