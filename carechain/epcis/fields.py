"""The fields of one object of an event, taken out by name, type by type; what is left over at the end is unknown.

Every defect becomes a finding, and reading goes on as if the field were not there: a document's findings come all at
once. No finding repeats a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from carechain.epcis.events import Extension
from carechain.epcis.vocabulary import Words, is_uri
from carechain.errors import CarechainError

TEXT = "#text"
"""The key of an object's own text beside further elements, as XML has it."""

_NAME = re.compile(r"@?[A-Za-z_][A-Za-z0-9_.-]{0,63}(?::[A-Za-z_][A-Za-z0-9_.-]{0,63})?", re.ASCII)
_TIME = re.compile(
    r"(?:19|[2-8][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,12})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_MAX_DEPTH = 20
_MISSING = object()
_NO_CHARACTER = ("has half a character (a lone surrogate)", "write both halves, or the character itself")


class Findings:
    """What a document is refused for, and what is only to be said of it, in the order of finding."""

    def __init__(self) -> None:
        self.found: list[CarechainError] = []
        self.notes: list[CarechainError] = []

    def add(self, place: str, problem: str, mend: str) -> None:
        """One defect: where, what is wrong, and how to mend it."""
        self.found.append(CarechainError(place, problem, mend))

    def note(self, place: str, problem: str, mend: str) -> None:
        """Something odd that is no reason to refuse the document."""
        self.notes.append(CarechainError(place, problem, mend))


class Fields:
    """An object at `place` ("file: eventList[0].readPoint"), which should be a JSON object."""

    def __init__(self, value: Any, place: str, findings: Findings) -> None:
        self.place = place
        self._findings = findings
        if not isinstance(value, dict):
            findings.add(place, "is not an object", "give an object with named fields")
        self._left: dict[str, Any] = dict(value) if isinstance(value, dict) else {}

    def add(self, name: str, problem: str, mend: str) -> None:
        """A finding about a field of this object."""
        self._findings.add(f"{self.place}.{name}", problem, mend)

    def has(self, name: str) -> bool:
        """Whether the field is there and was not taken yet."""
        return name in self._left

    def take(self, name: str) -> Any:
        """Whatever the field holds; None where it is not there. null is a finding: it says nothing."""
        value = self._left.pop(name, _MISSING)
        if value is None:
            self.add(name, "is null", "leave it out")
        return None if value is _MISSING else value

    def need(self, name: str) -> None:
        """A finding where the field is not there."""
        if name not in self._left:
            self.add(name, "is missing", "add it; EPCIS requires it")

    def text(self, name: str) -> str | None:
        """Text that is not empty."""
        value = self.take(name)
        return None if value is None else self._text(name, value)

    def uri(self, name: str) -> str | None:
        """An absolute URI."""
        return self._uri(name, self.text(name))

    def word(self, name: str, words: Words) -> str | None:
        """A word of a list, bare, or a URI of one's own."""
        return self._word(name, self.text(name), words)

    def time(self, name: str) -> datetime | None:
        """A time from 1900 to 8999 with its offset from UTC (dateTimeStamp of XML Schema 1.1)."""
        text = self.text(name)
        if text is None:
            return None
        try:
            if _TIME.fullmatch(text):
                return datetime.fromisoformat(text)
        except ValueError:
            pass
        self.add(name, "is not a date and time with its offset", "write it as 2026-01-31T08:00:00+01:00")
        return None

    def number(self, name: str) -> Decimal | None:
        """A decimal number: in JSON a number, in XML text."""
        value = self.take(name)
        if isinstance(value, Decimal):
            return value
        if isinstance(value, Number):
            return value.value
        if value is not None:
            self.add(name, "is not a number", "give a plain decimal number")
        return None

    def boolean(self, name: str) -> bool | None:
        """true or false."""
        value = self.take(name)
        if value is not None and not isinstance(value, bool):
            self.add(name, "is neither true nor false", "give true or false")
            return None
        return value

    def uris(self, name: str) -> tuple[str, ...]:
        """A list of URIs without repetition."""
        found = [self._uri(at, self._text(at, each)) for at, each in self._list(name)]
        self._unrepeated(name, found)
        return tuple(each for each in found if each is not None)

    def words(self, name: str, words: Words) -> tuple[str, ...]:
        """A list of words."""
        found = [self._word(at, self._text(at, each), words) for at, each in self._list(name)]
        return tuple(each for each in found if each is not None)

    def object(self, name: str) -> Fields | None:
        """An object within this one."""
        value = self.take(name)
        return None if value is None else Fields(value, f"{self.place}.{name}", self._findings)

    def objects(self, name: str) -> list[Fields]:
        """A list of objects."""
        return [Fields(each, f"{self.place}.{at}", self._findings) for at, each in self._list(name)]

    def rest(self, extensible: bool = True) -> tuple[Extension, ...]:
        """The elements of others that are left, each by its namespace. A finding for every field that is unknown."""
        found: list[Extension] = []
        for name, value in self._left.items():
            if name.startswith("{") and extensible:
                found += self._extension(name, value, name.rpartition("}")[2], 0)
            elif name.startswith("{"):
                self.add(_shown(name), "is not a field that EPCIS has here", "remove it; no extensions may stand here")
            elif ":" in _shown(name):
                self.add(_shown(name), "has a prefix that the @context does not declare", "declare the prefix")
            else:
                self.add(
                    _shown(name),
                    "is not a field that EPCIS has here",
                    "correct its name, or give it a namespace of yours",
                )
        self._left = {}
        return tuple(found)

    def _extension(self, name: str, value: Any, path: str, depth: int) -> Iterable[Extension]:
        own = value.get(TEXT, "") if isinstance(value, dict) else value
        if not _is_unicode(name) or (isinstance(own, str) and not _is_unicode(own)):
            self.add(_shown(path), *_NO_CHARACTER)
        elif depth > _MAX_DEPTH:
            self.add(_shown(path), f"nests deeper than {_MAX_DEPTH} levels", "flatten it")
        elif isinstance(value, dict):
            children: list[Extension] = []
            for inner, each in value.items():
                if inner != TEXT:
                    children += self._extension(inner, each, path, depth + 1)
            yield Extension(name, str(own), tuple(children))
        elif isinstance(value, list):
            for each in value:
                if isinstance(each, list):
                    self.add(_shown(path), "has a list directly in a list", "put an object between them")
                else:
                    yield from self._extension(name, each, path, depth + 1)
        elif value is None:
            self.add(_shown(path), "is null", "leave it out")
        else:
            yield Extension(name, ("true" if value else "false") if isinstance(value, bool) else str(value))

    def _list(self, name: str) -> Iterable[tuple[str, Any]]:
        """The items of a list, each with the name that it has in messages."""
        value = self.take(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.add(name, "is not a list", "put it into a list, even if it is one alone")
            return ()
        return [(f"{name}[{index}]", each) for index, each in enumerate(value)]

    def _text(self, name: str, value: Any) -> str | None:
        if not isinstance(value, str) or not value.strip():
            self.add(name, "is not text", "give text that is not empty")
        elif not _is_unicode(value):
            self.add(name, *_NO_CHARACTER)
        else:
            return value.strip()
        return None

    def _uri(self, name: str, text: str | None) -> str | None:
        if text is None or is_uri(text):
            return text
        self.add(name, "is not a URI", "give an absolute URI, such as a GS1 Digital Link or an EPC URN")
        return None

    def _word(self, name: str, text: str | None, words: Words) -> str | None:
        if text is None:
            return None
        found = words.bare(text)
        if found is None:
            self.add(
                name,
                f"is not a {words.name} of CBV 2.0",
                "use one of its words, or a URI of your own; declare its prefix",
            )
        return found

    def _unrepeated(self, name: str, values: list[str | None]) -> None:
        known = [each for each in values if each is not None]
        if len(set(known)) < len(known):
            self.add(name, "names something twice", "name each once")


class Number:
    """A number of JSON, in its own digits: str() gives them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.value = Decimal(text)

    def __str__(self) -> str:
        return self._text


def decimal(text: str) -> Decimal | str:
    """The number that a text of XML is; the text itself where it is none."""
    return Decimal(text) if _NUMBER.fullmatch(text.strip()) else text


def _is_unicode(text: str) -> bool:
    """Whether all of it can be written as UTF-8, and so be hashed: JSON can escape one half of a character alone."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _shown(name: str) -> str:
    """A name as messages may have it, without its namespace; what does not look like a name might be data."""
    local = name.rpartition("}")[2] if name.startswith("{") else name
    return local if _NAME.fullmatch(local) else "(unnamed)"
