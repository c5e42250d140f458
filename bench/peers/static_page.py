"""The floor: the portal's own first HTML without any script, served as static files, precompressed.

Nothing that shows these charts can be much faster than this. Run by ``gunicorn bench.peers.static_page:server`` with
``BENCH_STATIC`` naming a folder of ``index.html`` and the stylesheets it links.
"""

from __future__ import annotations

import os
from pathlib import Path

import brotli
from flask import Flask, Response, abort, request

FOLDER = Path(os.environ["BENCH_STATIC"])
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
server = Flask(__name__, static_folder=None)
FILES = {
    "/" + str(path.relative_to(FOLDER)): (
        path.read_bytes(),
        brotli.compress(path.read_bytes(), quality=11),
        TYPES[path.suffix],
    )
    for path in FOLDER.rglob("*")
    if path.is_file()
}


@server.get("/")
@server.get("/<path:name>")
def file(name: str = "index.html") -> Response:
    found = FILES.get("/" + name)
    if found is None:
        abort(404)
    plain, small, kind = found
    encoded = "br" in request.headers.get("Accept-Encoding", "")
    answer = Response(small if encoded else plain, content_type=kind)
    if encoded:
        answer.headers["Content-Encoding"] = "br"
    answer.headers["Cache-Control"] = "public, max-age=31536000" if name != "index.html" else "no-store"
    return answer
