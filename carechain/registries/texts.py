"""The texts of registry records, made comparable without changing a word of them."""

from __future__ import annotations

import html
import re
import unicodedata

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});", re.ASCII)
_ROUNDS = 3
"""Registries' exports escape what was escaped before; more than this is not seen."""


def unescaped(text: str) -> str:
    """The text with its character entities resolved (`&apos;`, `&#xD;`, `&amp;lt;`), and line ends as one newline."""
    for _ in range(_ROUNDS):
        plain = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
        if plain == text:
            break
        text = plain
    return re.sub(r"\r\n?", "\n", text)


def clean(text: str) -> str:
    """The text in one line: entities resolved, Unicode NFC, each run of white space one blank."""
    return " ".join(unicodedata.normalize("NFC", unescaped(text)).split())


def clean_lines(text: str) -> str:
    """Like `clean`, but line by line; lines without anything in them are left out."""
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", unescaped(text)).split("\n"))
    return "\n".join(line for line in lines if line)


def unique(texts: list[str]) -> tuple[str, ...]:
    """The texts in their order, without empty ones and without repetitions."""
    return tuple(dict.fromkeys(text for text in texts if text))
