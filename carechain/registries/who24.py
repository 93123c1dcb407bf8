"""The WHO Trial Registration Data Set, version 1.3.1: its 24 items, of any record, as values of JSON.

Its hash is what is committed to, so it holds nothing that depends on when or by whom the record was downloaded. Items 7
and 8, the contacts, are always null: they name people, who move and may want to be forgotten, and ClinicalTrials.gov
takes them out when recruitment ends. Other items are null where the record has nothing.
"""

from __future__ import annotations

from typing import Any

from carechain.registries.record import Outcome, OutcomeKind, PartialDate, TrialRecord


def who_data_set(record: TrialRecord) -> dict[str, Any]:
    """The 24 items by their names, in the order of the standard: objects, lists, text, whole numbers and null.

    Numbers are below 10**9 or sums of a few such, so that they are exact in the canonical form of RFC 8785.
    """
    return {
        "primaryRegistryAndTrialIdentifyingNumber": {"registry": record.registry.value, "number": record.number},
        "dateOfRegistrationInPrimaryRegistry": _date(record.registered),
        "secondaryIdentifyingNumbers": [
            {"issuingAuthority": each.issuer or each.kind.value, "number": each.value}
            for each in record.other_identifiers
        ]
        or None,
        "sourcesOfMonetaryOrMaterialSupport": list(record.support) or None,
        "primarySponsor": record.sponsor or None,
        "secondarySponsors": list(record.other_sponsors) or None,
        "contactForPublicQueries": None,
        "contactForScientificQueries": None,
        "publicTitle": record.title or None,
        "scientificTitle": record.scientific_title or None,
        "countriesOfRecruitment": list(record.countries) or None,
        "healthConditionsOrProblemsStudied": list(record.conditions) or None,
        "interventions": list(record.interventions) or None,
        "keyInclusionAndExclusionCriteria": record.eligibility or None,
        "studyType": _some(
            type=record.study_type,
            allocation=record.design.allocation,
            masking=record.design.masking,
            assignment=record.design.assignment,
            purpose=record.design.purpose,
            description=record.design.text,
            phase=record.phase,
        ),
        "dateOfFirstEnrolment": _dated(record.started, record.start_is_actual),
        "sampleSize": _some(planned=record.planned_enrolment, enrolled=record.actual_enrolment),
        "recruitmentStatus": record.status or None,
        "primaryOutcomes": [_outcome(each) for each in record.outcomes_of(OutcomeKind.PRIMARY)] or None,
        "keySecondaryOutcomes": [_outcome(each) for each in record.outcomes_of(OutcomeKind.SECONDARY)] or None,
        "ethicsReview": _some(description=record.ethics, dateOfApproval=_date(record.ethics_date)),
        "completionDate": _dated(record.completed, record.completion_is_actual),
        "summaryResults": _some(datePosted=_date(record.results_posted)),
        "ipdSharingStatement": record.data_sharing or None,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.measure,
        "timePoints": outcome.time_frame or None,
        "description": outcome.description or None,
    }


def _date(day: PartialDate | None) -> str | None:
    return str(day) if day else None


def _dated(day: PartialDate | None, is_actual: bool | None) -> dict[str, Any] | None:
    if day is None:
        return None
    return {"date": str(day), "type": None if is_actual is None else "actual" if is_actual else "anticipated"}


def _some(**values: Any) -> dict[str, Any] | None:
    """The values, with null for "", or null where there are none."""
    found = {name: None if value == "" else value for name, value in values.items()}
    return found if any(value is not None for value in found.values()) else None
