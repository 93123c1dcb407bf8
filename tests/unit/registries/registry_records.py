"""Invented records of each shape, small ones, and how tests read and change them."""

import copy
import json

import pytest

from carechain.errors import CarechainError
from carechain.registries.reading import read_bytes_of_record


def read(value):
    """The record that the JSON of `value` is read as."""
    return read_bytes_of_record(json.dumps(value).encode(), "trial.json")


def refused(value):
    """Why the JSON of `value` is refused: place and problem."""
    with pytest.raises(CarechainError) as caught:
        read(value)
    return caught.value.place, caught.value.problem


def changed(record, path, value):
    """A copy of the record with another value at the path; None takes the element away."""
    result = copy.deepcopy(record)
    *parents, name = path.split(".")
    parent = result
    for each in parents:
        parent = parent.setdefault(each, {})
    if value is None:
        parent.pop(name, None)
    else:
        parent[name] = value
    return result


CTGOV = {
    "protocolSection": {
        "identificationModule": {
            "nctId": "NCT01234567",
            "nctIdAliases": ["NCT00000001"],
            "orgStudyIdInfo": {"id": "HC-7"},
            "secondaryIdInfos": [
                {"id": "2010-123456-12", "type": "EUDRACT_NUMBER"},
                {"id": "Grant 7", "type": "OTHER", "domain": "A foundation"},
                {"id": "HC-7", "type": "OTHER"},
            ],
            "briefTitle": "Cool packs after surgery",
            "officialTitle": "A Randomized Trial of Cool Packs",
        },
        "statusModule": {
            "overallStatus": "UNKNOWN",
            "lastKnownStatus": "NOT_YET_RECRUITING",
            "startDateStruct": {"date": "2018-05", "type": "ESTIMATED"},
            "primaryCompletionDateStruct": {"date": "2019-06-30", "type": "ESTIMATED"},
            "completionDateStruct": {"date": "2019-12", "type": "ESTIMATED"},
            "studyFirstSubmitDate": "2018-05-16",
            "lastUpdateSubmitDate": "2018-06-01",
        },
        "sponsorCollaboratorsModule": {
            "leadSponsor": {"name": "A hospital"},
            "collaborators": [{"name": "A foundation"}],
        },
        "conditionsModule": {"conditions": ["Knee pain"]},
        "designModule": {
            "studyType": "INTERVENTIONAL",
            "phases": ["EARLY_PHASE1"],
            "designInfo": {
                "allocation": "NON_RANDOMIZED",
                "interventionModel": "PARALLEL",
                "primaryPurpose": "TREATMENT",
                "maskingInfo": {"masking": "NONE"},
            },
            "enrollmentInfo": {"count": 40, "type": "ESTIMATED"},
        },
        "armsInterventionsModule": {
            "interventions": [{"type": "DEVICE", "name": "Cool pack", "description": "Ten minutes"}]
        },
        "outcomesModule": {
            "primaryOutcomes": [{"measure": "Pain on a scale of 0 to 10", "timeFrame": "12 weeks"}],
            "secondaryOutcomes": [
                {"measure": "Range of motion", "timeFrame": "12 weeks", "description": "By goniometer"}
            ],
            "otherOutcomes": [{"measure": "Patient&apos;s satisfaction"}],
        },
        "eligibilityModule": {
            "eligibilityCriteria": "Inclusion Criteria:\n\n* Adults\n\nExclusion Criteria:\n\n* None"
        },
        "contactsLocationsModule": {
            "centralContacts": [{"name": "A person", "email": "person@example.org"}],
            "locations": [{"country": "Netherlands"}, {"country": "Belgium"}, {"country": "Netherlands"}],
        },
        "ipdSharingStatementModule": {"ipdSharing": "YES", "description": "On request"},
    },
    "resultsSection": {
        "outcomeMeasuresModule": {
            "outcomeMeasures": [
                {"type": "PRIMARY", "title": "Pain on a scale of 0 to 10", "timeFrame": "12 weeks"},
                {"type": "OTHER_PRE_SPECIFIED", "title": "Satisfaction"},
                {"type": "POST_HOC", "title": "Sleep"},
            ]
        }
    },
}

