"""ODM XML, 1.3 and 2.0, as a stream of records: one for each ItemGroupData, with all that it stands in, and one for
each subject, event or form that has none.

CDISC ODM 1.3.2, section 3.1.4 (ClinicalData) and 3.1.3 (ReferenceData). A record is a JSON object: the keys of study,
metadata, subject, event, form and item group by the names that the standard's attributes have; `Items`, the values as
texts by the OIDs of their items, null where nothing is; `ItemDetails`, what else an item has, by its OID, with its data
type where its element says one; and what else stands at the item group, or, in `Context`, at what it stands in: audit
records, signatures, annotations, transactions. An attribute is a text there, and an element an object.

Audit records and signatures that are kept apart are put where they are referred to. Document types and entities are
refused: they serve attacks alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError

import msgspec
import rfc8785
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from carechain.cdisc.metadata import FORMAT
from carechain.cdisc.odm_items import item_of, local, plain, put, shown
from carechain.cdisc.row_text import RowError
from carechain.errors import CarechainError
from carechain.file_bytes import OpenedFile

_NAMESPACES = {"http://www.cdisc.org/ns/odm/v1.3": "1.3", "http://www.cdisc.org/ns/odm/v2.0": "2.0"}
_DATA = ("ClinicalData", "ReferenceData")
_KEYS = {
    "ClinicalData": ("StudyOID", "MetaDataVersionOID"),
    "ReferenceData": ("StudyOID", "MetaDataVersionOID"),
    "SubjectData": ("SubjectKey",),
    "StudyEventData": ("StudyEventOID", "StudyEventRepeatKey"),
    "FormData": ("FormOID", "FormRepeatKey"),
}
"""The attributes of a level that are keys of its records. The first must be there."""
_ALL_KEYS = frozenset(key for keys in _KEYS.values() for key in keys)
_GROUP = "ItemGroupData"
_PARENTS = {
    "SubjectData": ("ClinicalData",),
    "StudyEventData": ("SubjectData",),
    "FormData": ("StudyEventData",),
    _GROUP: ("FormData", "ReferenceData"),
}
_PARENTS_2_0 = {
    "SubjectData": ("ClinicalData",),
    "StudyEventData": ("SubjectData",),
    _GROUP: ("StudyEventData", "SubjectData", "ClinicalData", "ReferenceData", _GROUP),
}
_APART = ("AuditRecords", "Signatures", "Annotations")
"""Collections at the end of ClinicalData whose members are referred to by their ID."""
_MAX_DEPTH = 40
_READ = 1 << 20
_TEXT_PROBLEM = "has text where the standard has none"
_MEND = "correct it in the system that the file comes from"
_encode = msgspec.json.Encoder(order="sorted").encode


class OdmFile(OpenedFile):
    """An opened file of ODM. Its records are read once; then the description and the hash of the file are known.

    `open` raises CarechainError when it cannot be read, is no XML, or no ODM 1.3 or 2.0.
    """

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        super().__init__(path, file)
        self.name = path.name
        self._hash = sha256()
        self._count = 0
        self._contexts: dict[Element, tuple[dict[str, Any], dict[str, Any]]] = {}
        self._has_data = False
        self._parts: list[dict[str, Any]] = []
        self._apart: Mapping[str, Mapping[str, Any]] = self._read_apart() if self._keeps_apart() else {}
        self.format, self._attributes, self._namespace = self._read_root()
        self._parents = _PARENTS_2_0 if self.format == "ODM 2.0" else _PARENTS

    @property
    def description(self) -> dict[str, Any]:
        """The attributes of the document, and the SHA-256 of each part that is no data. Known when all was read."""
        return {**self._attributes, "OtherParts": self._parts, FORMAT: self.format}

    @property
    def source_hash(self) -> bytes:
        """The SHA-256 of the file. Known when all was read."""
        return self._hash.digest()

    def finish_hash(self) -> bytes:
        """Reads what is left of a file in which a record cannot be read, for its SHA-256."""
        while self.read(_READ):
            pass
        return self.source_hash

    def read(self, size: int) -> bytes:
        """For the parser: some bytes of the file, which go into its hash."""
        block = self._file.read(size)
        self._hash.update(block)
        return block

    def records(self, checked: bool = True) -> Iterator[dict[str, Any]]:
        """The records in the order in which their ItemGroupData end; of groups within groups the inner are first. A
        level without ItemGroupData is a record without items: what else stands in it, such as its removal, is data too.

        Unless `checked`, values need not fit their types.

        Raises RowError, with the number of the record, where the text is no XML, and CarechainError, with that and the
        item, when an element or text is where none may be, a key is missing, an item is there twice or its value is not
        of its type. A file without clinical data, such as a Define-XML, is refused at its end.
        """
        self._file.seek(0)
        stack: list[Element] = []
        filled: list[bool] = []  # whether a record was made of what stands in each of the stack
        ended: Element | None = None  # the text behind it is known when the next event is
        for event, element in _events(self, self):
            if ended is not None and (ended.tail or "").strip():
                raise CarechainError(self.place, _TEXT_PROBLEM, _MEND)
            ended = None
            if event == "start":
                self._started(element, stack)
                stack.append(element)
                filled.append(False)
                continue
            stack.pop()
            is_filled = filled.pop()
            parent = stack[-1] if stack else None
            name = self._local(element)
            if name == _GROUP:
                self._count += 1
                yield self._record(element, stack, checked)
                is_filled = True
            elif name in _KEYS and not is_filled:
                self._count += 1
                yield self._level_record([*stack, element])
                is_filled = True
            elif parent is not None and name not in (*self._parents, *_KEYS) and self._local(parent) in _KEYS:
                self._check_early(parent, name)
            elif len(stack) == 1 and name not in _DATA:
                content = canonical_record(plain(element))
                self._parts.append({"element": name, "sha256": sha256(content).hexdigest()})
            if parent is None:
                if (element.text or "").strip():
                    raise CarechainError(self.name, _TEXT_PROBLEM, _MEND)
                continue
            filled[-1] |= is_filled
            if len(stack) == 1 or self._local(parent) in (*_KEYS, _GROUP):
                ended = element
            if name == _GROUP or name in _KEYS or len(stack) == 1 or name in _APART:
                self._contexts.pop(element, None)
                parent.remove(element)
        if not self._has_data:
            raise CarechainError(
                self.name,
                "is ODM without clinical data: a Define-XML, or the metadata of a study",
                "give the file with ClinicalData or ReferenceData",
            )

    @property
    def place(self) -> str:
        """How a message names the record that is being read."""
        return f"{self.name}: record {self._count + 1}"

    def _started(self, element: Element, stack: list[Element]) -> None:
        if len(stack) >= _MAX_DEPTH:
            raise CarechainError(self.place, f"nests deeper than {_MAX_DEPTH} levels", _MEND)
        name = self._local(element)
        if name in _DATA and len(stack) == 1:
            self._has_data = True
        elif name in self._parents or name in _KEYS:
            if name not in self._parents or self._local(stack[-1]) not in self._parents[name]:
                raise CarechainError(self.place, f"has {name} where the standard has none", _MEND)
        elif name == "Association" and len(stack) == 1:
            raise CarechainError(self.name, "has associations, which are not read", "take them out")

    def _record(self, element: Element, stack: list[Element], checked: bool) -> dict[str, Any]:
        place = f"{self.name}: record {self._count}"
        keys, context = self._context([each for each in stack if self._local(each) != _GROUP])
        outer = [dict(each.attrib) for each in stack if self._local(each) == _GROUP]
        if "ItemGroupOID" not in element.attrib:
            raise CarechainError(f"{place}, ItemGroupOID", "is missing", _MEND)
        if (element.text or "").strip():
            raise CarechainError(place, _TEXT_PROBLEM, _MEND)
        record: dict[str, Any] = dict(element.attrib)
        items: dict[str, Any] = {}
        details: dict[str, Any] = {}
        for child in element:
            name = self._local(child)
            if name.startswith("ItemData"):
                oid, value, beside = item_of(child, name, place, self._apart, checked)
                if oid in items:
                    raise CarechainError(f"{place}, {shown(oid)}", "is there twice in one group", _MEND)
                items[oid] = value
                if beside:
                    details[oid] = beside
            else:
                put(record, local(child), plain(child))
        more = {"ItemDetails": details, "Context": context, "OuterGroups": outer}
        around = {**keys, "Items": items, **{name: found for name, found in more.items() if found}}
        if not record.keys().isdisjoint((*around, *more, *_ALL_KEYS)):
            raise CarechainError(place, "has a key of another level, or a name that a record needs itself", _MEND)
        return {**around, **record}

    def _level_record(self, stack: list[Element]) -> dict[str, Any]:
        """The record of the last of these levels, in which there is no ItemGroupData."""
        keys, context = self._context(stack)
        return {**keys, "Items": {}, **({"Context": context} if context else {})}

    def _context(self, stack: list[Element]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The keys that the elements around a record give it, and what else stands at them."""
        keys: dict[str, Any] = {}
        context: dict[str, Any] = {}
        for element in stack[1:]:
            if element not in self._contexts:
                self._contexts[element] = self._level(element)
            more_keys, rest = self._contexts[element]
            keys |= more_keys
            if rest:
                context[self._local(element)] = rest
        return keys, context

    def _level(self, element: Element) -> tuple[dict[str, Any], dict[str, Any]]:
        name = self._local(element)
        keys = {key: element.attrib[key] for key in _KEYS[name] if key in element.attrib}
        if _KEYS[name][0] not in keys:
            raise CarechainError(f"{self.name}: record {self._count}, {_KEYS[name][0]}", "is missing", _MEND)
        if (element.text or "").strip():
            raise CarechainError(f"{self.name}: record {self._count}", _TEXT_PROBLEM, _MEND)
        rest: dict[str, Any] = {key: value for key, value in element.attrib.items() if key not in keys}
        for child in element:
            if self._local(child) not in (*self._parents, *_APART):  # the parser may be ahead, at those behind the data
                put(rest, local(child), plain(child))
        return keys, rest

    def _check_early(self, parent: Element, name: str) -> None:
        """What stands at a level must be before the data in it, or some records would have it and others not."""
        if name not in _APART and parent in self._contexts:
            raise CarechainError(self.place, f"has {name} behind data of the same level", "follow the standard's order")

    def _local(self, element: Element) -> str:
        """The name without the standard's namespace; what others add keeps theirs."""
        return element.tag.removeprefix(self._namespace)

    def _read_root(self) -> tuple[str, dict[str, Any], str]:
        self._file.seek(0)
        root = next(_events(self._file, self), (None, Element("")))[1]
        space, _, local = root.tag[1:].partition("}")
        if local != "ODM" or space not in _NAMESPACES:
            raise CarechainError(self.name, "is XML, but no ODM 1.3 or 2.0", "check the path")
        if FORMAT in root.attrib:
            raise CarechainError(f"{self.name}: {FORMAT}", "is a name that a description needs itself", _MEND)
        version = root.get("ODMVersion", _NAMESPACES[space])
        if not version.startswith(_NAMESPACES[space]) or len(version) > 5:
            raise CarechainError(f"{self.name}: ODMVersion", "does not belong to the namespace", _MEND)
        return f"ODM {version}", dict(root.attrib), f"{{{space}}}"

    def _keeps_apart(self) -> bool:
        rest = b""
        while block := self._file.read(_READ):
            if any(name.encode() in rest + block for name in _APART):
                return True
            rest = block[-20:]
        return False

    def _read_apart(self) -> dict[str, dict[str, Any]]:
        """The members of the collections by their IDs. They stand behind the records that refer to them."""
        self._file.seek(0)
        found: dict[str, dict[str, Any]] = {name: {} for name in _APART}
        stack: list[Element] = []
        for event, element in _events(self._file, self):
            if event == "start":
                stack.append(element)
                continue
            stack.pop()
            holder = stack[-1].tag.rpartition("}")[2] if stack else ""
            if holder in _APART and "ID" in element.attrib:
                if element.attrib["ID"] in found[holder]:
                    raise CarechainError(f"{self.name}: {holder}", "has an ID twice", _MEND)
                found[holder][element.attrib["ID"]] = plain(element)
            if stack and (holder in _APART or holder in ("ODM", *_KEYS)):
                stack[-1].remove(element)
        return found


def canonical_record(record: Mapping[str, Any]) -> bytes:
    """A record, whose values are texts, by RFC 8785."""
    content = _encode(record)
    return content if content.isascii() else rfc8785.dumps(dict(record))  # msgspec sorts other names otherwise


def _events(source: Any, document: OdmFile) -> Iterator[tuple[str, Element]]:
    """The events of the parser. Raises RowError where the text is no XML, and CarechainError for document types."""
    try:
        yield from iterparse(source, ("start", "end"), forbid_dtd=True)
    except ParseError as error:
        line, column = error.position
        raise RowError(
            document.name,
            document._count + 1,
            f"is not XML, or is cut off (line {line}, column {column + 1})",
            kind="record",
        ) from None
    except DefusedXmlException:
        raise CarechainError(document.name, "declares a document type or entities", "remove the DOCTYPE") from None
    except (LookupError, ValueError):
        raise CarechainError(document.name, "is in an encoding that is not read", "save it as UTF-8") from None
