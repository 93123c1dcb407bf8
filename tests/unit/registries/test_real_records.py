"""Records of real trials, as ctrdata collected them: what each is read as, late or not, and what became of outcomes."""

import hashlib
import json
from collections import Counter

import pytest

from carechain.registries.comparison import Change, compare
from carechain.registries.lateness import lateness
from carechain.registries.reading import read_record
from carechain.registries.record import OutcomeKind, Registry
from carechain.registries.who24 import who_data_set
from tests.helpers.real_data import SHARED, beside

FOLDER = SHARED / "trials_ctrdata"
real = beside(FOLDER, "the registries' records")

# file: registry, number, late, registered, started, counts of primary, secondary and other outcomes
RECORDS = {
    "NCT00567567": (Registry.CLINICAL_TRIALS_GOV, "NCT00567567", True, "2007-12-04", "2007-11-05", (3, 14, 0)),
    "NCT01305200": (Registry.CLINICAL_TRIALS_GOV, "NCT01305200", False, "2011-02-25", "2011-03", (1, 10, 1)),
    "NCT03275402": (Registry.CLINICAL_TRIALS_GOV, "NCT03275402", False, "2017-09-06", "2018-12-11", (1, 0, 0)),
    "NCT03548584": (Registry.CLINICAL_TRIALS_GOV, "NCT03548584", False, "2018-05-07", "2018-05-16", (1, 8, 0)),
    "2016-004489-24-DE": (Registry.EU_CTR, "2016-004489-24", False, "2018-04-13", "2019-01-18", (1, 1, 0)),
    "2022-500244-37-00": (Registry.CTIS, "2022-500244-37-00", False, "2022-04-19", "2022-06-01", (1, 8, 0)),
    "12949496": (Registry.ISRCTN, "ISRCTN12949496", None, None, "2015-11-01", (1, 1, 0)),
    "61070850": (Registry.ISRCTN, "ISRCTN61070850", None, None, "2007-01-10", (6, 2, 0)),
}
PRIMARY_MEASURES = {
    "NCT00567567": [
        "Event-free Survival Rate",
        "Response After Induction Therapy",
        "Incidence Rate of Local Recurrence",
    ],
    "NCT01305200": ["Duration of Severe Oral Mucositis (WHO Grade 3 or 4)"],
    "NCT03275402": ["Overall Survival Rate"],
    "NCT03548584": ["Change From Baseline to Week 12 in the CMAI Total Score"],
    "2016-004489-24-DE": [
        "Primary efficacy endpoint in this clinical trial is the proportion of subjects achieving hemostasis at the "
        "TBS by T4, with no occurrence of rebleeding until the completion of the surgical closure by layers of the "
        "exposed surgical field containing the TBS TClosure."
    ],
    "2022-500244-37-00": [
        "Number of days alive with no score > 1 in each of the symptoms and a maximum of 3 points in the total score, "
        "measured from inclusion to day 28"
    ],
    "12949496": ["Time on iNO therapy and the time spent on invasive ventilation"],
    "61070850": [
        "Number of days required to reach 1800 g in weight",
        "Type of treatment administered",
        "Weight",
        "Height",
        "Cephalic perimeter",
        "Mid-arm circumference",
    ],
}
COMPARED = {
    "NCT00567567": {"reported": 17},
    "NCT01305200": {"reported": 12},
    "NCT03275402": {"reported": 1},
    "NCT03548584": {"reported": 9},
    # The register's protocol and its results word every end point differently: a person has to tell.
    "2016-004489-24-DE": {"missing": 2, "added": 4},
}


def record(name):
    return read_record(FOLDER / f"{name}.json")


@real
def test_the_tables_name_every_record():
    assert {file.stem for file in FOLDER.glob("*.json")} == set(RECORDS) == set(PRIMARY_MEASURES)


@real
@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_read(name):
    registry, number, late, registered, started, counts = RECORDS[name]
    found = record(name)
    told = lateness(found)
    assert (found.registry, found.number) == (registry, number)
    assert (told.late, told.registered and str(told.registered), str(told.started)) == (late, registered, started)
    assert tuple(len(found.outcomes_of(kind)) for kind in OutcomeKind) == counts
    assert [each.measure for each in found.outcomes_of(OutcomeKind.PRIMARY)] == PRIMARY_MEASURES[name]


@real
@pytest.mark.parametrize("name", RECORDS)
def test_only_a_missing_date_is_noted(name):
    notes = ("The record has no date of registration.",) if RECORDS[name][0] is Registry.ISRCTN else ()
    assert record(name).notes == notes


@real
@pytest.mark.parametrize("name", RECORDS)
def test_registered_outcomes_are_compared_with_the_reported_ones(name):
    found = record(name)
    if name not in COMPARED:
        assert found.reported_outcomes == ()
        return
    findings = compare(found.outcomes, found.reported_outcomes)
    assert Counter(each.finding.value for each in findings) == COMPARED[name]


@real
def test_a_switch_of_outcomes_in_a_real_record_would_show():
    found = record("NCT03548584")
    primary, *others = found.reported_outcomes
    later = [type(primary)(OutcomeKind.SECONDARY, primary.measure, "Baseline and Week 10"), *others[1:]]
    findings = compare(found.outcomes, later)
    assert Counter(each.finding.value for each in findings) == {"changed": 1, "missing": 1, "reported": 7}
    assert findings[0].changes == (Change.KIND, Change.TIME_FRAME)


@real
def test_what_is_measured_after_the_list_is_the_time_frame_of_all():
    found = record("61070850")
    assert {each.time_frame for each in found.outcomes} == {"Measured at 21 days."}


@real
def test_an_anticipated_start_is_said_to_be_so():
    assert "anticipated for 2022-06-01" in lateness(record("2022-500244-37-00")).why


@real
@pytest.mark.parametrize("name", RECORDS)
def test_the_data_set_has_24_items_and_is_the_same_when_it_is_downloaded_again(name, tmp_path):
    items = who_data_set(record(name))
    again = json.loads((FOLDER / f"{name}.json").read_bytes())
    again |= {"record_last_import": "2030-01-01 00:00:00", "_id": name, "lastUpdated": "2030-01-01"}
    file = tmp_path / "again.json"
    file.write_text(json.dumps(again))
    hashes = {
        hashlib.sha256(json.dumps(each).encode()).hexdigest() for each in (items, who_data_set(read_record(file)))
    }
    assert (len(items), len(hashes)) == (24, 1)


@real
def test_numbers_of_the_same_trial_elsewhere_are_found():
    found = {name: [(each.kind.value, each.value) for each in record(name).other_identifiers] for name in RECORDS}
    assert ("NCT", "NCT03461406") in found["2016-004489-24-DE"]
    assert ("EudraCT", "2014-002988-16") in found["12949496"]
    assert ("sponsor", "331-14-213") in found["NCT03548584"]


@real
def test_entities_are_resolved():
    found = record("NCT03548584")
    assert found.sponsor == "Otsuka Pharmaceutical Development & Commercialization, Inc."
    assert "&#xD;" not in found.eligibility
    assert "&apos;" not in found.eligibility


@real
@pytest.mark.parametrize(
    ("name", "planned", "actual"),
    [
        ("NCT00567567", None, 665),
        ("NCT03548584", None, 345),
        ("2016-004489-24-DE", 172, 186),
        ("2022-500244-37-00", 440, None),
        ("12949496", 20, 9),
        ("61070850", 63, None),
    ],
)
def test_enrolment(name, planned, actual):
    assert (record(name).planned_enrolment, record(name).actual_enrolment) == (planned, actual)
