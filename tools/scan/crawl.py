"""``python -m tools.scan.crawl WAPITI``: a crawler with attack payloads against the running product, signed in as an owner.

First it is sent to a page that has every fault it is to find (tools/scan/leaky.py): a crawler that is blind proves nothing.
Then to the portal and to the platform, at once, each by a door that keeps the session and looks at every answer. Fails on
any finding above informational that is not known to be none, any 5xx, anything of the server's insides in an answer, and
any request to where an attack would have the product ask. Writes the last figures into ``docs/security.md``.

The limits of calls are off while it runs: all that it would find is 429.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import requests

from bench.sign_in import PASSWORD, access_token
from chaos.product import Product, running
from tests.support.http_sign_in import session_cookies
from tests.support.receiver import Receiver, receiving
from tools.scan import crawler, feed, judge, leaky
from tools.scan.door import Door, addresses, opened
from tools.scan.judge import Crawl

MESSAGES = 2000
OWNER = "owner@demo.example"
PROOF_SECONDS = 150.0  # at most; half a minute where the machine has nothing else to do
# Kinds that the leaky page must be found to have; that it lets itself be sent elsewhere is seen there.
FAULTS = frozenset({
    "Reflected Cross Site Scripting", "Stored Cross Site Scripting", "SQL Injection", "Command execution", "Path Traversal",
    "CRLF Injection", "Open Redirect", "XML External Entity", "Cross Site Request Forgery",
    "Content Security Policy Configuration", "Internal Server Error",
})  # fmt: skip
LIMITS = (
    "PORTAL_LIMIT_SIGN_IN", "PORTAL_LIMIT_USER", "PORTAL_LIMIT_TENANT", "GATEWAY_LIMIT_ACCOUNT_READS",
    "GATEWAY_LIMIT_ACCOUNT_WRITES", "GATEWAY_LIMIT_PERSON_READS", "GATEWAY_LIMIT_PERSON_WRITES",
    "GATEWAY_LIMIT_ADDRESS_FAILURES",
)  # fmt: skip
SETTINGS = {
    **dict.fromkeys(LIMITS, "0"),
    "GATEWAY_WEBHOOK_ALLOW_PRIVATE": "false",  # as on a server: whoever has the platform ask this machine has broken in
    "GATEWAY_TRUSTED_PROXIES": "1",  # the door, which gives every try to sign in another address
    "PORTAL_LOG_LEVEL": "info",
}
SIGN_OUT = "/auth/logout"


def prove(program: Path, folder: Path) -> None:
    """Raises Blind when the crawler does not see every fault of the leaky page."""
    with leaky.leaking() as url, receiving() as bait, opened(url, lambda _path: {}) as door:
        report = crawler.crawl(
            program, folder, door.url, bait.url, PROOF_SECONDS, level=1, starts=[f"/{path}" for path in leaky.PATHS]
        )
        crawl = Crawl("leaky page", report, door)
        seen = {one.kind for one in crawl.findings() if one.level > 0}
        missed = sorted(FAULTS - seen)
        if missed or not asked_for(bait) or not door.troubles or not judge.wrong([crawl]):
            raise crawler.Blind(
                f"the crawler does not see {', '.join(missed) or 'what the leaky page does'}, but {sorted(seen)}"
            )


def asked_for(bait: Receiver) -> list[str]:
    """What was asked elsewhere by somebody else than the crawler, which asks at its end who has been there."""
    return [each.path for each in bait.received if not each.path.startswith(("/get_ssrf.php", "/get_xxe.php"))]


def portal_crawl(
    product: Product, program: Path, folder: Path, bait: Receiver, seconds: float, ids: dict[str, str]
) -> Crawl:
    """The portal, by somebody signed in there."""
    cookies = session_cookies(product.stack.portal_url, OWNER, PASSWORD, user_agent="crawler")
    session = {
        "Cookie": "; ".join(f"{one.name}={one.value}" for one in cookies),
        "X-CSRF-Token": next(str(one.value) for one in cookies if one.name == "__Host-csrf"),
        "Sec-Fetch-Site": "same-origin",
    }
    filters = urlencode(
        {"status": "failed", "operator": "Roshan", "q": "failed", "startDate": "2026-11-01", "to": "+937"}
    )
    starts = [
        "/dashboard", f"/analytics?{filters}", f"/messages?{filters}", f"/messages/{ids['messageId']}", "/send-test", "/api-keys",
        "/webhooks", f"/webhooks/{ids['endpointId']}", f"/webhooks/{ids['endpointId']}/deliveries/{ids['deliveryId']}",
        "/exports", f"/exports/{ids['exportId']}/file", "/billing?tab=x", f"/billing/invoices/{ids['invoiceId']}",
        f"/billing/invoices/{ids['invoiceId']}/pdf?locale=en", "/profile", "/login?next=/dashboard&error=x",
        "/auth/start?next=/dashboard", "/auth/callback?code=x&state=x&iss=x&error=x&error_description=x", "/health", "/nowhere?x=y",
    ]  # fmt: skip
    with opened(product.stack.portal_url, lambda _path: session, frozenset({SIGN_OUT})) as door:
        report = crawler.crawl(
            program,
            folder,
            door.url,
            bait.url,
            seconds,
            level=1,
            links=8,
            starts=starts,
            excluded=[SIGN_OUT, f"{SIGN_OUT}?*"],
        )
        _still_in(door, "/dashboard")
        return Crawl("portal", report, door)


def platform_crawl(
    product: Product,
    program: Path,
    folder: Path,
    bait: Receiver,
    seconds: float,
    token: dict[str, str],
    ids: dict[str, str],
) -> Crawl:
    """The platform: its API by the contract, with somebody's token, and its pages of signing in, by nobody."""
    issuer = requests.get(f"{product.stack.gateway_url}/.well-known/openid-configuration", timeout=10).json()["issuer"]
    callers = addresses()
    query = urlencode({
        "response_type": "code", "client_id": "portal", "redirect_uri": f"{product.stack.portal_url}/auth/callback",
        "scope": "openid profile", "state": "x", "nonce": "x", "code_challenge": "x" * 43, "code_challenge_method": "S256",
    })  # fmt: skip
    starts = [
        f"/v1/auth/oidc/authorize?{query}", "/v1/auth/login?request=x", "/v1/docs", "/v1/auth/oidc/userinfo", "/nowhere?x=y",
        "/v1/auth/oidc/logout?id_token_hint=x&post_logout_redirect_uri=http://localhost/&state=x&client_id=portal",
    ]  # fmt: skip

    def bring(path: str) -> dict[str, str]:
        signed_in = {} if path.startswith("/v1/auth/") else token
        return {**signed_in, "X-Forwarded-For": next(callers), "Sec-Fetch-Site": "same-origin"}

    with opened(issuer, bring) as door:
        folder.parent.mkdir(parents=True, exist_ok=True)
        contract = folder.parent / "contract.json"
        document = requests.get(f"{product.stack.gateway_url}/v1/openapi.json", timeout=30).json()
        contract.write_text(json.dumps(feed.fed(document, ids, door.url)), encoding="utf-8")
        report = crawler.crawl(program, folder, door.url, bait.url, seconds, starts=starts, contract=contract)
        _still_in(door, "/v1/me")
        return Crawl("platform", report, door)


