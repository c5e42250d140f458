"""What must never run in a page of the portal: markup that somebody slipped in, and what a script might try.

Each attack says its name by calling ``ran`` or by asking the other site for it; ``told`` is the directive (or several,
one of which) by which the browser must report that it refused it.
"""

from __future__ import annotations

from dataclasses import dataclass

ELEMENT, ATTRIBUTE, TYPES = "script-src-elem", "script-src-attr", "require-trusted-types-for"

#: Before every document: counts what ran, and keeps what was refused as "directive blocked sample", frames' too.
WATCH = """
if (window === top) {
  window.names = []; window.refusals = []; window.thrown = {};
  window.ran = name => { window.names.push(name); };
}
addEventListener('securitypolicyviolation', event => {
  top.refusals.push([event.effectiveDirective, event.blockedURI, event.sample].join(' '));
});
"""


@dataclass(frozen=True)
class Attack:
    """``code`` is markup or script; ``{other}`` in it is another site, ``{nonce}`` the page's own nonce."""

    code: str
    told: tuple[str, ...]
    alone: bool = False
    """Whether it would hide the others from sight where nothing stops it."""
    shows: str = ""
    """What the report shows of it, where that is not its name."""


def _markup(code: str, *told: str, alone: bool = False, shows: str = "") -> Attack:
    return Attack(code, told, alone, shows)


INJECTED = {
    "inline": _markup("""<script>ran("inline")</script>""", ELEMENT),
    "in-svg": _markup("""<svg><script>ran("in-svg")</script></svg>""", ELEMENT),
    "module": _markup("""<script type="module">ran("module")</script>""", ELEMENT),
    "onerror": _markup("""<img src="data:," onerror='ran("onerror")'>""", ATTRIBUTE),
    "ontoggle": _markup("""<details open ontoggle='ran("ontoggle")'>x</details>""", ATTRIBUTE),
    "in-frame": _markup("""<iframe srcdoc='<script>parent.ran("in-frame")</script>'></iframe>""", ELEMENT),
    "own": _markup("""<script src="/unlisted.js?own"></script>""", ELEMENT),
    "own-cors": _markup("""<script src="/unlisted.js?own-cors" crossorigin="anonymous"></script>""", ELEMENT),
    "foreign": _markup("""<script src="{other}/x.js?foreign" crossorigin="anonymous"></script>""", ELEMENT),
    "data": _markup("""<script src='data:text/javascript,ran("data")'></script>""", ELEMENT),
    "framed": _markup("""<iframe src="/unlisted.html?framed"></iframe>""", "frame-src"),
    "object": _markup("""<object data="/unlisted.html?object"></object>""", "object-src"),
    "embed": _markup("""<embed src="/unlisted.html?embed">""", "object-src"),
    "base": _markup("""<base href="{other}/base/">""", "base-uri", alone=True),
    "sheet": _markup("""<link rel="stylesheet" href="/unlisted.css?sheet">""", "style-src-elem", alone=True),
    "style": _markup("""<style>#styled { order: 2; } /* style */</style>""", "style-src-elem", alone=True),
    "styled": _markup("""<p id="styled" style="order: 3"></p>""", "style-src-attr", alone=True, shows="order: 3"),
    "picture": _markup("""<img src="{other}/picture">""", "img-src", alone=True),
}

#: With the page's own nonce, which nobody can know: Integrity-Policy and the hash refuse them, and no event tells of it.
NONCED = {
    "no-integrity": """<script nonce="{nonce}" src="/unlisted.js?no-integrity" crossorigin="anonymous"></script>""",
    "no-cors": """<script nonce="{nonce}" src="/unlisted.js?no-cors" integrity="sha384-{right}"></script>""",
    "other-hash": """<script nonce="{nonce}" src="/unlisted.js?other-hash" crossorigin="anonymous" integrity="sha384-AAAA"></script>""",
}  # fmt: skip

