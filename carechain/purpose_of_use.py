"""HL7 v3 PurposeOfUse as 60 bits, with its hierarchy.

Bit i of a purposes word is code i of the PurposeOfUse branch of CodeSystem v3-ActReason (version 2018-08-12,
the one FHIR R4 is published with), counted depth first, parents before children. A granted purpose covers
its descendants, with two exceptions that are the same for everybody:

- the root PurposeOfUse names no purpose, so it can be neither granted nor requested;
- BTG (break the glass) is never covered by a consent: emergency access has its own register.
"""

from __future__ import annotations

from functools import lru_cache

from carechain.errors import CarechainError

SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ActReason"

# One space of indentation is one level of the hierarchy; the line number is the bit number.
_HIERARCHY = """\
PurposeOfUse purpose of use
 HMARKT healthcare marketing
 HOPERAT healthcare operations
  CAREMGT care management
  DONAT donation
  FRAUD fraud
  GOV government
  HACCRED health accreditation
  HCOMPL health compliance
  HDECD decedent
  HDIRECT directory
  HDM healthcare delivery management
  HLEGAL legal
  HOUTCOMS health outcome measure
  HPRGRP health program reporting
  HQUALIMP health quality improvement
  HSYSADMIN health system administration
   LABELING labeling
   METAMGT metadata management
  MEMADMIN member administration
  MILCDM military command
  PATADMIN patient administration
  PATSFTY patient safety
  PERFMSR performance measure
  RECORDMGT records management
  SYSDEV system development
   HTEST test health data
  TRAIN training
 HPAYMT healthcare payment
  CLMATTCH claim attachment
  COVAUTH coverage authorization
  COVERAGE coverage under policy or program
   ELIGDTRM eligibility determination
   ELIGVER eligibility verification
   ENROLLM enrollment
   MILDCRG military discharge
  REMITADV remittance advice
 HRESCH healthcare research
  BIORCH biomedical research
  CLINTRCH clinical trial research
   CLINTRCHNPC clinical trial research without patient care
   CLINTRCHPC clinical trial research with patient care
   PRECLINTRCH preclinical trial research
  DSRCH disease specific healthcare research
  POARCH population origins or ancestry healthcare research
  TRANSRCH translational healthcare research
 PATRQT patient requested
  FAMRQT family requested
  PWATRNY power of attorney
  SUPNWK support network
 PUBHLTH public health
  DISASTER disaster
  THREAT threat
 TREAT treatment
  CLINTRL clinical trial
  COC coordination of care
  ETREAT emergency treatment
   BTG break the glass
   ERTREAT emergency room treatment
  POPHLTH population health
"""


def _parents(lines: list[str]) -> tuple[int | None, ...]:
    parents: list[int | None] = []
    path: list[int] = []
    for index, line in enumerate(lines):
        depth = len(line) - len(line.lstrip())
        del path[depth:]
        parents.append(path[-1] if path else None)
        path.append(index)
    return tuple(parents)


_LINES = _HIERARCHY.splitlines()
CODES: tuple[str, ...] = tuple(line.split()[0] for line in _LINES)
NAMES: tuple[str, ...] = tuple(line.split(maxsplit=1)[1] for line in _LINES)
PARENTS: tuple[int | None, ...] = _parents(_LINES)

ROOT = CODES.index("PurposeOfUse")
BREAK_GLASS = CODES.index("BTG")
GRANTABLE = sum(1 << index for index in range(len(CODES)) if index not in (ROOT, BREAK_GLASS))


def _lineage(index: int) -> int:
    """The mask of a purpose and its ancestors."""
    mask = 0
    at: int | None = index
    while at is not None:
        mask |= 1 << at
        at = PARENTS[at]
    return mask


_ANCESTORS = tuple(_lineage(index) for index in range(len(CODES)))
_DESCENDANTS = tuple(
    sum(1 << other for other in range(len(CODES)) if _ANCESTORS[other] >> index & 1) for index in range(len(CODES))
)


def indices(mask: int) -> list[int]:
    """The bit numbers set in `mask`, ascending."""
    return [index for index in range(mask.bit_length()) if mask >> index & 1]


def index_of(code: str) -> int:
    """The bit number (0 to 59) of a PurposeOfUse code.

    Raises CarechainError when the code is not in the PurposeOfUse branch of v3-ActReason.
    """
    if code not in CODES:
        raise CarechainError("The purpose of use", "is not a PurposeOfUse code of HL7 v3-ActReason", _MEND)
    return CODES.index(code)


def mask_of(*codes: str) -> int:
    """The purposes word that grants exactly these codes. Raises CarechainError as `index_of` does."""
    mask = 0
    for code in codes:
        mask |= 1 << index_of(code)
    return mask


def covers(granted: int, purpose: int) -> bool:
    """Whether a use for purpose number `purpose` is covered: it or an ancestor of it is in `granted`."""
    return (
        0 <= purpose < len(CODES) and GRANTABLE >> purpose & 1 == 1 and granted & GRANTABLE & _ANCESTORS[purpose] != 0
    )


@lru_cache(maxsize=4096)
def expand(granted: int) -> int:
    """The mask of every purpose a use may name under `granted`."""
    covered = 0
    for index in indices(granted & GRANTABLE):
        covered |= _DESCENDANTS[index]
    return covered & GRANTABLE


def reduce(covered: int) -> int:
    """The fewest purposes that cover exactly `covered`, which must be closed under descent (see `expand`)."""
    return sum(1 << index for index in indices(covered) if covered & _ANCESTORS[index] == 1 << index)


def touched_by_denial(denied: int) -> int:
    """The mask of purposes that a denial of `denied` makes unusable.

    A denied purpose takes its descendants with it, and its ancestors too: a use that only says "treatment"
    might be the excepted kind of treatment, so it must name the specific purpose. Denying BTG touches
    nothing, because no consent covers it; denying the root touches everything.
    """
    touched = 0
    for index in indices(denied & ~(1 << BREAK_GLASS)):
        touched |= _DESCENDANTS[index] | _ANCESTORS[index]
    return touched & GRANTABLE


_MEND = "use one of the codes under PurposeOfUse, such as TREAT, HPAYMT or HRESCH"
