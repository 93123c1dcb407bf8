"""EPCIS XML, 1.2 and 2.0: finds the events of a document and gives them the shape that JSON-LD has.

The wrappers that XML needed to grow (extension, baseExtension) are taken away. Entities and document types are refused:
they serve attacks alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from carechain.epcis.building import KINDS
from carechain.epcis.fields import TEXT, decimal
from carechain.epcis.vocabulary import CBV, GS1
from carechain.errors import CarechainError

_WRAPPERS = ("extension", "baseExtension")
_NAMESPACES = tuple(f"{{urn:epcglobal:epcis{query}:xsd:{version}}}" for query in ("", "-query") for version in (1, 2))
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_MAX_DEPTH = 40
_NUMBERS = frozenset("value minValue maxValue meanValue sDev percRank percValue".split())
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def parse(content: bytes, name: str) -> tuple[Mapping[str, Any], list[tuple[str, Any]]]:
    """The document's own fields, and its events with their places. Raises CarechainError when it is not EPCIS XML."""
    try:
        root = fromstring(content, forbid_dtd=True)
    except ParseError as error:
        line, column = error.position
        raise CarechainError(
            f"{name}: line {line}, column {column + 1}", "is not XML, or ends too early", "send the whole file again"
        ) from None
    except DefusedXmlException:
        raise CarechainError(name, "declares a document type or entities", "remove the DOCTYPE") from None
    except (LookupError, ValueError):
        raise CarechainError(name, "is in an encoding that is not read", "save it as UTF-8") from None
    _check_depth(root, name)
    _simplify(root)
    if root.tag in KINDS:
        return {}, [(f"{name}: event", _event(root))]
    if root.tag not in ("EPCISDocument", "EPCISQueryDocument"):
        raise CarechainError(name, "is XML, but no EPCIS document", "give an EPCISDocument of version 1.2 or 2.0")
    lists = [each for each in root.iter() if each.tag == "EventList"]
    if len(lists) != 1:
        raise CarechainError(f"{name}: EventList", "is not there once", "give a document with one EventList")
    events = list(_unwrapped(lists[0]))
    return root.attrib, [(f"{name}: eventList[{index}]", _event(each)) for index, each in enumerate(events)]


def _check_depth(root: Element, name: str) -> None:
    level = [root]
    for _ in range(_MAX_DEPTH):
        level = [child for element in level for child in element]
    if level:
        raise CarechainError(name, f"nests deeper than {_MAX_DEPTH} levels", "flatten the document")


def _unwrapped(element: Element) -> Iterator[Element]:
    for child in element:
        if child.tag in _WRAPPERS:
            yield from _unwrapped(child)
        else:
            yield child


def _simplify(root: Element) -> None:
    """EPCIS's own elements lose their namespace, which the standard gives to the document alone but many write out
    everywhere; elements that are said to be nil are taken away."""
    for element in root.iter():
        element.tag = next((element.tag.removeprefix(each) for each in _NAMESPACES if each in element.tag), element.tag)
        for child in [each for each in element if each.get(_NIL) in ("true", "1")]:
            element.remove(child)


def _event(element: Element) -> dict[str, Any]:
    return {**_elements(element, _EVENT), "type": element.tag}


def _elements(element: Element, known: Mapping[str, Callable[[Element], Any]]) -> dict[str, Any]:
    """The elements by name. What may stand once and stands twice becomes a list, which is refused for its type."""
    found: dict[str, Any] = {}
    for child in _unwrapped(element):
        _put(found, child.tag, known[child.tag](child) if child.tag in known else _free(child))
    return found


def _fields(element: Element, known: Mapping[str, Callable[[Element], Any]]) -> dict[str, Any]:
    """The elements and attributes by name."""
    found = _elements(element, known)
    for name, text in element.attrib.items():
        _put(found, name, text)
    return found


def _put(found: dict[str, Any], name: str, value: Any) -> None:
    if name not in found:
        found[name] = value
    elif isinstance(found[name], list):
        found[name].append(value)
    else:
        found[name] = [found[name], value]


def _free(element: Element) -> Any:
    """An extension: its text, or an object of its elements, attributes and text."""
    inner: dict[str, Any] = {}
    for name, text in element.attrib.items():
        _put(inner, name, text)
    for child in element:
        _put(inner, child.tag, _free(child))
    text = _text(element)
    if not inner:
        return text
    return {TEXT: text, **inner} if text else inner


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _texts(element: Element) -> list[str]:
    return [_text(child) for child in element]


def _number(element: Element) -> Any:
    return decimal(_text(element))


def _quantities(element: Element) -> list[Any]:
    return [_fields(each, {"quantity": _number}) for each in element]


def _typed(name: str) -> Callable[[Element], list[Any]]:
    def read(element: Element) -> list[Any]:
        return [{**each.attrib, name: _text(each)} for each in element]

    return read


def _dispositions(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element:
        found.setdefault(child.tag, []).append(_text(child))
    return found


def _sensors(element: Element) -> list[Any]:
    found = []
    for each in element:
        sensor: dict[str, Any] = {"sensorReport": [_sensor_part(child) for child in each.findall("sensorReport")]}
        for child in each:
            if child.tag == "sensorMetadata":
                _put(sensor, child.tag, _sensor_part(child))
            elif child.tag != "sensorReport":
                _put(sensor, child.tag, _free(child))
        found.append(sensor)
    return found


def _sensor_part(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, text in element.attrib.items():
        value: Any = text
        if name in _NUMBERS:
            value = decimal(text)
        elif name == "booleanValue":
            value = _FLAGS.get(text, text)
        elif name in ("type", "exception", "component"):
            value = _word(text)
        found[name] = value
    for child in element:
        _put(found, child.tag, _free(child))
    return found


def _word(text: str) -> str:
    """The two prefixes that values of EPCIS XML have by custom."""
    for prefix, namespace in (("gs1:", GS1), ("cbv:", CBV)):
        if text.startswith(prefix):
            return f"{namespace}{text.removeprefix(prefix)}"
    return text


def _place(element: Element) -> dict[str, Any]:
    return _fields(element, {"id": _text})


def _master_data(element: Element) -> dict[str, Any]:
    return _fields(element, {})


def _error(element: Element) -> dict[str, Any]:
    return _fields(element, {"correctiveEventIDs": _texts})


_EVENT: dict[str, Callable[[Element], Any]] = {
    **dict.fromkeys(("epcList", "childEPCs", "inputEPCList", "outputEPCList"), _texts),
    **dict.fromkeys(("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), _quantities),
    **{f"{name}List": _typed(name) for name in ("bizTransaction", "source", "destination")},
    "readPoint": _place,
    "bizLocation": _place,
    "persistentDisposition": _dispositions,
    "sensorElementList": _sensors,
    "ilmd": _master_data,
    "errorDeclaration": _error,
}