_NEW = "const s = document.createElement('script'); "
ATTEMPTS = {
    "eval": Attack("eval('ran(\"eval\")')", (TYPES, "script-src")),
    "Function": Attack("new Function('ran(\"Function\")')()", (TYPES, "script-src")),
    "timer": Attack("setTimeout('ran(\"timer\")', 0)", (TYPES, "script-src")),
    "interval": Attack("setInterval('ran(\"interval\")', 0)", (TYPES, "script-src")),
    "content": Attack(f"{_NEW} s.textContent = 'ran(\"content\")'; document.body.append(s)", (TYPES, ELEMENT)),
    "text": Attack(f"{_NEW} s.text = 'ran(\"text\")'; document.body.append(s)", (TYPES, ELEMENT)),
    "node": Attack(f"{_NEW} s.append('ran(\"node\")'); document.body.append(s)", (TYPES, ELEMENT)),
    "src": Attack(f"{_NEW} s.src = '/unlisted.js?src'; document.body.append(s)", ()),
    "src-attribute": Attack(f"{_NEW} s.setAttribute('SRC', '/unlisted.js?src-attribute'); document.body.append(s)", ()),
    "src-data": Attack(f"{_NEW} s.src = 'data:text/javascript,ran(\"src-data\")'; document.body.append(s)", ()),
    "src-foreign": Attack(f"{_NEW} s.src = '{{other}}/x.js?src-foreign'; document.body.append(s)", ()),
    "src-node": Attack(
        f"{_NEW} const a = document.createAttribute('src'); a.value = '/unlisted.js?src-node';"
        "s.setAttributeNode(a); document.body.append(s)",
        (TYPES, ELEMENT),
    ),
    "src-namespace": Attack(
        f"{_NEW} s.setAttributeNS(null, 'src', '/unlisted.js?src-namespace'); document.body.append(s)", (TYPES, ELEMENT)
    ),
    "handler": Attack(
        "document.body.setAttribute('onclick', 'ran(\"handler\")'); document.body.click()", (TYPES, ATTRIBUTE)
    ),
    "javascript": Attack(
        "const a = document.createElement('a'); a.href = 'javascript:ran(\"javascript\")';"
        "document.body.append(a); a.click()",
        (TYPES, ELEMENT),
    ),
    "fragment": Attack(
        "document.body.append(document.createRange().createContextualFragment('<script>ran(\"fragment\")<\\/script>'))",
        (TYPES, ELEMENT),
    ),
    "import": Attack("import('/unlisted.js?import').catch(() => 0)", (ELEMENT,)),
    "worker": Attack("new Worker('/unlisted.js?worker')", (TYPES, "worker-src")),
    "shared-worker": Attack("new SharedWorker('/unlisted.js?shared-worker')", (TYPES, "worker-src")),
    "service-worker": Attack("navigator.serviceWorker.register('/unlisted.js?service-worker')", (TYPES, "worker-src")),
    "blob-worker": Attack(
        "new Worker(URL.createObjectURL(new Blob(['close()'])))", (TYPES, "worker-src"), shows="blob"
    ),
    "fetch": Attack("fetch('{other}/fetch').catch(() => 0)", ("connect-src",)),
    "beacon": Attack("navigator.sendBeacon('{other}/beacon')", ("connect-src",)),
    "second-policy": Attack("trustedTypes.createPolicy('second-policy', {})", ("trusted-types",)),
    "same-policy": Attack("trustedTypes.createPolicy('ghasi-portal', {})", ("trusted-types",), shows="ghasi-portal"),
    "default-policy": Attack("trustedTypes.createPolicy('default', {})", ("trusted-types",), shows="default"),
    "form": Attack(
        "const f = document.createElement('form'); f.action = '{other}/form'; document.body.append(f); f.submit()",
        ("form-action",),
        alone=True,
    ),
    # The last one: where nothing stops it, it puts another document in the place of this one.
    "write": Attack("document.write('<script>ran(\"write\")<\\/script>')", (TYPES, ELEMENT), alone=True),
}
