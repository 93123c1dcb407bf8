"""One walk over a FHIR R4 resource, for what its records need to know of it.

It goes by the form of the JSON, not by the definition of each type, so that nothing is passed over: what is
inside extensions and contained resources counts too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from carechain.data_categories import CLASSES
from carechain.fhir.findings import names
from carechain.fhir.json_reading import MAX_DEPTH

# Elements that are a CodeableConcept wherever R4 has them, so that anything else there is one in words.
_CONCEPTS = names(
    "achievementStatus admitSource appointmentType bodySite cancelationReason clinicalStatus conclusionCode "
    "contraindicatedVaccineCode dataAbsentReason dischargeDisposition exposureRoute facilityType followUp "
    "forecastReason forecastStatus fundingSource interpretation manifestation method performerType practiceSetting "
    "programEligibility reasonCode relationship route scope serviceCategory serviceType specialty statusReason "
    "subpotentReason targetDisease usedCode vaccineCode verificationStatus"
)
# Where they stand in the resource itself, these are CodeableConcepts too.
_OWN_CONCEPTS = names("category code type")
_OWN_CODES = {"AllergyIntolerance": names("category type")}
# Where care is given and by whom: a name such as that of a clinic tells what for.
_PLACES = names("actor destination location managingOrganization origin serviceProvider")
_NARRATIVE_OF_DATA = ("generated", "extensions", "empty")
# Objects with a text that are no CodeableConcept: annotations, dosages, names and addresses.
_PLAIN_TEXTS = names(
    "note progress dosage dosageInstruction referenceRange name address valueAnnotation valueHumanName valueAddress"
)
_CODINGS = names("class valueCoding answerCoding defaultValueCoding modality")
_ATTACHMENTS = names("attachment presentedForm photo valueAttachment sourceAttachment contentAttachment")
_LABELS = names("confidentiality securityLabel")
_OWN_DEPTH = {"": 0, "meta": 1, "securityLabel": 2}


@dataclass
class Survey:
    """What a resource holds.

    `concepts` are the (system, code) pairs of each CodeableConcept or Coding, an empty list for one without a
    code; `security` the pairs of its security labels, None for one that cannot be read; `references` the
    References with the name of their element; `contained` the contained resources by id. `stated` says that
    a security label is that of the resource as a whole, and not of a part of it or of what it speaks of;
    `labels_inside` that single elements carry labels of their own; `words` that a place or an extension of
    the house says in words what codes should.
    """

    concepts: list[list[tuple[str, str]]] = field(default_factory=list)
    security: list[tuple[str, str] | None] = field(default_factory=list)
    references: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    contained: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    stated: bool = False
    subsetted: bool = False
    labels_inside: bool = False
    words: bool = False
    attachment: bool = False
    too_deep: bool = False


def survey(resource: Mapping[str, Any]) -> Survey:
    """Walks over a resource, in no particular order."""
    seen = Survey()
    waiting: list[tuple[str, Any, int]] = [("", resource, 0)]
    while waiting:
        name, value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            seen.too_deep = True
        elif isinstance(value, dict):
            _look_at(name, value, depth, seen)
            for child_name, child in value.items():
                if isinstance(child, dict | list) and child_name not in ("coding", "security", "tag"):
                    waiting.append((child_name, child, depth + 1))
                elif child_name == "coding" and _nests(child):
                    waiting.append(("", child, depth + 1))
        elif isinstance(value, list):
            waiting.extend((name, item, depth + 1) for item in value if isinstance(item, dict | list))
    return seen


def pairs(codings: Any) -> list[tuple[str, str]]:
    """The (system, code) pairs of a list of Codings; those without both are left out."""
    found = []
    for coding in codings if isinstance(codings, list) else [codings]:
        if isinstance(coding, dict):
            system, code = coding.get("system"), coding.get("code")
            if isinstance(system, str) and isinstance(code, str):
                found.append((system, code))
    return found


def _look_at(name: str, node: dict[str, Any], depth: int, seen: Survey) -> None:
    # A label of the whole stands in meta, or in an element of the resource itself (an item of its list).
    seen.stated |= depth <= _OWN_DEPTH.get(name, -1) and bool({"security", "coding", "confidentiality"} & set(node))
    if name == "meta":
        _look_at_meta(node, seen)
    if isinstance(node.get("reference"), str) or "_reference" in node or isinstance(node.get("identifier"), dict):
        seen.references.append((name, node))
    elif "display" in node and "code" not in node and "system" not in node and "coding" not in node:
        # A Reference that says only by identifier or by words what it is to.
        seen.references.append((name, node))
    url = node.get("url")
    if isinstance(url, str):
        seen.labels_inside |= "sec-label" in url or "security-label" in url
        seen.words |= ":" in url and not url.startswith("http://hl7.org/fhir/") and _has_words(node)
    seen.words |= name in _PLACES and "display" in node
    if name == "text" and "div" in node and node.get("status") not in _NARRATIVE_OF_DATA:
        # A narrative that says more than the data does (R4, narrative-status).
        seen.concepts.append([])
    if "contentType" in node or name in _ATTACHMENTS:
        seen.attachment = True
    if "resourceType" in node and isinstance(node.get("id"), str) and name == "contained":
        seen.contained[node["id"]] = node
    _look_for_codes(name, node, seen)
    _look_for_words(node, seen)


def _look_at_meta(meta: dict[str, Any], seen: Survey) -> None:
    if "security" in meta:
        _label(meta["security"], seen)
    tags = pairs(meta.get("tag", [])) + pairs(meta.get("security", []))
    if any(code == "SUBSETTED" for _, code in tags):
        seen.subsetted = True


def _look_for_codes(name: str, node: dict[str, Any], seen: Survey) -> None:
    if name in _LABELS:
        _label(node.get("coding", []), seen)
    elif "coding" in node:
        seen.concepts.append(pairs(node["coding"]))
    elif _is_named_coding(name, node) or (
        isinstance(node.get("code"), str) and not _is_quantity(node) and "resourceType" not in node
    ):
        seen.concepts.append(pairs(node))
    elif (isinstance(node.get("text"), str) or "_text" in node) and name not in _PLAIN_TEXTS:
        seen.concepts.append([])
    confidentiality = node.get("confidentiality")
    if isinstance(confidentiality, str):
        # Composition.confidentiality is a code of v3-Confidentiality without its system.
        seen.security.append(("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", confidentiality))


def _look_for_words(node: dict[str, Any], seen: Survey) -> None:
    """The CodeableConcepts of this object that are in any other form than that with codes."""
    kind = node.get("resourceType")
    own = (
        _OWN_CONCEPTS - _OWN_CODES.get(kind, frozenset()) if isinstance(kind, str) and kind in CLASSES else frozenset()
    )
    for element, value in node.items():
        name = element.removeprefix("_")
        concept = name in _CONCEPTS or name in own or name.endswith("CodeableConcept")
        if concept or (name == "code" and isinstance(value, dict)):
            for item in value if isinstance(value, list) else [value]:
                if item is not None and not (isinstance(item, dict) and "coding" in item):
                    seen.concepts.append([])


def _has_words(extension: dict[str, Any]) -> bool:
    """Whether an extension, or one in it, has a text for its value."""
    waiting: list[Any] = [extension]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if "valueString" in each or "valueMarkdown" in each:
                return True
            inner = each.get("extension")
            waiting.extend(inner if isinstance(inner, list) else [])
    return False


def _label(codings: Any, seen: Survey) -> None:
    items = codings if isinstance(codings, list) and codings else [None]
    for item in items:
        found = pairs(item)
        seen.security.append(found[0] if found else None)
        if isinstance(item, dict) and _nests(item):
            seen.labels_inside = True


def _is_named_coding(name: str, node: dict[str, Any]) -> bool:
    # Coverage.class is no Coding, although Encounter.class is one.
    return name in _CODINGS and "type" not in node


def _is_quantity(node: dict[str, Any]) -> bool:
    return "value" in node or "unit" in node or "comparator" in node


def _nests(value: Any) -> bool:
    """Whether there is an object deeper down, as an extension of a Coding is."""
    items = value if isinstance(value, list) else [value]
    return any(isinstance(item, dict) and any(isinstance(x, dict | list) for x in item.values()) for item in items)
