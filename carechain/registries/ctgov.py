"""Records of ClinicalTrials.gov in the form of its API v2 (`protocolSection`)."""

from __future__ import annotations

from carechain.registries.elements import Element, Notes
from carechain.registries.identifiers import Identifiers, main_number
from carechain.registries.record import (
    Design,
    Identifier,
    IdentifierKind,
    Outcome,
    OutcomeKind,
    PartialDate,
    Registry,
    ReportedOutcome,
    TrialRecord,
)
from carechain.registries.texts import unique

_GROUPS = (
    (OutcomeKind.PRIMARY, "primaryOutcomes"),
    (OutcomeKind.SECONDARY, "secondaryOutcomes"),
    (OutcomeKind.OTHER, "otherOutcomes"),
)
_REPORTED = {
    "primary": (OutcomeKind.PRIMARY, False),
    "secondary": (OutcomeKind.SECONDARY, False),
    "otherprespecified": (OutcomeKind.OTHER, False),
    "posthoc": (OutcomeKind.OTHER, True),
}
_PHASES = {"EARLY_PHASE1": "early 1", "PHASE1": "1", "PHASE2": "2", "PHASE3": "3", "PHASE4": "4"}
_OVER = frozenset({"completed", "terminated"})


def read(record: Element, notes: Notes) -> TrialRecord:
    """The record. Raises CarechainError for a missing or malformed number, and for dates and numbers that are none."""
    protocol = record.at("protocolSection")
    ids, status = protocol.at("identificationModule"), protocol.at("statusModule")
    design, sponsors = protocol.at("designModule"), protocol.at("sponsorCollaboratorsModule")
    number = main_number(ids.at("nctId"), IdentifierKind.NCT)
    started, start_is_actual = _dated(status.at("startDateStruct"))
    primary_completed, primary_is_actual = _dated(status.at("primaryCompletionDateStruct"))
    completed, completion_is_actual = _dated(status.at("completionDateStruct"))
    # A status of "unknown" comes of the passing of time, not of an edit: the last one that was given counts.
    known = _words(status.first("lastKnownStatus", "overallStatus"))
    planned, actual = enrolment(design.at("enrollmentInfo.count"), design.at("enrollmentInfo.type"), known, notes)
    outcomes = [
        Outcome(kind, each.text("measure"), each.text("timeFrame"), each.text("description"))
        for kind, name in _GROUPS
        for each in protocol.all("outcomesModule", name)
        if each.text("measure")
    ]
    lead = sponsors.text("leadSponsor.name")
    collaborators = unique(sponsors.texts("collaborators.name"))
    return TrialRecord(
        registry=Registry.CLINICAL_TRIALS_GOV,
        number=number,
        other_identifiers=_identifiers(ids, number, notes),
        title=ids.text("briefTitle"),
        scientific_title=ids.text("officialTitle"),
        sponsor=lead,
        other_sponsors=collaborators,
        support=unique([lead, *collaborators]),
        status=known,
        registered=status.date("studyFirstSubmitDate"),
        started=started,
        start_is_actual=start_is_actual,
        primary_completed=primary_completed,
        primary_completion_is_actual=primary_is_actual,
        completed=completed,
        completion_is_actual=completion_is_actual,
        planned_enrolment=planned,
        actual_enrolment=actual,
        study_type=_words(design.at("studyType")),
        design=Design(
            allocation=_words(design.at("designInfo.allocation")),
            masking=_words(design.at("designInfo.maskingInfo.masking")),
            assignment=_words(design.first("designInfo.interventionModel", "designInfo.observationalModel")),
            purpose=_words(design.at("designInfo.primaryPurpose")),
            text=design.text("designInfo.interventionModelDescription"),
        ),
        phase="/".join(_PHASES[phase] for phase in design.texts("phases") if phase in _PHASES),
        countries=unique(protocol.texts("contactsLocationsModule.locations.country")),
        conditions=unique(protocol.texts("conditionsModule.conditions")),
        interventions=unique([_intervention(each) for each in protocol.all("armsInterventionsModule.interventions")]),
        eligibility=protocol.lines("eligibilityModule.eligibilityCriteria"),
        results_posted=status.date("resultsFirstPostDateStruct.date"),
        data_sharing=joined(
            _words(protocol.at("ipdSharingStatementModule.ipdSharing")),
            protocol.text("ipdSharingStatementModule.description"),
        ),
        outcomes=tuple(outcomes),
        reported_outcomes=tuple(
            reported(each, notes) for each in record.all("resultsSection.outcomeMeasuresModule.outcomeMeasures")
        ),
    )


def reported(element: Element, notes: Notes, title: str = "title", time_frame: str = "timeFrame") -> ReportedOutcome:
    """An outcome of the results, of this registry's two forms and of EU CTR, whose type has several spellings."""
    words = element.text("type").removeprefix("ENDPOINT_TYPE.")
    kind, post_hoc = _REPORTED.get("".join(filter(str.isalpha, words)).lower(), (OutcomeKind.OTHER, False))
    if kind is OutcomeKind.OTHER and not words:
        notes.add("A reported outcome has no type: it is taken as neither primary nor secondary.")
    return ReportedOutcome(
        kind, element.text(title), element.text(time_frame), element.text("description"), post_hoc=post_hoc
    )


def enrolment(count: Element, said: Element, status: str, notes: Notes) -> tuple[int | None, int | None]:
    """The planned and the actual enrolment, one of them None: as it is said, else by whether the trial is over."""
    number, words = count.count(), said.text().casefold()
    if number is None:
        return None, None
    if words == "actual" or (not words and status in _OVER):
        return None, number
    if not words:
        notes.add("The record does not say whether the enrolment is actual: it is taken as planned.")
    return number, None


def joined(*texts: str) -> str:
    """The texts that are there, as one."""
    return "; ".join(text for text in texts if text)


def _identifiers(ids: Element, number: str, notes: Notes) -> tuple[Identifier, ...]:
    found = Identifiers(number, notes)
    found.add(IdentifierKind.SPONSOR, ids.at("orgStudyIdInfo.id"))
    for alias in ids.all("nctIdAliases"):
        found.add(IdentifierKind.NCT, alias)
    for each in ids.all("secondaryIdInfos"):
        found.add_any(each.at("id"), each.text("domain") or each.text("type"))
    return found.all()


def _dated(struct: Element) -> tuple[PartialDate | None, bool | None]:
    day, words = struct.date("date"), struct.text("type").casefold()
    return day, words == "actual" if day and words else None


def _words(element: Element) -> str:
    """An enumeration's word, "RANDOMIZED" or "NON_RANDOMIZED", as words of running text."""
    text = element.text()
    return "" if text == "NA" else text.replace("_", " ").lower()


def _intervention(element: Element) -> str:
    kind, name, words = _words(element.at("type")), element.text("name"), element.text("description")
    return ": ".join(filter(None, (kind, name))) + (f". {words}" if words else "")
