"""The resources of a FHIR file, alone or in a Bundle: those of one type, and the others beside them."""

from __future__ import annotations

import re
from typing import Any

from carechain.errors import CarechainError
from carechain.fhir.elements import Element, parse
from carechain.fhir.neighbours import Entry
from carechain.fhir.references import ID

_KINDS = ("batch", "collection", "document", "message", "searchset", "transaction")
_ID = re.compile(ID, re.ASCII)

Found = list[tuple[Entry, CarechainError | None]]


def entries(content: bytes, source: str, wanted: str, described: str) -> tuple[Found, list[Entry]]:
    """The resources of type `wanted`, each with what already stands against taking it, and the other resources.

    Raises CarechainError when the file is not JSON, is neither a Bundle nor such a resource, or holds none of them.
    """
    root = parse(content, source, described)
    if not isinstance(root, dict):
        raise CarechainError(source, "is not a JSON object", f"give {described} in JSON")
    kind = root.get("resourceType")
    if kind == wanted:
        return [(_entry(source, wanted, 0, root, None), None)], []
    if kind != "Bundle":
        raise CarechainError(f"{source}: resourceType", f"is neither {wanted} nor Bundle", f"give {described} in JSON")
    return _of_bundle(root, source, wanted)


def _of_bundle(bundle: dict[str, Any], source: str, wanted: str) -> tuple[Found, list[Entry]]:
    if bundle.get("type") not in _KINDS:
        raise CarechainError(
            f"{source}: Bundle.type", "is no type of bundle that is sent", f"use one of {', '.join(_KINDS)}"
        )
    sent = bundle.get("entry")
    if not isinstance(sent, list):
        raise CarechainError(f"{source}: Bundle.entry", "is not a list of resources", "correct the bundle")
    found: Found = []
    others: list[Entry] = []
    for index, item in enumerate(sent):
        resource = item.get("resource") if isinstance(item, dict) else None
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            raise CarechainError(f"{source}: entry[{index}]", "has no resource", "send the resources themselves")
        full_url = item.get("fullUrl") if isinstance(item.get("fullUrl"), str) else None
        if resource["resourceType"] != wanted:
            others.append(Entry(Element(f"{source}: entry[{index}].resource", resource), full_url))
            continue
        entry = _entry(source, wanted, index, resource, full_url)
        request = item.get("request")
        asked = request.get("method") if isinstance(request, dict) else "POST"
        problem = None
        if asked not in ("POST", "PUT"):
            problem = CarechainError(
                entry.resource.place, "is not sent by POST or PUT", "send what is to be decided by POST"
            )
        found.append((entry, problem))
    if not found:
        raise CarechainError(f"{source}: Bundle.entry", f"holds no {wanted}", f"send a bundle with a {wanted}")
    return found, others


def _entry(source: str, kind: str, index: int, resource: dict[str, Any], full_url: str | None) -> Entry:
    identity = resource.get("id")
    if isinstance(identity, str) and _ID.fullmatch(identity):
        return Entry(Element(f"{source}: {kind}/{identity}", resource), full_url)
    return Entry(Element(f"{source}: {kind}[{index}]", resource), full_url)
