"""Reads the FHIR R4 resources of one patient, in a Bundle or alone, as labelled records.

The content of a record is the resource as it was sent, only without blanks and with its elements sorted:
nothing is added, converted or left out, and a number keeps its digits, which carry its precision in FHIR
(datatypes, decimal). Resources are not checked against their definitions; what a record needs of them is.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import simplejson

from carechain.data_categories import CLASSES, CLASSES_WITHOUT_BIT, RESTRICTED
from carechain.errors import CarechainError
from carechain.fhir import json_reading, labels
from carechain.fhir.clinical_days import UNDATED, clinical_days
from carechain.fhir.labels import ORDERS, PARTS, TELLING, Labels, Link
from carechain.fhir.references import ID, PatientReferences, References, resolved, restful, server, urn_id
from carechain.fhir.survey import Survey, survey
from carechain.health_record import HealthRecord, PatientBundle, RecordsRefusedError
from carechain.labelling import Labelling

_KINDS = ("batch", "collection", "document", "searchset", "transaction")
_OTHER_KINDS = {
    "history": "holds versions and deletions of records, not records",
    "message": "is a message, whose event may ask for more than keeping records",
    "transaction-response": "holds the answers of a server, not records",
    "batch-response": "holds the answers of a server, not records",
}
_WANTED = "a FHIR R4 Bundle of one patient"
_ID = re.compile(ID, re.ASCII)
_SUBJECTS = ("patient", "subject", "beneficiary", "individual", "for")
_NAMELESS = "(a text, a file, no clinical code, or a reference to what is not here)"
_URI = re.compile(r"(?:https?://|urn:)[\x21-\x7e]{1,200}", re.ASCII)


@dataclass(frozen=True)
class _Entry:
    """A resource of the bundle with the place it stands at and what the walk over it found."""

    place: str
    full_url: Any
    kind: str
    id: str
    resource: Mapping[str, Any]
    content: bytes
    seen: Survey

    @property
    def identity(self) -> str:
        return f"{self.kind}/{self.id}"

    def identity_beside(self, base: str) -> str:
        """What names the record of a patient of the server `base`: for the id of another server, a hash of both."""
        other = server(self.full_url)
        if other in ("", base):
            return self.identity
        return f"{self.kind}/{hashlib.sha256(f'{other}/{self.identity}'.encode()).hexdigest()[:40]}"


def parse_bundle(content: bytes, source: str, labelling: Labelling) -> PatientBundle:
    """Reads the records of one patient from the FHIR R4 JSON file `source`: a Bundle, or a single resource.

    Raises RecordsRefusedError with every reason by entry, or CarechainError when it is not JSON. No value of the
    file is repeated in a message.
    """
    # RawJSON keeps the text of a number: Decimal would write 1e5 as 1E+5, and an int loses the sign of -0.
    found = json_reading.parse(content, source, _WANTED, simplejson.RawJSON)
    if not isinstance(found, dict):
        raise CarechainError(source, "is not a JSON object", f"give {_WANTED}")
    if found.get("resourceType") == "Bundle":
        return _Reader(source, labelling).read_bundle(found)
    return records_of(source, [found], labelling)


def records_of(source: str, resources: Sequence[Mapping[str, Any]], labelling: Labelling) -> PatientBundle:
    """The records of resources that come without a Bundle. Raises RecordsRefusedError as `parse_bundle` does."""
    reader = _Reader(source, labelling)
    for index, resource in enumerate(resources):
        where = source if len(resources) == 1 else f"{source}: resource[{index}]"
        reader.take(where, {"resource": resource})
    return reader.records()


class _Reader:
    """Gathers the entries of one bundle, and every reason to refuse it."""

    def __init__(self, source: str, labelling: Labelling) -> None:
        self._source = source
        self._labelling = labelling
        self._entries: list[_Entry] = []
        self._first: dict[str, int] = {}
        self._references = References()
        self._refusals: list[CarechainError] = []
        self._notes: list[str] = []
        self._around: list[Survey] = []

    def read_bundle(self, bundle: Mapping[str, Any]) -> PatientBundle:
        kind = bundle.get("type")
        if kind not in _KINDS:
            problem = _OTHER_KINDS.get(kind) if isinstance(kind, str) else None
            mend = f"send the records in a bundle of type {', '.join(_KINDS)}"
            raise CarechainError(f"{self._source}: Bundle.type", problem or "is no type of bundle with records", mend)
        entries = bundle.get("entry", [])
        if not isinstance(entries, list) or not entries:
            raise CarechainError(f"{self._source}: Bundle.entry", "holds no records", f"give {_WANTED}")
        meta = bundle.get("meta")
        for index, entry in enumerate(entries):
            self.take(f"{self._source}: entry[{index}]", entry)
        self._around = [survey({"meta": meta})] if isinstance(meta, dict) else []
        if kind == "document":
            # What a document is labelled with holds for all that it is made of.
            self._around += [entry.seen for entry in self._entries if entry.kind == "Composition"]
        links = bundle.get("link")
        links = links if isinstance(links, list) else []
        if any(isinstance(link, dict) and link.get("relation") == "next" for link in links):
            self._notes.append("the bundle is one page of a search; the pages after it hold more")
        return self.records()

    def take(self, place: str, entry: Any) -> None:
        """Reads an entry; what stands in its way is kept for the end."""
        try:
            self._take(place, entry)
        except CarechainError as refusal:
            self._refusals.append(refusal)

    def _take(self, place: str, entry: Any) -> None:
        if not isinstance(entry, dict):
            raise CarechainError(place, "is not an object", "correct the bundle")
        request, search = entry.get("request"), entry.get("search")
        if isinstance(request, dict) and request.get("method") not in ("POST", "PUT"):
            raise CarechainError(
                f"{place}.request.method", "asks for something else than keeping a record", "send POST and PUT alone"
            )
        if isinstance(search, dict) and search.get("mode") == "outcome":
            self._notes.append(f"{place} says how the search went and is no record")
            return
        resource = entry.get("resource")
        if not isinstance(resource, dict):
            raise CarechainError(f"{place}.resource", "is missing", "send the resource itself")
        kind = resource.get("resourceType")
        if kind == "Bundle":
            raise CarechainError(f"{place}.resource", "is a bundle in a bundle", "send it in a file of its own")
        if not isinstance(kind, str) or (kind not in CLASSES and kind not in CLASSES_WITHOUT_BIT):
            raise CarechainError(
                f"{place}.resource.resourceType", "is not a type of FHIR R4", "convert the records to FHIR R4 (4.0.1)"
            )
        seen = survey(resource)
        if seen.too_deep:
            problem = f"nests deeper than {json_reading.MAX_DEPTH} levels"
            raise CarechainError(f"{place}.resource", problem, "flatten the resource")
        if seen.subsetted:
            raise CarechainError(
                f"{place}.resource.meta", "says SUBSETTED: parts of it were left out", "send the whole resource"
            )
        full_url = entry.get("fullUrl")
        identity = _id(place, kind, resource, full_url)
        self._keep(_Entry(place, full_url, kind, identity, resource, _content(place, resource), seen))

    def _keep(self, entry: _Entry) -> None:
        known = self._first.get(entry.identity)
        if known is not None:
            earlier = self._entries[known]
            if earlier.content != entry.content:
                raise CarechainError(
                    entry.place, f"has the type and id of {_short(earlier)} and another content", "keep one of the two"
                )
            self._references.add(known, entry.full_url, entry.kind, entry.id)
            self._notes.append(f"{_short(entry)} repeats {_short(earlier)} and is kept once")
            return
        index = len(self._entries)
        first = self._references.add(index, entry.full_url, entry.kind, entry.id)
        if first != index:
            raise CarechainError(
                f"{entry.place}.fullUrl",
                f"is that of {_short(self._entries[first])} too",
                "give every entry a fullUrl of its own",
            )
        self._first[entry.identity] = index
        self._entries.append(entry)

    def records(self) -> PatientBundle:
        """The records of all entries. Raises RecordsRefusedError with every reason against them."""
        patient = self._patient()
        strangers, nobodys = self._check_subjects(patient[2]) if patient else (set(), set())
        if self._refusals or patient is None:
            raise RecordsRefusedError(self._source, self._refusals)
        patient_id, base, _ = patient
        labelled = self._labels()
        records, undated = [], 0
        for index, (entry, found) in enumerate(zip(self._entries, labelled, strict=True)):
            categories = labels.categories(entry.kind, found)
            if index in strangers or index in nobodys:
                categories |= RESTRICTED
            try:
                days = clinical_days(entry.resource)
            except ValueError:
                days, undated = UNDATED, undated + 1
            records.append(
                HealthRecord(f"Patient/{patient_id}", entry.identity_beside(base), entry.content, categories, *days)
            )
        self._note_labels(labelled)
        for count, what in (
            (len(strangers), "refer to another patient too and are restricted"),
            (len(nobodys), "do not say whose they are and are restricted"),
            (undated, "have a date that is not one of FHIR R4, and count as data of any date"),
        ):
            if count:
                self._notes.append(f"{count:,} of {len(records):,} records {what}")
        return PatientBundle(self._source, f"Patient/{patient_id}", tuple(records), tuple(self._notes))

    def _patient(self) -> tuple[str, str, PatientReferences] | None:
        """The one patient by id and server: the Patient of the bundle, else the first that a subject names."""
        patients = [entry for entry in self._entries if entry.kind == "Patient"]
        for other in patients[1:]:
            self._refusals.append(
                CarechainError(
                    f"{other.place}.resource",
                    f"is another patient than {_short(patients[0])}",
                    "send each patient's records in a bundle of their own",
                )
            )
        if patients:
            one = patients[0]
            base = server(one.full_url)
            return one.id, base, PatientReferences(one.id, base, one.full_url, one.resource)
        for entry in self._entries:
            for _, reference in _subjects(entry):
                at = resolved(reference.get("reference"), entry.full_url)
                if at and at[1] == "Patient":
                    return at[2], at[0], PatientReferences(at[2], at[0], None, None)
        if not self._refusals:
            self._refusals.append(
                CarechainError(self._source, "names no patient", "send the Patient with the records, or refer to it")
            )
        return None

    def _check_subjects(self, references: PatientReferences) -> tuple[set[int], set[int]]:
        """The entries that refer to other patients beside their own, and those that do not say whose they are."""
        strangers, nobodys = set(), set()
        for index, entry in enumerate(self._entries):
            own = entry.kind == "Patient"
            subjects = _subjects(entry)
            for name, reference in subjects:
                if references.means(reference, entry.full_url):
                    own = True
                elif self._is_patient(reference, entry):
                    self._refusals.append(
                        CarechainError(
                            f"{entry.place}.resource.{name}",
                            "is not known to be the bundle's patient",
                            "send each patient's records in a bundle of their own, and refer to it by its fullUrl",
                        )
                    )
            if not own and entry.kind in CLASSES:
                nobodys.add(index)
            elif any(
                self._is_patient(reference, entry) and not references.means(reference, entry.full_url)
                for _, reference in entry.seen.references
            ) or any(each.get("resourceType") == "Patient" for each in entry.seen.contained.values()):
                strangers.add(index)
        return strangers, nobodys

    def _is_patient(self, reference: Mapping[str, Any], entry: _Entry) -> bool:
        """Whether a Reference is to a patient, or may be: it cannot be told what an unknown URN is."""
        literal = reference.get("reference")
        if not isinstance(literal, str):
            return reference.get("type") == "Patient"
        if literal.startswith("#"):
            return entry.seen.contained.get(literal[1:], {}).get("resourceType") == "Patient"
        found = self._references.find(literal, entry.full_url)
        if found is not None:
            return self._entries[found].kind == "Patient"
        at = restful(literal)
        if at:
            return at[1] == "Patient"
        return literal.startswith("Patient?") or (urn_id(literal) is not None and reference.get("type") == "Patient")

    def _labels(self) -> list[Labels]:
        """The labels of every entry, with those of the resources that each tells of or is a part of."""
        found: list[Labels] = []
        links: dict[int, list[Link]] = {}
        for index, entry in enumerate(self._entries):
            targets = [
                (name, self._references.find(reference.get("reference"), entry.full_url))
                for name, reference in entry.seen.references
                # What is contained was walked over with the resource.
                if name in TELLING | ORDERS and not str(reference.get("reference", "")).startswith("#")
            ]
            tells = any(target is not None and name in TELLING for name, target in targets)
            own = labels.labels_of(entry.kind, entry.seen, self._labelling, self._around, tells)
            away = {name for name, target in targets if target is None}
            if away and not own.stated:
                unclear = own.unclear or bool(away - PARTS)
                own = replace(own, labelled=False, unknown=own.unknown | {""}, unclear=unclear)
            links[index] = [Link(target, name in PARTS) for name, target in targets if target is not None]
            found.append(own)
        return labels.spread(found, links)

    def _note_labels(self, labelled: list[Labels]) -> None:
        count = len(self._entries)
        classed = [found for entry, found in zip(self._entries, labelled, strict=True) if entry.kind in CLASSES]
        wanting = [found for found in classed if not found.labelled]
        if wanting:
            systems = sorted({_system(system) for found in wanting for system in found.unknown})
            self._notes.append(
                f"{len(wanting):,} of {count:,} records are restricted for want of a label; "
                f"what the labelling does not know is of {', '.join(systems)}"
            )
        without = Counter(entry.kind for entry in self._entries if entry.kind not in CLASSES)
        if without:
            self._notes.append(
                f"{sum(without.values()):,} of {count:,} records are of types that no consent can name, and only for "
                f"the patient: {', '.join(sorted(without))}"
            )


def _subjects(entry: _Entry) -> list[tuple[str, Mapping[str, Any]]]:
    """The References that say whose record it is, with their elements."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for name in _SUBJECTS:
        value = entry.resource.get(name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                found.append((name, item))
    participants = entry.resource.get("participant") if entry.kind == "Appointment" else None
    for index, participant in enumerate(participants if isinstance(participants, list) else []):
        actor = participant.get("actor") if isinstance(participant, dict) else None
        if isinstance(actor, dict):
            found.append((f"participant[{index}].actor", actor))
    return found


def _id(place: str, kind: str, resource: Mapping[str, Any], full_url: Any) -> str:
    """The id of a resource: its own, else that of its fullUrl. Raises CarechainError when it has neither."""
    at = restful(full_url)
    if "id" in resource:
        own = resource["id"]
        if not isinstance(own, str) or not _ID.fullmatch(own):
            raise CarechainError(
                f"{place}.resource.id", "is not an id of FHIR R4", "use 1 to 64 letters, digits, - and ."
            )
        if at and at[1:] != (kind, own):
            raise CarechainError(f"{place}.fullUrl", "names another type or id than the resource", "make them agree")
        return own
    if at and at[1] == kind:
        return at[2]
    urn = urn_id(full_url)
    if urn is None:
        raise CarechainError(
            place, "has neither an id nor a fullUrl that names it", "give the resource an id that stays the same"
        )
    return urn


def _content(place: str, resource: Mapping[str, Any]) -> bytes:
    try:
        return simplejson.dumps(resource, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise CarechainError(f"{place}.resource", "holds half a character", "keep text in valid Unicode") from None


def _short(entry: _Entry) -> str:
    return entry.place.rpartition(": ")[2]


def _system(system: str) -> str:
    if not system:
        return _NAMELESS
    return system if _URI.fullmatch(system) else "(a system that is no URI)"
