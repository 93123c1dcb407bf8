"""How wide a text is when drawn, for a font that nobody knows yet: rather too wide than too narrow."""

from __future__ import annotations

_WIDE = frozenset("MWmw@%—…")
_NARROW = frozenset("ijlI.,:;'|! ")
_SLIM = frozenset("tfr()[]/-")
_BOLD = 1.14


def clean(text: str) -> str:
    """In one line, without the characters that XML 1.0 cannot hold."""
    printable = "".join(c if c.isprintable() and c not in "\ufffe\uffff" else " " for c in text)
    return " ".join(printable.split())


def width(text: str, size: float, bold: bool = False) -> float:
    """The width of a text in pixels, at a font size in pixels, in the widest of the usual fonts."""
    return size * (_BOLD if bold else 1) * sum(map(_em, text))


def fitted(text: str, room: float, size: float, bold: bool = False) -> str:
    """The cleaned text, shortened with an ellipsis to `room` pixels."""
    text = clean(text)
    if width(text, size, bold) <= room:
        return text
    left = room - width("…", size, bold)
    kept = 0
    while kept < len(text) and (left := left - width(text[kept], size, bold)) >= 0:
        kept += 1
    return text[:kept].rstrip() + "…"


def _em(letter: str) -> float:
    if letter in _NARROW:
        return 0.35
    if letter in _SLIM:
        return 0.42
    if letter in _WIDE or ord(letter) >= 0x250:
        return 1.0
    return 0.72 if letter.isupper() else 0.63
