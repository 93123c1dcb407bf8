"""What a registry says about one clinical trial, as plain values, whatever the registry.

Texts are as the record has them, but with character entities resolved, in Unicode NFC and with runs of white space as
one blank; eligibility, ethics and interventions keep their lines. What the record does not say is "" or None.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from enum import Enum


class Registry(Enum):
    """The registries that are read; values are the names by which they go."""

    CLINICAL_TRIALS_GOV = "ClinicalTrials.gov"
    EU_CTR = "EU Clinical Trials Register"
    CTIS = "EU Clinical Trials Information System"
    ISRCTN = "ISRCTN registry"


@dataclass(frozen=True)
class PartialDate:
    """A date that is known to the year, the month or the day. Raises ValueError for one that no calendar has."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.month is None and self.day is not None:
            raise ValueError("a day needs its month")
        date(self.year, 1 if self.month is None else self.month, 1 if self.day is None else self.day)

    def earliest(self) -> date:
        """The first day that it can be."""
        return date(self.year, self.month or 1, self.day or 1)

    def latest(self) -> date:
        """The last day that it can be."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    def is_before(self, other: PartialDate) -> bool | None:
        """Whether it is an earlier day than `other`; None where that depends on what is not known."""
        if self.latest() < other.earliest():
            return True
        return False if self.earliest() >= other.latest() else None

    def __str__(self) -> str:
        """ISO 8601, as exact as it is known: 2018, 2018-05 or 2018-05-16."""
        return self.earliest().isoformat()[: 4 if self.month is None else 7 if self.day is None else 10]


class OutcomeKind(Enum):
    """What an outcome is for: the one that the trial is sized for, others that were planned, and the rest."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    OTHER = "other"


@dataclass(frozen=True)
class Outcome:
    """What is measured, when, and how; the latter two are "" where the record does not have them apart."""

    kind: OutcomeKind
    measure: str
    time_frame: str = ""
    description: str = ""


@dataclass(frozen=True)
class ReportedOutcome(Outcome):
    """An outcome of the results section. `post_hoc` ones, of kind OTHER, were chosen after the trial."""

    post_hoc: bool = False


class IdentifierKind(Enum):
    """Who issued an identifier."""

    NCT = "NCT"
    EU_CT = "EU CT"
    EUDRACT = "EudraCT"
    ISRCTN = "ISRCTN"
    UTN = "UTN"
    SPONSOR = "sponsor"
    OTHER = "other"


@dataclass(frozen=True)
class Identifier:
    """Another number of the trial, in the form of its kind. `issuer` is whom the record names, of OTHER ones."""

    kind: IdentifierKind
    value: str
    issuer: str = ""


@dataclass(frozen=True)
class Design:
    """How the trial is made, in the registry's words."""

    allocation: str = ""
    masking: str = ""
    assignment: str = ""
    purpose: str = ""
    text: str = ""


@dataclass(frozen=True)
class TrialRecord:
    """One record of a registry.

    `…_is_actual` is False for a date that is anticipated, and None where the record does not say or has no date.
    `registered` is what carechain.registries.lateness says for each registry. `phase` is like "2/3", "early 1" or "".
    Outcomes are primary first, then secondary, then other, each in the order of the record. `notes` are sentences about
    what was doubtful in the record; they hold nothing of its texts.
    """

    registry: Registry
    number: str
    other_identifiers: tuple[Identifier, ...] = ()
    title: str = ""
    scientific_title: str = ""
    sponsor: str = ""
    other_sponsors: tuple[str, ...] = ()
    support: tuple[str, ...] = ()
    status: str = ""
    registered: PartialDate | None = None
    started: PartialDate | None = None
    start_is_actual: bool | None = None
    primary_completed: PartialDate | None = None
    primary_completion_is_actual: bool | None = None
    completed: PartialDate | None = None
    completion_is_actual: bool | None = None
    planned_enrolment: int | None = None
    actual_enrolment: int | None = None
    study_type: str = ""
    design: Design = Design()
    phase: str = ""
    countries: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    eligibility: str = ""
    ethics: str = ""
    ethics_date: PartialDate | None = None
    results_posted: PartialDate | None = None
    data_sharing: str = ""
    outcomes: tuple[Outcome, ...] = ()
    reported_outcomes: tuple[ReportedOutcome, ...] = ()
    notes: tuple[str, ...] = ()

    def outcomes_of(self, kind: OutcomeKind) -> tuple[Outcome, ...]:
        """The registered outcomes of a kind, in their order."""
        return tuple(outcome for outcome in self.outcomes if outcome.kind is kind)
