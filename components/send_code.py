"""The request that sends a message, as a program would write it. Pure: texts in, source code out.

The key is never part of it; every example reads it from the environment variable ``SMS_API_KEY``.
"""

from __future__ import annotations

import json
import shlex

KEY_VARIABLE = "SMS_API_KEY"
"""Where every example reads the key from."""
LANGUAGES = {"curl": "curl", "python": "Python", "javascript": "JavaScript", "php": "PHP"}
"""What the examples are called; names of their own in every language."""


def examples(api_url: str, to: str, sender: str, body: str) -> dict[str, str]:
    """The same request in each of ``LANGUAGES``; any text comes out as exactly that text."""
    url = f"{api_url}/v1/messages"
    message = {"to": to, "from": sender, "body": body}
    return {
        "curl": _curl(url, message),
        "python": _python(url, message),
        "javascript": _javascript(url, message),
        "php": _php(url, message),
    }


def _text(value: str) -> str:
    """A string literal of JSON, Python and JavaScript alike."""
    return json.dumps(value, ensure_ascii=False)


def _curl(url: str, message: dict[str, str]) -> str:
    return "\n".join(
        (
            f"curl {shlex.quote(url)} \\",
            '  -H "Authorization: Bearer $SMS_API_KEY" \\',
            '  -H "Idempotency-Key: $(openssl rand -hex 16)" \\',
            '  -H "Content-Type: application/json" \\',
            f"  --data-binary {shlex.quote(json.dumps(message, ensure_ascii=False))}",
        )
    )


def _python(url: str, message: dict[str, str]) -> str:
    fields = "\n".join(f"        {_text(name)}: {_text(value)}," for name, value in message.items())
    return f"""\
import os
import uuid

import requests

answer = requests.post(
    {_text(url)},
    headers={{
        "Authorization": f"Bearer {{os.environ['SMS_API_KEY']}}",
        "Idempotency-Key": str(uuid.uuid4()),
    }},
    json={{
{fields}
    }},
    timeout=30,
)
answer.raise_for_status()
print(answer.json()["messageId"])"""


def _javascript(url: str, message: dict[str, str]) -> str:
    fields = "\n".join(f"    {name}: {_text(value)}," for name, value in message.items())
    return f"""\
const answer = await fetch({_text(url)}, {{
  method: "POST",
  headers: {{
    "Authorization": `Bearer ${{process.env.SMS_API_KEY}}`,
    "Idempotency-Key": crypto.randomUUID(),
    "Content-Type": "application/json",
  }},
  body: JSON.stringify({{
{fields}
  }}),
}});
if (!answer.ok) throw new Error(await answer.text());
console.log((await answer.json()).messageId);"""


def _php(url: str, message: dict[str, str]) -> str:
    fields = "\n".join(f"        {_php_text(name)} => {_php_text(value)}," for name, value in message.items())
    return f"""\
<?php
$call = curl_init({_php_text(url)});
curl_setopt_array($call, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_FAILONERROR => true,
    CURLOPT_HTTPHEADER => [
        'Authorization: Bearer ' . getenv('SMS_API_KEY'),
        'Idempotency-Key: ' . bin2hex(random_bytes(16)),
        'Content-Type: application/json',
    ],
    CURLOPT_POSTFIELDS => json_encode([
{fields}
    ]),
]);
$answer = curl_exec($call);
if ($answer === false) exit(curl_error($call));
echo json_decode($answer, true)['messageId'];"""


def _php_text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
