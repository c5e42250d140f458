"""Servers that speak as Crowdin (API v2) and Lokalise (API 2) do, by the samples of their documentation and of their own
clients' tests, and that fail as they do.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, jsonify, request

from tests.support.served import HOST, free_port, served

TOKEN = "token-of-a-maintainer"
WHEN = "2026-10-20T09:00:00+00:00"


@dataclass
class Text:
    """A text as the service has it: its English, what stands in each language, and the languages where it is approved."""

    key: str
    english: str
    translations: dict[str, str] = field(default_factory=dict)
    approved: set[str] = field(default_factory=set)


@dataclass
class Service:
    """What either service holds and does. ``fault``: ``unauthorised``, ``broken``, ``cut``, ``nothing``, ``failed``,
    ``strange``, ``everything`` (an archive with what nobody approved); ``limited`` times it says 429 first; ``polls`` are the times a build is not ready yet.
    """

    texts: list[Text] = field(default_factory=list)
    fault: str = ""
    limited: int = 0
    polls: int = 0
    url: str = ""
    uploaded: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    stored: dict[int, Any] = field(default_factory=dict)
    has_file: bool = True

    def paths(self, method: str) -> list[str]:
        return [path for verb, path, _ in self.calls if verb == method]

    def archive(self, files: dict[str, Any]) -> Response:
        if self.fault == "broken":
            return Response(b"<html>gone</html>", 200)
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
            for path, texts in files.items():
                opened.writestr(path, "[1]" if self.fault == "strange" else json.dumps(texts, ensure_ascii=False))
        told = made.getvalue()
        return Response(told[: len(told) // 2] if self.fault == "cut" else told, 200)

    def door(self, header: str, accepted: str, refusal: Any) -> Any:
        """What it says instead of an answer, to whom it does not know or who asks too much. Archives lie elsewhere."""
        if request.path.startswith("/archive"):
            assert header not in request.headers, "the token went to a store of somebody else"
            return None
        self.calls.append((request.method, request.path, request.get_json(silent=True)))
        if self.fault == "unauthorised" or request.headers.get(header) != accepted:
            return jsonify(refusal), 401
        if self.limited:
            self.limited -= 1
            return jsonify({"error": {"message": "Too Many Requests", "code": 429}}), 429, {"Retry-After": "7"}
        return None


def _listed(service: Service, found: list[Any]) -> Response:
    offset, limit = int(request.args.get("offset", 0)), int(request.args.get("limit", 25))
    assert limit <= 500
    page = [{"data": each} for each in found[offset : offset + limit]]
    return jsonify({"data": page, "pagination": {"offset": offset, "limit": limit}})


def _crowdin(service: Service) -> Flask:
    app = Flask("crowdin")
    refusal = {"error": {"message": "Unauthorized", "code": 401}}
    app.before_request(lambda: service.door("Authorization", f"Bearer {TOKEN}", refusal))
    project = "/projects/7"

    @app.post("/storages")
    def store() -> Any:
        number = len(service.stored) + 1
        service.stored[number] = json.loads(request.get_data())
        return jsonify({"data": {"id": number, "fileName": request.headers["Crowdin-API-FileName"]}}), 201

    @app.get(f"{project}/files")
    def files() -> Any:
        other = [{"id": number, "name": f"old-{number}.json", "type": "json"} for number in range(600)]
        return _listed(service, [*other, *([{"id": 4711, "name": "messages.json"}] if service.has_file else [])])

    @app.post(f"{project}/files")
    def add_file() -> Any:
        body = request.get_json()
        service.uploaded["en"] = service.stored[body["storageId"]]
        return jsonify({"data": {"id": 4711, "projectId": 7, "name": body["name"], "type": body["type"]}}), 201

    @app.put(f"{project}/files/4711")
    def change_file() -> Any:
        service.uploaded["en"] = service.stored[request.get_json()["storageId"]]
        return jsonify({"data": {"id": 4711, "projectId": 7, "name": "messages.json", "revisionId": 2}})

    @app.post(f"{project}/translations/<language>")
    def add_translations(language: str) -> Any:
        body = request.get_json()
        assert body["autoApproveImported"] is False
        service.uploaded[language] = service.stored[body["storageId"]]
        return jsonify({"data": {"projectId": 7, "storageId": body["storageId"], "languageId": language}})

    @app.post(f"{project}/translations/builds")
    def build() -> Any:
        body = request.get_json()
        assert body["exportApprovedOnly"] is True
        service.stored[-1] = body["targetLanguageIds"][0]
        return jsonify({"data": {"id": 2, "projectId": 7, "status": "created", "progress": 0}}), 201

    @app.get(f"{project}/translations/builds/2")
    def build_status() -> Any:
        ready = service.polls <= 0
        service.polls -= 1
        state = "failed" if service.fault == "failed" else "finished" if ready else "inProgress"
        return jsonify({"data": {"id": 2, "projectId": 7, "status": state, "progress": 100 if ready else 40}})

    @app.get(f"{project}/translations/builds/2/download")
    def build_download() -> Any:
        return jsonify({"data": {"url": f"{service.url}/archive", "expireIn": "2026-10-21T09:00:00+00:00"}})

    @app.get("/archive")
    def archive() -> Any:
        language = service.stored[-1]
        own = {
            each.key: {"message": each.translations[language], "description": ""}
            for each in service.texts
            if language in each.approved or service.fault == "everything"
        }
        return service.archive({f"{language[:2]}/messages.json": own})

    @app.get(f"{project}/approvals")
    def approvals() -> Any:
        language = request.args["languageId"]
        who = {"id": 12, "username": "zarghuna", "fullName": "Zarghuna Amiri", "avatarUrl": ""}
        return _listed(
            service,
            [
                {"id": number, "user": who, "translationId": number + 9000, "stringId": number, "languageId": language,
                 "createdAt": WHEN}
                for number, each in enumerate(service.texts)
                if language in each.approved
            ],
        )  # fmt: skip

    @app.get(f"{project}/strings")
    def strings() -> Any:
        if service.fault == "nothing":
            return jsonify({"of_tomorrow": []})
        return _listed(
            service,
            [
                {"id": number, "identifier": each.key, "text": each.english, "type": "text", "isIcu": True}
                for number, each in enumerate(service.texts)
            ],
        )

    return app


def _lokalise(service: Service) -> Flask:
    app = Flask("lokalise")
    refusal = {"error": {"message": "Invalid `X-Api-Token` header", "code": 401}}
    app.before_request(lambda: service.door("X-Api-Token", TOKEN, refusal))
    project = "/projects/803826145ba90b42d5d860.46800099"
    known = {"project_id": project.rsplit("/", 1)[-1], "branch": "master"}

    @app.post(f"{project}/files/upload")
    def upload() -> Any:
        body = request.get_json()
        assert not body["convert_placeholders"]
        assert not body["detect_icu_plurals"]
        service.uploaded[body["lang_iso"]] = json.loads(base64.b64decode(body["data"]))
        process = {"process_id": "up", "type": "file-import", "status": "queued", "message": ""}
        return jsonify({**known, "process": process})

    @app.post(f"{project}/files/async-download")
    def download() -> Any:
        body = request.get_json()
        assert body["filter_data"] == ["reviewed_only"]
        service.stored[-1] = body["filter_langs"]
        return jsonify({**known, "process_id": "down"})

    @app.get(f"{project}/processes/<process>")
    def state(process: str) -> Any:
        ready = service.polls <= 0
        service.polls -= 1
        told: dict[str, Any] = {"process_id": process, "type": "async-export", "status": "running", "details": {}}
        if service.fault == "failed":
            told["status"] = "failed"
        elif ready:
            told["status"] = "finished"
            if process == "down" and service.fault != "nothing":
                url = f"{service.url}/archive"
                told["details"] = {"file_size_kb": 1, "total_number_of_keys": 2, "download_url": url}
        return jsonify({**known, "process": told})

    @app.get("/archive")
    def archive() -> Any:
        return service.archive(
            {
                f"{language}.json": {
                    each.key: each.translations[language]
                    for each in service.texts
                    if language in each.approved or service.fault == "everything"
                }
                for language in service.stored[-1]
            }
        )

    def paged(named: str, found: list[Any]) -> Response:
        page, limit = int(request.args.get("page", 1)), int(request.args.get("limit", 100))
        assert limit <= 500
        answer = jsonify({**known, named: found[(page - 1) * limit : page * limit]})
        answer.headers["X-Pagination-Total-Count"] = str(len(found))
        answer.headers["X-Pagination-Page-Count"] = str(-(-len(found) // limit))
        return answer

    @app.get(f"{project}/keys")
    def keys() -> Any:
        return paged(
            "keys",
            [
                {
                    "key_id": 44596059 + number,
                    "key_name": each.key if number % 2 else dict.fromkeys(("ios", "android", "web", "other"), each.key),
                    "translations": [
                        {"translation_id": number, "language_iso": "en", "translation": each.english,
                         "is_reviewed": False, "reviewed_by": 0},
                        *(
                            {"translation_id": number, "language_iso": language, "translation": text,
                             "is_reviewed": language in each.approved, "reviewed_by": 20181}
                            for language, text in each.translations.items()
                        ),
                    ],
                }
                for number, each in enumerate(service.texts)
            ],
        )  # fmt: skip

    @app.get(f"{project}/contributors")
    def contributors() -> Any:
        return paged("contributors", [{"user_id": 20181, "email": "z@example.com", "fullname": "Zarghuna Amiri"}])

    return app


@contextmanager
def running(name: str, service: Service) -> Iterator[Service]:
    """``service`` as ``crowdin`` or ``lokalise``, at ``service.url``."""
    port = free_port()
    service.url = f"http://{HOST}:{port}"
    with served({"crowdin": _crowdin, "lokalise": _lokalise}[name](service), port):
        yield service
