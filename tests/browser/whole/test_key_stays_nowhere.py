"""A key made in the browser is in one answer and one dialog: afterwards it is looked for everywhere, and not found."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
import requests
from psycopg import sql

from tests.browser.whole.conftest import SignIn
from tests.support.browser import Browser
from tests.support.stack import Stack

pytestmark = pytest.mark.browser
HERE = "#react-entry-point "
NAME = '.modal.show [id*=\'"field":"name"\']'

IN_THE_PAGE = """
  const secret = arguments[0], done = arguments[1], found = [], seen = new Set();
  (function walk(value, path) {
    if (typeof value === 'string') { if (value.includes(secret)) found.push(path); }
    else if (value && typeof value === 'object' && !seen.has(value)) {
      seen.add(value);
      for (const name of Object.keys(value)) walk(value[name], path + '/' + name);
    }
  })(window.dash_stores.map(store => store.getState()), 'dash');
  for (const [name, store] of [['localStorage', localStorage], ['sessionStorage', sessionStorage]])
    for (let i = 0; i < store.length; i++)
      if ((store.key(i) + store.getItem(store.key(i))).includes(secret)) found.push(name);
  if (document.cookie.includes(secret)) found.push('cookie');
  if (location.href.includes(secret) || JSON.stringify(history.state ?? '').includes(secret)) found.push('history');
  if (new XMLSerializer().serializeToString(document).includes(secret)) found.push('dom');
  for (const field of document.querySelectorAll('input, textarea'))
    if (field.value.includes(secret)) found.push('field');
  for (const entry of performance.getEntries()) if (entry.name.includes(secret)) found.push('performance');
  (async () => {
    for (const { name } of await indexedDB.databases()) found.push('indexedDB ' + name);
    for (const name of await caches.keys()) found.push('cache ' + name);
    done(found);
  })();
"""


def create_in_browser(browser: Browser, stack: Stack, name: str) -> str:
    """Make a key that may read messages on the page; how it reads, while its dialog is open."""
    browser.open(f"{stack.portal_url}/api-keys")
    browser.wait_until_ready()
    browser.click(f"{HERE}#api-keys-new")
    browser.fill(NAME, name)
    browser.click(".modal.show input[value='sms:read']")
    browser.click("#api-keys-create-form-submit")
    return browser.text(".secret-text")


def close(browser: Browser) -> None:
    browser.click(".modal.show .btn-primary[data-dialog-close]")
    browser.wait(lambda: not browser.all(".modal, .modal-backdrop"), "the dialog to be gone")


def columns_holding(database_url: str, secret: str) -> list[str]:
    """Columns of any table, partitions included, in which the secret stands as text or as bytes."""
    found = []
    with psycopg.connect(database_url) as connection:
        columns = connection.execute(
            "SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c"
            " JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        ).fetchall()
        assert len(columns) > 200
        for table, column, kind in columns:
            within = "%s::bytea" if kind == "bytea" else "%s::text"
            place = sql.Identifier(column) if kind == "bytea" else sql.SQL("{}::text").format(sql.Identifier(column))
            query = sql.SQL("SELECT count(*) FROM {} WHERE position({} IN {}) > 0").format(
                sql.Identifier(table), sql.SQL(within), place
            )
            value: Any = secret.encode() if kind == "bytea" else secret
            row = connection.execute(query, (value,)).fetchone()
            if row and row[0]:
                found.append(f"{table}.{column}")
    return found


def test_key_is_nowhere_once_its_dialog_is_closed(browser: Browser, stack: Stack, signed_in: SignIn) -> None:
    signed_in()
    raw = create_in_browser(browser, stack, "Seen once")
    assert raw.startswith("gsk_live_")
    # What people recognise the key by is kept on purpose; the rest is the secret.
    secret = raw[13:-4]
    shown = browser.run_async(IN_THE_PAGE, secret)
    assert {place.partition("/")[0] for place in shown} == {"dash", "dom"}, "the search finds what is there"
    close(browser)
    assert browser.run_async(IN_THE_PAGE, secret) == []
    assert secret not in str(browser.cookies())

    # Used, well and badly, as programs do.
    for path, status in (("/v1/messages?limit=1", 200), ("/v1/billing/balance", 403), ("/v1/messages?limit=x", 422)):
        answer = requests.get(f"{stack.gateway_url}{path}", headers={"Authorization": f"Bearer {raw}"}, timeout=20)
        assert answer.status_code == status, answer.text
        assert secret not in answer.text
    for url in (stack.gateway_url, stack.portal_url):
        assert secret not in requests.get(f"{url}/metrics", timeout=20).text
    assert secret not in stack.logs()
    assert columns_holding(stack.database_url, secret) == []

    # A reload and the way back bring nothing back.
    browser.open(f"{stack.portal_url}/messages")
    browser.wait_until_ready()
    browser.driver.back()
    browser.wait_until_ready()
    browser.find(f"{HERE}.key-name")
    assert browser.run_async(IN_THE_PAGE, secret) == []
    browser.assert_console_empty()


def test_key_revoked_in_the_browser_is_refused_on_its_next_call(
    browser: Browser, stack: Stack, signed_in: SignIn
) -> None:
    signed_in("developer@demo.example")
    raw = create_in_browser(browser, stack, "Soon gone")
    close(browser)

    def call() -> requests.Response:
        headers = {"Authorization": f"Bearer {raw}"}
        return requests.get(f"{stack.gateway_url}/v1/messages", headers=headers, timeout=20)

    assert call().status_code == 200
    browser.wait(lambda: browser.text(f"{HERE}.key-name") == "Soon gone", "the new key at the top")
    browser.click(f"{HERE}[id*='api-key-revoke']")
    browser.click("#api-keys-revoke-form-submit")
    browser.find(".toast-done")
    answer = call()
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    browser.assert_console_empty()
