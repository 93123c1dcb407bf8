"""Records of the ISRCTN registry, whose XML is turned into JSON in several ways.

The number may be a text, or an object whose attribute `dateAssigned` is the date of registration. Outcomes are a block
of text (`primaryOutcome`) or, since 2022, measures of their own (`primaryOutcomes.outcomeMeasure`).
"""

from __future__ import annotations

from carechain.registries import outcomes
from carechain.registries.ctgov import joined
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
    TrialRecord,
)
from carechain.registries.texts import unique

_NOT_GIVEN = ("not provided", "not applicable", "not specified", "nil known", "none")
_NUMBERS = {"nct": IdentifierKind.NCT, "eudract": IdentifierKind.EUDRACT, "ctis": IdentifierKind.EU_CT}


def read(record: Element, notes: Notes) -> TrialRecord:
    """The record. Raises CarechainError for a missing or malformed number, and for dates and numbers that are none.

    `record` may be the trial, or the `fullTrial` with the trial and its sponsors.
    """
    full, trial = record, record
    if not record.at("trial.isrctn").is_empty:
        trial = record.at("trial")
    number = main_number(trial.at("isrctn"), IdentifierKind.ISRCTN)
    about, people = trial.at("trialDescription"), trial.at("participants")
    started, completed = people.date("recruitmentStart"), trial.date("trialDesign.overallEndDate")
    if started is None and not trial.at("trialDesign.overallStartDate").is_empty:
        notes.add("The start of the study is in the record, but not that of recruitment.")
    sponsors = unique(full.texts("sponsor.organisation"))
    design = trial.at("trialDesign")
    ethics, ethics_date = _ethics(about)
    return TrialRecord(
        registry=Registry.ISRCTN,
        number=number,
        other_identifiers=_identifiers(trial.at("externalRefs"), number, notes),
        title=about.text("title"),
        scientific_title=about.text("scientificTitle"),
        sponsor=sponsors[0] if sponsors else "",
        other_sponsors=sponsors[1:],
        support=unique(full.texts("funder.name")),
        status=(design.text("overallStatusOverride") or people.text("recruitmentStatusOverride")).lower(),
        registered=_assigned(trial),
        started=started,
        completed=completed,
        planned_enrolment=_people(people, "targetEnrolment", notes),
        # 0 is what the registry fills in until there is a number.
        actual_enrolment=_people(people, "totalFinalEnrolment", notes) or None,
        study_type=design.text("primaryStudyDesign").lower(),
        design=Design(
            allocation=design.text("interventionalTrialDesign.allocation"),
            masking=design.text("interventionalTrialDesign.masking"),
            assignment=design.text("interventionalTrialDesign.assignment"),
            purpose=", ".join(
                design.texts("interventionalTrialDesign.purposes.purpose") or design.texts("trialTypes.trialType")
            ),
            text=joined(design.text("studyDesign"), design.text("secondaryStudyDesign")),
        ),
        phase=_phase(trial.texts("interventions.intervention.phase")),
        countries=unique(people.texts("recruitmentCountries.country")),
        conditions=unique(trial.texts("conditions.condition.description")),
        interventions=unique([each.lines() for each in trial.all("interventions.intervention.description")]),
        eligibility="\n".join(filter(None, (_labelled(people, "inclusion"), _labelled(people, "exclusion")))),
        ethics=ethics,
        ethics_date=ethics_date,
        data_sharing=joined(
            _given(trial.text("miscellaneous.ipdSharingPlan")).lower(),
            _given(trial.text("results.ipdSharingStatement")),
        ),
        outcomes=(
            *_outcomes(OutcomeKind.PRIMARY, about, "primaryOutcomes", "primaryOutcome", notes),
            *_outcomes(OutcomeKind.SECONDARY, about, "secondaryOutcomes", "secondaryOutcome", notes),
        ),
    )