CTGOV_CLASSIC = {
    "id_info": {"org_study_id": "HC-7", "nct_id": "NCT01234567", "secondary_id": ["U1111-1234-5678", "X 1"]},
    "brief_title": "Cool packs &amp; surgery",
    "official_title": "A Trial of Cool Packs",
    "sponsors": {"lead_sponsor": {"agency": "A hospital"}, "collaborator": {}},
    "overall_status": "Completed",
    "start_date": "May 2018",
    "completion_date": "June 1, 2022",
    "phase": "Phase 2/Phase 3",
    "study_type": "Interventional",
    "primary_outcome": {"measure": "Pain", "time_frame": "12 weeks"},
    "secondary_outcome": [{"measure": "Motion"}, {"measure": "Sleep"}],
    "other_outcome": {},
    "enrollment": "345",
    "condition": "Knee pain",
    "intervention": {"intervention_type": "Device", "intervention_name": "Cool pack"},
    "eligibility": {"criteria": {"textblock": "Inclusion:&#xD;&#xD; - Adults&#xD;"}},
    "location_countries": {"country": ["Netherlands", "Belgium"]},
    "study_first_submitted": "April 30, 2018",
    "results_first_posted": "September 18, 2023",
    "clinical_results": {"outcome_list": {"outcome": {"type": "Primary", "title": "Pain", "time_frame": "6 weeks"}}},
}

EUCTR = {
    "a1_member_state_concerned": "Austria - BASG",
    "a2_eudract_number": "2016-001234-56",
    "a3_full_title_of_the_trial": "A randomised trial of cool packs",
    "a41_sponsors_protocol_code_number": "HC-7",
    "a52_us_nct_clinicaltrialsgov_registry_number": "NCT01234567",
    "b1_sponsor": {"b11_name_of_sponsor": "A hospital"},
    "dimp": {"d12_and_d13_imp_role": "Test", "d31_product_name": "Cool gel"},
    "e51_primary_end_points": "1. Pain 2. Sleep 3. Fever",
    "e511_timepoints_of_evaluation_of_this_end_point": "1. Day 1 2. Day 2 3. Day 3",
    "e52_secondary_end_points": "Range of motion",
    "e521_timepoints_of_evaluation_of_this_end_point": "12 weeks",
    "e71_human_pharmacology_phase_i": "Yes",
    "e72_therapeutic_exploratory_phase_ii": "Yes",
    "e811_randomised": "Yes",
    "e863_trial_sites_planned_in": "Austria United Kingdom Korea, Republic of Spain",
    "f421_in_the_eea": "80",
    "n_ethics_committee_opinion_of_the_trial_application": "Favourable",
    "n_date_of_ethics_committee_opinion": "2017-02-03",
    "x6_date_on_which_this_record_was_first_entered_in_the_eudract_database": "2017-01-02",
}
EUCTR_RESULTS = {
    "trialInformation": {
        "recruitmentStartDate": "2017-01-01T00:00:00+01:00",
        "globalEndOfTrialDate": "2019-05-20T00:00:00+02:00",
        "usctnIdentifier": {},
        "countrySubjectCounts": {"countrySubjectCount": [{"subjects": "28"}, {"subjects": "12"}]},
    },
    "endPoints": {
        "endPoint": {"title": "Pain", "timeFrame": "Day 1", "type": {"value": "ENDPOINT_TYPE.primary"}},
    },
}

