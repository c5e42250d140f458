"""What could stand in the GSM alphabet for the characters that force a text into UCS-2."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from gateway.domain.segments import forcing_characters, is_gsm

_LOOKALIKES = {
    **dict.fromkeys("‘’‚‛′`´ʼ", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("•·", "*"),
    "…": "...", "×": "x", "÷": "/", "©": "(C)", "®": "(R)", "™": "TM", "\t": " ",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Forcing:
    """Characters outside the GSM alphabet: `text`, from `index` on.

    `replacement` is None where nothing can stand for them, and empty where they can be left out.
    """

    index: int
    text: str
    replacement: str | None


def forcing(text: str) -> list[Forcing]:
    """All that forces `text` into UCS-2, in order. A letter and its combining mark are one, if GSM has them as one."""
    found: list[Forcing] = []
    for index in forcing_characters(text):
        char = text[index]
        if index and unicodedata.combining(char):
            pair = text[index - 1 : index + 1]
            composed = unicodedata.normalize("NFC", pair)
            if len(composed) == 1 and is_gsm(composed):
                found.append(Forcing(index - 1, pair, composed))
                continue
        found.append(Forcing(index, char, _replacement(char)))
    return found


def in_gsm(text: str, found: list[Forcing]) -> str | None:
    """`text` with all its replacements made, None when one has none."""
    written: list[str] = []
    end = 0
    for item in found:
        if item.replacement is None:
            return None
        written += (text[end : item.index], item.replacement)
        end = item.index + len(item.text)
    return "".join([*written, text[end:]])


def _replacement(char: str) -> str | None:
    if (known := _LOOKALIKES.get(char)) is not None:
        return known
    category = unicodedata.category(char)
    if category in {"Cf", "Mn"}:  # joiners, direction marks, combining marks
        return ""
    if category == "Zs":
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(char))
    plain = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    return plain if plain and is_gsm(plain) else None
