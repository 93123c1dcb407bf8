"""Questions about coverage are read from 270s, and answered in 271s that are read again."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from carechain.claims.document import Identifier
from carechain.claims.remittance import CoveredService, EligibilityAnswer
from carechain.errors import CarechainError
from carechain.x12.eligibility import read_eligibility_answers, read_eligibility_requests, write_eligibility
from tests.unit.x12.x12_documents import COVERAGE_ASKED, ENVELOPE, complaints, read_by, refused_by

VERSION = "005010X279A1"
ACTIVE = EligibilityAnswer(
    active=True,
    reason=None,
    first_day=date(2024, 1, 1),
    last_day=date(2024, 12, 31),
    plan="HARBOUR SILVER",
    deductible=50_000,
    deductible_left=12_345,
    out_of_pocket=300_000,
    out_of_pocket_left=0,
    family_deductible=100_000,
    family_deductible_left=62_345,
    family_out_of_pocket=600_000,
    family_out_of_pocket_left=599_999,
    services=(
        CoveredService("98", True, True, False, 2500, Decimal("0.2")),
        CoveredService("98", False, True, True, 0, Decimal("0.45")),
        CoveredService("35", True, False, False, 0, Decimal(0)),
    ),
)
ENDED = EligibilityAnswer(active=False, reason=None, plan="HARBOUR SILVER")
NOBODY = EligibilityAnswer(active=False, reason="75")


def asked(*changes):
    return read_by(read_eligibility_requests, COVERAGE_ASKED, "270", VERSION, *changes)


def written(answered, **others):
    return write_eligibility(answered, ENVELOPE, **others).decode().replace("~\n", "\n").splitlines()


def test_every_element_of_a_question_becomes_its_value():
    first, second = asked()
    assert first.place == "file.x12: segment 9 (HL)"
    assert (first.trace, first.originator) == ("Q-1", "9RIVERCLIN")
    assert (first.payer, first.provider) == (Identifier("payer", "HARB1"), Identifier("npi", "1999999984"))
    assert (first.member, first.dependant) == (Identifier("member", "RVR0042"), False)
    assert (first.day, first.service_types) == (date(2024, 6, 5), ("30", "98", "UC"))
    assert (first.birth_date, first.patient_name) == (date(1980, 2, 29), ("REED", "RIVER Q"))
    assert (second.trace, second.member, second.dependant) == ("Q-2", Identifier("member", "RVR0043"), True)
    # Without a day and a service it is asked about the day of the question and the plan as a whole.
    assert (second.day, second.service_types) == (date(2024, 6, 1), ("30",))
    assert (second.birth_date, second.patient_name) == (date(2010, 12, 31), ("REED", "BROOK"))


def test_a_subscriber_above_a_dependant_may_ask_too():
    found = asked(("*MI*RVR0043", "*MI*RVR0043\nEQ*30"))
    assert [(each.dependant, each.trace) for each in found] == [(False, "Q-1"), (False, ""), (True, "Q-2")]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("*MI*RVR0042", "", "has no number of the member"),
        ("*PI*HARB1", "", "NM109 has no identifier of the payer"),
        ("*XX*1999999984", "", "NM109 has no identifier of the provider"),
        ("NM1*1P", "NM1*2P", "has no NM1*1P below it"),
        ("EQ*UC", "EQ**HC:99213", "EQ01 is missing"),
        ("D8*20240605", "D8*20240631", "DTP03 is not a day that exists"),
        ("TRN*1*Q-1", "TRN*1*", "TRN02 is missing"),
        ("NM1*03", "NM1*QC", "has no NM1*03 below it"),
        ("BHT*0022*13*Q1*20240601*0900\n", "", "has no day to ask about"),
        ("HL*3*2*22*0", "HL*3*1*22*0", "HL02 is not a level that this one may stand below"),
    ],
)
def test_what_a_question_must_say_is_refused_where_it_is_missing(old, new, why):
    assert why in refused_by(read_eligibility_requests, COVERAGE_ASKED, "270", VERSION, (old, new))


def test_a_file_that_asks_nothing_is_refused():
    body = COVERAGE_ASKED[: COVERAGE_ASKED.index("HL*3")]
    assert "asks about nobody" in refused_by(read_eligibility_requests, body, "270", VERSION)


def test_answers_are_written_segment_by_segment():
    first, second = asked()
    lines = written([(first, ACTIVE), (second, NOBODY)], payer_name="HARBOUR HEALTH")
    assert lines[1:-2] == [
        "GS*HB*HARBOUR*RIVERCLINIC*20240630*0905*7*X*005010X279A1",
        "ST*271*0007*005010X279A1",
        "BHT*0022*11*7*20240630*0905",
        "HL*1**20*1",
        "NM1*PR*2*HARBOUR HEALTH*****PI*HARB1",
        "HL*2*1*21*1",
        "NM1*1P*2******XX*1999999984",
        "HL*3*2*22*0",
        "TRN*2*Q-1*9RIVERCLIN",
        "NM1*IL*1*REED*RIVER Q****MI*RVR0042",
        "DMG*D8*19800229",
        "DTP*346*D8*20240101",
        "DTP*347*D8*20241231",
        "EB*1**30**HARBOUR SILVER",
        "EB*C*IND*30***22*500.00",
        "EB*C*IND*30***29*123.45",
        "EB*C*FAM*30***22*1000.00",
        "EB*C*FAM*30***29*623.45",
        "EB*G*IND*30***22*3000.00",
        "EB*G*IND*30***29*0.00",
        "EB*G*FAM*30***22*6000.00",
        "EB*G*FAM*30***29*5999.99",
        "EB*1**98********N*Y",
        "EB*A**98*****0.2***N*Y",
        "EB*B**98****25.00****N*Y",
        "EB*1**98********Y*N",
        "EB*A**98*****0.45***Y*N",
        "EB*I**35********N*Y",
        "HL*4*2*22*1",
        "NM1*IL*1******MI*RVR0043",
        "HL*5*4*23*0",
        "TRN*2*Q-2*9RIVERCLIN",
        "NM1*03*1*REED*BROOK",
        "AAA*N**75*C",
        "DMG*D8*20101231",
        "SE*35*0007",
    ]


def test_another_reader_finds_it_balanced():
    assert complaints(write_eligibility([(each, ACTIVE) for each in asked()], ENVELOPE)) == []


def test_what_is_written_is_read_again():
    first, second = asked()
    answered = [(first, ACTIVE), (second, NOBODY), (first, ENDED)]
    found = read_eligibility_answers(write_eligibility(answered, ENVELOPE), "file.x12")
    assert found == (("Q-1", ACTIVE), ("Q-2", NOBODY), ("Q-1", ENDED))


def test_who_cannot_answer_may_be_asked_again():
    assert "AAA*Y**42*R" in written([(asked()[0], replace(NOBODY, reason="42"))])


def test_a_refusal_of_the_provider_is_the_answer():
    body = COVERAGE_ASKED[: COVERAGE_ASKED.index("HL*3")] + "AAA*N**51*C"
    found = read_by(read_eligibility_answers, body, "271", VERSION)
    assert found == (("", EligibilityAnswer(active=False, reason="51")),)


def test_a_file_that_answers_nothing_is_refused():
    assert "answers nothing" in refused_by(read_eligibility_answers, COVERAGE_ASKED, "271", VERSION)


def test_another_currency_has_no_place():
    with pytest.raises(CarechainError, match="is not in US dollars"):
        write_eligibility([(asked()[0], replace(ACTIVE, currency="EUR"))], ENVELOPE)


def test_what_would_break_the_syntax_is_refused_or_fitted():
    request = asked()[0]
    for broken in (
        (replace(request, trace="a*b"), ACTIVE),
        (replace(request, member=Identifier("member", "a^b")), ACTIVE),
        (request, replace(NOBODY, reason="7~")),
        (replace(request, payer=Identifier("http://payers", "1")), ACTIVE),
    ):
        with pytest.raises(CarechainError):
            write_eligibility([broken], ENVELOPE)
    with pytest.raises(CarechainError, match="has nothing to answer"):
        write_eligibility([], ENVELOPE)
    assert "EB*1**30**A B" in written([(request, replace(ACTIVE, plan="A*B"))])
