"""One record of a patient, whatever format it came in, and the patient's bundle it came with: plain values.

Everything in a record is private but its categories and days, and even those never go into a log. The
private fields do not show when a record is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from carechain.errors import CarechainError

MAX_SHOWN = 100
"""Refusals shown of one file; the sentence says how many others there are."""


@dataclass(frozen=True)
class HealthRecord:
    """A FHIR R4 resource of one patient, with what a consent is compared to.

    `patient` is the FHIR reference "Patient/<id>" and `identity` "<type>/<id>", which names the record across
    its versions. `content` is the resource as compact UTF-8 JSON with sorted keys and every number as it was
    written. `categories` has the class bit and label bits of carechain.data_categories; a type without a
    class has RESTRICTED alone. `day_from` and `day_to` are the clinical days in days since 1900-01-01,
    inclusive, held within 0 to 65535; a record without a date has them all.
    """

    patient: str = field(repr=False)
    identity: str = field(repr=False)
    content: bytes = field(repr=False)
    categories: int
    day_from: int
    day_to: int


@dataclass(frozen=True)
class PatientBundle:
    """The records of one patient in one file, each identity once, in the order of the file.

    `source` names the file for messages, `notes` say in words for people what was done with it; neither
    holds health data.
    """

    source: str
    patient: str = field(repr=False)
    records: tuple[HealthRecord, ...]
    notes: tuple[str, ...]


class RecordsRefusedError(CarechainError):
    """A file of records that cannot be honoured, with all reasons in `refusals`. Nothing of it was read."""

    def __init__(self, source: str, refusals: Sequence[CarechainError]) -> None:
        if len(refusals) == 1:
            super().__init__(refusals[0].place, refusals[0].problem, refusals[0].mend)
        else:
            shown = "; ".join(f"{each.place} {each.problem.removesuffix('.')}" for each in refusals[:MAX_SHOWN])
            more = len(refusals) - MAX_SHOWN
            shown += f"; and {more:,} more" if more > 0 else ""
            super().__init__(source, f"is refused for {len(refusals):,} reasons: {shown}", refusals[0].mend)
        self.refusals = tuple(refusals)
