"""Records of ClinicalTrials.gov in its classic form, the XML of before 2024 turned into JSON (`id_info`)."""

from __future__ import annotations

from carechain.registries.ctgov import enrolment, joined, reported
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

_GROUPS = (
    (OutcomeKind.PRIMARY, "primary_outcome"),
    (OutcomeKind.SECONDARY, "secondary_outcome"),
    (OutcomeKind.OTHER, "other_outcome"),
)


def read(record: Element, notes: Notes) -> TrialRecord:
    """The record. Raises CarechainError for a missing or malformed number, and for dates and numbers that are none."""
    number = main_number(record.at("id_info.nct_id"), IdentifierKind.NCT)
    status = record.first("last_known_status", "overall_status").text().lower()
    started, start_is_actual = _dated(record.at("start_date"))
    primary_completed, primary_is_actual = _dated(record.at("primary_completion_date"))
    completed, completion_is_actual = _dated(record.at("completion_date"))
    size = record.at("enrollment")
    planned, actual = enrolment(size, size.attribute("type"), status, notes)
    lead = record.text("sponsors.lead_sponsor.agency")
    collaborators = unique(record.texts("sponsors.collaborator.agency"))
    outcomes = [
        Outcome(kind, each.text("measure"), each.text("time_frame"), each.text("description"))
        for kind, name in _GROUPS
        for each in record.all(name)
        if each.text("measure")
    ]
    return TrialRecord(
        registry=Registry.CLINICAL_TRIALS_GOV,
        number=number,
        other_identifiers=_identifiers(record.at("id_info"), number, notes),
        title=record.text("brief_title"),
        scientific_title=record.text("official_title"),
        sponsor=lead,
        other_sponsors=collaborators,
        support=unique([lead, *collaborators]),
        status=status,
        registered=record.first("study_first_submitted", "firstreceived_date").date(),
        started=started,
        start_is_actual=start_is_actual,
        primary_completed=primary_completed,
        primary_completion_is_actual=primary_is_actual,
        completed=completed,
        completion_is_actual=completion_is_actual,
        planned_enrolment=planned,
        actual_enrolment=actual,
        study_type=record.text("study_type").lower(),
        design=Design(
            allocation=_word(record.at("study_design_info.allocation")),
            masking=_word(record.at("study_design_info.masking")),
            assignment=_word(
                record.first("study_design_info.intervention_model", "study_design_info.observational_model")
            ),
            purpose=_word(record.at("study_design_info.primary_purpose")),
            text=record.text("study_design_info.intervention_model_description"),
        ),
        phase=_word(record.at("phase")).replace("phase ", ""),
        countries=unique(
            record.texts("location_countries.country") or record.texts("location.facility.address.country")
        ),
        conditions=unique(record.texts("condition")),
        interventions=unique([_intervention(each) for each in record.all("intervention")]),
        eligibility=record.lines("eligibility.criteria.textblock") or record.lines("eligibility.criteria"),
        results_posted=record.first("results_first_posted", "firstreceived_results_date").date(),
        data_sharing=joined(_word(record.at("patient_data.sharing_ipd")), record.text("patient_data.ipd_description")),
        outcomes=tuple(outcomes),
        reported_outcomes=tuple(
            reported(each, notes, time_frame="time_frame")
            for each in record.all("clinical_results.outcome_list.outcome")
        ),
    )


def _identifiers(ids: Element, number: str, notes: Notes) -> tuple[Identifier, ...]:
    found = Identifiers(number, notes)
    found.add(IdentifierKind.SPONSOR, ids.at("org_study_id"))
    for alias in ids.all("nct_alias"):
        found.add(IdentifierKind.NCT, alias)
    for each in ids.all("secondary_id"):
        found.add_any(each, each.attribute("domain").text() or each.attribute("type").text())
    return found.all()


def _dated(element: Element) -> tuple[PartialDate | None, bool | None]:
    """A date, and whether its attribute says that it is actual; most conversions to JSON have lost that attribute."""
    words = element.attribute("type").text().casefold()
    day = element.date()
    return day, words == "actual" if day and words else None


def _word(element: Element) -> str:
    text = element.text().lower()
    return "" if text == "n/a" else text


def _intervention(element: Element) -> str:
    kind, name = element.text("intervention_type").lower(), element.text("intervention_name")
    words = element.text("description")
    return ": ".join(filter(None, (kind, name))) + (f". {words}" if words else "")
