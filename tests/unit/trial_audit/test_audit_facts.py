"""An audit as JSON: all of it, in values that go through JSON unchanged."""

from __future__ import annotations

import json
import re

import pytest

from carechain.trials.audit_page import facts_of
from tests.unit.trial_audit.invented import START, audit, crowded_audit, empty_audit, hostile_audit, rich_audit

AUDITS = (empty_audit, audit, rich_audit, crowded_audit, hostile_audit)


@pytest.mark.parametrize("make", AUDITS)
def test_it_goes_through_json_unchanged_and_in_its_order(make):
    facts = facts_of(make())
    again = json.loads(json.dumps(facts))
    assert again == facts
    assert list(again) == list(facts) == list(facts_of(audit()))


@pytest.mark.parametrize("make", AUDITS)
def test_names_are_in_camel_case(make):
    def names(value):
        if isinstance(value, dict):
            for name, inner in value.items():
                yield name
                yield from names(inner)
        if isinstance(value, list):
            for inner in value:
                yield from names(inner)

    assert all(re.fullmatch("[a-z]+([A-Z][a-z]+)*", name) for name in names(facts_of(make())))


def test_times_and_days_are_those_of_iso_8601():
    facts = facts_of(rich_audit())
    assert facts["format"] == "carechain trial audit 1"
    assert facts["asOf"] == "2028-03-11T00:00:00Z"
    assert facts["registeredOn"] == "2026-01-01"
    assert facts["startedOn"] == "2025-12-29"
    assert facts["deadlines"][0] == {
        "what": "serious adverse event 1, within 7 days",
        "dueAt": "2026-05-28T00:00:00Z",
        "doneAt": "2026-06-02T00:00:00Z",
        "overdue": True,
    }
    assert facts["results"]["dueOn"] == "2027-01-02"


def test_everything_of_the_audit_is_there():
    told, facts = rich_audit(), facts_of(rich_audit())
    assert [each["transaction"] for each in facts["steps"]] == [step.transaction for step in told.steps]
    assert [each["index"] for each in facts["streams"][0]["entries"]] == list(range(26))
    assert facts["streams"][0]["entries"][9]["corrects"] == 3
    assert facts["streams"][0]["entries"][6]["daysLate"] == 45
    assert facts["streams"][0]["records"] == told.streams[0].records
    assert [each["state"] for each in facts["versions"]] == ["registered", "dropped", "in force", "in force"]
    assert facts["sites"][1] == {
        "name": "University Clinic of Somewhere Rather Far",
        "open": False,
        "enrolled": 47,
        "allotment": 47,
    }
    assert facts["findings"] == list(told.findings)


def test_what_is_not_known_is_null():
    facts = facts_of(audit(as_of=START))
    assert facts["startedOn"] is None
    assert facts["outcomes"][0]["measure"] is None
    assert facts["deadlines"][0]["doneAt"] is None
