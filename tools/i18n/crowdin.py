"""Crowdin, API v2: https://support.crowdin.com/developer/api/v2/.

Texts are one file of the type ``chrome`` (``{key: {message, description}}``): it carries the context, and leaves
ICU patterns as they are. What an approval is (who, when, of which English) is asked for string by string, since the
archive has texts alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from portal.i18n.locales import DEFAULT_TAG
from portal.i18n.status import Catalogs
from tools.i18n.memory import Approved
from tools.i18n.places import described
from tools.i18n.service import Http, ServiceFailed, unpacked

FILE = "messages.json"
PAGE = 500


class Crowdin:
    """One project. ``languages``: our tags → Crowdin's language ids where they are others."""

    def __init__(self, http: Http, project: str, languages: Mapping[str, str] | None = None) -> None:
        self.http = http
        self.project = f"projects/{project}"
        self.languages = dict(languages or {})

    def upload(self, loaded: Catalogs) -> list[str]:
        file = self._file()
        english = {
            key: {"message": entry["message"], "description": described(key, entry)}
            for key, entry in loaded[DEFAULT_TAG].items()
        }
        stored = self._stored(english)
        if file is None:
            body = {"storageId": stored, "name": FILE, "type": "chrome"}
            file = int(self.http.json("POST", f"{self.project}/files", json=body)["data"]["id"])
        else:
            # Whoever approved a text approved it for the English that was: a changed one loses its approval.
            body = {"storageId": stored, "updateOption": "keep_translations"}
            self.http.json("PUT", f"{self.project}/files/{file}", json=body)
        done = [f"{len(english)} English texts"]
        for tag, entries in loaded.items():
            if tag != DEFAULT_TAG:
                stored = self._stored({key: {"message": entry["message"]} for key, entry in entries.items()})
                body = {"storageId": stored, "fileId": file, "autoApproveImported": False, "importEqSuggestions": True}
                self.http.json("POST", f"{self.project}/translations/{self._language(tag)}", json=body)
                done.append(f"{len(entries)} suggestions for {tag}")
        return done

    def download(self, tags: list[str]) -> dict[str, list[Approved]]:
        file = self._file()
        if file is None:
            raise ServiceFailed(f"{self.http.name} has no {FILE} in that project: upload first")
        strings = {each["id"]: each for each in self._pages("strings", fileId=file)}
        return {tag: list(self._approved(tag, file, strings)) for tag in tags}

    def _approved(self, tag: str, file: int, strings: Mapping[int, dict[str, Any]]) -> Iterator[Approved]:
        texts = self._texts(tag)
        for approval in self._pages("approvals", fileId=file, languageId=self._language(tag)):
            string = strings.get(approval["stringId"])
            text = texts.get(string["identifier"]) if string else None
            # Approved since the archive was made, or of a text that is gone: the next import has it.
            if string is not None and text is not None:
                who = approval.get("user") or {}
                by = str(who.get("fullName") or who.get("username") or "")
                yield Approved(string["identifier"], text, by, str(approval["createdAt"]), str(string["text"]))

    def _texts(self, tag: str) -> dict[str, str]:
        """What is approved in one language: an archive is built, waited for, and fetched."""
        builds = f"{self.project}/translations/builds"
        body = {"targetLanguageIds": [self._language(tag)], "exportApprovedOnly": True, "skipUntranslatedStrings": True}
        build = self.http.json("POST", builds, json=body)["data"]["id"]

        def state() -> tuple[str, None]:
            return str(self.http.json("GET", f"{builds}/{build}")["data"]["status"]), None

        self.http.until_made(state, "finished", ("failed", "canceled"))
        url = self.http.json("GET", f"{builds}/{build}/download")["data"]["url"]
        files = unpacked(self.http.name, self.http.fetch(url))
        mine = [texts for path, texts in files.items() if path.rsplit("/", 1)[-1] == FILE]
        if len(mine) > 1:
            raise ServiceFailed(f"{self.http.name}'s archive has {FILE} {len(mine)} times")
        return {
            key: entry["message"]
            for texts in mine
            for key, entry in texts.items()
            if isinstance(entry, dict) and isinstance(entry.get("message"), str)
        }

    def _language(self, tag: str) -> str:
        return self.languages.get(tag, tag)

    def _file(self) -> int | None:
        return next((int(each["id"]) for each in self._pages("files") if each["name"] == FILE), None)

    def _stored(self, texts: Mapping[str, Any]) -> int:
        answer = self.http.json(
            "POST",
            "storages",
            data=json.dumps(texts, ensure_ascii=False).encode(),
            headers={"Crowdin-API-FileName": FILE, "Content-Type": "application/octet-stream"},
        )
        return int(answer["data"]["id"])

    def _pages(self, what: str, **asked: Any) -> Iterator[dict[str, Any]]:
        offset = 0
        while True:
            query = {**asked, "limit": PAGE, "offset": offset}
            found = self.http.json("GET", f"{self.project}/{what}", params=query)["data"]
            yield from (each["data"] for each in found)
            if len(found) < PAGE:
                return
            offset += PAGE