def _still_in(door: Door, path: str) -> None:
    """A crawler that was signed out has seen a sign-in page, again and again."""
    status = requests.get(f"{door.url}{path}", timeout=30, allow_redirects=False).status_code
    if status != 200:
        raise crawler.Blind(f"the crawler is not signed in any more: {path} answers {status}")


def scan(program: Path, folder: Path, seconds: float) -> tuple[list[Crawl], list[str]]:
    """Both crawls, and what is wrong."""
    with running(folder / "data", MESSAGES, **SETTINGS) as product, receiving() as bait, ThreadPoolExecutor(2) as both:
        token = {"Authorization": f"Bearer {access_token(product.stack, OWNER)}"}
        ids = feed.ids_of(product.stack.gateway_url, token)
        crawls = [
            both.submit(portal_crawl, product, program, folder / "portal", bait, seconds, ids),
            both.submit(platform_crawl, product, program, folder / "platform", bait, seconds, token, ids),
        ]
        done = [each.result() for each in crawls]
        said = judge.wrong(done)
        said += [f"the product asked elsewhere for {path}" for path in asked_for(bait)]
        said += [
            f"{name}: {line.strip()}" for name, line in product.logs() if "Traceback (most recent call last)" in line
        ]
        return done, said


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.scan.crawl", description=__doc__)
    parser.add_argument("program", type=Path, help="where Wapiti is installed")
    parser.add_argument("--minutes", type=float, default=6.0, help="how long, without starting the product")
    parser.add_argument("--keep", type=Path, help="a folder for reports and logs, to be looked at afterwards")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="scan-"))
    try:
        begun = time.monotonic()
        prove(arguments.program, folder / "leaky")
        print("the crawler sees all that it is to see", flush=True)
        crawls, said = scan(arguments.program, folder, arguments.minutes * 60 - (time.monotonic() - begun))
    except crawler.Blind as error:
        crawls, said = [], [str(error)]
    finally:
        if arguments.keep:
            shutil.copytree(folder, arguments.keep, ignore=shutil.ignore_patterns("postgres"), dirs_exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
    if said:
        print("\n".join((*said, "FAILED")))
        return 1
    text = judge.table(crawls, arguments.minutes, crawler.MODULES, crawls[0].report["infos"]["version"].split()[-1])
    judge.write(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
