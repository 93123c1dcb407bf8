"""Elements of a registry's JSON, which may be one or a list, empty in several ways, and text or an object with text.

Most registries export XML, and converters differ: a single element is not a list, an empty one is {} or "", and
attributes are under "@attributes", "$" or names of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from carechain.errors import CarechainError
from carechain.registries import dates
from carechain.registries.record import PartialDate
from carechain.registries.texts import clean, clean_lines

_CONTENT = ("#text", "_", "$t", "_text", "#", "text", "value", "@value", "$value", "content")
"""Where converters of XML put the text of an element that also has attributes."""
_ATTRIBUTES = ("@attributes", "$", "_attributes", "attributes")
_MARKS = ("", "@", "_", "-")
_COUNT = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,2}|[0-9]{1,9}", re.ASCII)


@dataclass
class Notes:
    """Sentences about what is doubtful in a record, each once."""

    found: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        if sentence not in self.found:
            self.found.append(sentence)


class Element:
    """A value of the JSON and its place in it. A missing element is empty, like one without content."""

    def __init__(self, value: Any, source: str, path: str = "") -> None:
        self.value = value
        self._source = source
        self._path = path

    @property
    def place(self) -> str:
        """Where it is: the file and the path of elements."""
        return f"{self._source}: {self._path}" if self._path else self._source

    def all(self, *path: str) -> list[Element]:
        """All elements at the path, through lists and without empty ones. "a.b" is the same as "a", "b"."""
        found = list(self._flat())
        for name in ".".join(path).split(".") if path else ():
            found = [each for parent in found for each in parent._child(name)._flat()]
        return [each for each in found if not each.is_empty]

    def at(self, *path: str) -> Element:
        """The first element at the path, or an empty one."""
        found = self.all(*path)
        return found[0] if found else Element(None, self._source, ".".join(filter(None, (self._path, *path))))

    def first(self, *paths: str) -> Element:
        """The first of these paths at which there is something, or an empty element at the first of them."""
        for path in paths:
            found = self.at(path)
            if not found.is_empty:
                return found
        return self.at(paths[0])

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it: null, {}, [], or text of white space alone."""
        return self.value in (None, {}, []) or (isinstance(self.value, str) and not self.value.strip())

    def attribute(self, name: str) -> Element:
        """The attribute of this name, however a converter wrote it; else an empty element."""
        return self.first(*(f"{group}.{name}" for group in _ATTRIBUTES), *(mark + name for mark in _MARKS))

    def raw(self) -> str:
        """Its text as it stands, "" if it is empty.

        Raises CarechainError for an object or list without text, and for half a surrogate pair, which is no character.
        """
        value = self.value
        if isinstance(value, dict):
            value = next((value[name] for name in _CONTENT if isinstance(value.get(name), (str, int, float))), value)
        if isinstance(value, list) and len(value) == 1:
            return Element(value[0], self._source, self._path).raw()
        if value is None or value == {} or value == []:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float)):
            return str(value)
        if not isinstance(value, str):
            raise CarechainError(self.place, "is not text", "give the record as the registry exports it")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise CarechainError(self.place, "holds half of a surrogate pair", "export the record again as UTF-8")
        return value

    def text(self, *path: str) -> str:
        """The text of the first element at the path, in one line."""
        return clean((self.at(*path) if path else self).raw())

    def lines(self, *path: str) -> str:
        """The text of the first element at the path, with its lines."""
        return clean_lines((self.at(*path) if path else self).raw())

    def texts(self, *path: str) -> list[str]:
        """The texts of all elements at the path, each in one line."""
        return [text for text in (each.text() for each in self.all(*path)) if text]

    def date(self, *path: str, day_first: bool = False) -> PartialDate | None:
        """The date at the path, None if there is none. Raises CarechainError for one that is none."""
        element = self.at(*path) if path else self
        text = element.text()
        if not text:
            return None
        try:
            return dates.read(text, day_first=day_first)
        except ValueError as error:
            raise CarechainError(element.place, str(error), "correct the date in the registry or the file") from None

    def earliest(self, *paths: str, day_first: bool = False) -> PartialDate | None:
        """The earliest of all dates at these paths."""
        found = [each.date(day_first=day_first) for path in paths for each in self.all(path)]
        return min((each for each in found if each), key=lambda each: (each.earliest(), each.latest()), default=None)

    def count(self, *path: str) -> int | None:
        """The number of people at the path, None if there is none. Raises CarechainError unless 0 to 999,999,999."""
        element = self.at(*path) if path else self
        text = element.text()
        if not text:
            return None
        if not _COUNT.fullmatch(text):
            raise CarechainError(element.place, "is not a number of people", "give a whole number without a sign")
        return int(text.replace(",", ""))

    def _child(self, name: str) -> Element:
        value = self.value.get(name) if isinstance(self.value, dict) else None
        return Element(value, self._source, f"{self._path}.{name}" if self._path else name)

    def _flat(self) -> Iterator[Element]:
        if isinstance(self.value, list):
            for index, value in enumerate(self.value):
                yield Element(value, self._source, f"{self._path}[{index}]")
        else:
            yield self
