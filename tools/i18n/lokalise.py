"""Lokalise, API 2: https://developers.lokalise.com/reference/lokalise-rest-api.

Texts are uploaded as ``json_structured`` (translation and notes), untouched: neither placeholders nor plurals are made
into Lokalise's own, so that ICU patterns come back as they are. The API tells who reviewed a text and not when: the
moment of the import is kept.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from portal.i18n.locales import DEFAULT_TAG
from portal.i18n.status import Catalogs
from tools.i18n.memory import Approved
from tools.i18n.places import described
from tools.i18n.service import Http, ServiceFailed, unpacked

FILE = "messages.json"
PAGE = 500


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


class Lokalise:
    """One project. ``languages``: our tags → Lokalise's codes, which have an underscore where ours have a hyphen."""

    def __init__(
        self,
        http: Http,
        project: str,
        languages: Mapping[str, str] | None = None,
        now: Callable[[], str] = _now,
    ) -> None:
        self.http = http
        self.project = f"projects/{project}"
        self.languages = dict(languages or {})
        self.now = now

    def upload(self, loaded: Catalogs) -> list[str]:
        english = {
            key: {"translation": entry["message"], "notes": described(key, entry)}
            for key, entry in loaded[DEFAULT_TAG].items()
        }
        self._put(DEFAULT_TAG, english, replace=True)
        done = [f"{len(english)} English texts"]
        for tag, entries in loaded.items():
            if tag != DEFAULT_TAG:
                # What people have written there stays.
                texts = {key: {"translation": entry["message"]} for key, entry in entries.items()}
                self._put(tag, texts, replace=False)
                done.append(f"{len(entries)} suggestions for {tag}")
        return done

    def download(self, tags: list[str]) -> dict[str, list[Approved]]:
        archive = unpacked(self.http.name, self.http.fetch(self._archive(tags)))
        files = {path.rsplit("/", 1)[-1]: texts for path, texts in archive.items()}
        people = {
            each["user_id"]: str(each.get("fullname") or "") for each in self._pages("contributors", "contributors")
        }
        found: dict[str, list[Approved]] = {tag: [] for tag in tags}
        at = self.now()
        for key in self._pages("keys", "keys", include_translations=1):
            name = _name(key)
            own = {each["language_iso"]: each for each in key.get("translations", [])}
            english = own.get(self._language(DEFAULT_TAG), {}).get("translation")
            for tag in tags:
                mine = own.get(self._language(tag))
                text = files.get(f"{self._language(tag)}.json", {}).get(name)
                if mine and mine.get("is_reviewed") and isinstance(text, str):
                    found[tag].append(Approved(name, text, people.get(mine["reviewed_by"], ""), at, english))
        return found

    def _archive(self, tags: list[str]) -> str:
        body = {
            "format": "json",
            "original_filenames": False,
            "bundle_structure": "%LANG_ISO%.json",
            "filter_langs": [self._language(tag) for tag in tags],
            "filter_data": ["reviewed_only"],
            "export_empty_as": "skip",
            "placeholder_format": "raw",
            "plural_format": "icu",
            "replace_breaks": False,
            "json_unescaped_slashes": True,
        }
        process = self.http.json("POST", f"{self.project}/files/async-download", json=body)["process_id"]
        url = self._process(process).get("download_url")
        if not url:
            raise ServiceFailed(f"{self.http.name} has made an archive and does not say where it is")
        return str(url)

    def _process(self, process: str) -> dict[str, Any]:
        """The details of a process once it has finished."""

        def state() -> tuple[str, Any]:
            told = self.http.json("GET", f"{self.project}/processes/{process}")["process"]
            return str(told["status"]), told.get("details") or {}

        found: dict[str, Any] = self.http.until_made(state, "finished", ("failed", "cancelled"))
        return found

    def _put(self, tag: str, texts: Mapping[str, Any], *, replace: bool) -> None:
        body = {
            "data": base64.b64encode(json.dumps(texts, ensure_ascii=False).encode()).decode(),
            "filename": FILE,
            "format": "json_structured",
            "lang_iso": self._language(tag),
            "convert_placeholders": False,
            "detect_icu_plurals": False,
            "replace_modified": replace,
        }
        answer = self.http.json("POST", f"{self.project}/files/upload", json=body)
        self._process(answer["process"]["process_id"])

    def _language(self, tag: str) -> str:
        return self.languages.get(tag, tag.replace("-", "_"))

    def _pages(self, what: str, named: str, **asked: Any) -> Iterator[dict[str, Any]]:
        page, last = 1, 1
        while page <= last:
            answer = self.http.ask("GET", f"{self.project}/{what}", params={**asked, "limit": PAGE, "page": page})
            last = int(answer.headers.get("X-Pagination-Page-Count", "1"))
            yield from answer.json()[named]
            page += 1


def _name(key: Mapping[str, Any]) -> str:
    """The name of a key: one text, or one for each platform."""
    name = key["key_name"]
    return str(name.get("web") or name.get("other") or "") if isinstance(name, dict) else str(name)
