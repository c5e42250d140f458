"""XLIFF 2.0 (OASIS, 5 August 2014): one file for each language, for whichever tool a translator works with.

A unit is a text: its id and name are the key, its notes say where it stands (``context``, ``page``, ``screenshot``) and who
reviewed it. The segment's state is ``initial`` (nothing yet), ``translated`` (by a machine) or ``final`` (reviewed).
What comes back as ``reviewed`` or ``final`` is approved.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass

from portal.i18n import status
from portal.i18n.locales import DEFAULT_TAG
from tools.i18n import places
from tools.i18n.memory import Approved

NAMESPACE = "urn:oasis:names:tc:xliff:document:2.0"
_Q = f"{{{NAMESPACE}}}"
APPROVED = ("reviewed", "final")


class BrokenXliff(ValueError):
    """A file that is no XLIFF 2.0 of ours; the message says what it lacks."""


@dataclass(frozen=True)
class Received:
    """What a file holds: its language, what is approved in it, how many strings are not, and what could not be read."""

    tag: str
    approved: list[Approved]
    waiting: int
    unreadable: list[tuple[str, str]]


def _notes(unit: ET.Element, key: str, english: status.Entry, entry: status.Entry) -> None:
    told = [("context", english.get("context")), *(("page", place) for place in places.places(key))]
    told += [("screenshot", name) for name in places.pictures(key, english.get("screenshots", []))]
    told += [("comment", entry.get("comment"))]
    if entry.get("status") == status.REVIEWED:
        told += [("reviewed-by", entry.get("reviewedBy")), ("reviewed-at", entry.get("reviewedAt"))]
        told += [("reviewed-text", entry.get("reviewedText"))]
    said = [(category, str(text)) for category, text in told if text]
    if said:
        notes = ET.SubElement(unit, f"{_Q}notes")
        for category, text in said:
            ET.SubElement(notes, f"{_Q}note", {"category": category}).text = text


def write(tag: str, loaded: status.Catalogs) -> bytes:
    """The file of one language."""
    ET.register_namespace("", NAMESPACE)
    root = ET.Element(f"{_Q}xliff", {"version": "2.0", "srcLang": DEFAULT_TAG, "trgLang": tag})
    file = ET.SubElement(root, f"{_Q}file", {"id": "messages", "original": f"locales/{tag}/messages.json"})
    for key, english in sorted(loaded[DEFAULT_TAG].items()):
        entry = loaded[tag].get(key, {})
        # Spaces at the ends and isolates are part of a text.
        unit = ET.SubElement(
            file, f"{_Q}unit", {"id": key, "name": key, "{http://www.w3.org/XML/1998/namespace}space": "preserve"}
        )
        _notes(unit, key, english, entry)
        reviewed = entry.get("status") == status.REVIEWED
        state = "final" if reviewed else "translated" if entry.get("message") else "initial"
        segment = ET.SubElement(unit, f"{_Q}segment", {"state": state})
        ET.SubElement(segment, f"{_Q}source").text = str(english["message"])
        if entry.get("message"):
            ET.SubElement(segment, f"{_Q}target").text = str(entry["message"])
    ET.indent(root, " ")
    made: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return made + b"\n"


def _text(parts: list[ET.Element], name: str) -> str:
    """The text of all parts of a unit (tools may cut one into several). Raises BrokenXliff for inline codes."""
    found = []
    for part in parts:
        element = part.find(f"{_Q}{name}")
        if element is None and part.tag == f"{_Q}ignorable":
            element = part.find(f"{_Q}source")  # without a target it is the same in both
        if element is None:
            raise BrokenXliff(f"a part without {name}")
        if len(element):
            raise BrokenXliff(f"inline codes in its {name}; texts of this project have none")
        found.append(element.text or "")
    return "".join(found)


def _root(document: bytes) -> ET.Element:
    # Entities could name files and grow without end; XLIFF has no use for them.
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document or b"\0" in document[:4]:
        raise BrokenXliff("is no plain UTF-8 XML without a document type")
    try:
        root = ET.fromstring(document)  # noqa: S314 - what could be harmful has just been refused
    except ET.ParseError as error:
        raise BrokenXliff(f"is no XML: {error}") from None
    if root.tag != f"{_Q}xliff" or not root.get("version", "").startswith("2."):
        raise BrokenXliff("is no XLIFF 2.0")
    if root.get("srcLang") != DEFAULT_TAG or not root.get("trgLang"):
        raise BrokenXliff(f"does not translate from {DEFAULT_TAG} into a language (srcLang, trgLang)")
    return root


def read(document: bytes, *, by: str, at: str) -> Received:
    """What a translator's file holds. ``by`` approved it ``at``; without ``by``, whoever the notes of a string name, as long
    as they are about the words that stand there.
    """
    root = _root(document)
    received = Received(str(root.get("trgLang")), [], 0, [])
    waiting = 0
    for unit in root.iter(f"{_Q}unit"):
        key = unit.get("name") or unit.get("id") or ""
        segments = unit.findall(f"{_Q}segment")
        if not segments or any(segment.get("state", "initial") not in APPROVED for segment in segments):
            waiting += 1
            continue
        notes = {note.get("category"): note.text or "" for note in unit.iter(f"{_Q}note")}
        parts = [each for each in unit if each.tag in (f"{_Q}segment", f"{_Q}ignorable")]
        try:
            source, target = _text(parts, "source"), _text(parts, "target")
        except BrokenXliff as error:
            received.unreadable.append((key, str(error)))
            continue
        who, when = by, at
        if not by and notes.get("reviewed-text") == status.fingerprint(source, target):
            who, when = notes.get("reviewed-by", ""), notes.get("reviewed-at", "")
        received.approved.append(Approved(key, target, who, when, source))
    return Received(received.tag, received.approved, waiting, received.unreadable)
