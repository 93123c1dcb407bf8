"""The parts of an ODM record: an item with its value, and plain values of everything that may stand beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from carechain.cdisc.values import text_problem
from carechain.errors import CarechainError

TEXT = "#text"
"""The name of an element's text. No attribute or element of XML can have it."""
TYPE = "#type"
"""The name of the data type that a typed item says by its element's name."""

_MEND = "correct it in the system that the file comes from"
_SHOWN = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,99}", re.ASCII)
_DATES = {
    **dict.fromkeys(("Date", "PartialDate", "IncompleteDate"), "date"),
    **dict.fromkeys(("Datetime", "PartialDatetime", "IncompleteDatetime"), "datetime"),
    **dict.fromkeys(("Time", "PartialTime", "IncompleteTime"), "time"),
    "URI": "URI",
}
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_FORMS = {
    "Integer": (re.compile(r"[+-]?\d+", re.ASCII), "is not an integer"),
    "Float": (re.compile(_NUMBER, re.ASCII), "is not a decimal number"),
    "Double": (re.compile(rf"{_NUMBER}(?:[eE][+-]?\d+)?|-?INF|NaN", re.ASCII), "is not a number"),
    "Boolean": (re.compile(r"true|false|1|0"), "is neither true nor false"),
}
_IN_ELEMENTS = "{http://www.cdisc.org/ns/odm/v2"
"""How the tags begin of the ODM whose items have their values as elements, and not as an attribute."""
_REFERENCES = (
    ("AuditRecordID", "AuditRecords", "AuditRecord"),
    ("SignatureID", "Signatures", "Signature"),
    ("AnnotationID", "Annotations", "Annotation"),
)


def item_of(
    element: Element, name: str, place: str, apart: Mapping[str, Mapping[str, Any]], checked: bool
) -> tuple[str, Any, dict[str, Any]]:
    """The OID, the value and the details of an item; `name` is that of the element (ODM 1.3.2, 3.1.4.1.1.1.1.1).

    The value is a text, or None where nothing is; in ODM 2.0, which lets an item have several, a list of them. `apart`
    has the audit records, signatures and annotations that are referred to. Raises CarechainError, with the item, when
    its OID is missing, its value is not where the standard has it, is there although it is null or, if `checked`, is
    not of the element's type, and when a reference leads nowhere.
    """
    details: dict[str, Any] = dict(element.attrib)
    oid = details.pop("ItemOID", "")
    if not oid:
        raise CarechainError(f"{place}, {name}", "has no ItemOID", _MEND)
    place = f"{place}, {shown(oid)}"
    data_type = name.removeprefix("ItemData")
    values, elements = _values(element, details, data_type, place)
    if data_type:
        details[TYPE] = data_type
    for child in element:
        if local(child) != "Value":
            put(details, local(child), plain(child))
    if any(each.attrib or len(each) for each in elements):
        details["Value"] = [plain(each) for each in elements]
    for reference, collection, own_name in _REFERENCES:
        if reference in element.attrib:
            found = apart.get(collection, {}).get(element.attrib[reference])
            if found is None:
                raise CarechainError(f"{place}, {reference}", "refers to nothing in the file", _MEND)
            put(details, own_name, found)
    if element.get("IsNull") == "Yes" and values:
        raise CarechainError(place, "has a value, and says that it has none", _MEND)
    for value in values if checked else ():
        if problem := _problem(data_type, value):
            raise CarechainError(place, problem, _MEND)
    return oid, values[0] if len(values) == 1 else values or None, details


def _values(element: Element, details: dict[str, Any], data_type: str, place: str) -> tuple[list[str], list[Element]]:
    """The values of an item, and the elements that they stand in. A value that is an attribute is taken from the
    details."""
    text = element.text or ""
    elements = [child for child in element if local(child) == "Value"]
    if (text.strip() and not data_type) or any((child.tail or "").strip() for child in element):
        raise CarechainError(place, "has text where the standard has none", _MEND)
    in_elements = element.tag.startswith(_IN_ELEMENTS)
    if (elements and (data_type or not in_elements)) or ("Value" in details and (data_type or in_elements)):
        raise CarechainError(place, "has its value where the standard has none", _MEND)
    if data_type:
        return [text] if text else [], []
    if "Value" in details:
        return [details.pop("Value")], []
    return [each.text or "" for each in elements], elements


def plain(element: Element) -> dict[str, Any]:
    """An element as an object of its attributes, which are texts, its children, which are objects, and its text."""
    found: dict[str, Any] = dict(element.attrib)
    for child in element:
        put(found, local(child), plain(child))
    text = (element.text or "").strip() + "".join((child.tail or "").strip() for child in element)
    return {**found, TEXT: text} if text else found


def put(found: dict[str, Any], name: str, value: Any) -> None:
    """Puts a value under a name; of a name that comes again, a list."""
    if name not in found:
        found[name] = value
    elif isinstance(found[name], list):
        found[name].append(value)
    else:
        found[name] = [found[name], value]


def local(element: Element) -> str:
    """The name of an element: in the standard's namespaces alone, in those of others with them."""
    space, _, name = element.tag.rpartition("}")
    return name if space.startswith("{http://www.cdisc.org/ns/odm/v") else element.tag


def shown(oid: str) -> str:
    """An item's OID when it looks like one; anything else might be data."""
    return oid if _SHOWN.fullmatch(oid) else "(unnamed item)"


def _problem(data_type: str, text: str) -> str | None:
    if data_type in _DATES:
        return text_problem(_DATES[data_type], text)
    if data_type in _FORMS:
        form, problem = _FORMS[data_type]
        return None if form.fullmatch(text.strip()) else problem
    return None
