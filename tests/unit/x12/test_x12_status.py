"""Questions about claims are read from 276s, and answered in 277s that are read again."""

from dataclasses import replace
from datetime import date

import pytest

from carechain.claims.document import Identifier
from carechain.claims.remittance import StatusAnswer
from carechain.errors import CarechainError
from carechain.x12.status import read_status_answers, read_status_requests, write_status
from tests.unit.x12.x12_documents import ENVELOPE, STATUS_ANSWERED, STATUS_ASKED, complaints, read_by, refused_by

VERSION = "005010X212"
PAID = StatusAnswer("RC-1", "3-7-42", "F1", "65", date(2024, 5, 28), 12050, 7540, date(2024, 5, 29), "0x" + "ab" * 32)
UNKNOWN = StatusAnswer(None, None, "A4", "35", date(2024, 6, 30), 0, 0)
WAITING = StatusAnswer(None, "3-7-44", "P3", "317", date(2024, 6, 1), 4000, 0)


def asked(*changes):
    return read_by(read_status_requests, STATUS_ASKED, "276", VERSION, *changes)


def written(answered, **others):
    return write_status(answered, ENVELOPE, **others).decode().replace("~\n", "\n").splitlines()


def test_every_element_of_a_question_becomes_its_value():
    first, second, third = asked()
    assert first.place == "file.x12: segment 14 (TRN)"
    assert (first.trace, first.payer, first.provider) == (
        "Q-1",
        Identifier("payer", "HARB1"),
        Identifier("npi", "1999999984"),
    )
    assert (first.control_number, first.payer_control_number, first.charge) == ("RC-1", "3-7-42", 12050)
    assert (first.first_day, first.last_day) == (date(2024, 1, 5), date(2024, 1, 6))
    assert (first.member, first.patient_name) == (Identifier("member", "RVR0042"), ("REED", "RIVER Q"))
    assert (first.birth_date, first.dependant) == (date(1980, 2, 29), False)
    assert (second.trace, second.control_number, second.payer_control_number) == ("Q-2", "RC-2", None)
    assert (second.charge, second.first_day) == (None, None)
    assert (third.trace, third.dependant, third.patient_name) == ("Q-3", True, ("REED", "BROOK"))
    assert (third.member, third.first_day) == (Identifier("member", "RVR0042"), date(2024, 1, 10))


def test_a_question_does_not_show_its_patient():
    assert not [secret for secret in ("REED", "RVR0042", "RC-1") if secret in repr(asked())]


@pytest.mark.parametrize(("qualifier", "system"), [("XX", "npi"), ("FI", "tax"), ("SV", "provider")])
def test_a_provider_may_have_other_numbers(qualifier, system):
    assert asked(("*XX*", f"*{qualifier}*"))[0].provider.system == system


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("TRN*1*Q-2", "TRN*1*", "TRN02 is missing"),
        ("*PI*HARB1", "", "NM109 has no identifier of the payer"),
        ("*XX*1999999984", "*34*1999999984", "NM109 has no identifier of the provider"),
        ("NM1*1P", "NM1*2P", "has no NM1*1P below it"),
        ("NM1*IL*1*REED", "NM1*QC*1*REED", "has no NM1*IL below it"),
        ("AMT*T3*120.5", "AMT*T3*-1", "AMT02 is negative"),
        ("20240105-20240106", "20240105-20240132", "DTP03 is not a day that exists"),
        ("REF*EJ*RC-1", "REF*EJ*", "REF02 is missing"),
        ("HL*4*3*22*0", "HL*4*2*22*0", "HL02 is not a level that this one may stand below"),
        ("D8*19800229", "D8*19810229", "DMG02 is not a day that exists"),
    ],
)
def test_what_a_question_must_say_is_refused_where_it_is_missing(old, new, why):
    assert why in refused_by(read_status_requests, STATUS_ASKED, "276", VERSION, (old, new))


def test_other_transaction_sets_are_refused():
    assert "ST01 is not 276" in refused_by(read_status_requests, STATUS_ASKED, "277", VERSION)
    assert "GS08 is not a version" in refused_by(read_status_requests, STATUS_ASKED, "276", "005010X214")
    assert "is of release 004010" in refused_by(read_status_requests, STATUS_ASKED, "276", "004010X093A1")


def test_a_file_that_asks_nothing_is_refused():
    body = STATUS_ASKED[: STATUS_ASKED.index("HL*4")]
    assert "asks about no claim" in refused_by(read_status_requests, body, "276", VERSION)