_CTIS_PART = {
    "trialDetails": {
        "clinicalTrialIdentifiers": {
            "fullTitle": "A randomised trial of cool packs",
            "publicTitle": "Cool packs after surgery",
            "shortTitle": "COOL",
            "secondaryIdentifyingNumbers": {
                "nctNumber": {"number": "NCT01234567"},
                "whoUniversalTrialNumber": {"number": "U1111-1234-5678"},
                "additionalRegistries": [{"number": "DRKS00012345", "otherRegistryName": "DRKS"}],
            },
        },
        "trialInformation": {
            "trialCategory": {"trialPhase": "10"},
            "medicalCondition": {"partIMedicalConditions": [{"medicalCondition": "Knee pain"}]},
            "eligibilityCriteria": {
                "principalInclusionCriteria": [{"principalInclusionCriteria": "Adults"}],
                "principalExclusionCriteria": [{"principalExclusionCriteria": "Allergy"}],
            },
            "endPoint": {
                "primaryEndPoints": [{"number": 1, "endPoint": "Pain at 12 weeks"}],
                "secondaryEndPoints": [
                    {"number": 1, "endPoint": "", "endPointTranslations": [{"attributeTranslation": "Sommeil"}]}
                ],
            },
            "trialDuration": {"estimatedRecruitmentStartDate": "01/10/2024", "estimatedEndDate": "2026-12-31"},
        },
    },
    "products": [{"productName": "Cool gel"}],
    "sponsors": [{"organisation": {"name": "A hospital"}}],
    "rowCountriesInfo": [{"name": "Switzerland"}],
    "rowSubjectCount": 10,
}
CTIS = {
    "ctNumber": "2024-512345-67-00",
    "ctStatus": "Authorised",
    "decisionDate": "IT: 24/06/2024, ES: 26/06/2024",
    "publishDate": "2024-07-01T03:42:53.933825371",
    "ctPublicStatusCode": 2,
    "authorizedApplication": {
        "eudraCt": {"eudraCtCode": "2016-001234-56", "isTransitioned": True},
        "applicationInfo": [
            {"type": "SUBSTANTIAL MODIFICATION", "submissionDate": "2024-09-01"},
            {"type": "INITIAL", "submissionDate": "2024-03-15"},
        ],
        "memberStatesConcerned": [
            {"mscName": "Italy", "firstDecisionDate": "2024-06-24"},
            {"mscName": "Spain", "firstDecisionDate": "2024-06-26"},
        ],
        "authorizedPartI": _CTIS_PART,
        "authorizedPartsII": [
            {"mscInfo": {"mscName": "Italy"}, "recruitmentSubjectCount": 20},
            {"mscInfo": {"mscName": "Spain"}, "recruitmentSubjectCount": 30},
        ],
    },
}
CTIS_BEFORE = {
    "ctNumber": "2024-512345-67-00",
    "ctStatus": "Authorised, not started",
    "submissionDate": "2024-03-15",
    "applications": {"applicationType": "INITIAL", "submissionDate": "2024-03-15", "partI": _CTIS_PART},
    "authorizedPartI": _CTIS_PART,
    "memberStatesConcerned": [{"mscName": "Italy", "recruitmentSubjectCount": 20, "trialRecruitmentPeriod": []}],
}

ISRCTN = {
    "isrctn": {"@attributes": {"dateAssigned": "2024-05-26T15:09:37.968497Z"}, "#text": "12345678"},
    "trialDescription": {
        "title": "Cool packs after surgery",
        "scientificTitle": "A randomised trial of cool packs",
        "primaryOutcomes": {
            "outcomeMeasure": {"variable": "Pain", "method": "Scale of 0 to 10", "timepoints": "6 and 12 weeks"}
        },
        "primaryOutcome": "",
        "secondaryOutcomes": {
            "outcomeMeasure": [{"variable": "Sleep", "timepoints": "12 weeks"}, {"variable": "Motion", "method": ""}]
        },
        "secondaryOutcome": "",
        "ethicsCommittees": {
            "ethicsCommittee": {
                "@attributes": {"approvalStatus": "Approved", "statusDate": "2024-04-01T00:00:00.000Z"},
                "committeeReference": "24/LO/0001",
            }
        },
    },
    "externalRefs": {
        "eudraCTNumber": "Nil known",
        "clinicalTrialsGovNumber": "NCT01234567",
        "protocolSerialNumber": "HC-7",
        "secondaryNumbers": {
            "secondaryNumber": [
                {"@attributes": {"numberType": "ctis"}, "#text": "Nil known"},
                {"@attributes": {"numberType": "iras"}, "#text": "331234"},
                "HC-7",
            ]
        },
    },
    "trialDesign": {"primaryStudyDesign": "Interventional", "overallEndDate": "2026-12-31T00:00:00.000Z"},
    "participants": {
        "recruitmentCountries": {"country": ["England", "Wales"]},
        "inclusion": "Adults",
        "exclusion": "Allergy",
        "targetEnrolment": "Planned Sample Size: 40",
        "totalFinalEnrolment": "0",
        "recruitmentStart": "2024-05-01T00:00:00.000Z",
    },
    "conditions": {"condition": {"description": "Knee pain"}},
    "interventions": {"intervention": {"description": "Cool packs", "phase": "Phase II/III"}},
}