def _assigned(trial: Element) -> PartialDate | None:
    """The day on which the ISRCTN was assigned; conversions that drop attributes have lost it."""
    assigned = trial.at("isrctn").attribute("dateAssigned")
    if assigned.is_empty and trial.attribute("publicIdentifierCanonical").text().upper().startswith("ISRCTN"):
        assigned = trial.attribute("publicIdentifierDateAssigned")
    return assigned.date()


def _outcomes(kind: OutcomeKind, about: Element, new: str, old: str, notes: Notes) -> tuple[Outcome, ...]:
    """The measures, if there are any, and else the blocks of text, which are lists in some conversions."""
    measures = about.all(new, "outcomeMeasure") or [each for each in about.all(new) if isinstance(each.value, dict)]
    found = [
        Outcome(kind, each.text("variable"), each.text("timepoints"), each.text("method"))
        for each in measures
        if each.text("variable")
    ]
    # Of `primaryOutcome` there may be an older text beside the measures, which the registry no longer shows.
    if found:
        if not about.at(old).is_empty:
            notes.add(f"{new} and {old} are both given: the former is taken.")
        return tuple(found)
    blocks = [each for each in about.all(old) or about.all(new) if _given(each.text())]
    if len(blocks) > 1:
        return tuple(Outcome(kind, each.text()) for each in blocks)
    return outcomes.split(kind, blocks[0].raw()) if blocks else ()


def _identifiers(refs: Element, number: str, notes: Notes) -> tuple[Identifier, ...]:
    found = Identifiers(number, notes)
    found.add(IdentifierKind.EUDRACT, refs.at("eudraCTNumber"))
    found.add(IdentifierKind.NCT, refs.at("clinicalTrialsGovNumber"))
    for each in refs.all("secondaryNumbers.secondaryNumber"):
        of = each.attribute("numberType").text()
        if kind := _NUMBERS.get(of.lower()):
            found.add(kind, each)
        elif "protocol" in of.lower():
            found.add(IdentifierKind.SPONSOR, each)
    found.add(IdentifierKind.SPONSOR, refs.at("protocolSerialNumber"))
    for each in refs.all("secondaryNumbers.secondaryNumber"):
        of = each.attribute("numberType").text()
        if of.lower() not in _NUMBERS and "protocol" not in of.lower():
            found.add_any(each, of)
    found.add_any(refs.at("irasNumber"), "IRAS")
    return found.all()


def _ethics(about: Element) -> tuple[str, PartialDate | None]:
    """What is said of the ethics review, and the earliest date of an approval, which only committees' elements have."""
    committees = about.all("ethicsCommittees.ethicsCommittee")
    approved = [
        each.attribute("statusDate").date()
        for each in committees
        if each.attribute("approvalStatus").text().lower() == "approved"
    ]
    said = "\n".join(
        joined(
            each.attribute("approvalStatus").text(),
            str(each.attribute("statusDate").date() or ""),
            each.text("committeeName"),
            each.text("committeeReference"),
        )
        for each in committees
    )
    text = _given(about.lines("ethicsApproval")) or said or about.text("ethicsApprovalRequired")
    return text, min((each for each in approved if each), key=PartialDate.earliest, default=None)


def _people(people: Element, name: str, notes: Notes) -> int | None:
    """A number of participants; the registry has it as free text, which is noted where it is more than a number."""
    text = people.text(name)
    if not text or text.replace(",", "").isdecimal():
        return people.count(name)
    if _given(text):
        notes.add(f"participants.{name} is text, not a number.")
    return None


def _phase(phases: list[str]) -> str:
    """ "Phase II/III" as "2/3"; "" where there are several or none."""
    if len(set(phases)) != 1 or not phases[0].lower().startswith("phase "):
        return ""
    numbers = {"I": "1", "II": "2", "III": "3", "IV": "4"}
    return "/".join(numbers.get(each, each) for each in phases[0][6:].split("/"))


def _labelled(people: Element, name: str) -> str:
    text = people.lines(name)
    return f"{name.capitalize()} criteria:\n{text}" if text else ""


def _given(text: str) -> str:
    """The text, unless it says that there is none."""
    return "" if text.lower().startswith(_NOT_GIVEN) else text
