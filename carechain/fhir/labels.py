"""How sensitive a FHIR R4 resource is: by its security labels, and by what a labelling policy says of its codes.

A label is taken from a code system, never guessed. What no label speaks for is treated as restricted. The
policy adds to what the security labels of a resource say and never lifts it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Labels:
    """Sensitivity bits (0: ordinary), whether anything says so, and if nothing does the systems of unknown codes.

    `stated` tells that the resource's own security labels say it. An empty system stands for a text without a
    code, a file, or a resource without a clinical code.
    """

    bits: int
    labelled: bool
    stated: bool
    unknown: frozenset[str]


def labels_of(
    resource_type: str, seen: Survey, labelling: Labelling, around: Survey | None = None, tells: bool = False
) -> Labels:
    """The labels of one resource; `around` is the survey of its bundle's own `meta`.

    `tells` says that it refers to another resource for what it is about, whose labels `spread` adds. A
    bundle's label is a high-water mark: it can restrict a resource without labels of its own, and never says
    that one is ordinary.
    """
    bits = _of_security(seen)
    stated = seen.stated
    if around is not None and not stated:
        bits |= _of_security(around)
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
    if not speaks or seen.attachment or resource_type in _NARRATIVE:
        unknown.add("")
    labelled = stated or not unknown
    return Labels(bits, labelled, stated, frozenset() if labelled else frozenset(unknown))


def spread(labels: Sequence[Labels], told_by: Mapping[int, set[int]]) -> list[Labels]:
    """The labels with those of what each resource refers to; `told_by[i]` are the resources that refer to i.

    A sensitive label goes to everything that tells of it, however long the chain. The want of a label does
    too, except to a resource whose own security labels speak.
    """
    result = list(labels)
    waiting = list(range(len(labels)))
    while waiting:
        index = waiting.pop()
        told = result[index]
        for other in told_by.get(index, ()):
            was = result[other]
            labelled = was.labelled and (told.labelled or was.stated)
            now = Labels(was.bits | told.bits, labelled, was.stated, was.unknown)
            if now != was:
                result[other] = now
                waiting.append(other)
    return result


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
