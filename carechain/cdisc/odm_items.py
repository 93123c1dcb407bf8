"""The parts of an ODM record: an item with its value, and plain values of everything that may stand beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from carechain.cdisc.values import text_problem
from carechain.errors import CarechainError

TEXT = "#text"
"""The name of an element's text, where the element has attributes or children besides."""

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
    its OID is missing, its value is there although it is null or, if `checked`, is not of the element's type, and when
    a reference leads nowhere.
    """
    attributes = dict(element.attrib)
    oid = attributes.pop("ItemOID", "")
    if not oid:
        raise CarechainError(f"{place}, {name}", "has no ItemOID", _MEND)
    place = f"{place}, {shown(oid)}"
    details: dict[str, Any] = {}
    values: list[str] = []
    if "Value" in attributes:
        values.append(attributes.pop("Value"))
    text = element.text or ""
    data_type = name.removeprefix("ItemData")
    if data_type:
        values += [text] if text else []
    elif text.strip():
        raise CarechainError(place, "has text where the standard has none", _MEND)
    for child in element:
        if local(child) == "Value":
            values.append(child.text or "")
        else:
            put_child(details, child)
    for reference, collection, own_name in _REFERENCES:
        if reference in attributes:
            found = apart.get(collection, {}).get(attributes[reference])
            if found is None:
                raise CarechainError(f"{place}, {reference}", "refers to nothing in the file", _MEND)
            put(details, own_name, found)
    if attributes.get("IsNull") == "Yes" and values:
        raise CarechainError(place, "has a value, and says that it has none", _MEND)
    for value in values if checked else ():
        if problem := _problem(data_type, value):
            raise CarechainError(place, problem, _MEND)
    details |= attributes
    return oid, values[0] if len(values) == 1 else values or None, details


def plain(element: Element) -> Any:
    """An element as a plain value: a text; or an object of its attributes, children and text."""
    found: dict[str, Any] = dict(element.attrib)
    for child in element:
        put_child(found, child)
    text = (element.text or "").strip() + "".join((child.tail or "").strip() for child in element)
    if not found:
        return text
    if text:
        put(found, TEXT, text)
    return found


def put_child(found: dict[str, Any], element: Element) -> None:
    """Puts an element among the values of the one that it stands in. A reference, which has nothing but one attribute,
    becomes that attribute there."""
    name = local(element)
    if name.endswith("Ref") and len(element.attrib) == 1 and not len(element) and not (element.text or "").strip():
        for attribute, value in element.attrib.items():
            put(found, attribute, value)
    else:
        put(found, name, plain(element))


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
