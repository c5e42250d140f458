"""``make i18n-export`` and ``make i18n-import``: the catalogs to translators and back. See docs/translating.md.

    python -m tools.i18n export [--to FOLDER]            XLIFF files; with a service set, there too
    python -m tools.i18n import [FILE …] [--by NAME]     from XLIFF files, or without any from the service

``I18N_SERVICE`` names the service: crowdin (CROWDIN_TOKEN, CROWDIN_PROJECT_ID) or lokalise (LOKALISE_TOKEN,
LOKALISE_PROJECT_ID). CROWDIN_URL and LOKALISE_URL are other addresses of their APIs, I18N_LANGUAGES their names of our
languages (``ps=ps-AF fa-AF=prs``). A token may be in a file, CROWDIN_TOKEN_FILE.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from portal import setting_values as values
from portal.i18n.catalog import LOCALES_DIR
from portal.i18n.lint import catalogs
from portal.i18n.locales import DEFAULT_TAG
from tools.i18n import memory, xliff
from tools.i18n.crowdin import Crowdin
from tools.i18n.lokalise import Lokalise
from tools.i18n.service import Http, ServiceFailed, TranslationService

FOLDER = Path(".build/i18n")


def _wanted(env: Mapping[str, str], name: str, *, secret: bool = False) -> str:
    found = values.secret(env, name) if secret else values.text(env, name)
    if not found:
        raise values.SettingsError(name, "is needed for the service that I18N_SERVICE names")
    return found


def service(env: Mapping[str, str]) -> TranslationService | None:
    """The service that the environment names; None without one. Raises SettingsError."""
    name = (values.text(env, "I18N_SERVICE") or "").lower()
    languages = dict(pair.split("=", 1) for pair in (values.text(env, "I18N_LANGUAGES") or "").split() if "=" in pair)
    if name == "crowdin":
        url = values.url(env, "CROWDIN_URL", "https://api.crowdin.com/api/v2")
        headers = {"Authorization": f"Bearer {_wanted(env, 'CROWDIN_TOKEN', secret=True)}"}
        return Crowdin(Http("Crowdin", url, headers), _wanted(env, "CROWDIN_PROJECT_ID"), languages)
    if name == "lokalise":
        url = values.url(env, "LOKALISE_URL", "https://api.lokalise.com/api2")
        headers = {"X-Api-Token": _wanted(env, "LOKALISE_TOKEN", secret=True)}
        return Lokalise(Http("Lokalise", url, headers), _wanted(env, "LOKALISE_PROJECT_ID"), languages)
    if name:
        raise values.SettingsError("I18N_SERVICE", f"wants crowdin or lokalise, not {name!r}")
    return None


def export(folder: Path, env: Mapping[str, str], directory: Path = LOCALES_DIR) -> int:
    """Write the XLIFF files, and give the service what there is."""
    loaded = catalogs(directory)
    folder.mkdir(parents=True, exist_ok=True)
    for tag in loaded:
        if tag != DEFAULT_TAG:
            path = folder / f"{tag}.xlf"
            path.write_bytes(xliff.write(tag, loaded))
            sys.stdout.write(f"{path}: {len(loaded[DEFAULT_TAG])} texts\n")
    there = service(env)
    for line in there.upload(loaded) if there else ():
        sys.stdout.write(f"uploaded: {line}\n")
    return 0


def _from_files(files: list[Path], by: str, refused: list[memory.Refusal]) -> dict[str, list[memory.Approved]]:
    found: dict[str, list[memory.Approved]] = {}
    today = dt.datetime.now(dt.UTC).date().isoformat()
    for path in files:
        try:
            received = xliff.read(path.read_bytes(), by=by, at=today)
        except (OSError, xliff.BrokenXliff) as error:
            raise ServiceFailed(f"{path} {error}") from None
        found.setdefault(received.tag, []).extend(received.approved)
        refused += [memory.Refusal(received.tag, key, why) for key, why in received.unreadable]
        sys.stdout.write(f"{path}: {len(received.approved)} approved, {received.waiting} not yet\n")
    return found


def _downloaded(there: TranslationService, tags: list[str]) -> dict[str, list[memory.Approved]]:
    try:
        return there.download(tags)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ServiceFailed(f"the service answers with another shape than its API has: {error!r}") from None


def bring_in(files: list[Path], by: str, env: Mapping[str, str], directory: Path = LOCALES_DIR) -> int:
    """Take what is approved into the catalogs, and say what was refused; 1 when anything was."""
    loaded = catalogs(directory)
    unreadable: list[memory.Refusal] = []
    tags = [tag for tag in loaded if tag != DEFAULT_TAG]
    if files:
        approved = _from_files(files, by, unreadable)
    else:
        there = service(env)
        if there is None:
            raise ServiceFailed("nothing to import: name XLIFF files (FILES=…), or a service (I18N_SERVICE)")
        approved = _downloaded(there, tags)
    if strange := sorted(approved.keys() - set(tags)):
        raise ServiceFailed(f"no catalog is in {', '.join(strange)}; there are {', '.join(tags)}")
    result = memory.take(loaded, approved)
    memory.write(result, directory)
    refused = [*unreadable, *result.refused]
    sys.stdout.write("".join(f"{each}\n" for each in refused))
    for tag, keys in result.taken.items():
        sys.stdout.write(f"locales/{tag}: {len(keys)} taken, {result.same.get(tag, 0)} were so already\n")
    return 1 if refused else 0


def main(arguments: list[str] | None = None, env: Mapping[str, str] | None = None) -> int:
    """The exit code: 0, 1 when strings were refused, 2 when nothing could be done at all."""
    env = os.environ if env is None else env
    parser = argparse.ArgumentParser(prog="python -m tools.i18n", description="The catalogs to translators and back.")
    commands = parser.add_subparsers(dest="command", required=True)
    out = commands.add_parser("export", help="write XLIFF files, and upload to the service that is set")
    out.add_argument("--to", type=Path, default=FOLDER)
    back = commands.add_parser("import", help="take approved translations into the catalogs")
    back.add_argument("files", nargs="*", type=Path)
    back.add_argument("--by", default="", help="who reviewed the strings of these files, if they do not say it")
    given = parser.parse_args(arguments)
    try:
        if given.command == "export":
            return export(given.to, env)
        return bring_in(given.files, given.by, env)
    except (ServiceFailed, values.SettingsError) as error:
        sys.stderr.write(f"{error}\nNothing was changed.\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
