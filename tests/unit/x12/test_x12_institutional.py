"""Institutional claims (837I) are read with the meaning that they have, or refused with their place."""

from datetime import date
from decimal import Decimal

import pytest

from carechain.claims.document import Code
from tests.unit.x12.x12_documents import INSTITUTIONAL, changed, file_of, institutional, read, refused, the_claim


def test_every_element_becomes_its_value():
    claim = the_claim(institutional())
    assert (claim.kind, claim.total, claim.authorisation) == ("institutional", 130_000, "AUTH9")
    assert claim.diagnoses == (Code("icd-10", "J0390"), Code("icd-10", "E119"), Code("icd-10", "I10"))
    visit, room = claim.lines
    assert (visit.procedure, visit.revenue) == (Code("hcpcs", "99284"), Code("revenue", "0450"))
    assert (visit.first_day, visit.last_day) == (date(2024, 3, 1), date(2024, 3, 1))
    assert (room.procedure, room.revenue) == (None, Code("revenue", "0120"))
    assert (room.units, room.unit, room.charge) == (Decimal(3), "DA", 60_000)
    assert (visit.place_of_service, visit.diagnoses) == (None, ())


def test_a_line_without_a_day_has_those_of_the_statement():
    room = the_claim(institutional()).lines[1]
    assert (room.first_day, room.last_day) == (date(2024, 3, 1), date(2024, 3, 4))


@pytest.mark.parametrize("version", ["005010X223", "005010X223A1", "005010X223A2", "005010X223A3"])
def test_every_version_is_read(version):
    assert the_claim(file_of(INSTITUTIONAL, version=version)).kind == "institutional"


def test_codes_that_are_not_diagnoses_of_the_claim_are_noted():
    assert read(institutional()).notes == (
        "left out: admitting diagnoses (1 claim)",
        "left out: occurrences, conditions, values and treatments (1 claim)",
    )


@pytest.mark.parametrize(("code", "related"), [("01", True), ("04", True), ("06", True), ("11", False)])
def test_an_occurrence_may_say_that_there_was_an_accident(code, related):
    assert the_claim(institutional(("BG:09", f"BH:{code}:D8:20240301"))).related_cause is related


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("SV2*0450", "SV2*", "SV201 is missing"),
        ("SV2*0450", "SV2*ROOM", "SV201 is not a revenue code"),
        ("SV2*0450*HC:99284*700*UN*1", "SV1*HC:99284*700*UN*1***1", "has no SV2 below it"),
        ("HC:99284*700", "HC:99284*", "SV203 is missing"),
        ("DA*3", "DA*0", "SV205 is not positive"),
        ("DA*3", "XX*3", "SV204 is no unit"),
        ("DTP*434*RD8*20240301-20240304\n", "", "segment 28 (LX) has no day of service"),
        ("20240301-20240304", "20240301-20240804", "DTP03 is in the future"),
        ("20240301-20240304", "20240304-20240301", "DTP03 ends before it begins"),
        ("13:A:1", "13:A:3", "CLM05-3 is not 1, 7 or 8"),
        ("1300", "1300.01", "CLM02 is not the sum"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_its_element(old, new, why):
    assert why in refused(institutional((old, new)))


def test_999_lines_are_the_most():
    def of(count):
        lines = "\n".join(f"LX*{at}\nSV2*0250**1*UN*1" for at in range(1, count + 1))
        start = INSTITUTIONAL.index("LX*1")
        return file_of(changed(INSTITUTIONAL[:start], ("1300", str(count))) + lines, version="005010X223A2")

    assert len(the_claim(of(999)).lines) == 999
    assert "is beyond the 999 lines that such a claim has" in refused(of(1000))