def test_answers_are_written_segment_by_segment():
    requests = asked()
    assert written(list(zip(requests, (PAID, UNKNOWN, WAITING), strict=True)), payer_name="HARBOUR*HEALTH")[1:-2] == [
        "GS*HN*HARBOUR*RIVERCLINIC*20240630*0905*7*X*005010X212",
        "ST*277*0007*005010X212",
        "BHT*0010*08*7*20240630*0905*DG",
        "HL*1**20*1",
        "NM1*PR*2*HARBOUR HEALTH*****PI*HARB1",
        "HL*2*1*21*1",
        "NM1*41*2******46*RIVERCLINIC",
        "HL*3*2*19*1",
        "NM1*1P*2******XX*1999999984",
        "HL*4*3*22*0",
        "NM1*IL*1*REED*RIVER Q****MI*RVR0042",
        "TRN*2*Q-1",
        "STC*F1:65*20240528**120.50*75.40*20240528**20240529",
        "REF*1K*3-7-42",
        "REF*EJ*RC-1",
        "DTP*472*RD8*20240105-20240106",
        "HL*5*3*22*0",
        "NM1*IL*1*REED*RIVER Q****MI*RVR0042",
        "TRN*2*Q-2",
        "STC*A4:35*20240630**0.00*0.00",
        "REF*EJ*RC-2",
        "HL*6*3*22*1",
        "NM1*IL*1******MI*RVR0042",
        "HL*7*6*23*0",
        "NM1*QC*1*REED*BROOK",
        "TRN*2*Q-3",
        "STC*P3:317*20240601**40.00*0.00",
        "REF*1K*3-7-44",
        "DTP*472*D8*20240110",
        "SE*29*0007",
    ]


def test_another_reader_finds_it_balanced():
    assert complaints(write_status(list(zip(asked(), (PAID, UNKNOWN, WAITING), strict=True)), ENVELOPE)) == []


def test_what_is_written_is_read_again_but_for_the_hash():
    answered = list(zip(asked(), (PAID, UNKNOWN, WAITING), strict=True))
    found = read_status_answers(write_status(answered, ENVELOPE), "file.x12")
    # A question that was asked by the provider's number gets that number back.
    expected = (replace(PAID, trace=None), replace(UNKNOWN, control_number="RC-2"), WAITING)
    assert found == tuple(zip(("Q-1", "Q-2", "Q-3"), expected, strict=True))


def test_a_short_number_of_a_payment_is_given():
    answered = [(asked()[0], replace(PAID, trace="T-1"))]
    assert read_status_answers(write_status(answered, ENVELOPE), "file.x12")[0][1].trace == "T-1"


def test_every_payer_and_provider_has_a_level_of_its_own():
    first, second, third = asked()
    second = replace(second, provider=Identifier("tax", "123456789"))
    third = replace(third, payer=Identifier("payer", "OTHER1"))
    lines = written([(each, WAITING) for each in (first, second, third)])
    assert [line for line in lines if line.startswith("HL")] == [
        "HL*1**20*1",
        "HL*2*1*21*1",
        "HL*3*2*19*1",
        "HL*4*3*22*0",
        "HL*5*2*19*1",
        "HL*6*5*22*0",
        "HL*7**20*1",
        "HL*8*7*21*1",
        "HL*9*8*19*1",
        "HL*10*9*22*1",
        "HL*11*10*23*0",
    ]


def test_what_would_break_the_syntax_is_refused():
    request = asked()[0]
    for broken in (
        (replace(request, trace="a*b"), PAID),
        (request, replace(PAID, category="F~1")),
        (request, replace(PAID, payer_control_number="a:b")),
        (replace(request, provider=Identifier("organisation", "7")), PAID),
    ):
        with pytest.raises(CarechainError):
            write_status([broken], ENVELOPE)
    with pytest.raises(CarechainError, match="has nothing to answer"):
        write_status([], ENVELOPE)


def test_answers_about_whole_questions_are_read_too():
    whole, claim = read_by(read_status_answers, STATUS_ANSWERED, "277", VERSION)
    assert whole == ("Q-0", StatusAnswer(None, None, "E0", "24", date(2024, 6, 2), 0, 0))
    assert claim == ("Q-1", replace(PAID, trace="T-1"))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("STC*E0:24*20240602\n", "", "has no status below it"),
        ("F1:65", "F1", "STC01 is not divided"),
        ("F1:65", "F1:", "STC01-2 is missing"),
        ("STC*F1:65*20240528", "STC*F1:65*", "STC02 is missing"),
    ],
)
def test_what_an_answer_must_say_is_refused_where_it_is_missing(old, new, why):
    assert why in refused_by(read_status_answers, STATUS_ANSWERED, "277", VERSION, (old, new))
