"""Remittances are written as balanced 835s, and read again to the cent; those of others are read or refused."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carechain.claims.document import GROUPS, Adjustment, Code, Identifier
from carechain.claims.remittance import ProviderAdjustment, Remittance, RemittedClaim, RemittedLine
from carechain.errors import CarechainError
from carechain.x12.remittance import read_remittance, write_remittance
from tests.unit.x12.x12_documents import ENVELOPE, REMITTED, changed, complaints, file_of, told

HASH = "0x" + "0123456789abcdef" * 4
DAY = date(2024, 6, 28)
LINES = (
    RemittedLine(
        1,
        Code("category", "98"),
        10050,
        7540,
        Decimal(1),
        date(2024, 1, 5),
        (Adjustment("CO", "45", 2000), Adjustment("PR", "3", 510)),
    ),
    RemittedLine(
        2,
        Code("hcpcs", "87880", ("25", "59")),
        2000,
        0,
        Decimal("2.5"),
        date(2024, 1, 6),
        (Adjustment("CO", "29", 2000),),
    ),
)
CLAIM = RemittedClaim("RC-1", "3-7-42", "1", 12050, 7540, LINES, date(2024, 1, 12), "0xRVR", interest=12)
DENIED = RemittedClaim(
    "RC-2",
    "3-7-43",
    "4",
    500,
    0,
    (RemittedLine(1, Code("category", "1"), 500, 0, Decimal(1), date(2024, 2, 1), (Adjustment("PI", "16", 500),)),),
    date(2024, 2, 2),
    "0xRVR",
    "7",
)
REMITTANCE = Remittance(
    payer=Identifier("payer", "HARB1"),
    payer_name="HARBOUR HEALTH",
    provider=Identifier("npi", "1999999984"),
    provider_name="RIVER CLINIC",
    day=DAY,
    trace=HASH,
    currency="USD",
    paid=7052,
    claims=(CLAIM, DENIED),
    adjustments=(ProviderAdjustment("L6", "3-7-42", -12), ProviderAdjustment("WO", "3-7-11", 500)),
)


def segments(remittance=REMITTANCE, **others):
    return write_remittance(remittance, ENVELOPE, **others).decode().replace("~\n", "\n").splitlines()


def again(remittance):
    (found,) = read_remittance(write_remittance(remittance, ENVELOPE), "file.x12")
    return found


def problem(remittance):
    with pytest.raises(CarechainError) as raised:
        write_remittance(remittance, ENVELOPE)
    return str(raised.value)


def refused(body):
    with pytest.raises(CarechainError) as raised:
        read_remittance(file_of(body, kind="835", name="HP", version="005010X221A1"), "file.x12")
    return told(raised.value)


def test_a_remittance_is_written_segment_by_segment():
    assert segments() == [
        "ISA*00*          *00*          *ZZ*HARBOUR        *ZZ*RIVERCLINIC    *240630*0905*^*00501*000000007*0*P*:",
        "GS*HP*HARBOUR*RIVERCLINIC*20240630*0905*7*X*005010X221A1",
        "ST*835*0007",
        "BPR*I*70.52*C*CHK************20240628",
        f"TRN*1*{HASH[2:52]}*HARB1*{HASH[52:]}",
        "DTM*405*20240628",
        "N1*PR*HARBOUR HEALTH",
        "REF*2U*HARB1",
        "N1*PE*RIVER CLINIC*XX*1999999984",
        "LX*1",
        "CLP*RC-1*1*120.50*75.40*5.10*ZZ*3-7-42**1",
        "NM1*QC*1******MI*0xRVR",
        "DTM*232*20240105",
        "DTM*233*20240106",
        "DTM*050*20240112",
        "AMT*I*0.12",
        "SVC*ZZ:98*100.50*75.40**1",
        "DTM*472*20240105",
        "CAS*CO*45*20.00",
        "CAS*PR*3*5.10",
        "REF*6R*1",
        "SVC*HC:87880:25:59*20.00*0.00**2.5",
        "DTM*472*20240106",
        "CAS*CO*29*20.00",
        "REF*6R*2",
        "CLP*RC-2*4*5.00*0.00**ZZ*3-7-43**7",
        "NM1*QC*1******MI*0xRVR",
        "DTM*232*20240201",
        "DTM*233*20240201",
        "DTM*050*20240202",
        "SVC*ZZ:1*5.00*0.00**1",
        "DTM*472*20240201",
        "CAS*PI*16*5.00",
        "REF*6R*1",
        "PLB*1999999984*20241231*L6:3-7-42*-0.12*WO:3-7-11*5.00",
        "SE*34*0007",
        "GE*1*7",
        "IEA*1*000000007",
    ]


def test_another_reader_finds_it_balanced():
    assert complaints(write_remittance(REMITTANCE, ENVELOPE)) == []


def test_what_is_written_is_read_again():
    assert again(REMITTANCE) == REMITTANCE


def test_bpr_has_its_day_in_the_sixteenth_element():
    assert segments()[3].split("*")[16] == "20240628"


def test_nothing_paid_is_no_payment():
    nothing = replace(REMITTANCE, claims=(DENIED,), adjustments=(), paid=0)
    assert segments(nothing)[3].startswith("BPR*H*0.00*C*NON*")
    assert again(nothing) == nothing


def test_another_currency_is_named_and_has_its_decimals():
    for currency, charged in (("EUR", "120.50"), ("JPY", "12050"), ("KWD", "12.050")):
        other = replace(REMITTANCE, currency=currency)
        assert f"CUR*PR*{currency}" in segments(other)
        assert any(f"*{charged}*" in each for each in segments(other))
        assert again(other) == other


def test_six_adjustments_fit_into_a_segment():
    many = tuple(Adjustment("CO", str(reason), 100) for reason in range(1, 14))
    line = replace(LINES[0], adjustments=many, paid=10050 - 1300)
    claim = replace(CLAIM, lines=(line,), charge=10050, paid=8750)
    written = segments(replace(REMITTANCE, claims=(claim,), adjustments=(), paid=8750))
    assert [len(each.split("*")) for each in written if each.startswith("CAS")] == [19, 19, 4]
    assert again(replace(REMITTANCE, claims=(claim,), adjustments=(), paid=8750)).claims[0].lines[0].adjustments == many


def test_adjustments_of_a_claim_as_a_whole_count():
    claim = replace(CLAIM, adjustments=(Adjustment("CO", "A2", 40),), paid=7500)
    whole = replace(REMITTANCE, claims=(claim,), paid=7500 - 488)
    assert again(whole) == whole
    bare = replace(CLAIM, lines=(), adjustments=(Adjustment("CO", "45", 12050),), paid=0)
    only = replace(REMITTANCE, claims=(bare,), adjustments=(), paid=0)
    assert again(only) == only
    assert only.claims[0].patient_responsibility == 0


def test_a_reversal_has_negative_amounts():
    lines = tuple(
        replace(
            line,
            charge=-line.charge,
            paid=-line.paid,
            adjustments=tuple(Adjustment(each.group, each.reason, -each.amount) for each in line.adjustments),
        )
        for line in LINES
    )
    reversal = replace(CLAIM, status="22", charge=-12050, paid=-7540, lines=lines, interest=0)
    both = replace(REMITTANCE, claims=(reversal, replace(CLAIM, interest=0)), adjustments=(), paid=0)
    assert again(both) == both
    negative = replace(REMITTANCE, claims=(reversal,), adjustments=(), paid=-7540)
    assert "The payment is negative" in problem(negative)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"paid": 7053}, "does not balance"),
        ({"claims": (replace(CLAIM, paid=7541), DENIED), "paid": 7053}, "does not balance"),
        ({"claims": (replace(CLAIM, adjustments=(Adjustment("CO", "45", 1),)), DENIED)}, "does not balance"),
        ({"trace": "x" * 51}, "The payment's trace is longer than 50"),
        ({"trace": "a~b"}, "The payment's trace holds a separator"),
        ({"currency": "XYZ"}, "is not a currency"),
        ({"provider": Identifier("organisation", "7")}, "The provider is named by a number that X12 does not have"),
        ({"payer": Identifier("payer", "")}, "The payer's identifier is empty"),
        ({"claims": (replace(CLAIM, control_number="RC*1"), DENIED)}, "control number holds a separator"),
        ({"claims": (replace(CLAIM, control_number="RC^1"), DENIED)}, "control number holds a separator"),
        ({"claims": (replace(CLAIM, control_number="RC\n1"), DENIED)}, "control number holds a separator"),
        ({"claims": (replace(CLAIM, control_number="R" * 39), DENIED)}, "control number is longer than 38"),
        ({"claims": (replace(CLAIM, member="a:b"), DENIED)}, "The member holds a separator"),
        ({"claims": (replace(CLAIM, status="99"), DENIED)}, "is no claim status code"),
        (
            {"claims": (replace(CLAIM, lines=(replace(LINES[0], procedure=Code("http://x", "1")), LINES[1])), DENIED)},
            "is of a code system that X12 does not have",
        ),
    ],
)
def test_what_x12_has_no_room_for_is_refused(change, why):
    words = problem(replace(REMITTANCE, **change))
    assert why in words
    assert "RC*1" not in words


def test_names_are_for_people_and_are_fitted():
    named = replace(REMITTANCE, payer_name="A*B~C:D^E\n F", provider_name="R" * 70)
    found = again(named)
    assert (found.payer_name, found.provider_name) == ("A B C D E F", "R" * 60)


@pytest.mark.parametrize("number", [0, -1, 1_000_000_000])
def test_a_control_number_has_nine_digits(number):
    with pytest.raises(CarechainError, match="control number is not from 1"):
        write_remittance(REMITTANCE, replace(ENVELOPE, control_number=number))


def test_sender_and_receiver_fit_their_elements():
    for change in ({"sender": "S" * 16}, {"receiver": "a*b"}, {"sender": ""}, {"sender_qualifier": "Z"}):
        with pytest.raises(CarechainError):
            write_remittance(REMITTANCE, replace(ENVELOPE, **change))


def test_the_originator_may_be_another_than_the_payer():
    assert "*1234567890*" in segments(originator="1234567890")[4]


def others(*changes):
    body = changed(REMITTED, *changes)
    (found,) = read_remittance(file_of(body, kind="835", name="HP", version="005010X221A1"), "file.x12")
    return found


def test_a_remittance_of_another_payer_is_read_with_what_it_leaves_out():
    found = others()
    assert (found.payer, found.provider) == (Identifier("originator", "1999999999"), Identifier("tax", "123456789"))
    assert (found.trace, found.day, found.paid) == ("T-1", DAY, 7900)
    claim = found.claims[0]
    assert (claim.status, claim.received, claim.frequency, claim.member) == ("3", DAY, "1", "RVR0042")
    assert claim.adjustments == (Adjustment("CO", "A2", 500),)
    assert claim.patient_responsibility == 1500
    assert claim.lines == (
        RemittedLine(
            1, Code("hcpcs", "99213"), 10000, 8500, Decimal(1), date(2024, 1, 5), (Adjustment("PR", "2", 1500),)
        ),
    )
    assert found.adjustments == (ProviderAdjustment("72", "", 100),)


def test_components_that_are_divided_otherwise_are_read_in_remittances_alone():
    assert others(("HC:99213", "HC>99213>25")).claims[0].lines[0].procedure == Code("hcpcs", "99213", ("25",))
    assert others(("*72*1", "*CV>CP*1")).adjustments == (ProviderAdjustment("CV", "CP", 100),)


def test_the_day_of_payment_is_dtm_405_where_bpr_has_none():
    assert others(("DA*1*20240628", "DA*1*20242306")).day == DAY


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("BPR*I*79", "BPR*I*80", "The payment of this transaction set does not balance"),
        ("*100*85", "*100*86", "Claim 1, line 1 does not balance"),
        ("CLP*H-77*3*100*80", "CLP*H-77*3*100*81", "Claim 1 does not balance"),
        ("BPR*I*79*C", "BPR*I*79*D", "BPR03 takes money"),
        ("BPR*I*79", "BPR*I*", "BPR02 is missing"),
        ("TRN*1*T-1*1999999999\n", "", "has no TRN"),
        ("N1*PR*FIRST HEALTH\n", "", "has no N1*PR"),
        ("*FI*123456789\n", "\n", "N104 has no identifier of the provider"),
        ("CLP*H-77*3", "CLP**3", "CLP01 is missing"),
        ("*12*F-1", "", "CLP07 is missing"),
        ("HC:99213", "", "SVC01 is missing"),
        ("HC:99213", "HC", "SVC01-2 is missing"),
        ("DTM*232*20240105\n", "", "has no day of service"),
        ("DTM*232*20240105", "DTM*232*20240230", "DTM02 is not a day that exists"),
        ("CAS*PR*2*15", "CAS*PR*2*15.0.0", "CAS03 is not a number"),
        ("*72*1", "*72*1\nLX*2", "stands after the provider adjustments"),
        ("*72*1", "**1", "PLB03 is missing"),
    ],
)
def test_what_a_remittance_must_say_is_refused_where_it_is_missing(old, new, why):
    assert why in refused(changed(REMITTED, (old, new)))


def test_other_transaction_sets_are_no_remittances():
    with pytest.raises(CarechainError, match="ST01 is not 835"):
        read_remittance(file_of(REMITTED, version="005010X221A1"), "file.x12")
    with pytest.raises(CarechainError, match="GS08 is not a version"):
        read_remittance(file_of(REMITTED, kind="835", version="005010X222"), "file.x12")


CENTS = st.integers(-(10**7), 10**7)
TEXT = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./ ", min_size=1, max_size=30).filter(
    lambda each: each == each.strip()
)
REASONS = st.text("ABCDEFGHIJ0123456789", min_size=1, max_size=5)
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
ADJUSTMENTS = st.lists(st.builds(Adjustment, st.sampled_from(GROUPS), REASONS, CENTS.filter(bool)), max_size=15).map(
    lambda found: tuple(sorted(found, key=lambda each: GROUPS.index(each.group)))
)


@st.composite
def lines(draw, number):
    adjustments, paid = draw(ADJUSTMENTS), draw(CENTS)
    return RemittedLine(
        number,
        Code(
            draw(st.sampled_from(["category", "hcpcs", "ndc", "revenue"])),
            draw(st.from_regex(r"[A-Z0-9]{1,11}", fullmatch=True)),
        ),
        (paid + sum(each.amount for each in adjustments)),
        paid,
        draw(st.decimals(0, 10**6, places=2)),
        draw(DAYS),
        adjustments,
    )


@st.composite
def claims(draw):
    found = tuple(draw(lines(number)) for number in range(1, draw(st.integers(0, 4)) + 1))
    adjustments = draw(ADJUSTMENTS)
    adjusted = sum(each.amount for each in adjustments)
    paid = sum(line.paid for line in found) - adjusted if found else draw(CENTS)
    charge = sum(line.charge for line in found) if found else paid + adjusted
    return RemittedClaim(
        draw(TEXT),
        draw(TEXT),
        "1",
        charge,
        paid,
        found,
        draw(DAYS),
        draw(TEXT),
        interest=draw(CENTS),
        adjustments=adjustments,
    )


@st.composite
def remittances(draw):
    found = tuple(draw(st.lists(claims(), max_size=4)))
    owed = sum(claim.paid for claim in found)
    adjustments = draw(
        st.lists(
            st.builds(ProviderAdjustment, st.sampled_from(["WO", "L6", "FB"]), TEXT, CENTS.filter(bool)), max_size=8
        )
    )
    left = owed - sum(each.amount for each in adjustments)
    if left < 0:
        adjustments.append(ProviderAdjustment("FB", "NEXT", left))
        left = 0
    return replace(REMITTANCE, day=draw(DAYS), claims=found, adjustments=tuple(adjustments), paid=left)


@settings(max_examples=150, deadline=None)
@given(remittances())
def test_any_remittance_that_is_written_is_read_with_the_same_amounts(remittance):
    assert again(remittance) == remittance
