"""Where webhooks may not go: our own list of tricks, for the rule itself and for the routes that use it."""

from __future__ import annotations

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
