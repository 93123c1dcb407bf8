"""EPCIS JSON-LD: finds the events of a document, and spells out the names that its @context shortens.

Only what the standard lets a context do is followed: GS1's own context by its URL, and prefixes (EPCIS 2.0, JSON-LD
binding). Nothing is fetched. An extension's "example:name" becomes "{namespace}name"; a value "cbv:BizStep-packing"
becomes its URI.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from carechain.epcis import vocabulary
from carechain.epcis.building import KINDS
from carechain.epcis.fields import Findings, Number
from carechain.errors import CarechainError
from carechain.fhir import json_reading

_WANTED = "an EPCIS document"
_CONTEXT = re.compile(
    r"https?://(?:ref\.gs1\.org/standards/epcis/(?:2\.\d+\.\d+/)?epcis-context\.jsonld"
    r"|gs1\.github\.io/EPCIS/epcis-context\.jsonld|id\.gs1\.org/epcis-context/epcis-context\.jsonld)",
    re.ASCII,
)
_CURIE = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*):(?!//)(.+)", re.ASCII | re.DOTALL)
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*", re.ASCII)
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
"""GS1's context of EPCIS 2.0."""

# What holds text or identifiers, never a shortened word.
_PLAIN = frozenset(("stringValue", "epcClass", "eventID", "uom"))


def parse(content: bytes, name: str, findings: Findings) -> tuple[Mapping[str, Any], list[tuple[str, Any]]]:
    """The document's own fields, and its events with their places. Raises CarechainError when it is not JSON.

    A bare event is a document of one event, whose place is "file: event".
    """
    found = json_reading.parse(content, name, _WANTED, Number)
    if not isinstance(found, dict):
        raise CarechainError(name, "is not a JSON object", f"give {_WANTED}")
    kind = found.get("type")
    if isinstance(kind, str) and kind in KINDS:
        prefixes = _prefixes(found, name, dict(vocabulary.PREFIXES), findings, needed=True)
        return {}, [(f"{name}: event", _event(found, f"{name}: event", prefixes, findings))]
    if kind not in ("EPCISDocument", "EPCISQueryDocument"):
        raise CarechainError(
            f"{name}: type", "is neither an EPCIS document nor an event", "give an EPCISDocument or an event"
        )
    prefixes = _prefixes(found, name, dict(vocabulary.PREFIXES), findings, needed=True)
    events = _event_list(found, name)
    places = [f"{name}: eventList[{index}]" for index in range(len(events))]
    return found, [(place, _event(each, place, prefixes, findings)) for place, each in zip(places, events, strict=True)]


def _event_list(document: Mapping[str, Any], name: str) -> list[Any]:
    path = ["epcisBody", "eventList"]
    if document["type"] == "EPCISQueryDocument":
        path[1:1] = ["queryResults", "resultsBody"]
    value: Any = document
    for index, key in enumerate(path):
        if not isinstance(value, dict) or key not in value:
            raise CarechainError(f"{name}: {'.'.join(path[: index + 1])}", "is missing", "add it; EPCIS requires it")
        value = value[key]
    if not isinstance(value, list):
        raise CarechainError(f"{name}: {'.'.join(path)}", "is not a list", "give a list of events")
    return value


def _event(value: Any, place: str, prefixes: dict[str, str], findings: Findings) -> Any:
    if not isinstance(value, dict):
        return value
    own = _prefixes(value, place, dict(prefixes), findings, needed=False)
    return {(name := _name(key, own)): _value(name, each, own) for key, each in value.items() if key != "@context"}


def _value(key: str, value: Any, prefixes: Mapping[str, str]) -> Any:
    """With its shortened names and words spelt out. The text of an extension is plain text, whatever it looks like."""
    if isinstance(value, dict):
        return {
            (name := _name(inner, prefixes)): _value(key if key.startswith("{") else name, each, prefixes)
            for inner, each in value.items()
        }
    if isinstance(value, list):
        return [_value(key, each, prefixes) for each in value]
    if isinstance(value, str) and key not in _PLAIN and not key.startswith("{") and (curie := _CURIE.fullmatch(value)):
        namespace = prefixes.get(curie[1])
        return f"{namespace}{curie[2]}" if namespace else value
    return value


def _name(key: str, prefixes: Mapping[str, str]) -> str:
    curie = _CURIE.fullmatch(key)
    if curie and curie[1] in prefixes:
        return f"{{{prefixes[curie[1]]}}}{curie[2]}"
    return f"({key})" if key.startswith("{") else key  # what looks like a spelt-out name is not one


def _prefixes(
    owner: Mapping[str, Any], place: str, prefixes: dict[str, str], findings: Findings, needed: bool
) -> dict[str, str]:
    """The prefixes within an object that may have a @context. Findings for what a context of EPCIS may not hold."""
    context = owner.get("@context", [])
    at = f"{place}.@context" if not needed or ": " in place else f"{place}: @context"
    listed = context if isinstance(context, list) else [context]
    if needed and not any(isinstance(each, str) and _CONTEXT.fullmatch(each) for each in listed):
        findings.add(at, "does not name the context of EPCIS 2.0", f"add {CONTEXT}")
    for each in listed:
        if isinstance(each, str):
            if not _CONTEXT.fullmatch(each) and not vocabulary.is_uri(each):
                findings.add(at, "holds text that is no URL", "name contexts by their URLs")
        elif isinstance(each, dict):
            for prefix, namespace in each.items():
                if not _PREFIX.fullmatch(prefix) or not isinstance(namespace, str):
                    findings.add(at, "declares something else than prefixes", "give each prefix the URI that it is for")
                elif not vocabulary.is_uri(namespace):
                    findings.add(
                        at, "gives a prefix something else than a URI", "give each prefix the URI that it is for"
                    )
                else:
                    prefixes[prefix] = namespace
        else:
            findings.add(at, "is neither URLs nor prefixes", "give a list of URLs and objects with prefixes")
    return prefixes
