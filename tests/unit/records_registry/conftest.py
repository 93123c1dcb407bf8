"""What tests of the register of records start from."""

import pytest

from carechain.data_categories import class_bit

OBSERVATION = class_bit("Observation")
ROOT = bytes(range(1, 33))


@pytest.fixture
def anchored(records, patient, hospital):
    """The hospital has anchored three observations of the patient. When."""
    return records.anchorRecords(patient, OBSERVATION, 3, ROOT, {"from": hospital}).timestamp
