"""The WHO Trial Registration Data Set 1.3.1: all its items, nothing of the download, nobody's name."""

import json

import pytest

from carechain.registries.record import Registry, TrialRecord
from carechain.registries.who24 import who_data_set
from tests.unit.registries.registry_records import CTGOV, CTGOV_CLASSIC, CTIS, CTIS_BEFORE, EUCTR, ISRCTN, changed, read

RECORDS = [CTGOV, CTGOV_CLASSIC, CTIS, CTIS_BEFORE, EUCTR, ISRCTN]


@pytest.mark.parametrize("record", RECORDS)
def test_it_has_24_items_that_are_json(record):
    items = who_data_set(read(record))
    assert len(items) == 24
    assert json.loads(json.dumps(items, allow_nan=False)) == items


def test_items_say_what_the_record_says():
    assert who_data_set(read(CTGOV)) == {
        "primaryRegistryAndTrialIdentifyingNumber": {"registry": "ClinicalTrials.gov", "number": "NCT01234567"},
        "dateOfRegistrationInPrimaryRegistry": "2018-05-16",
        "secondaryIdentifyingNumbers": [
            {"issuingAuthority": "NCT", "number": "NCT00000001"},
            {"issuingAuthority": "EudraCT", "number": "2010-123456-12"},
            {"issuingAuthority": "sponsor", "number": "HC-7"},
            {"issuingAuthority": "A foundation", "number": "Grant 7"},
        ],
        "sourcesOfMonetaryOrMaterialSupport": ["A hospital", "A foundation"],
        "primarySponsor": "A hospital",
        "secondarySponsors": ["A foundation"],
        "contactForPublicQueries": None,
        "contactForScientificQueries": None,
        "publicTitle": "Cool packs after surgery",
        "scientificTitle": "A Randomized Trial of Cool Packs",
        "countriesOfRecruitment": ["Netherlands", "Belgium"],
        "healthConditionsOrProblemsStudied": ["Knee pain"],
        "interventions": ["device: Cool pack. Ten minutes"],
        "keyInclusionAndExclusionCriteria": "Inclusion Criteria:\n* Adults\nExclusion Criteria:\n* None",
        "studyType": {
            "type": "interventional",
            "allocation": "non randomized",
            "masking": "none",
            "assignment": "parallel",
            "purpose": "treatment",
            "description": None,
            "phase": "early 1",
        },
        "dateOfFirstEnrolment": {"date": "2018-05", "type": "anticipated"},
        "sampleSize": {"planned": 40, "enrolled": None},
        "recruitmentStatus": "not yet recruiting",
        "primaryOutcomes": [{"name": "Pain on a scale of 0 to 10", "timePoints": "12 weeks", "description": None}],
        "keySecondaryOutcomes": [{"name": "Range of motion", "timePoints": "12 weeks", "description": "By goniometer"}],
        "ethicsReview": None,
        "completionDate": {"date": "2019-12", "type": "anticipated"},
        "summaryResults": None,
        "ipdSharingStatement": "yes; On request",
    }


def test_an_empty_record_has_all_items_but_its_number_null():
    items = who_data_set(TrialRecord(Registry.CTIS, "2024-512345-67-00"))
    assert [name for name, value in items.items() if value is not None] == ["primaryRegistryAndTrialIdentifyingNumber"]


@pytest.mark.parametrize(
    ("record", "path", "value"),
    [
        (CTGOV, "record_last_import", "2030-01-01 00:00:00"),
        (CTGOV, "protocolSection.statusModule.lastUpdateSubmitDate", "2030-01-01"),
        (CTGOV, "protocolSection.statusModule.statusVerifiedDate", "2030-01"),
        (CTGOV, "derivedSection.miscInfoModule.versionHolder", "2030-01-01"),
        (CTGOV, "protocolSection.contactsLocationsModule.centralContacts", None),
        (CTGOV_CLASSIC, "required_header.download_date", "2030"),
        (CTGOV_CLASSIC, "last_update_posted", "January 1, 2030"),
        (CTIS, "lastUpdated", "2030-01-01"),
        (CTIS, "_id", "2024-512345-67-00"),
        (EUCTR, "record_last_import", "2030-01-01 00:00:00"),
        (ISRCTN, "@attributes.lastUpdated", "2030-01-01T00:00:00Z"),
    ],
)
def test_nothing_depends_on_when_it_was_downloaded(record, path, value):
    assert who_data_set(read(changed(record, path, value))) == who_data_set(read(record))


@pytest.mark.parametrize("record", RECORDS)
def test_no_contact_is_named(record):
    items = who_data_set(read(record))
    assert items["contactForPublicQueries"] is items["contactForScientificQueries"] is None
    assert "example.org" not in json.dumps(items)
