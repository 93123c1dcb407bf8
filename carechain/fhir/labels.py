"""How sensitive a FHIR R4 resource is: by its security labels, and by what a labelling policy says of its codes.

A label is taken from a code system, never guessed. What no label speaks for is treated as restricted. The
policy adds to what the security labels of a resource say and never lifts it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from carechain.data_categories import (
    CLASSES,
    CONFIDENTIALITY_SYSTEM,
    LABEL_SYSTEM,
    LABELS,
    RESTRICTED,
    class_bit,
    label_bit,
)
from carechain.fhir.findings import names
from carechain.fhir.survey import Survey
from carechain.labelling import Labelling

# Types whose substance is text or a file: their codes say what kind of document it is, not what is in it.
_NARRATIVE = names("ClinicalImpression Communication Composition DocumentReference Media QuestionnaireResponse")

# Elements whose Reference tells what the record is about, so that the labels of what they name are its own too.
TELLING = names(
    "addresses basis claim complicationDetail condition derivedFrom detail diagnosisReference evidence focus goal "
    "hasMember imagingStudy implicated indication instance itemReference medicationReference monitoringResult "
    "outcomeReference prescription problem procedureReference reasonReference reference report request result "
    "resultingCondition subjectMedicalHistory supportingImmunization supportingInfo supportingInformation "
    "supportingPatientInformation valueReference"
)

# Elements whose Reference tells of what a resource is a part: its order, or the act that it belongs to.
ORDERS = names("authorizingPrescription basedOn partOf")
# Elements whose Reference is to a part of the resource.
PARTS = names("hasMember result")


@dataclass(frozen=True)
class Link:
    """A reference that brings labels, to the resource `target`, which may be a part of the one that refers to it."""

    target: int
    is_part: bool


@dataclass(frozen=True)
class Labels:
    """Sensitivity bits (0: ordinary), whether anything says so, and if nothing does the systems of unknown codes.

    `stated` tells that the resource's own security labels say it. An empty system stands for a text without a
    code, a file, or a resource without a clinical code. `unclear` tells that it is not known what the resource is
    about, and not only what stands in its text or file.
    """

    bits: int
    labelled: bool
    stated: bool
    unknown: frozenset[str]
    unclear: bool = False


def labels_of(
    resource_type: str, seen: Survey, labelling: Labelling, around: Sequence[Survey] = (), tells: bool = False
) -> Labels:
    """The labels of one resource; `around` are the surveys of its bundle's own `meta` and of its Composition.

    `tells` says that it refers to another resource for what it is about, whose labels `spread` adds. The label
    of a bundle or document is a high-water mark: it can restrict a resource without labels of its own, and
    never says that one is ordinary.
    """
    bits = _of_security(seen)
    stated = seen.stated
    for outer in () if stated else around:
        bits |= _of_security(outer)
    own = labelling.of_type(resource_type)
    bits |= own or 0
    speaks = tells or own is not None
    unknown: set[str] = set()
    for concept in seen.concepts:
        known = False
        for system, code in concept:
            meaning = labelling.of_code(system, code)
            if meaning is not None:
                known = True
                bits |= meaning.labels
                speaks = speaks or not meaning.administrative
        if not known:
            unknown.update(system for system, _ in concept)
            if not concept:
                unknown.add("")
    if own is not None and seen.words:
        unknown.add("")
    if not speaks:
        unknown.add("")
    unclear = bool(unknown) and not stated
    if seen.attachment or resource_type in _NARRATIVE:
        unknown.add("")
    labelled = stated or not unknown
    return Labels(bits, labelled, stated, frozenset() if labelled else frozenset(unknown), unclear)


def spread(labels: Sequence[Labels], links: Mapping[int, Sequence[Link]]) -> list[Labels]:
    """The labels with those of what each resource refers to and is a part of; `links[i]` are its references.

    A sensitive label goes to everything that tells of it, however long the chain, and from a whole to its parts:
    what a panel, a report or an order is about, its results are about too. It does not go from one part to
    another, so a report on two matters makes neither of them the other's. The want of a label goes the same ways,
    except to a resource whose own security labels speak; that of a text or a file stays with the whole.
    """
    everything = list(labels)
    # What each is about as a whole, without what only its parts are about.
    wholes = [Labels(each.bits, each.labelled or not each.unclear, each.stated, each.unknown) for each in labels]
    told_by: dict[int, list[tuple[int, bool]]] = {}
    for index, own in links.items():
        for link in own:
            told_by.setdefault(link.target, []).append((index, link.is_part))
    waiting = list(range(len(labels)))
    while waiting:
        index = waiting.pop()
        changed = set()
        for other, is_part in told_by.get(index, ()):
            if _add(everything, other, everything[index]) | (not is_part and _add(wholes, other, everything[index])):
                changed.add(other)
        for link in links.get(index, ()):
            if link.is_part and _add(wholes, link.target, wholes[index]) | _add(everything, link.target, wholes[index]):
                changed.add(link.target)
        waiting.extend(changed)
    return everything


def _add(labels: list[Labels], index: int, others: Labels) -> bool:
    """Adds what another resource brings; whether that changed anything."""
    was = labels[index]
    labels[index] = replace(was, bits=was.bits | others.bits, labelled=was.labelled and (others.labelled or was.stated))
    return labels[index] != was


def categories(resource_type: str, labels: Labels) -> int:
    """The class bit and label bits; RESTRICTED alone for a type without a class."""
    if resource_type not in CLASSES:
        return RESTRICTED
    return class_bit(resource_type) | labels.bits | (0 if labels.labelled else RESTRICTED)


def _of_security(seen: Survey) -> int:
    bits = RESTRICTED if seen.labels_inside else 0
    restricted = False
    for label in seen.security:
        system, code = label or ("", "")
        if system == LABEL_SYSTEM and code in LABELS:
            bits |= label_bit(code)
        elif system == CONFIDENTIALITY_SYSTEM and code == "R":
            restricted = True
        elif system != CONFIDENTIALITY_SYSTEM or code not in ("U", "L", "M", "N"):
            # Very restricted, a sensitivity without a bit, or a label that is not understood.
            bits |= RESTRICTED
    if restricted and not bits & ~RESTRICTED:
        bits |= RESTRICTED
    return bits
