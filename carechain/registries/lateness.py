"""Whether a trial was registered late: after its first participant was enrolled.

The ICMJE takes trials that were registered at or before the first enrolment, and as the date of registration that on
which the materials were first submitted to the registry (Recommendations, section III.L); the WHO asks for registration
before the first participant is recruited. Registered is, for
- ClinicalTrials.gov, when the study was first submitted (the date that the WHO's ICTRP takes, too), not when posted;
- EU CTR, when the record was first entered in the EudraCT database (field x6), a record being one member state's;
- CTIS, when the initial application was submitted, which is public only from the first decision on;
- ISRCTN, when the number was assigned.
Registration in any registry that the ICMJE takes would do: an answer is about this record alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from carechain.registries.record import IdentifierKind, PartialDate, Registry, TrialRecord

_REGISTERED = {
    Registry.CLINICAL_TRIALS_GOV: "first submitted",
    Registry.EU_CTR: "entered in the EudraCT database",
    Registry.CTIS: "submitted as an initial application",
    Registry.ISRCTN: "given its ISRCTN",
}

_OF_REGISTRIES = (IdentifierKind.NCT, IdentifierKind.EU_CT, IdentifierKind.EUDRACT, IdentifierKind.ISRCTN)


@dataclass(frozen=True)
class Lateness:
    """Whether it is late, None where the record does not tell; the two dates; and why, in one or two sentences."""

    late: Literal[True, False] | None
    registered: PartialDate | None
    started: PartialDate | None
    why: str


def lateness(record: TrialRecord) -> Lateness:
    """Whether the trial was registered after its first enrolment.

    The same day is not late. Dates that are known to the month or year give an answer only where every day that they
    can be gives the same. An anticipated start is no enrolment: if it is before the registration, the answer is None.
    The same goes for a trial that came to CTIS from EudraCT, where it was registered before. A start of which the
    record does not say whether it is actual is taken as such, and said to be so. Why a trial is late also says where
    it may have been registered earlier.
    """
    registered, started = record.registered, record.started
    if registered is None or started is None:
        missing = [name for name, day in (("registration", registered), ("start", started)) if day is None]
        dates = "date" if len(missing) == 1 else "dates"
        return Lateness(None, registered, started, f"The record has no {dates} of {' and '.join(missing)}.")
    before, unsaid = started.is_before(registered), record.start_is_actual is None
    how = f"It was {_REGISTERED[record.registry]} on {registered}, and "
    if record.start_is_actual is False:
        how += f"its start is anticipated for {started}"
        if before is not False:
            return Lateness(None, registered, started, f"{how}: no enrolment before its registration is on record.")
        return Lateness(False, registered, started, f"{how}: it is not before its registration.")
    how += f"started on {started}" + (" (the record does not say whether actually)" if unsaid else "")
    if before is None:
        return Lateness(None, registered, started, f"{how}: the dates are not exact enough to tell which was first.")
    if not before:
        return Lateness(False, registered, started, f"{how}: not before its registration.")
    others = [each for each in record.other_identifiers if each.kind in _OF_REGISTRIES]
    numbers = ", ".join(each.value for each in others)
    if record.registry is Registry.CTIS and any(each.kind is IdentifierKind.EUDRACT for each in others):
        moved = f"{how}: but it was registered in EudraCT before it came to CTIS ({numbers})."
        return Lateness(None, registered, started, moved)
    late = f"{how}: before its registration."
    if record.registry is Registry.EU_CTR:
        late += " The record is one member state's: that of another may have been entered earlier."
    if others:
        late += f" It is also registered as {numbers}, which may be earlier."
    return Lateness(True, registered, started, late)
